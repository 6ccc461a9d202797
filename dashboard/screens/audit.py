"""Who did what, and how the chain stands: for the secretariat, the commander and the operator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import streamlit as st

from dashboard import data, ui
from dashboard.data import AddressError
from dashboard.filters import ALL, choose, search
from dashboard.format import Format
from dashboard.picker import date_field
from dashboard.shown import audit as shown
from dashboard.shown import words
from dashboard.shown.audit import Around
from dashboard.tables import alert
from roadmap import settings
from roadmap.errors import LogBrokenError
from roadmap.services import audit as service
from roadmap.services import reminders
from roadmap.services.audit import Page, Wanted
from roadmap.services.desk import Desk, Moment

_FIRST, _LAST, _BEFORE = "from", "to", "before"


def render() -> None:
    """Draws the page for the filters of the address."""
    f, desk = data.form(), data.desk()
    titles = {entry.code: entry.title.in_(f.language) for entry in desk.programme.commissions}
    around = Around(titles, desk.zone, data.today())
    wanted = _wanted(titles, f)
    if wanted is not None:
        _entries(wanted, around, f)
    _chain(around, f)
    with ui.card(f.say("audit.sign_ins")):
        ui.draw(shown.sign_ins(service.sign_ins(desk), around, f), key="audit-sign-ins")
    with ui.card(f.say("audit.failures"), note=f.say("audit.failures_note")):
        ui.draw(shown.failures(reminders.failures(desk), around, f), key="audit-failures")


def _wanted(titles: Mapping[str, str], f: Format) -> Wanted | None:
    """What the address asks for; None where it asks for what there is not, which is told."""
    one, two, three = st.columns(3)
    people = {actor: words.author(actor, f) for actor in data.cached(_actors)}
    with one:
        actor = _choice("audit.who", "filter.everybody", people, "who", f)
    with two:
        kind = _choice("audit.what", "filter.everything", shown.kinds(f), "kind", f)
    with three:
        commission = _choice("matrix.commission", "filter.all_commissions", titles, "commission", f)
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    with left:
        found = search(f.say("audit.find"), param="find")
    with middle:
        first = _day(f.say("audit.from"), _FIRST, f)
    with right:
        last = _day(f.say("audit.to"), _LAST, f)
    if actor is None or kind is None or commission is None:
        return None
    return Wanted(actor, kind, commission, found, first, last)


def _actors(desk: Desk, _moment: Moment) -> list[str]:
    return service.actors(desk)


def _choice(label: str, every: str, options: Mapping[str, str], param: str, f: Format) -> str | None:
    listed = {ALL: f.say(every), **options}
    return choose(f.say(label), listed, param=param, f=f, default=ALL, clears=(_BEFORE,))


def _day(label: str, param: str, f: Format) -> date | None:
    """A day that the address holds, to be changed in a field."""
    asked = st.query_params.get(param)
    try:
        stands = data.read(asked) if asked else None
    except ValueError:
        raise AddressError("asof.unreadable", value=asked or "") from None
    today = data.today()
    picked = date_field(
        label, stands, key=f"audit-{param}-{asked}", today=today, f=f, limits=(None, today), required=False
    )
    if picked != stands:
        st.query_params.pop(_BEFORE, None)
        st.query_params.pop(param, None)
        if picked:
            st.query_params[param] = picked.isoformat()
        st.rerun()
    return stands


def _before() -> int | None:
    asked = st.query_params.get(_BEFORE, "")
    return int(asked) if asked.isdecimal() and len(asked) < 10 else None


def _entries(wanted: Wanted, around: Around, f: Format) -> None:
    view: Page = data.cached(_page, wanted, _before())
    with ui.card(f.say("audit.entries"), note=f.say("audit.entries_note")):
        ui.draw(shown.table(view.entries, around, f), key="audit-entries")
        with st.container(horizontal=True):
            if _before() is not None:
                st.button(f.say("audit.newest"), key="audit-newest", on_click=_turn, args=(None,))
            if view.older is not None:
                st.button(f.say("audit.older"), key="audit-older", on_click=_turn, args=(view.older,))
            if view.entries:
                _export(wanted, around, f)


def _page(desk: Desk, _moment: Moment, wanted: Wanted, before: int | None) -> Page:
    return service.entries(desk, wanted, before=before)


def _turn(before: int | None) -> None:
    st.query_params.pop(_BEFORE, None)
    if before is not None:
        st.query_params[_BEFORE] = str(before)


def _export(wanted: Wanted, around: Around, f: Format) -> None:
    """All that is asked for as a file, not only the page of it that is shown; made when it is wanted."""

    def made() -> bytes:
        found = service.entries(data.desk(), wanted, most=service.MOST)
        return shown.as_csv(found.entries, around, f)

    st.download_button(
        f.say("audit.download"),
        made,
        file_name=f"audit-{around.day}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _chain(around: Around, f: Format) -> None:
    with ui.card(f.say("chain.title"), note=f.say("chain.note")):
        found = service.chain(data.desk(), settings.read())
        ui.draw(shown.chain(found, datetime.now(UTC), around, f), key="audit-chain")
        if st.button(f.say("chain.look"), icon=":material/policy:", key="audit-look"):
            _look(f)


def _look(f: Format) -> None:
    try:
        told, kind = shown.looked(service.look(data.desk()), f), "success"
    except LogBrokenError as broken:
        told, kind = f.say("chain.broken", sentence=f.isolate(words.why(broken, f))), "problem"
    ui.draw(alert([told], kind=kind), key="audit-looked")
