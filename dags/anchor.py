"""`anchor`: every hour the head of the log goes where the log's owner cannot write."""

from __future__ import annotations

from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.conduct import DEFAULTS, reactions
from roadmap import settings

_DOC = """
### Anchor

Writes where the event log stands (number, chain) to every place of `ROADMAP_ANCHORS`: a file, an object store, a
mailbox. Whoever cuts the log or writes it anew afterwards disagrees with that, and `roadmap verify` says so. A place
that cannot be reached fails the run after all others were written; the next hour tries again. Skipped when no place is
set.

<div dir="rtl">

### لنگر

هر ساعت می‌نویسد که دفتر رویدادها تا کجا رسیده است (شماره و زنجیره)، در همهٔ جاهای `ROADMAP_ANCHORS`: پرونده، انبار اشیا
یا صندوق نامه. هر کس پس از آن دفتر را ببرد یا از نو بنویسد با لنگر نمی‌خواند و `roadmap verify` آن را می‌گوید. اگر جایی در
دسترس نباشد، پس از نوشتن در جاهای دیگر، اجرا ناموفق می‌شود و ساعت بعد دوباره می‌کوشد. اگر جایی تعیین نشده باشد کاری
انجام نمی‌شود.

</div>
"""


@dag(
    dag_display_name="Anchor · لنگر",
    description="Head of the event log → files, object stores, mail",
    doc_md=_DOC,
    schedule=CronTriggerTimetable("17 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["anchor"],
)
def anchor() -> None:
    @task
    def write_anchors() -> dict[str, Any]:
        from roadmap.services import anchors  # heavy: not at parse

        with reactions():
            config = settings.read()
            if not config.anchor_places:
                raise AirflowSkipException("No place for anchors is set (ROADMAP_ANCHORS).")
            written = anchors.write(config)
            anchors.insist(written)
        return {each.place: each.anchor.line() for each in written}

    write_anchors()


anchor()
