"""One commission: where it stands by horizon, its milestones, its money, how well it reports."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import data, handing, ui
from dashboard.charts import Chart
from dashboard.filters import ALL, choose
from dashboard.format import Format
from dashboard.look import GRAVITY
from dashboard.shown import commission as shown
from dashboard.shown import deliveries
from roadmap.services import commission as service
from roadmap.services import gate
from roadmap.services.commission import CommissionView
from roadmap.services.desk import Desk, Moment
from roadmap.services.permissions import Action


def render() -> None:
    """Draws the page for the commission and the filters of the address."""
    f, programme = data.form(), data.desk().programme
    titles = {entry.code: entry.title.in_(f.language) for entry in programme.commissions}
    first = next(iter(titles))
    code = choose(f.say("matrix.commission"), titles, param="commission", f=f, default=first, labelled=False)
    if code is None:
        return
    view = data.cached(service.commission, code)
    sees = gate.permits(data.desk().who, Action.READ_REVIEWS, code)
    ui.draw(shown.headline(view, f), shown.tiles(view, f, sees_reviews=sees), key="commission-head")
    with ui.card(f.say("commission.by_horizon"), note=f.say("commission.by_horizon_note")):
        ui.draw(shown.matrix(view, programme.horizons, f), key="commission-matrix")
    _progress(view, f)
    _milestones(view, f)
    handing.show(code, f)
    with ui.card(f.say("commission.deliveries"), note=f.say("commission.deliveries_note")):
        around = deliveries.Around({}, data.desk().zone, partial(gate.permits, data.desk().who))
        ui.draw(deliveries.table(view.receipts, around, f), key="commission-deliveries")


def _progress(view: CommissionView, f: Format) -> None:
    currency = data.desk().programme.programme.currency.in_(f.language)
    course, money = st.columns([5, 3])
    with course, ui.card(f.say("commission.course")):
        if view.curve:
            ui.chart(data.cached(_curve, view.commission.code, f), key="commission-curve", f=f)
    with money, ui.card(f.say("commission.money")):
        ui.draw(shown.money(view, currency, f), key="commission-money")


def _curve(desk: Desk, moment: Moment, code: str, f: Format) -> Chart:
    """The chart, made once for all who look at it: making it takes longer than all the rest of the page."""
    return shown.curve(service.commission(desk, moment, code), f)


def _milestones(view: CommissionView, f: Format) -> None:
    horizons = {horizon.code: horizon.title.in_(f.language) for horizon in data.desk().programme.horizons}
    states = {status.value: f.say(f"status.{status.value}") for status in GRAVITY if view.statuses[status]}
    with ui.card(f.say("commission.milestones")):
        left, right, _ = st.columns([2, 2, 3])
        with left:
            everywhere = {ALL: f.say("filter.all_horizons")}
            horizon = choose(f.say("filter.horizon"), everywhere | horizons, param="horizon", f=f, default=ALL)
        with right:
            any_state = {ALL: f.say("filter.all_states")}
            status = choose(f.say("filter.status"), any_state | states, param="status", f=f, default=ALL)
        lines = shown.chosen(view.lines, horizon, status)
        st.caption(f.say("commission.showing", n=len(lines), count=f.number(len(lines)), all=f.number(len(view.lines))))
        ui.draw(shown.milestones(lines, horizons, f), key="commission-milestones")
