"""`remind`: every hour what waits for somebody is planned, and whoever's digest is due gets it."""

from __future__ import annotations

from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.conduct import DEFAULTS, reactions
from roadmap import settings

_DOC = """
### Remind

Notes down what waits for whom (reports that are due or came back, rows to repair, reviews, decisions, actions),
and sends each person one digest in the rhythm that they chose, from seven in the morning on. Nothing is sent twice.
What a mail server does not take is tried again by the following hours for a week; a digest that is then given up
fails the run.
Skipped when neither a mail server nor a service is set.

<div dir="rtl">

### یادآوری

یادداشت می‌کند که چه چیز در انتظار چه کسی است (گزارش‌های موعددار یا برگشتی، ردیف‌های نیازمند اصلاح، بررسی‌ها، تصمیم‌ها و
اقدام‌ها) و برای هر کس، با همان نوبتی که خودش برگزیده است، از ساعت هفت بامداد یک خلاصه می‌فرستد. هیچ چیز دو بار فرستاده
نمی‌شود. آنچه کارساز نامه نپذیرد تا یک هفته در ساعت‌های بعد دوباره فرستاده می‌شود؛ اگر خلاصه‌ای رها شود، اجرا ناموفق
می‌شود. اگر نه کارساز نامه تعیین شده باشد و نه سرویسی، کاری انجام نمی‌شود.

</div>
"""


@dag(
    dag_display_name="Remind · یادآوری",
    description="What waits for somebody → one digest a person, by mail and other services",
    doc_md=_DOC,
    schedule=CronTriggerTimetable("37 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["remind"],
)
def remind() -> None:
    @task
    def send_digests() -> dict[str, Any]:
        from datetime import UTC, datetime

        from roadmap.services import desk as desks
        from roadmap.services import reminders  # heavy: not at parse

        with reactions():
            config = settings.read()
            if not reminders.mailable(config):
                raise AirflowSkipException("No mail server is set (ROADMAP_SMTP_HOST), and no service is open.")
            with desks.desk(config) as desk:
                planned, sent = reminders.run(desk, config, datetime.now(UTC))
            reminders.insist(sent)
        return vars(planned) | vars(sent)

    send_digests()


remind()
