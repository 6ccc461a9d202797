"""What tests of proposals share: a milestone that moves, and its way to a decision."""

from __future__ import annotations

from datetime import date

from roadmap.domain.events import MilestonePut
from roadmap.services import desk as desks
from roadmap.services import proposing, standing

LATER = date(2027, 3, 31)


def present(desk, code):
    """The milestone as the newest baseline has it."""
    found = {each.code: each for each in standing.lines(desk, desks.moment(desk))}
    return found[code].milestone


def moved(desk, code="Q-1", **changes):
    """A change that moves its finish to LATER."""
    return MilestonePut(milestone=present(desk, code).model_copy(update={"finish": LATER} | changes))


def send(desk, *changes, commission="quays", draft="one", baseline=1, **more):
    """Sends those changes of the commission's."""
    return proposing.propose(
        desk, commission, changes, reason="The builder is late.", baseline=baseline, draft=draft, **more
    )


def checked(office, proposal, *, fit=True):
    """The proposal after the secretariat looked at it."""
    return proposing.check(office, proposal.code, fit=fit, remark="Complete.", seen=proposal.seen)


def decided(commander, proposal, verdict="approved", **more):
    """The proposal after the decision."""
    return proposing.decide(commander, proposal.code, verdict, reason="So be it.", seen=proposal.seen, **more)


def carried(desks_, *changes, commission="quays", **more):
    """From the proposal to the approval."""
    lead, office, commander = desks_
    return decided(commander, checked(office, send(lead, *changes, commission=commission, **more)))


def new(desk, code, **changes):
    """A milestone that is not there yet."""
    return present(desk, "Q-1").model_copy(update={"code": code, "finish": LATER} | changes)
