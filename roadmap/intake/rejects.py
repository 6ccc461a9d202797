"""Says why something was not taken, in both languages: a field of the contract, a row, or a whole file."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from roadmap.domain.refusals import Refusal, refuse
from roadmap.domain.text import Text
from roadmap.errors import FileRefusedError
from roadmap.intake import contracts
from roadmap.store.log import Rejected

#: Characters that hide, reorder or break the text around them.
_UNSHOWABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_LAYOUT: Final = str.maketrans("\t\r\n", "   ")
#: How much of a text a sentence or a key shows.
_SHOWN: Final = 200


def shown(text: str) -> str:
    """`text` fit to be shown and stored: hidden characters replaced, not longer than a sentence bears."""
    return _UNSHOWABLE.sub("\ufffd", text)[:_SHOWN]


def is_showable(text: str) -> bool:
    """Whether `text` holds nothing that hides, reorders or breaks the text around it; line breaks and tabs are text."""
    return not _UNSHOWABLE.search(text.translate(_LAYOUT)) and "\ufffd" not in text


def whole_file(name: str, error: FileRefusedError) -> Rejected:
    """The reject that stands for a whole refused file."""
    refusal = Refusal(error.code, "", name, Text(fa=error.fa, en=error.en))
    return Rejected(key=name, refusals=(refusal,))


def contract_refusals(error: ValidationError) -> tuple[Refusal, ...]:
    """A refusal for each thing that the contract finds wrong with a row."""
    return tuple(_contract_refusal(problem) for problem in error.errors())


def unreadable(name: str, value: object, choices: str = "") -> Refusal:
    """The refusal of a `value` that is not of the type of field `name`."""
    wanted = contracts.TYPES[name]
    if wanted is date:
        return refuse("not_a_date", name, value)
    if wanted in {int, float}:
        return refuse("not_a_number", name, value)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return refuse("unknown_choice", name, value, choices or ", ".join(wanted))
    return refuse("missing", name)


def _contract_refusal(problem: ErrorDetails) -> Refusal:
    """One finding of the contract; a finding about the whole row is told at its percent."""
    value = problem["input"]
    name = str(problem["loc"][0]) if problem["loc"] else "percent"
    match problem["type"]:
        case "missing" | "extra_forbidden" as kind:
            return refuse("missing" if kind == "missing" else "unexpected", name)
        case "string_too_long":
            return refuse("too_long", name, value, contracts.longest(name))
        case "string_pattern_mismatch":
            return refuse(f"unknown_{name}", name, value)
        case "inconsistent":
            return refuse("inconsistent", name, f"{value['state'].value}, {value['percent']:g}%")
        case "greater_than_equal" | "less_than_equal" | "finite_number":
            return refuse("out_of_range", name, value, contracts.allowed_range(name))
        case _:
            return unreadable(name, value)
