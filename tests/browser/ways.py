"""How people do what they may do, from their start page on: what they press and what they fill in, as data.

A click is a press on whatever is pressed: a link, a button, a tick, what opens a question, the answer to it. What is
written or picked in a field is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from roadmap.services.permissions import Action

#: How a hand that slipped is caught: the board asks first; it can be undone there; or nothing is lost, since what was
#: there before stays and only something newer stands beside it.
Caught = Literal["asks", "undone", "added"]
FILE: Final = "[data-testid=stFileUploaderDropzoneInput]"
OFFICERS: Final = ("lead:docks", "data_officer:docks")
EVERYBODY: Final = ("executive", "secretariat", "commander", *OFFICERS, "operator")
WHY: Final = "چنان‌که در نشست گفته شد."


@dataclass(frozen=True)
class Press:
    """A click on what the selector finds first."""

    selector: str


@dataclass(frozen=True)
class Fill:
    """A value in the field that the selector finds first; a path is a file to choose."""

    selector: str
    value: str


@dataclass(frozen=True)
class Pick:
    """The entry of a list that begins with `word`, found by typing it."""

    selector: str
    word: str


@dataclass(frozen=True)
class Way:
    """How `people` do `what` of an action; the board then says `told`.

    `elsewhere` names the test that walks it in the browser, where this module's do not.
    """

    action: Action
    what: str
    people: tuple[str, ...]
    steps: tuple[Press | Fill | Pick, ...]
    caught: Caught
    told: str = ""
    elsewhere: str = ""

    @property
    def clicks(self) -> int:
        """How many."""
        return sum(isinstance(step, Press) for step in self.steps)


def menu(page: str) -> Press:
    """A page of the menu."""
    return Press(f'[data-testid=stSidebarNavLink][href$="/{page}"]')


def link(place: str, part: str) -> Press:
    """The first link in the part `place` of a page whose address holds `part`."""
    return Press(f'[class*="st-key-{place}"] a[href*="{part}"]')


def button(key: str, end: str = "") -> Press:
    """The button whose key begins and ends so."""
    return Press(f'[class*="st-key-{key}"]{f"""[class*="{end}"]""" if end else ""} button:not([disabled])')


def submit(form: str, name: str) -> Press:
    """The button of that name of the form whose key begins so."""
    return Press(f'[class*="st-key-FormSubmitter-{form}"] button:has-text("{name}")')


def tick(key: str) -> Press:
    """The box whose key begins so."""
    return Press(f'[class*="st-key-{key}"] label')


def opened(name: str) -> Press:
    """What opens under that name: a question, or a part that is folded up."""
    return Press(f'[data-testid=stPopover] button:has-text("{name}"), summary:has-text("{name}")')


def field(key: str, value: str, end: str = "") -> Fill:
    """The field whose key begins and ends so."""
    held = f'[class*="st-key-{key}"]{f"""[class*="{end}"]""" if end else ""}'
    return Fill(f"{held} :is(input, textarea)", value)


_REPORT: Final = "report-K-1-national-"
_FIRST_SESSION: Final = (menu("sessions"), link("sessions-coming", "session="))

#: Every way in which somebody writes something on the board.
WAYS: Final = (
    Way(
        Action.REPORT, "reports on the milestone that is due longest", ("lead:docks",),
        (menu("report"), field(_REPORT, "55", "-percent"), button(_REPORT, "-send")),
        "added", elsewhere="tests/browser/test_people_story.py",
    ),
    Way(
        Action.REPORT, "reports on another one", ("lead:docks",),
        (menu("report"), link("report-due", "milestone=K-1"), button(_REPORT, "-send")),
        "added", elsewhere="by keyboard",
    ),
    Way(
        Action.REPORT, "throws a draft away", ("lead:docks",),
        (menu("report"), opened("دور ریختن"), button("draft-discard-")), "asks",
    ),
    Way(
        Action.HAND_IN, "hands a file in", OFFICERS,
        (link("overview-matrix", "commission=docks"), Fill(FILE, "odd.csv"), button("workbook-send")),
        "added", "odd.csv",
    ),
    Way(
        Action.REOPEN, "has a refused file checked again", ("secretariat", *OFFICERS, "operator"),
        (menu("mapping"), button("mapping-again-")), "added", elsewhere="tests/dashboard/test_page_mapping.py",
    ),
    Way(
        Action.MAP_FEED, "says how files read", ("secretariat", *OFFICERS, "operator"),
        (menu("mapping"), Fill(FILE, "sample.csv"), tick("mapping-docks-"), button("mapping-save")),
        "undone", elsewhere="tests/browser/test_mapping.py",
    ),
    Way(
        Action.MAP_FEED, "goes back to an earlier mapping", ("secretariat", *OFFICERS, "operator"),
        (menu("mapping"), button("mapping-back-")), "undone", elsewhere="tests/dashboard/test_page_mapping.py",
    ),
    Way(
        Action.RELEASE, "lets a file in that is held back", ("secretariat",),
        (menu("quality"), field("waiting-reason-", WHY), tick("waiting-sure-"), submit("waiting-", "ثبت شود")),
        "asks", elsewhere="tests/dashboard/test_waiting.py",
    ),
    Way(
        Action.WAIVE, "dismisses one", ("secretariat",),
        (menu("quality"), field("waiting-reason-", WHY), tick("waiting-sure-"), submit("waiting-", "کنار گذاشته شود")),
        "asks", "کنار گذاشته شد",
    ),
    Way(
        Action.WAIVE, "gives up what was turned away", ("secretariat",),
        (menu("quality"), field("waive-reason-", WHY), tick("waive-sure-"), submit("waive-", "ثبت چشم‌پوشی")),
        "asks", elsewhere="tests/dashboard/test_page_quality.py",
    ),
    Way(
        Action.WAIVE, "takes that back", ("secretariat",),
        (
            menu("quality"), Press('[class*="st-key-filter-waive"] button:has-text("پس‌گرفتن")'),
            field("waive-reason-", WHY), submit("waive-back-", "پس‌گرفتن"),
        ),
        "undone", elsewhere="tests/dashboard/test_page_quality.py",
    ),
    Way(
        Action.REVIEW, "accepts a report", ("secretariat",), (menu("review"), button("review-accept-")),
        "added", elsewhere="by keyboard",
    ),
    Way(
        Action.REVIEW, "returns a report", ("secretariat",),
        (menu("review"), opened("برگرداندن"), field("review-reason-", WHY), button("review-return-")),
        "undone", "با دلیل به کمیسیون برگشت",
    ),
    Way(
        Action.REVIEW, "takes a return back", ("secretariat",), (menu("review"), button("review-take-back-")),
        "undone", "پس گرفته شد؛ دوباره در صف است",
    ),
    Way(
        Action.REVIEW, "accepts all that are shown", ("secretariat",),
        (menu("review"), button("review-pick-all"), button("review-sure-yes")), "asks", "پذیرفته شد",
    ),
    Way(
        Action.PROPOSE, "proposes a later date", ("lead:docks",),
        (
            link("start-proposals", "view=propose"), Pick('[class*="st-key-filter-milestone"] input', "K-1"),
            field("proposing-change-", "۱۴۰۷/۰۳/۳۱", "-K-1-finish"), submit("", "افزودن به پیشنهاد"),
            field("proposing-reason-", WHY), button("proposing-send-"),
        ),
        "undone", "به دبیرخانه فرستاده شد",
    ),
    Way(
        Action.PROPOSE, "takes a proposal back", ("lead:docks",),
        (
            link("start-proposals", "proposal=docks-3"), field("deciding-why-", WHY), tick("deciding-withdraw-sure-"),
            submit("deciding-withdraw-", "پس می‌گیرم"),
        ),
        "asks", "پس گرفته شد",
    ),
    Way(
        Action.CHECK_PROPOSAL, "finds a proposal fit", ("secretariat",),
        (
            link("start-proposals", "proposal=docks-1"), field("deciding-remark-", WHY),
            submit("deciding-check-", "آمادهٔ تصمیم"),
        ),
        "undone", "در انتظار تصمیم",
    ),
    Way(
        Action.DECIDE_PROPOSAL, "decides on any of the proposals", ("commander",),
        (
            link("start-proposals", "proposal=docks-2"), field("deciding-reason-", WHY), tick("deciding-sure-"),
            submit("deciding-decide-", "رد"),
        ),
        "asks", elsewhere="by keyboard",
    ),
    Way(
        Action.HOLD_SESSION, "calls a session", ("secretariat",),
        (menu("sessions"), field("sessions-call-title-", "نشست فوق‌العاده"), submit("sessions-call-", "فراخواندن جلسه")),
        "undone", "فراخوانده شد",
    ),
    Way(
        Action.HOLD_SESSION, "moves, renames or calls off a session", ("secretariat",),
        (*_FIRST_SESSION, submit("sessions-change-", "ثبت تغییر")), "undone",
    ),
    Way(
        Action.HOLD_SESSION, "records a decision, or one in the place of another", ("secretariat",),
        (*_FIRST_SESSION, field("sessions-decide-text-", WHY), submit("sessions-decide-", "ثبت تصمیم")), "undone",
    ),
    Way(
        Action.HOLD_SESSION, "keeps the minutes", ("secretariat",),
        (*_FIRST_SESSION, field("sessions-minutes-text-", WHY), submit("sessions-minutes-", "صورت‌جلسه")), "added",
    ),
    Way(
        Action.HOLD_SESSION, "gives an action, or changes one", ("secretariat",),
        (
            menu("sessions"), opened("تعیین اقدام"), field("sessions-give-text-", WHY),
            submit("sessions-give-", "تعیین اقدام"),
        ),
        "undone",
    ),
    Way(
        Action.SETTLE_ACTION, "says what became of an action", (*OFFICERS, "secretariat"),
        (
            menu("sessions"), opened("اعلام نتیجهٔ اقدام"), field("sessions-settle-remark-", WHY),
            submit("sessions-settle-action", "ثبت نتیجه"),
        ),
        "undone", "نتیجهٔ اقدام ثبت شد",
    ),
    Way(
        Action.CHOOSE_DIGEST, "chooses how to be reminded", EVERYBODY, (menu("me"), submit("me-", "ثبت")), "undone",
    ),
)  # fmt: skip
