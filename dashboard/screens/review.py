"""What waits for the secretariat, oldest first, each beside the last accepted report and the plan.

Who may only look sees the same without the buttons; what writes refuses everybody else all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from dashboard import data, ui
from dashboard.filters import ALL, choose
from dashboard.format import Format
from dashboard.shown import review as shown
from dashboard.shown.review import Around
from dashboard.tables import alert
from roadmap.domain.model import Confidence
from roadmap.domain.reviewing import Case, Fate, Verdict
from roadmap.domain.text import Text
from roadmap.errors import SettingsError
from roadmap.services import gate, review_queue, reviewing
from roadmap.services.gate import NotAllowedError
from roadmap.services.permissions import Action
from roadmap.services.review_queue import Waiting
from roadmap.services.reviewing import Reviewed

_DONE, _REFUSED, _SURE, _SHOWN = "review.done", "review.refused", "review.sure", "review.shown"
_NO_REASON: Final = "review.no_reason"
_STEP: Final = 10
_LONGEST: Final = 1_000


def render() -> None:
    """Draws the queue for the commission of the address."""
    f, programme = data.form(), data.desk().programme
    around = Around(
        {entry.code: entry.title.in_(f.language) for entry in programme.commissions},
        data.desk().zone,
        datetime.now(UTC),
    )
    options = _readable(around.titles, f)
    if not options:
        ui.draw(alert([f.say("review.not_yours")], kind="notice"), key="review-refused")
        return
    code = choose(f.say("matrix.commission"), options, param="commission", f=f, default=next(iter(options)))
    if code is None:
        return
    _outcome(around, f)
    acts = gate.permits(data.desk().who, Action.REVIEW) and data.is_now(data.moment())
    _queue(data.cached(review_queue.queue, code or None), around, f, acts=acts)
    _returned(data.cached(review_queue.open_cases, code or None), around, f, acts=acts)


def _readable(titles: Mapping[str, str], f: Format) -> dict[str, str]:
    """The commissions whose queue the reader may see, all of them first where they may see all."""
    who = data.desk().who
    everything = {ALL: f.say("filter.all_commissions")} if gate.permits(who, Action.READ_REVIEWS) else {}
    return everything | {code: title for code, title in titles.items() if gate.permits(who, Action.READ_REVIEWS, code)}


def _outcome(around: Around, f: Format) -> None:
    """Says what the last review has changed, or why it was refused."""
    refused: str | Text | None = st.session_state.pop(_REFUSED, None)
    if refused is not None:
        told = refused.in_(f.language) if isinstance(refused, Text) else f.say(refused)
        ui.draw(alert([told], kind="problem"), key="review-problem")
    if _DONE in st.session_state:
        verdict, outcome = st.session_state[_DONE]
        ui.draw(shown.done(verdict, outcome, around.zone, f), key="review-done")


def _queue(waiting: Sequence[Waiting], around: Around, f: Format, *, acts: bool) -> None:
    count = len(waiting)
    if not count:
        ui.draw(alert([f.say("review.empty")], kind="success"), key="review-empty")
        return
    st.subheader(f.say("review.count", n=count, count=f.number(count)), anchor=False)
    if not acts:
        ui.draw(alert([f.say("review.read_only")], kind="notice"), key="review-read-only")
    first = waiting[: st.session_state.get(_SHOWN, _STEP)]
    bulk = st.container()
    for each in first:
        _card(each, around, f, acts=acts)
    if count > len(first):
        st.button(f.say("review.more", count=f.number(count - len(first))), key="review-more", on_click=_more)
    if acts:
        with bulk:
            _bulk([each for each in first if not _is_own(each)], f)


def _is_own(each: Waiting) -> bool:
    """Whether the reader sent it: somebody else reviews it."""
    return each.case.submission.actor == data.desk().who.actor


def _more() -> None:
    st.session_state[_SHOWN] = st.session_state.get(_SHOWN, _STEP) + _STEP


def _card(each: Waiting, around: Around, f: Format, *, acts: bool) -> None:
    number = each.number
    with st.container(border=True):
        ui.draw(
            shown.head(each, around, f), shown.compare(each, f), shown.holds_up(each, f), key=f"review-case-{number}"
        )
        if _is_own(each):
            ui.draw(alert([f.say("review.own")], kind="notice"), key=f"review-own-{number}")
        elif acts:
            with st.container(horizontal=True, vertical_alignment="bottom"):
                _verdicts(number, f)


def _verdicts(number: int, f: Format) -> None:
    st.checkbox(f.say("review.pick"), key=_picked(number), on_change=_unsure, width="content")
    st.selectbox(
        f.say("review.rating"),
        ["", *(each.value for each in Confidence)],
        format_func=lambda each: f.say(f"confidence.{each}" if each else "review.no_rating"),
        key=f"review-rating-{number}",
        help=f.say("review.rating_help"),
        width=190,
    )
    _button(f.say("review.accept"), f"review-accept-{number}", _accept_one, number, icon=":material/check:")
    with st.popover(f.say("review.return"), icon=":material/undo:"):
        offered = [f.say(key) for key in shown.REASONS]
        st.pills(f.say("review.reasons"), offered, selection_mode="multi", key=f"review-reasons-{number}")
        st.text_area(f.say("review.reason"), max_chars=_LONGEST, height=90, key=f"review-reason-{number}")
        _button(f.say("review.return_now"), f"review-return-{number}", _return, number)


def _button(label: str, key: str, act: Callable[..., None], *about: object, icon: str | None = None) -> None:
    """A button whose click is carried out though what it stands beside has left the queue: the second one is told."""
    st.button(label, type="primary", icon=icon, key=key, on_click=act, args=about)


def _accept_one(number: int) -> None:
    rating = st.session_state[f"review-rating-{number}"]
    _accept([number], Confidence(rating) if rating else None)


def _accept(numbers: Collection[int], rating: Confidence | None = None) -> None:
    _settle(Verdict.ACCEPTED, lambda: reviewing.accept(data.desk(), numbers, rating, day=data.today()))


def _return(number: int) -> None:
    """With the reasons that were picked, and what was written beside them."""
    picked, own = st.session_state[f"review-reasons-{number}"], st.session_state[f"review-reason-{number}"]
    reason = " ".join([*picked, own.strip()]).strip()
    _settle(Verdict.RETURNED, lambda: reviewing.return_(data.desk(), number, reason, day=data.today()))


def _take_back(number: int) -> None:
    _settle(Verdict.REOPENED, lambda: reviewing.take_back(data.desk(), number, day=data.today()))


def _settle(verdict: Verdict, review: Callable[[], Reviewed]) -> None:
    """Carries a review out and remembers what became of it, or why it was refused."""
    _unsure()
    st.session_state.pop(_DONE, None)
    try:
        st.session_state[_DONE] = (verdict, review())
    except NotAllowedError as refused:
        st.session_state[_REFUSED] = refused.text
    except SettingsError:
        st.session_state[_REFUSED] = _NO_REASON


def _bulk(offered: Sequence[Waiting], f: Format) -> None:
    """Several at once, after a question that names how many."""
    numbers = [each.number for each in offered if st.session_state.get(_picked(each.number))]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(f.say("review.pick_all"), key="review-pick-all", on_click=_pick, args=(offered, True))
        st.button(f.say("review.pick_none"), key="review-pick-none", on_click=_pick, args=(offered, False))
        label = f.say("review.accept_picked", n=len(numbers), count=f.number(len(numbers)))
        if st.button(label, key="review-accept-picked", disabled=not numbers):
            st.session_state[_SURE] = True
    if numbers and st.session_state.get(_SURE):
        ui.draw(
            alert([f.say("review.sure", n=len(numbers), count=f.number(len(numbers)))], kind="notice"),
            key="review-sure",
        )
        with st.container(horizontal=True):
            _button(f.say("review.sure_yes"), "review-sure-yes", _accept, numbers)
            st.button(f.say("review.sure_no"), key="review-sure-no", on_click=_unsure)


def _picked(number: int) -> str:
    return f"review-pick-{number}"


def _pick(offered: Sequence[Waiting], value: bool) -> None:  # noqa: FBT001 - a callback's argument
    _unsure()
    for each in offered:
        st.session_state[_picked(each.number)] = value
    if value:  # whoever picks all of them is asked at once, and can still leave some out
        st.session_state[_SURE] = True


def _unsure() -> None:
    st.session_state.pop(_SURE, None)


def _returned(cases: Sequence[Case], around: Around, f: Format, *, acts: bool) -> None:
    """What was returned and not corrected yet; a return can be taken back until then."""
    back = [case for case in cases if case.fate is Fate.RETURNED]
    if not back:
        return
    with ui.card(f.say("review.returned", n=len(back), count=f.number(len(back))), note=f.say("review.returned_note")):
        for case in reversed(back):
            ui.draw(shown.history([case], around.zone, f), key=f"review-returned-{case.number}")
            if acts:
                key = f"review-take-back-{case.number}"
                st.button(f.say("review.take_back"), key=key, on_click=_take_back, args=(case.number,))
