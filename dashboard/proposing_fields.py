"""The forms of a draft: a milestone's fields, an indicator's targets; what was filled in comes back checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import streamlit as st
from pydantic import ValidationError

from dashboard import data, ui
from dashboard.format import Format
from dashboard.picker import date_field
from dashboard.shown import words
from dashboard.shown.decisions import Names
from dashboard.tables import alert
from roadmap.domain.model import Indicator, Milestone, Point, Scope
from roadmap.domain.text import Text

#: In both languages each; the last one is a longer text.
_TEXTS: Final = ("title", "owner", "evidence", "deliverable")
_LONGEST: Final = 1_000


@dataclass(frozen=True)
class Fields:
    """What a form is about: whose it is, how its fields' keys begin, and the plan around it."""

    commission: str
    key: str
    plan: Mapping[str, Milestone]
    names: Names

    def at(self, code: str, name: str) -> str:
        """The key of a field of `code`."""
        return f"{self.key}-{code}-{name}"


def milestone(base: Milestone | None, fields: Fields, f: Format) -> Milestone | None:
    """The form of a milestone, filled from `base` (None: a new one); what was sent, if it can be one."""
    code = base.code if base else "new"
    with st.form(fields.at(code, "form"), border=False, enter_to_submit=False):
        head = _new(fields, f) if base is None else {}
        told = head | _dates(base, code, fields, f) | _texts(base, code, fields, f) | _links(base, code, fields, f)
        sent = st.form_submit_button(f.say("proposing.put"), type="primary", icon=":material/add:")
    if not sent:
        return None
    if base is None and (taken := str(told["code"])) in fields.plan:
        _tell(f.say("proposing.taken", code=f.isolate(taken)), code)
        return None
    present = base.model_dump() if base else {"commission": fields.commission}
    return _checked(present | told, code, f)


def _checked(told: dict[str, Any], code: str, f: Format) -> Milestone | None:
    try:
        return Milestone.model_validate(told)
    except ValidationError as error:
        names = dict.fromkeys(str(each["loc"][0]) if each["loc"] else "" for each in error.errors())
        _tell(" ".join(_sentence(name, f) for name in names), code)
        return None


def _sentence(name: str, f: Format) -> str:
    return f.say("proposing.wrong", field=f.say(f"plan.{name}")) if name else f.say("proposing.order")


def _tell(sentence: str, code: str) -> None:
    ui.draw(alert([sentence], kind="problem"), key=f"proposing-told-{code}")


def _new(fields: Fields, f: Format) -> dict[str, Any]:
    """What is said of a milestone only once."""
    left, right = st.columns(2)
    with left:
        code = st.text_input(
            f.say("plan.code"), key=fields.at("new", "code"), max_chars=64, help=f.say("proposing.code_note")
        )
    with right:
        scope = st.selectbox(
            f.say("plan.scope"),
            [each.value for each in Scope],
            format_func=lambda each: f.say(f"scope.{each}"),
            key=fields.at("new", "scope"),
        )
    return {"code": code.strip(), "scope": scope}


def _dates(base: Milestone | None, code: str, fields: Fields, f: Format) -> dict[str, Any]:
    left, middle, right = st.columns(3)
    today = data.today()
    with left:
        start = _day("start", base.start if base else today, code, fields, f)
        asked = _amount("asked", base.budget.asked if base else 0.0, code, fields, f)
    with middle:
        finish = _day("finish", base.finish if base else today, code, fields, f)
        allocated = _amount("allocated", base.budget.allocated if base else 0.0, code, fields, f)
    with right:
        weight = st.number_input(
            f.say("plan.weight"),
            0.1,
            100.0,
            float(base.weight) if base else 1.0,
            0.5,
            "%g",
            key=fields.at(code, "weight"),
        )
        horizons = list(fields.names.horizons)
        horizon = st.selectbox(
            f.say("plan.horizon"),
            horizons,
            horizons.index(base.horizon) if base else 0,
            lambda each: fields.names.horizons[each],
            key=fields.at(code, "horizon"),
        )
    budget = {"asked": asked, "allocated": allocated}
    return {"start": start, "finish": finish, "weight": _plain(weight), "horizon": horizon, "budget": budget}


def _plain(number: float) -> float:
    """A field's number without what the machine adds to it: 0.1 + 0.2."""
    return round(number, 6)


def _day(name: str, value: date, code: str, fields: Fields, f: Format) -> date | None:
    return date_field(f.say(f"plan.{name}"), value, key=fields.at(code, name), today=data.today(), f=f)


def _amount(name: str, value: float, code: str, fields: Fields, f: Format) -> float:
    label = words.money(f"plan.{name}", f)
    return _plain(st.number_input(label, 0.0, None, float(value), format="%g", key=fields.at(code, name)))


def _texts(base: Milestone | None, code: str, fields: Fields, f: Format) -> dict[str, Any]:
    """The texts, Persian and English beside each other."""
    told: dict[str, Any] = {}
    for name in _TEXTS:
        present: Text | None = getattr(base, name) if base else None
        columns = st.columns(2)
        both = {}
        for column, language in zip(columns, ("fa", "en"), strict=True):
            label = f.join([f.say(f"plan.{name}"), f.say(f"language.{language}")])
            start = getattr(present, language) if present else ""
            field = st.text_area if name == "deliverable" else st.text_input
            with column:
                both[language] = field(
                    label, start, key=fields.at(code, f"{name}-{language}"), max_chars=_LONGEST
                ).strip()
        told[name] = both
    return told


def _links(base: Milestone | None, code: str, fields: Fields, f: Format) -> dict[str, Any]:
    """What it waits for; days between are kept, new ones get those that are said."""
    lags = {link.code: link.lag_days for link in base.after} if base else {}
    others = [each for each in fields.plan if base is None or each != base.code]
    left, right = st.columns([3, 1])
    with left:
        picked = st.multiselect(
            f.say("plan.after"),
            others,
            [each for each in lags if each in fields.plan],
            lambda each: f.join([each, fields.plan[each].title.in_(f.language)]),
            key=fields.at(code, "after"),
            placeholder=f.say("filter.pick"),
        )
    with right:
        lag = st.number_input(
            f.say("proposing.lag"), 0, 3650, 0, key=fields.at(code, "lag"), help=f.say("proposing.lag_note")
        )
    return {"after": [{"code": each, "lag_days": lags.get(each, int(lag))} for each in picked]}


def targets(base: Indicator, fields: Fields, f: Format) -> Indicator | None:
    """The form of an indicator's targets, with room for one more; a target whose day is emptied goes."""
    measure = base.measure.in_(f.language)
    told: list[Point] = []
    with st.form(fields.at(base.code, "form"), border=False, enter_to_submit=False):
        for place, point in enumerate((*base.targets, None)):
            left, right = st.columns(2)
            with left:
                day = date_field(
                    f.say("proposing.target_day"), point.date if point else None,
                    key=fields.at(base.code, f"day-{place}"), today=data.today(), f=f, required=False,
                )  # fmt: skip
            with right:
                label = f"{f.say('proposing.target_value')} ({measure})"
                start = point.value if point else None
                value = st.number_input(label, value=start, format="%g", key=fields.at(base.code, f"value-{place}"))
            source = point.source if point else None
            if day and value is not None:
                told.append(Point(date=day, value=_plain(value), source=source))
        sent = st.form_submit_button(f.say("proposing.put"), type="primary", icon=":material/add:")
    if not sent:
        return None
    return base.model_copy(update={"targets": tuple(sorted(told, key=lambda point: point.date))})
