"""The executive's two minutes."""

from __future__ import annotations

import streamlit as st

from dashboard import data, filters, start, ui
from dashboard.format import Format
from dashboard.markup import Target
from dashboard.shown import overview as shown
from dashboard.shown.overview import Waits
from roadmap.services import gate, proposals
from roadmap.services.desk import Desk
from roadmap.services.overview import Overview, overview
from roadmap.services.permissions import Action

#: So many changes are shown at once, the others on demand.
_FIRST = 8


def render() -> None:
    """Draws the page."""
    f, desk = data.form(), data.desk()
    horizons = {horizon.code: horizon for horizon in desk.programme.horizons}
    titles = {code: each.title.in_(f.language) for code, each in horizons.items()}
    options = {filters.ALL: f.say("filter.all_horizons"), **titles}
    head = st.container()
    chosen = (
        filters.choose(f.say("filter.horizon"), options, param="horizon", f=f, default=filters.ALL, row=True) or None
    )
    view = data.cached(overview, chosen)
    with head:
        ui.draw(shown.headline(view, horizons.get(chosen or ""), desk, f), key="overview-head")
    ui.draw(shown.tiles(view, chosen, _waits(desk), desk, f), key="overview-tiles")
    start.show(f)
    _standing(view, chosen, desk, f)
    _movement(view, desk, f)
    _outcome(view, f)
    with ui.card(f.say("overview.data")):
        ui.draw(shown.rejects(view, desk, f), key="overview-data")


def _waits(desk: Desk) -> Waits:
    """What waits for people, as far as the reader may see it."""
    reviews = Target("review") if gate.permits(desk.who, Action.READ_REVIEWS) else None
    if not gate.permits(desk.who, Action.READ_PROPOSALS):
        return Waits(reviews)
    found = data.cached(proposals.waiting)
    return Waits(reviews, found, mine=found.mine(desk) > 0)


def _standing(view: Overview, horizon: str | None, desk: Desk, f: Format) -> None:
    matrix, curve = st.columns(2)
    with matrix, ui.card(f.say("overview.matrix"), note=f.say("overview.matrix_note")):
        programme = desk.programme
        ui.draw(shown.matrix(view.cells, programme.commissions, programme.horizons, horizon, f), key="overview-matrix")
    with curve, ui.card(f.say("overview.curve"), note=f.say("overview.curve_note")):
        if view.curve:
            ui.chart(shown.curve(view, f), key="overview-curve", f=f)


def _movement(view: Overview, desk: Desk, f: Format) -> None:
    titles = {each.code: each.title.in_(f.language) for each in desk.programme.commissions}
    slips, changes = st.columns(2)
    with slips, ui.card(f.say("overview.slips"), note=f.say("overview.slips_note")):
        if view.slips:
            ui.draw(shown.slips(view, titles, f), key="overview-slips")
        else:
            st.caption(f.say("overview.no_slips"))
    with changes, ui.card(f.say(_changes(view), since=f.day(view.since))):
        ui.draw(shown.changes(view.changes[:_FIRST], titles, f), key="overview-changes")
        if others := view.changes[_FIRST:]:
            with st.expander(f.say("overview.more", n=len(others), count=f.number(len(others)))):
                ui.draw(shown.changes(others, titles, f), key="overview-changes-more")


def _changes(view: Overview) -> str:
    return "overview.changes_session" if view.session else "overview.changes"


def _outcome(view: Overview, f: Format) -> None:
    indicators, provinces = st.columns(2)
    with indicators, ui.card(f.say("overview.indicators"), note=f.say("overview.indicators_note")):
        ui.draw(shown.indicators(view.indicators, f), key="overview-indicators")
    with provinces, ui.card(f.say("overview.provinces"), note=f.say("overview.provinces_note")):
        ui.chart(shown.province_map(view.provinces, f), key="overview-provinces", f=f)
        ui.draw(shown.ranking(view.provinces, f), key="overview-ranking")
