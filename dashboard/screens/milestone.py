"""One milestone: what was promised, what is so, where it is done, what it hangs on, every report and its origin."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import data, ui
from dashboard.charts import Chart
from dashboard.filters import choose
from dashboard.format import Format
from dashboard.markup import tag
from dashboard.shown import milestone as shown
from dashboard.shown.review import history
from dashboard.shown.story import story
from dashboard.tables import facts
from roadmap.services import gate, standing
from roadmap.services import milestone as service
from roadmap.services.critical_path import critical_path
from roadmap.services.desk import Desk, Moment
from roadmap.services.milestone import MilestoneView
from roadmap.services.permissions import Action

_PAGE_SIZE = 25


def render() -> None:
    """Draws the page for the milestone of the address."""
    f, programme = data.form(), data.desk().programme
    titles = {
        line.code: f.join([line.code, line.milestone.title.in_(f.language)]) for line in data.cached(standing.lines)
    }
    code = choose(f.say("page.milestone"), titles, param="milestone", f=f, clears=("page",), labelled=False)
    if code is None:
        ui.draw(tag("p", f.say("milestone.pick"), class_="b-empty"), key="milestone-pick")
        return
    view = data.cached(service.milestone, code, page=_page() - 1, page_size=_PAGE_SIZE)
    commissions = {entry.code: entry.title.in_(f.language) for entry in programme.commissions}
    horizons = {horizon.code: horizon.title.in_(f.language) for horizon in programme.horizons}
    ui.draw(shown.head(view, commissions, horizons, f), shown.actions(view, _may(view), f), key="milestone-head")
    _facts(view, f)
    _progress(view, f)
    _neighbours(view, f)
    _sent(view, f)
    _story(view, f)


def _may(view: MilestoneView) -> dict[Action, bool]:
    """What the reader may do about the milestone; only now, on an earlier board nothing is done."""
    who, commission = data.desk().who, view.line.milestone.commission
    now = data.is_now(view.moment)
    return {each: now and gate.permits(who, each, commission) for each in shown.ACTIONS}


def _facts(view: MilestoneView, f: Format) -> None:
    path = critical_path(data.cached(standing.lines), view.moment.day)
    currency = data.desk().programme.programme.currency.in_(f.language)
    left, right = st.columns(2)
    with left, ui.card(f.say("milestone.dates")):
        ui.draw(shown.progress(view.line, f), facts(shown.dates(view.line, path, f)), key="milestone-dates")
    with right, ui.card(f.say("milestone.promise")):
        ui.draw(facts(shown.promise(view, currency, f)), key="milestone-promise")


def _progress(view: MilestoneView, f: Format) -> None:
    trend = data.cached(_trend, view.line.code, f)
    with ui.card(f.say("milestone.trend")):
        if trend is None:
            ui.draw(tag("p", f.say("milestone.no_trend"), class_="b-empty"), key="milestone-no-trend")
        else:
            ui.chart(trend, key="milestone-trend", f=f)
    if view.places:
        with ui.card(f.say("places.title"), note=f.say("places.note")):
            ui.draw(shown.places(view.places, view.line.milestone, f), key="milestone-places")


def _trend(desk: Desk, moment: Moment, code: str, f: Format) -> Chart | None:
    """The chart, made once for all who look at it."""
    return shown.trend(service.milestone(desk, moment, code, page_size=0), f)


def _neighbours(view: MilestoneView, f: Format) -> None:
    before, after = st.columns(2)
    lags = {link.code: link.lag_days for link in view.line.milestone.after}
    with before, ui.card(f.say("milestone.predecessors")):
        ui.draw(
            shown.neighbours(view.predecessors, lags, f.say("milestone.no_predecessors"), f), key="milestone-before"
        )
    with after, ui.card(f.say("milestone.successors")):
        ui.draw(shown.neighbours(view.successors, {}, f.say("milestone.no_successors"), f), key="milestone-after")


def _sent(view: MilestoneView, f: Format) -> None:
    """What was sent for review, and what a reviewer said of it."""
    if view.sent:
        with ui.card(f.say("review.history"), note=f.say("review.history_note")):
            ui.draw(history(view.sent, data.desk().zone, f), key="milestone-sent")


def _story(view: MilestoneView, f: Format) -> None:
    count = view.story_length
    with ui.card(f.say("story.title"), note=f.say("story.count", n=count, count=f.number(count))):
        may = partial(gate.permits, data.desk().who)
        ui.draw(story(view.story, data.desk().zone, may, f), key="milestone-story")
        if count > _PAGE_SIZE:
            _pager(-(-count // _PAGE_SIZE), f)


def _pager(pages: int, f: Format) -> None:
    page = _page()
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        st.button(f.say("story.newer"), disabled=page <= 1, on_click=_turn, args=(page - 1,))
        st.text(f.say("story.page", page=f.number(page), pages=f.number(pages)), width="content")
        st.button(f.say("story.older"), disabled=page >= pages, on_click=_turn, args=(page + 1,))


def _turn(page: int) -> None:
    st.query_params["page"] = str(page)


def _page() -> int:
    """The page of the story that the address names, from 1; what is no such number is the first."""
    asked = st.query_params.get("page", "")
    return max(int(asked), 1) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
