"""The start page's short way to proposals: what waits for the reader, the reader's own, and the form of a new one."""

from __future__ import annotations

from itertools import chain

from dashboard import data, ui
from dashboard.format import Format
from dashboard.markup import Target, link, tag
from dashboard.shown import decisions as shown
from dashboard.shown.decisions import Names
from roadmap.domain.people import Who
from roadmap.domain.proposing import Proposal
from roadmap.services import gate, proposals
from roadmap.services.permissions import Action
from roadmap.services.proposals import Waiting


def show(f: Format) -> None:
    """The card with proposals to check, to decide on or to follow, for whom there are any."""
    desk = data.desk()
    if not (gate.permits(desk.who, Action.READ_PROPOSALS) and data.is_now(data.moment())):
        return
    found, proposes = concerning(data.cached(proposals.waiting), desk.who), gate.within(desk.who, Action.PROPOSE)
    if not (found or proposes):
        return
    titles = {entry.code: entry.title.in_(f.language) for entry in desk.programme.commissions}
    form = link(Target("decisions", (("view", "propose"),)), f.say("start.propose"), class_="b-link")
    with ui.card(f.say("start.proposals")):
        ui.draw(
            shown.proposals(found, Names(titles, {}, desk.zone), f, empty=f.say("start.none")),
            *([tag("p", form)] if proposes else []),
            key="start-proposals",
        )


def concerning(waiting: Waiting, who: Who) -> list[Proposal]:
    """Proposals that `who` checks or decides on, and those of their own commission, the oldest first of each."""
    checks, decides = (gate.permits(who, each) for each in (Action.CHECK_PROPOSAL, Action.DECIDE_PROPOSAL))
    return [
        proposal
        for proposal, acts in chain(
            ((each, checks) for each in waiting.to_check),
            ((each, decides) for each in waiting.to_decide),
            ((each, False) for each in waiting.returned),
        )
        if acts or gate.permits(who, Action.PROPOSE, proposal.proposed.commission)
    ]
