"""What a reader may do with a proposal: check it, decide on it, take it back. What came in between is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from dashboard import data, drafting, saying, ui
from dashboard.format import Format
from dashboard.shown import decisions as shown
from dashboard.tables import alert
from roadmap.services import gate, sessions
from roadmap.services import proposing as service
from roadmap.services.gate import NotAllowedError
from roadmap.services.permissions import Action
from roadmap.services.proposals import ENDED, Proposal, Stage, View
from roadmap.services.proposing import OvertakenError, ProposalRefusedError, Verdict

LONGEST: Final = 1_000
_VERDICTS: Final[tuple[tuple[Verdict, str], ...]] = (
    ("approved", ":material/check:"),
    ("rejected", ":material/block:"),
    ("sent_back", ":material/undo:"),
)


def show(view: View, f: Format) -> None:
    """The card with what whoever looks may do with the proposal of `view`."""
    proposal, who = view.proposal, data.desk().who
    commission = proposal.proposed.commission
    if not data.is_now(data.moment()):
        return
    own = gate.permits(who, Action.PROPOSE, commission)
    if proposal.stage is Stage.SENT and gate.permits(who, Action.CHECK_PROPOSAL):
        _check(proposal, f)
    if proposal.stage is Stage.FIT and gate.permits(who, Action.DECIDE_PROPOSAL):
        _decide(view, f)
    if proposal.stage is Stage.RETURNED and own:
        with ui.card(f.say("deciding.again"), note=f.say("deciding.again_note")):
            drafting.again(proposal, f)
    if own and proposal.stage not in ENDED:
        _withdraw(proposal, f)


def _key(proposal: Proposal, name: str) -> str:
    """A field's key: another step, or another turn, and it starts anew."""
    return f"deciding-{name}-{proposal.code}-{proposal.seen}-{saying.turn()}"


def _check(proposal: Proposal, f: Format) -> None:
    with ui.card(f.say("deciding.check"), note=f.say("deciding.check_note")):
        with st.form(_key(proposal, "check"), border=False, enter_to_submit=False):
            remark = _reason("deciding.remark", proposal, "remark", f)
            with st.container(horizontal=True):
                fit = st.form_submit_button(f.say("deciding.fit"), type="primary", icon=":material/check:")
                back = st.form_submit_button(f.say("deciding.give_back"), icon=":material/undo:")
        if fit or back:
            _act(
                lambda: service.check(data.desk(), proposal.code, fit=fit, remark=remark, seen=proposal.seen),
                "check",
                f,
            )


def _decide(view: View, f: Format) -> None:
    proposal = view.proposal
    stopped = bool(view.meanwhile or view.refused)
    with ui.card(f.say("deciding.decide"), note=f.say("deciding.stopped" if stopped else "deciding.decide_note")):
        with st.form(_key(proposal, "decide"), border=False, enter_to_submit=False):
            reason = _reason("decisions.reason", proposal, "reason", f)
            session = _session(proposal, f)
            sure = st.checkbox(f.say("deciding.sure"), key=_key(proposal, "sure"))
            with st.container(horizontal=True):
                pressed = {
                    verdict: st.form_submit_button(
                        f.say(f"deciding.{verdict}"),
                        type="primary" if verdict == "approved" else "secondary",
                        icon=icon,
                        disabled=stopped and verdict == "approved",
                    )
                    for verdict, icon in _VERDICTS
                }
        verdict = next((each for each in pressed if pressed[each]), None)
        if verdict is not None and not sure:
            ui.draw(alert([f.say("deciding.not_sure")], kind="problem"), key="deciding-not-sure")
        elif verdict is not None:
            wanted = verdict
            _act(
                lambda: service.decide(
                    data.desk(), proposal.code, wanted, reason=reason, seen=proposal.seen, session=session or None
                ),
                "decide",
                f,
            )


def _session(proposal: Proposal, f: Format) -> str:
    """The session in which it is decided, if there are any."""
    if not gate.permits(data.desk().who, Action.READ_SESSIONS):
        return ""
    called = data.cached(sessions.council).sessions
    titles = {each.code: f.join([f.day(each.on), each.title]) for each in called.values() if not each.called_off}
    if not titles:
        return ""
    options = ["", *titles]
    label, none = f.say("deciding.session"), f.say("deciding.no_session")
    return st.selectbox(label, options, format_func=lambda code: titles.get(code, none), key=_key(proposal, "session"))


def _withdraw(proposal: Proposal, f: Format) -> None:
    with ui.card(f.say("deciding.withdraw")):
        with st.form(_key(proposal, "withdraw"), border=False, enter_to_submit=False):
            reason = _reason("decisions.reason", proposal, "why", f)
            sure = st.checkbox(f.say("deciding.withdraw_sure"), key=_key(proposal, "withdraw-sure"))
            sent = st.form_submit_button(f.say("deciding.withdraw_do"))
        if sent and not sure:
            ui.draw(alert([f.say("deciding.not_sure")], kind="problem"), key="deciding-withdraw-not-sure")
        elif sent:
            _act(lambda: service.withdraw(data.desk(), proposal.code, reason=reason, seen=proposal.seen), "withdraw", f)


def _reason(label: str, proposal: Proposal, name: str, f: Format) -> str:
    return st.text_area(f.say(label), height=80, max_chars=LONGEST, key=_key(proposal, name))


def _act(act: Callable[[], Proposal], name: str, f: Format) -> None:
    """Does it and says so; what is refused stays on the page with what was typed."""
    try:
        done = act()
    except NotAllowedError as refused:
        told = shown.sentences([refused.text], f)
    except OvertakenError as refused:
        told = [shown.overtaken(refused, f)]
    except ProposalRefusedError as refused:
        told = shown.sentences(refused.texts, f)
    else:
        saying.done(done, f)
    ui.draw(alert(told, kind="problem"), key=f"deciding-{name}-refused")
