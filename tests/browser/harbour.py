"""The harbour of the browser's tests: a commission for each module, so that all of them share one board.

Modules write on the same log in any order; what one of them does to its own commission is none of the others' concern.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from roadmap.domain.events import MilestonePut
from roadmap.domain.people import SHELL, Grant
from roadmap.domain.refusals import Refusal, refuse
from roadmap.domain.text import Text
from roadmap.intake.unfit import refuse_file
from roadmap.services import actions, baselines, drafts, people, proposing, reporting, reviewing, sessions, standing
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.store import log
from tests.conftest import HARBOUR
from tests.factories import acting, deliver, order, report

#: Commissions that are the quays over again, by code: the letter of their milestones, their name in both languages.
TWINS: Final = {
    "depots": ("D", "انبارها", "Depots"),  # sends workbooks
    "pilots": ("N", "راهنمایان", "Pilots"),  # has its files mapped
    "docks": ("K", "حوضچه‌ها", "Docks"),  # where somebody has been at work: `lived_in`
}


def programme(folder: Path, *, review: str) -> Path:
    """The harbour's programme file with the twins, its board's forms reviewed or not ("forms", "none")."""
    shutil.copy(HARBOUR.with_suffix(".csv"), folder)
    told = HARBOUR.read_text("utf-8").replace("[programme]", f'[programme]\nreview = "{review}"', 1)
    blocks = re.split(r"(?m)^(?=\[\[)", told)
    own = [block for block in blocks if re.search(r'(?m)^(code|commission) = "quays"', block)]
    path = folder / HARBOUR.name
    path.write_text("\n".join([told, *(_twin(block, code) for code in TWINS for block in own)]), "utf-8")
    return path


def _twin(block: str, code: str) -> str:
    letter, fa, en = TWINS[code]
    for old, new in (('"quays"', f'"{code}"'), ('"Q-', f'"{letter}-'), ("اسکله‌ها", fa), ('"Quays"', f'"{en}"')):
        block = block.replace(old, new)
    return block


def lived_in(desk: Desk) -> None:
    """Leaves on every page of the board something of the docks to be seen, and to be done by each of its people."""
    today = desks.today(desk)
    lead, secretariat = (_player(desk, role) for role in ("lead:docks", "secretariat"))
    _deliver(desk, today)
    _report(lead, secretariat, today)
    propose(desk)
    _meet(secretariat, today)


def _player(desk: Desk, role: str) -> Desk:
    """Somebody of the demonstration at the desk."""
    found = next(each.person for each in people.accounts(replace(desk, who=SHELL)) if each.person.subject == role)
    return acting(desk, f"{people.ACTOR}{found.id}", Grant.read(role))


def _deliver(desk: Desk, today: date) -> None:
    """A file that was taken but for a row, and one that is held back."""
    then = today - timedelta(days=60)
    deliver(
        desk,
        report("K-1", percent=40, effective=then, narrative="پی ریخته شد."),
        report("K-2", unit="P-1", percent=50, effective=then),
        commission="docks", on=then,
        rejected=(log.Rejected("K-9", (refuse("unknown_milestone", "milestone", "K-9"),), "Report", 9),),
    )  # fmt: skip
    odd = refuse_file("held_back", what=Text(fa="همهٔ درصدها کمتر از یک است", en="all percents are below one"))
    why = Refusal(odd.code, "file", "", Text(fa=odd.fa, en=odd.en))
    deliver(desk, commission="docks", on=today - timedelta(days=3), rejected=(log.Rejected("", (why,)),))


def _report(lead: Desk, secretariat: Desk, today: date) -> None:
    """One report waits for review, one came back."""
    for unit, narrative in (("P-1", "کابل‌ها رسید و نصب آغاز شد."), ("P-2", "پایه‌ها نصب شد.")):
        version = reporting.present(lead, "K-2", unit).version
        wanted = order("K-2", version, unit=unit, percent=60, effective=today, narrative=narrative)
        assert reporting.report(lead, wanted, commission="docks").waits
    back = reporting.present(lead, "K-2", "P-2").case
    reviewing.return_(secretariat, back.number, "تصویر پایه‌ها پیوست نیست.")


def propose(desk: Desk) -> None:
    """Two proposals of the docks: one waits to be checked, one to be decided."""
    lead, secretariat = (_player(desk, role) for role in ("lead:docks", "secretariat"))
    at = desks.moment(lead)
    plan, newest = {line.code: line.milestone for line in standing.lines(lead, at)}, baselines.baselines(lead, at)[-1]
    for code, reason in (("K-2", "برق استان جنوب دیرتر وصل می‌شود."), ("K-1", "لایروبی به فصل خشک افتاد.")):
        later = plan[code].model_copy(update={"finish": plan[code].finish + timedelta(days=120)})
        changes, draft = [MilestonePut(milestone=later)], f"{code} on {at.seq}"
        proposed = proposing.propose(lead, "docks", changes, reason=reason, baseline=newest.number, draft=draft)
    proposing.check(secretariat, proposed.code, fit=True, remark="کامل است.", seen=proposed.seen)


def draft(desk: Desk) -> None:
    """A report that the lead of the docks has begun to write."""
    lead = _player(desk, "lead:docks")
    drafts.keep(lead, ("K-2", "P-1"), {"percent": "70"}, commission="docks", base_version=1, seen=0)


def _meet(secretariat: Desk, today: date) -> None:
    """A session that was held and left an action to the docks, and one that is called."""
    held = sessions.call(secretariat, today, "نشست ماهانهٔ هیئت")
    sessions.decide(secretariat, held, "لایروبی پیش از زمستان پایان یابد.")
    due = today + timedelta(days=14)
    actions.give(secretariat, "پیمانکار لایروبی معرفی شود.", owner="docks", due=due, session=held, milestone="K-1")
    sessions.keep_minutes(secretariat, held, "هیئت گزارش حوضچه‌ها را شنید.")
    sessions.call(secretariat, today + timedelta(days=30), "نشست فصلی هیئت")
