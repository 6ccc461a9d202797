"""A lead drafts a proposal: changes, what they move, the reason, and off it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from dashboard import data, drafting, proposing_fields, saying, ui
from dashboard.filters import choose
from dashboard.format import Format
from dashboard.shown import decisions as shown
from dashboard.shown.decisions import Names
from dashboard.shown.effects import effects
from dashboard.tables import alert
from roadmap.domain.events import Change
from roadmap.domain.model import Indicator, Milestone
from roadmap.domain.proposing import item, key
from roadmap.services import gate, overview, proposals, standing
from roadmap.services import proposing as service
from roadmap.services.desk import Desk
from roadmap.services.permissions import Action
from roadmap.services.proposal_drafts import Drafted
from roadmap.services.proposals import Draft
from roadmap.services.proposing import OvertakenError, ProposalRefusedError

_KINDS: Final = ("change", "new", "drop", "target")


def own(desk: Desk) -> list[str]:
    """The commissions that whoever is at `desk` may propose for."""
    return [code for code in desk.programme.by_commission if gate.permits(desk.who, Action.PROPOSE, code)]


def show(names: Names, f: Format) -> None:
    """The forms of the draft of the commission of the address."""
    if not data.is_now(data.moment()):
        ui.draw(alert([f.say("proposing.only_now")], kind="notice"), key="proposing-then")
        return
    mine = {code: names.commissions[code] for code in own(data.desk())}
    commission = next(iter(mine))
    if len(mine) > 1:
        picked = choose(f.say("matrix.commission"), mine, param="commission", f=f, default=commission)
        if picked is None:
            return
        commission = picked
    drafted = drafting.of(commission)
    with ui.card(f.say("proposing.add"), note=f.say("proposing.add_note")):
        _add(drafted, names, f)
    with ui.card(f.say("proposing.proposal"), note=_note(drafted, f)):
        _proposal(drafted, names, f)


def _note(drafted: Drafted, f: Format) -> str:
    return f.say("proposing.instead", code=drafted.again) if drafted.again else f.say("proposing.proposal_note")


def _add(drafted: Drafted, names: Names, f: Format) -> None:
    """The choice of what is to be changed, and its form."""
    kinds = {kind: f.say(f"changing.{kind}") for kind in _KINDS}
    kind = choose(f.say("proposing.kind"), kinds, param="kind", f=f, default="change", row=True, labelled=False)
    plan = {line.code: line.milestone for line in data.cached(standing.lines)}
    mine = {code: each for code, each in plan.items() if each.commission == drafted.commission}
    fields = proposing_fields.Fields(drafted.commission, f"proposing-{kind}-{saying.turn()}", plan, names)
    wanted: Milestone | Indicator | None = None
    if kind == "new":
        wanted = proposing_fields.milestone(None, fields, f)
    elif kind == "target":
        wanted = _indicator(drafted, fields, f)
    elif (found := _pick(drafted, mine, f)) is not None:
        wanted = proposing_fields.milestone(found, fields, f) if kind == "change" else _drop(found, f)
    if wanted is not None:
        drafting.anew(drafted.with_(wanted))


def _pick(drafted: Drafted, mine: dict[str, Milestone], f: Format) -> Milestone | None:
    options = {code: f.join([code, each.title.in_(f.language)]) for code, each in mine.items()}
    code = choose(f.say("page.milestone"), options, param="milestone", f=f)
    if code is None:
        return None
    before = drafted.drafted("milestone", code)
    return before if isinstance(before, Milestone) and not before.dropped else mine[code]


def _drop(found: Milestone, f: Format) -> Milestone | None:
    st.caption(f.say("proposing.drop_note"))
    pressed = st.button(f.say("proposing.drop"), key=f"proposing-drop-{found.code}", icon=":material/delete:")
    return found.model_copy(update={"dropped": True}) if pressed else None


def _indicator(drafted: Drafted, fields: proposing_fields.Fields, f: Format) -> Indicator | None:
    known = {line.indicator.code: line.indicator for line in data.cached(overview.indicators)}
    mine = {code: each for code, each in known.items() if each.commission == drafted.commission}
    options = {code: f.join([code, each.title.in_(f.language)]) for code, each in mine.items()}
    code = choose(f.say("proposing.indicator"), options, param="indicator", f=f)
    if code is None:
        return None
    before = drafted.drafted("indicator", code)
    return proposing_fields.targets(before if isinstance(before, Indicator) else mine[code], fields, f)


def _proposal(drafted: Drafted, names: Names, f: Format) -> None:
    """What is drafted, what it moves, and sending it."""
    drafting.note(drafted, f)
    if not drafted.changes:
        ui.draw(alert([f.say("proposing.empty")], kind="notice"), key="proposing-empty")
        return
    found = proposals.draft(data.desk(), drafted.commission, drafted.changes, drafted.baseline)
    ui.draw(shown.changes(found.differences, names, f), key="proposing-changes")
    _remove(drafted, f)
    if found.meanwhile:
        _choose(drafted, found, names, f)
    if told := shown.sentences(found.refused, f):
        ui.draw(alert(told, kind="problem"), key="proposing-wrong")
    st.markdown(f"**{f.say('effects.title')}**")
    ui.draw(effects(found.effects, names, f), key="proposing-effects")
    if not found.meanwhile and not found.refused:
        _send(drafted, f)


def _remove(drafted: Drafted, f: Format) -> None:
    with st.container(horizontal=True):
        for change in drafted.changes:
            code = item(change).code
            label = f.say("proposing.remove", code=f.isolate(code))
            if st.button(label, key=f"proposing-remove-{change.kind}-{code}", type="tertiary", icon=":material/close:"):
                drafting.anew(drafted.without(change))


def _choose(drafted: Drafted, found: Draft, names: Names, f: Format) -> None:
    """Another decision changed the same: the own values over those, or the draft without them."""
    ui.draw(shown.meanwhile(found.meanwhile, names, f), key="proposing-meanwhile")
    touched = {each.key for each in found.meanwhile}
    with st.container(horizontal=True):
        if st.button(f.say("proposing.keep_mine"), key="proposing-mine", type="primary"):
            drafting.anew(replace(drafted, baseline=found.baseline))
        if st.button(f.say("proposing.take_theirs"), key="proposing-theirs"):
            left: Sequence[Change] = [each for each in drafted.changes if key(each) not in touched]
            drafting.anew(replace(drafted, baseline=found.baseline, changes=tuple(left)))


def _send(drafted: Drafted, f: Format) -> None:
    reason = st.text_area(
        f.say("decisions.reason"),
        drafted.reason,
        height=100,
        max_chars=1_000,
        key=f"proposing-reason-{drafted.name}",
        help=f.say("proposing.reason_note"),
    )
    if reason != drafted.reason:
        drafting.keep(replace(drafted, reason=reason))
    label = f.say("proposing.send")
    if st.button(label, type="primary", icon=":material/send:", key=f"proposing-send-{drafted.name}"):
        _post(replace(drafted, reason=reason), f)


def _post(drafted: Drafted, f: Format) -> None:
    try:
        proposal = service.propose(
            data.desk(), drafted.commission, drafted.changes, reason=drafted.reason,
            baseline=drafted.baseline, draft=drafted.name, again=drafted.again, seen=drafted.seen,
        )  # fmt: skip
    except OvertakenError as refused:
        ui.draw(alert([shown.overtaken(refused, f)], kind="problem"), key="proposing-overtaken")
    except ProposalRefusedError as refused:
        ui.draw(alert(shown.sentences(refused.texts, f), kind="problem"), key="proposing-refused")
    else:
        drafting.discard(drafted.commission)
        saying.done(proposal, f)
