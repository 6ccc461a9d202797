"""All milestones on one axis, what waits for what, and the table behind it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import csv_file, data, filters, ui
from dashboard.format import Format
from dashboard.look import GRAVITY
from dashboard.shown import roadmap as shown
from dashboard.shown.bars import Ghosts
from dashboard.shown.roadmap import GROUPINGS, Around, Filter, Titles
from dashboard.tables import alert
from roadmap.services import baselines, gate, proposals, standing
from roadmap.services.critical_path import critical_path
from roadmap.services.permissions import Action
from roadmap.services.proposals import ENDED
from roadmap.services.standing import Line

_SEARCH = "search"
#: Filters that stand folded away until the address holds one of them.
_MORE = ("commission", "status", "by", "milestone", "path")


def render() -> None:
    """Draws the page."""
    f, programme = data.form(), data.desk().programme
    titles = Titles(
        {each.code: each.title.in_(f.language) for each in programme.commissions},
        {each.code: each.title.in_(f.language) for each in programme.horizons},
    )
    everything, ghosts = _plan(titles, f)
    asked, by, code = _filters(everything, titles, f)
    today, marked = data.moment().day, shown.roles(everything, code)
    around = Around(titles, today, critical_path(everything, today))
    found = [line for line in everything if asked.lets(line, around.path)]
    if marked:
        with ui.card(f.say("roadmap.connections")):
            ui.draw(shown.connections(everything, marked, around, f), key="roadmap-connections")
            if shown.alone(marked):
                st.caption(f.say("roadmap.alone"))
    counts = {"count": f.number(len(found)), "total": f.number(len(everything))}
    with ui.card(f.say("roadmap.shown", n=len(everything), **counts), note=f.say("roadmap.note")):
        ui.draw(shown.legend(around.path, f), key="roadmap-legend")
        if not found:
            st.info(f.say("roadmap.none"), icon=":material/search_off:")
            return
        ui.draw(shown.all_of_them(found, by, around, marked, f, ghosts), key="roadmap-timeline")
    _table(found, around, f)


def _plan(titles: Titles, f: Format) -> tuple[list[Line], Ghosts | None]:
    """The milestones to show and what stands behind them: as they are, or as a proposal would have them."""
    present = data.cached(standing.lines)
    code = st.query_params.get("proposal")
    if code is None:
        return present, _ghosts(f)
    if not gate.permits(data.desk().who, Action.READ_PROPOSALS):
        ui.draw(alert([f.say("decisions.not_for_you")], kind="notice"), key="roadmap-refused")
        return present, None
    found = {each.code: each for each in data.cached(proposals.proposals)}
    if code not in found or found[code].stage in ENDED:
        key = "roadmap.proposal_over" if code in found else "decisions.unknown"
        ui.draw(alert([f.say(key, code=f.isolate(code))], kind="notice"), key="roadmap-proposal")
        return present, None
    ui.draw(shown.proposed(data.cached(proposals.opened, code), titles, f), key="roadmap-proposal")
    return data.cached(proposals.proposed_lines, code), shown.ghosts(line.milestone for line in present)


def _ghosts(f: Format) -> Ghosts | None:
    """The baseline that the address wants behind the bars; None: the one in force."""
    numbers = [each.number for each in data.cached(baselines.baselines)]
    if len(numbers) == 1:
        return None
    older = {str(number): f.say("decisions.baseline", number=f.number(number)) for number in numbers[:-1]}
    now = f.say("roadmap.ghost_now", number=f.number(numbers[-1]))
    picked = filters.choose(
        f.say("roadmap.ghost"), {filters.ALL: now, **older}, param="baseline", f=f, default=filters.ALL
    )
    return shown.ghosts(data.cached(baselines.milestones, int(picked))) if picked else None


def _filters(everything: Sequence[Line], titles: Titles, f: Format) -> tuple[Filter, shown.Grouping, str | None]:
    states = {status.value: f.say(f"status.{status.value}") for status in GRAVITY}
    groupings: dict[str, str] = {by: f.say(f"roadmap.by_{by}") for by in GROUPINGS}
    first, second = st.columns([3, 2])
    with first:
        horizon = _one("horizon", {filters.ALL: f.say("filter.all_horizons"), **titles.horizons}, f, row=True)
    with second:
        text = _search(f)
    with st.expander(f.say("filter.more"), expanded=any(name in st.query_params for name in _MORE)):
        left, middle, right = st.columns(3)
        with left:
            body = _one("commission", {filters.ALL: f.say("filter.all_commissions"), **titles.commissions}, f)
        with middle:
            status = _one("status", {filters.ALL: f.say("filter.all_states"), **states}, f)
        with right:
            grouping = filters.choose(
                f.say("roadmap.group"), groupings, param="by", f=f, default=GROUPINGS[0], row=True
            )
        left, right = st.columns([1, 2])
        with left:
            path = _one("path", {filters.ALL: f.say("filter.all_paths"), **shown.paths(f)}, f)
        with right:
            code = _chosen(everything, f)
    by = next((by for by in GROUPINGS if by == grouping), GROUPINGS[0])
    return Filter(horizon, body, status, text, path), by, code


def _one(param: str, options: dict[str, str], f: Format, *, row: bool = False) -> str:
    return filters.choose(f.say(f"filter.{param}"), options, param=param, f=f, default=filters.ALL, row=row) or ""


def _search(f: Format) -> str:
    st.session_state["filter-search"] = st.query_params.get(_SEARCH, "")
    st.text_input(
        f.say("filter.search"), key="filter-search", on_change=_keep_search, placeholder=f.say("filter.search_hint")
    )
    return str(st.session_state["filter-search"])


def _keep_search() -> None:
    st.query_params.pop(_SEARCH, None)
    if text := st.session_state["filter-search"].strip():
        st.query_params[_SEARCH] = text


def _chosen(everything: Sequence[Line], f: Format) -> str | None:
    options = {line.code: f"{line.code} · {f.isolate(line.milestone.title.in_(f.language))}" for line in everything}
    return filters.choose(f.say("roadmap.choose"), options, param="milestone", f=f)


def _table(found: Sequence[Line], around: Around, f: Format) -> None:
    with st.expander(f.say("roadmap.table"), icon=":material/table_rows:"):
        ui.grid(shown.grid(found, around, f), key="roadmap-table", f=f)
        st.download_button(
            f.say("roadmap.download"),
            csv_file.write(shown.records(found, around, f)),
            file_name=f"{f.say('roadmap.file')}-{data.moment().day.isoformat()}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
