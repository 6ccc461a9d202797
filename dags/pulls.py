"""One DAG a commission of the programme: `pull_<code>` takes what is new of it into the event log."""

from __future__ import annotations

from typing import Literal

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException
from airflow.sdk.types import OutletEventAccessorsProtocol

from dags import assets
from dags.conduct import DEFAULTS, every_so_often, reactions
from roadmap import programme, settings

Way = Literal["inbox", "feed"]

_DOC = """
### {title.en}

Takes every file that waits in the inbox of this commission and, in a task of its own, asks its feed for what is new,
where it has one to ask; checks each row, appends what is right to the event log and returns what is not. Started by the
inbox itself (an asset event) and, because an event is only a hint, by the clock every {minutes} minutes. A run takes
whatever there is, so running it twice does no harm. When there is nothing the task is skipped; a feed that is away
fails its task, what lay in the inbox is on the board all the same, and the next run asks again.

<div dir="rtl">

### {title.fa}

هر پرونده‌ای را که در صندوق ورودی این کمیسیون منتظر است برمی‌دارد و اگر منبعی برای پرسیدن داشته باشد، در کاری جداگانه
تازه‌های آن را می‌گیرد؛ سطر به سطر بررسی می‌کند، سطرهای درست را در دفتر رویدادها ثبت می‌کند و سطرهای نادرست را
برمی‌گرداند. با رسیدن پرونده آغاز می‌شود و هر {minutes} دقیقه نیز یک بار. اجرای دوباره زیانی ندارد و اگر چیزی تازه نباشد
کاری انجام نمی‌شود. اگر منبع در دسترس نباشد، تنها همان کار ناموفق می‌شود: پرونده‌های صندوق به تابلو رسیده‌اند و اجرای
بعدی دوباره از منبع می‌پرسد.

</div>
"""


def pull_dag(commission: programme.CommissionEntry, config: settings.Settings, minute: int) -> DAG:
    """The pull of one commission; `minute` shifts its sweep, so that the sweeps do not start all at once."""
    every = commission.feed.every_minutes
    asked = commission.feed.asked
    # An inbox tells by itself that something waits; what a feed has is asked for as soon as there is a pull.
    sweep = CronTriggerTimetable(every_so_often(every, first=minute), timezone="UTC", run_immediately=asked)
    part_of_roadmap = assets.roadmap_of(commission)

    def taken(way: Way, outlet_events: OutletEventAccessorsProtocol, run_id: str) -> dict[str, int]:
        from roadmap.intake import pipeline  # heavy: the worker has it loaded already, the parser must not load it

        with reactions():
            receipts = pipeline.pull(commission.code, settings.read(), run=run_id, ways=[way])
        if not receipts:
            raise AirflowSkipException(f"The {way} has nothing new.")  # and no asset event: nothing to refresh
        summary = {
            "files": len(receipts),
            "accepted": sum(receipt.accepted for receipt in receipts),
            "rejected": sum(receipt.rejected for receipt in receipts),
        }
        outlet_events[part_of_roadmap].extra = summary
        return summary

    @dag(
        dag_id="pull_" + commission.code.replace("-", "_").replace(".", "_"),
        dag_display_name=f"Pull · {commission.title.en} · {commission.title.fa}",
        description=f"Inbox and feed of {commission.title.en} → checks → event log",
        doc_md=_DOC.format(title=commission.title, minutes=every),
        schedule=AssetOrTimeSchedule(timetable=sweep, assets=assets.inbox(commission, config)),
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["pull", commission.code],
    )
    def pull() -> None:
        @task(outlets=[part_of_roadmap])
        def drain_inbox(*, outlet_events: OutletEventAccessorsProtocol, run_id: str) -> dict[str, int]:
            return taken("inbox", outlet_events, run_id)

        # Beside the other, so that neither keeps the other waiting. Not tried again within the run: as long as a run
        # waits, the inbox would, since one runs at a time. The next run asks again.
        @task(outlets=[part_of_roadmap], retries=0)
        def ask_feed(*, outlet_events: OutletEventAccessorsProtocol, run_id: str) -> dict[str, int]:
            return taken("feed", outlet_events, run_id)

        drain_inbox()
        if asked:
            ask_feed()

    return pull()


_settings = settings.read()
for _index, _commission in enumerate(programme.load(_settings.programme).commissions):
    _pull = pull_dag(_commission, _settings, minute=_index)
    globals()[_pull.dag_id] = _pull
