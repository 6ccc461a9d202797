"""Codes of the domain in the reader's words: states, colours, channels, authors, fields, refusals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from dashboard import data
from dashboard.format import Format
from dashboard.look import MARKS
from dashboard.markup import Html, sign, tag
from roadmap.domain.model import Confidence, State, Status
from roadmap.domain.people import Grant
from roadmap.domain.refusals import titled
from roadmap.domain.text import Text
from roadmap.errors import RoadmapError
from roadmap.services.people import ACTOR

#: The colours of a declared confidence, each with the sign of the computed state that means as much.
_DECLARED: Final = {
    Confidence.GREEN: Status.ON_TRACK,
    Confidence.AMBER: Status.AT_RISK,
    Confidence.RED: Status.LATE,
}
_AUTHORS: Final = {
    "inbox": "actor.inbox",
    "command line": "actor.shell",
    "illustrative history": "actor.history",
    "programme file": "actor.programme",
    "push token": "actor.push",
}
#: Codes that occur in refusals, and the key that says each of them.
_CODES: Final = {
    **{each.value: f"state.{each.value}" for each in State},
    **{each.value: f"confidence.{each.value}" for each in Confidence},
}
_CODE: Final = re.compile(rf"\b({'|'.join(_CODES)})\b")


def state(value: State, f: Format) -> str:
    """What is so of the work."""
    return f.say(f"state.{value.value}")


def confidence(value: Confidence | None, f: Format) -> str:
    """The lead's judgement by its colour's name."""
    return f.say(f"confidence.{value.value}" if value else "confidence.none")


def declared(value: Confidence | None, f: Format) -> Html:
    """The lead's judgement as sign and word."""
    if value is None:
        return tag("span", confidence(None, f), class_="b-badge b-quiet")
    mark = MARKS[_DECLARED[value]]
    style = f"background:{mark.tint};color:{mark.ink}"
    return tag("span", sign(_DECLARED[value]), confidence(value, f), class_="b-badge", style=style)


def channel(value: str, f: Format) -> str:
    """By which way something came."""
    return f.say(f"channel.{value}")


def author(actor: str, f: Format) -> str:
    """Who did something, as the log names them: a person by name, by number where the name was erased."""
    if not actor.startswith(ACTOR):
        return f.say(_AUTHORS[actor]) if actor in _AUTHORS else actor
    number = actor.removeprefix(ACTOR)
    return data.names().get(actor) or f.say("actor.person", number=f.number(int(number)))


def role(grant: Grant, titles: Mapping[str, str], f: Format) -> str:
    """A role that somebody has, with the title of its commission, from `titles` by code."""
    code = grant.commission or ""
    return f.say(f"role.{grant.role}", commission=titles.get(code, code))


def field(name: str, f: Format) -> str:
    """A field of the report's contract; the whole file where there is no name."""
    key = f"field.{name or 'file'}"
    return f.say(key) if key in f.say.keys else name


def why(error: RoadmapError, f: Format) -> str:
    """What was refused or cannot be, in the reader's language; what only an operator understands stands in the log."""
    return (error.fa if f.rtl else str(error)) or f.say("error.operator")


def money(key: str, f: Format) -> str:
    """What the text `key` says, with the unit in which amounts are given."""
    return f"{f.say(key)} ({data.desk().programme.programme.currency.in_(f.language)})"


def refusal(name: str, sentence: Text, f: Format) -> str:
    """The sentence of a refusal of the field `name`, its codes in the reader's words.

    Sentences are kept with the contract's own names, which mean nothing to who fills in a form in Persian.
    """
    told = titled(sentence, name, field(name, f)).in_(f.language)
    return _CODE.sub(lambda match: f.say(_CODES[match[1]]) if f.rtl else match[1].replace("_", " "), told)
