"""`refresh`: behind any commission's new data, what is too costly to compute in the append itself."""

from __future__ import annotations

from typing import Any

from airflow.sdk import AssetAny, dag, task

from dags import assets
from dags.conduct import DEFAULTS, reactions
from roadmap import programme, settings

_DOC = """
### Refresh

Computes forecasts and the other figures that are too costly for the append itself, from the whole log, whichever
commissions moved. What a pull appended is on the board before this runs.

<div dir="rtl">

### به‌روزآوری

پیش‌بینی‌ها و دیگر رقم‌های پرهزینه را از روی همهٔ دفتر رویدادها حساب می‌کند. آنچه ثبت شده پیش از این هم روی تابلو
دیده می‌شود.

</div>
"""

_commissions = programme.load(settings.read().programme).commissions


@dag(
    dag_display_name="Refresh · به‌روزآوری",
    description="Any commission's new data → forecasts and indicators → board",
    doc_md=_DOC,
    schedule=AssetAny(*(assets.roadmap_of(commission) for commission in _commissions)),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["refresh"],
)
def refresh() -> None:
    @task(outlets=[assets.BOARD])
    def recompute() -> dict[str, Any]:
        from roadmap.services import refresh as service  # heavy: not at parse

        with reactions():
            return service.refresh(settings.read())

    recompute()


refresh()
