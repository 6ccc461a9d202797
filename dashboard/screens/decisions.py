"""What commissions propose, what waits for whom, what was decided and why, and what that made of the roadmap."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import data, deciding, drafting, proposing, saying, ui
from dashboard.filters import choose
from dashboard.format import Format
from dashboard.markup import Html, Target, link, tag
from dashboard.shown import decisions as shown
from dashboard.shown.decisions import Names
from dashboard.shown.effects import effects
from dashboard.tables import alert
from roadmap.domain.people import Who
from roadmap.services import baselines, gate, proposals
from roadmap.services.permissions import Action
from roadmap.services.proposals import ENDED, Proposal, Waiting


def render() -> None:
    """Draws the part of the page that the address names."""
    f, desk = data.form(), data.desk()
    if not gate.permits(desk.who, Action.READ_PROPOSALS):
        ui.draw(alert([f.say("decisions.not_for_you")], kind="notice"), key="decisions-refused")
        return
    names = Names(
        {each.code: each.title.in_(f.language) for each in desk.programme.commissions},
        {each.code: each.title.in_(f.language) for each in desk.programme.horizons},
        desk.zone,
    )
    parts = {"waiting": _waiting, "propose": _propose, "records": _records, "baselines": _baselines}
    offered = [part for part in parts if part != "propose" or proposing.own(desk)]
    options = {part: f.say(f"decisions.view_{part}") for part in offered}
    part = choose(f.say("decisions.view"), options, param="view", f=f, default="waiting", row=True, labelled=False)
    parts[part or "waiting"](names, f)


def _propose(names: Names, f: Format) -> None:
    proposing.show(names, f)


def _waiting(names: Names, f: Format) -> None:
    who, waits = data.desk().who, data.cached(proposals.waiting)
    mine = _mine(waits, who)
    code = st.query_params.get("proposal") or (mine[0].code if mine else None)
    drafting.mine(proposing.own(data.desk()), names, f)
    with ui.card(f.say("decisions.waiting"), note=f.say("decisions.waiting_note")):
        for stage, found in (("sent", waits.to_check), ("fit", waits.to_decide), ("returned", waits.returned)):
            if found or stage != "returned":
                ui.draw(
                    tag("h4", f.say(f"decisions.{stage}")),
                    shown.proposals(found, names, f, empty=f.say(f"decisions.none_{stage}")),
                    key=f"decisions-{stage}",
                )
    _opened(code, names, f)


def _mine(waits: Waiting, who: Who) -> list[Proposal]:
    """What waits for whoever looks, the oldest first."""
    if gate.permits(who, Action.DECIDE_PROPOSAL) and waits.to_decide:
        return waits.to_decide
    if gate.permits(who, Action.CHECK_PROPOSAL):
        return waits.to_check
    return [each for each in waits.returned if gate.permits(who, Action.PROPOSE, each.proposed.commission)]


def _records(names: Names, f: Format) -> None:
    found = [each for each in reversed(data.cached(proposals.proposals)) if each.stage in ENDED]
    with ui.card(f.say("decisions.records"), note=f.say("decisions.records_note")):
        ui.draw(
            shown.proposals(found, names, f, empty=f.say("decisions.no_records"), view="records"),
            key="decisions-records",
        )
    _opened(st.query_params.get("proposal"), names, f)


def _opened(code: str | None, names: Names, f: Format) -> None:
    """The proposal `code` in full, with what whoever looks may do with it."""
    if code is None:
        return
    saying.outcome(code)
    if code not in {each.code for each in data.cached(proposals.proposals)}:
        ui.draw(alert([f.say("decisions.unknown", code=f.isolate(code))], kind="notice"), key="decisions-unknown")
        return
    view = data.cached(proposals.opened, code)
    with ui.card(shown.name(view.proposal, names, f)):
        ui.draw(shown.head(view, names, f), key="decisions-head")
    with ui.card(f.say("decisions.changes")):
        ui.draw(
            shown.meanwhile(view.meanwhile, names, f),
            shown.changes(view.differences, names, f),
            key="decisions-changes",
        )
        if told := shown.sentences(view.refused, f):
            ui.draw(alert(told, kind="problem"), key="decisions-wrong")
    with ui.card(f.say("effects.title"), note=f.say("effects.note")):
        ui.draw(effects(view.effects, names, f), _see(view.proposal, f), key="decisions-effects")
    deciding.show(view, f)
    with ui.card(f.say("decisions.record")):
        ui.draw(shown.record(view.proposal, names, f), key="decisions-record")


def _see(proposal: Proposal, f: Format) -> Html:
    if proposal.stage in ENDED:
        return Html("")
    target = Target("roadmap", (("proposal", proposal.code),))
    return tag("p", link(target, f.say("decisions.see"), class_="b-link"))


def _baselines(names: Names, f: Format) -> None:
    found = data.cached(baselines.baselines)
    with ui.card(f.say("decisions.baselines"), note=f.say("decisions.baselines_note")):
        ui.draw(shown.baselines(found, names, f), key="decisions-baselines")
    if len(found) > 1:
        with ui.card(f.say("decisions.compare"), note=f.say("decisions.compare_note")):
            _compare([each.number for each in found], names, f)


def _compare(numbers: Sequence[int], names: Names, f: Format) -> None:
    options = {str(number): f.say("decisions.baseline", number=f.number(number)) for number in numbers}
    left, right = st.columns(2)
    with left:
        before = choose(f.say("decisions.from"), options, param="from", f=f, default=str(numbers[-2]))
    with right:
        after = choose(f.say("decisions.to"), options, param="to", f=f, default=str(numbers[-1]))
    if before and after:
        found = data.cached(baselines.compare, int(before), int(after))
        ui.draw(shown.comparison(found, names, f), key="decisions-comparison")
