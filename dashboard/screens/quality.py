"""What came in, what was turned away and why: for the secretariat and for a commission's data officer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import streamlit as st

from dashboard import data, ledgers, ui, waiting, waiving
from dashboard.filters import ALL, choose, search
from dashboard.format import Format
from dashboard.shown import deliveries, rates
from dashboard.shown import ledger as shown
from dashboard.shown.ledger import Around
from roadmap.services import gate
from roadmap.services import quality as service
from roadmap.services.ledger import SHOWN, Ledger, Line, Open, State, Wanted
from roadmap.services.permissions import Action

#: Stands for no narrowing by state in the address, where "open" is what an address without a state means.
_ANY_STATE: Final = "all"
#: Where the address says how many lines are shown, and how many there are at first and more at each asking.
_LINES: Final = "lines"
_FIRST, _MORE = 8, 20


def render() -> None:
    """Draws the page for the commission and the filters of the address."""
    f, desk = data.form(), data.desk()
    titles = {entry.code: entry.title.in_(f.language) for entry in desk.programme.commissions}
    around = Around(titles, data.moment().day, desk.zone)
    waiting.show(around, f)
    own = gate.within(desk.who, Action.READ_REJECTS)
    _rates(around, own, f)
    commission = _rejects(titles, own, around, f) if own is None or own else None
    view = data.cached(service.quality, commission)
    with ui.card(f.say("quality.receipts"), note=f.say("quality.receipts_note")):
        came = deliveries.Around(titles, desk.zone, partial(gate.permits, desk.who))
        ui.draw(deliveries.table(view.receipts, came, f), key="quality-receipts")


def _rejects(titles: dict[str, str], own: tuple[str, ...] | None, around: Around, f: Format) -> str | None:
    """What was turned away, of all commissions or of the own ones; the commission that is looked at."""
    mine = {code: title for code, title in titles.items() if own is None or code in own}
    wanted = _wanted(mine, f, of_all=own is None)
    if wanted is None:
        return None
    _ledger(wanted, around, f)
    waiving.show(wanted.commission, f)
    return wanted.commission


def _waits(own: tuple[str, ...] | None) -> dict[str, Open]:
    """What waits of each commission whose rejects the reader may see."""
    asked = [Wanted()] if own is None else [Wanted(code) for code in own]
    return {code: found for wanted in asked for code, found in ledgers.ledger(wanted, shown=0).open.items()}


def _rates(around: Around, own: tuple[str, ...] | None, f: Format) -> None:
    found = data.cached(service.quality, None).commissions
    waits = _waits(own)
    with ui.card(f.say("quality.by_commission"), note=rates.summary(found, f)):
        ui.draw(rates.commissions(found, waits, around.titles, around.zone, f), key="quality-commissions")
    with ui.card(f.say("quality.strip"), note=f.say("quality.strip_note")):
        ui.draw(rates.strip(found, around.titles, f), key="quality-strip")


def _wanted(titles: dict[str, str], f: Format, *, of_all: bool) -> Wanted | None:
    """What the address asks for of the ledger; None where it asks for what there is not, which is told."""
    one, two, three, four = st.columns([2, 1, 2, 1], vertical_alignment="bottom")
    with one:
        offered = {ALL: f.say("filter.all_commissions")} | titles if of_all else titles
        first = next(iter(offered))
        commission = choose(
            f.say("matrix.commission"), offered, param="commission", f=f, default=first, clears=("code", _LINES)
        )
    with two:
        state = choose(
            f.say("ledger.state"),
            shown.states(f),
            param="state",
            f=f,
            default=State.OPEN.value,
            clears=("code", _LINES),
        )
    if commission is None or state is None:
        return None
    wanted = Wanted(commission or None, state=None if state == _ANY_STATE else State(state))
    with three:
        any_reason = {ALL: f.say("filter.all_reasons")}
        reasons = shown.reasons(ledgers.ledger(wanted, shown=0), f)
        code = choose(f.say("filter.reason"), any_reason | reasons, param="code", f=f, default=ALL, clears=(_LINES,))
    with four:
        order = choose(f.say("ledger.order"), shown.orders(f), param="order", f=f, default="newest")
    found = search(f.say("ledger.find"), param="find")
    return replace(wanted, code=code or None, oldest_first=order == "oldest", search=found)


def _ledger(wanted: Wanted, around: Around, f: Format) -> None:
    view = ledgers.ledger(wanted)
    with ui.card(f.say("quality.ledger"), note=f.say("quality.ledger_note")):
        lines = view.lines[: _so_many()]
        ui.draw(shown.table(lines, around, f), key="quality-rejects")
        if told := shown.more(view, len(lines), f):
            st.caption(told)
        with st.container(horizontal=True):
            _ways_on(view, lines, around, f)


def _ways_on(view: Ledger, lines: Sequence[Line], around: Around, f: Format) -> None:
    """More lines than those that are shown, and all of them as a file."""
    if left := min(len(view.lines) - len(lines), _MORE):
        label = f.say("ledger.more", n=left, count=f.number(left))
        st.button(label, key="quality-more", on_click=_show, args=(len(lines) + left,), icon=":material/expand_more:")
    if view.lines:
        st.download_button(
            f.say("quality.download"),
            shown.as_csv(view.lines, around, f),
            file_name=f"rejects-{around.today}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _so_many() -> int:
    """How many lines the address asks for; as many as at first where it does not, or not sensibly."""
    asked = st.query_params.get(_LINES, "")
    return max(int(asked), _FIRST) if asked.isdecimal() and len(asked) < len(str(SHOWN)) + 1 else _FIRST


def _show(lines: int) -> None:
    st.query_params[_LINES] = str(lines)
