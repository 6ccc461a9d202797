"""The parts of a person's own page: roles, where reminders go, what became of a test message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard import tables
from dashboard.format import Format
from dashboard.markup import Html, tag
from dashboard.shown import words
from dashboard.tables import Fact, alert
from roadmap.domain.people import Who
from roadmap.services.digests import Mine, Tested


def roles(who: Who, titles: Mapping[str, str], f: Format) -> Html:
    """Who they are and what they are to the programme."""
    grants = sorted(who.grants, key=lambda grant: grant.code)
    told = f.join([words.role(grant, titles, f) for grant in grants])
    return tables.facts([Fact(f.say("me.name"), tag("bdi", who.name)), Fact(f.say("me.has"), told, wide=True)])


def places(mine: Mine, f: Format) -> Html:
    """Where reminders go now; that they go nowhere is said."""
    found = [*([mine.mail] if mine.mail else []), *mine.shown]
    if not found:
        return alert([f.say("me.nowhere")], kind="notice")
    return tables.facts([Fact(f.say("me.where"), tables.lines(*(tables.code(place) for place in found)), wide=True)])


def tested(found: Sequence[Tested], f: Format) -> Html:
    """At which places the test message was taken, and why not at the others."""
    sentences = [
        f.say("me.not_taken", place=f.isolate(each.place), error=f.isolate(words.why(each.error, f)))
        if each.error
        else f.say("me.taken", place=f.isolate(each.place))
        for each in found
    ]
    return alert(sentences, kind="problem" if any(each.error for each in found) else "success")
