"""The wizard's fields: layout, columns, words, days and numbers of a sample; together they are a mapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import streamlit as st

from dashboard import data, mapping, ui
from dashboard.format import Format
from dashboard.mapping import Sample
from dashboard.shown import mapping as shown
from dashboard.shown import words
from dashboard.tables import alert
from roadmap.domain.events import FeedMapped
from roadmap.domain.model import Confidence, State
from roadmap.domain.text import folded
from roadmap.errors import FileRefusedError, ProgrammeError
from roadmap.services import mapping_feeds, mapping_samples
from roadmap.services.mapping_feeds import Present

_T = TypeVar("_T")
_S = TypeVar("_S", bound=str)
#: The fields of the contract in the order in which they are offered.
FIELDS: Final = (
    "milestone", "unit", "effective", "state", "percent", "forecast_finish", "confidence", "spent", "narrative",
    "blocker", "evidence", "version",
)  # fmt: skip
_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "state": tuple(each.value for each in State),
    "confidence": tuple(each.value for each in Confidence),
}
_DECIMALS: Final = (".", ",", "٫")
_THOUSANDS: Final = ("", ".", ",", "٬", "'", "’", " ")
_FORMS: Final = ("YYYY-MM-DD", "YYYY/MM/DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "DD MONTH YYYY", "Q YYYY")
_NOT: Final = ""


def show(present: Present, made: Sample, f: Format) -> FeedMapped | None:
    """The fields, and the mapping that they are; None, with what is wrong, where they are none yet."""
    with ui.card(f.say("mapping.layout"), note=f.say("mapping.layout_note")):
        _layout(present, made, f)
    with ui.card(f.say("mapping.columns"), note=f.say("mapping.columns_note")):
        fields = _columns(made, f)
        kept = _kept_headers(present, made, f)
    with ui.card(f.say("mapping.words"), note=f.say("mapping.words_note")):
        values = _words(present, made, fields, f)
    with ui.card(f.say("mapping.days_numbers"), note=f.say("mapping.days_note")):
        options, is_open = _days_and_numbers(present, made, f)
    names = made.table.header
    columns = {names[place].strip(): name for place, name in fields.items() if names[place].strip()}
    return None if is_open else _fitted(present, made, columns | kept, values, options, f)


def _fitted(
    present: Present,
    made: Sample,
    columns: Mapping[str, str],
    values: Mapping[str, Mapping[str, str]],
    options: Mapping[str, Any],
    f: Format,
) -> FeedMapped | None:
    feed, layout = present.entry.feed, made.table.layout
    form = layout.format if feed.kind == "files" else feed.format
    others = {field: told for field, told in feed.values.items() if field not in _CHOICES}
    told = {
        "format": form,
        "mapping": dict(columns),
        "values": others | {field: dict(own) for field, own in values.items() if own},
    }
    layouts = {"encoding": layout.encoding, "delimiter": layout.delimiter, "sheet": layout.sheet}
    if layout.format != "csv":
        layouts |= {"encoding": feed.options.encoding, "delimiter": feed.options.delimiter}
    try:
        return mapping_feeds.fitted(present.entry, feed.model_copy(update=told), {**layouts, **options}, data.today())
    except ProgrammeError as error:
        ui.draw(alert([f.say("mapping.no_such"), words.why(error, f)], kind="problem"), key=f"{made.key}-unfit")
        return None


def _picked(made: Sample, name: str, default: _T, draw: Callable[[_T, str], _T]) -> _T:
    """What is picked in the field `name`: kept beside the field, which forgets when it is not on the page."""
    made.picked[name] = draw(made.picked.get(name, default), f"{made.key}-{name}")
    picked: _T = made.picked[name]
    return picked


def _select(
    made: Sample, name: str, label: str, options: Sequence[_S], default: _S, *, told: Callable[[str], str], bare: bool
) -> _S:
    """A list to pick one of `options` from; `bare` leaves the label to be read aloud only."""
    offered = list(dict.fromkeys([*options, default]))
    return _picked(
        made,
        name,
        default,
        lambda start, key: st.selectbox(
            label,
            offered,
            offered.index(start) if start in offered else 0,
            told,
            key=key,
            label_visibility="collapsed" if bare else "visible",
        ),
    )


def _several(
    made: Sample, name: str, label: str, options: Sequence[str], default: Sequence[str], *, tip: str, f: Format
) -> list[str]:
    """A list to pick some of, and to add words to."""
    return _picked(
        made,
        name,
        list(default),
        lambda start, key: st.multiselect(
            label,
            list(dict.fromkeys([*default, *options, *start])),
            start,
            key=key,
            accept_new_options=True,
            help=tip,
            placeholder=f.say("filter.pick"),
        ),
    )


def _layout(present: Present, made: Sample, f: Format) -> None:
    """The sample's file, and how it is laid out; another layout is read at once."""
    table = made.table
    rows = f.say("mapping.read_rows", name=f.isolate(made.name), rows=f.number(table.frame.height))
    st.caption(" ".join([rows, f.say("mapping.cut")] if table.cut else [rows]))
    wanted = table.layout
    if len(table.sheets) > 1:
        sheet = _select(
            made, "sheet", f.say("option.sheet"), sorted(table.sheets), table.sheet or _NOT, told=str, bare=False
        )
        wanted = replace(wanted, sheet=sheet if sheet != table.sheet else wanted.sheet)
    if wanted.format == "csv":
        left, right = st.columns(2)
        with left:
            delimiter = _select(
                *(made, "delimiter", f.say("option.delimiter"), mapping_samples.DELIMITERS, wanted.delimiter),
                told=lambda each: shown.mark(each, f),
                bare=False,
            )
        with right:
            encoding = _select(
                made,
                "encoding",
                f.say("option.encoding"),
                mapping_samples.ENCODINGS,
                wanted.encoding,
                told=str,
                bare=False,
            )
        wanted = replace(wanted, delimiter=delimiter, encoding=encoding)
    if wanted != table.layout:
        _read_anew(present, made, wanted, f)


def _read_anew(present: Present, made: Sample, wanted: mapping_samples.Layout, f: Format) -> None:
    try:
        mapping.lay_out(present, made, wanted)
    except FileRefusedError as error:
        ui.draw(alert([words.why(error, f)], kind="problem"), key=f"{made.key}-unreadable")
    else:
        st.rerun()


def _columns(made: Sample, f: Format) -> dict[int, str]:
    """The field of each column that has one, by the column's place."""
    fields: dict[int, str] = {}
    for place, proposed in enumerate(made.proposal.columns):
        left, right = st.columns([3, 2], vertical_alignment="center")
        with left:
            ui.draw(shown.column(proposed, f), key=f"{made.key}-about-{place}")
        with right:
            label = f.say("mapping.field_of", name=f.isolate(proposed.name or str(place + 1)))
            name = _select(
                *(made, f"column-{place}", label, (_NOT, *FIELDS), proposed.field or _NOT),
                told=lambda each: words.field(each, f) if each else f.say("mapping.not_used"),
                bare=True,
            )
        if name:
            fields[place] = name
    return fields


def _kept_headers(present: Present, made: Sample, f: Format) -> dict[str, str]:
    """Headers of the present mapping that the sample does not have: other files may."""
    there = {folded(name) for name in made.table.header}
    others = {header: field for header, field in present.entry.feed.mapping.items() if folded(header) not in there}
    if not others:
        return {}
    label, tip = f.say("mapping.kept_headers"), f.say("mapping.kept_headers_tip")
    kept = _picked(
        made,
        "kept",
        list(others),
        lambda start, key: st.multiselect(
            label, list(others), start, lambda each: f.join([each, words.field(others[each], f)]), key=key, help=tip
        ),
    )
    return {header: others[header] for header in kept}


def _words(present: Present, made: Sample, fields: Mapping[int, str], f: Format) -> dict[str, dict[str, str]]:
    """What the words of states and confidences mean: those of the sample, and those that are known from before."""
    values: dict[str, dict[str, str]] = {}
    for field, choices in _CHOICES.items():
        before = present.entry.feed.values.get(field, {})
        place = next((place for place, name in fields.items() if name == field), None)
        seen = [] if place is None else mapping_samples.words(made.table, made.proposal, made.known, field, place)
        known = {folded(each.word) for each in seen}
        listed: list[tuple[str, str | None, mapping_samples.Word | None]] = [
            (each.word, each.meant, each) for each in seen
        ]
        listed += [(word, meant, None) for word, meant in before.items() if folded(word) not in known]
        if listed:
            st.caption(words.field(field, f))
        picked = [
            (written, _word(made, f"{field}-{folded(written)}", written, meant, each, choices, f))
            for written, meant, each in listed
        ]
        values[field] = {written: meant for written, meant in picked if meant and folded(written) != meant}
    return values


def _word(
    made: Sample,
    name: str,
    written: str,
    meant: str | None,
    proposed: mapping_samples.Word | None,
    choices: Sequence[str],
    f: Format,
) -> str:
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        ui.draw(shown.word(proposed, written, f), key=f"{made.key}-about-{name}")
    with right:
        return _select(
            *(made, name, f.say("mapping.meaning_of", word=f.isolate(written)), (_NOT, *choices), meant or _NOT),
            told=lambda each: shown.meaning(each, f) if each else f.say("mapping.no_meaning"),
            bare=True,
        )


def _days_and_numbers(present: Present, made: Sample, f: Format) -> tuple[dict[str, Any], bool]:
    """The options of days and numbers, and whether one of them still waits for the person."""
    days, numbers, now = made.proposal.days, made.proposal.numbers, present.entry.feed.options
    ui.draw(shown.reasons([*days.reasons, *numbers.reasons], f), key=f"{made.key}-why-days")
    if numbers.shares:
        ui.draw(alert([f.say("mapping.shares")], kind="notice"), key=f"{made.key}-shares")
    start = (days.calendar or now.date, days.forms if days.calendar else now.dates)
    chosen = _day_choice(made, f) if days.choices else start
    calendar, forms = chosen or start
    key = f"{calendar}-{'-'.join(forms)}"
    left, right = st.columns(2)
    with left:
        calendar = _select(
            *(made, f"calendar-{key}", f.say("option.date"), ("jalali", "gregorian"), calendar),
            told=lambda each: f.say(f"calendar.{each}"),
            bare=False,
        )
        forms = _several(
            made, f"forms-{key}", f.say("option.dates"), _FORMS, forms, tip=f.say("mapping.forms_tip"), f=f
        )
    with right:
        decimal = _decimal(made, now.decimal, f)
        thousands = _select(
            *(made, "thousands", f.say("option.thousands"), _THOUSANDS, numbers.thousands or now.thousands or _NOT),
            told=lambda each: shown.mark(each, f),
            bare=False,
        )
    nothing = _several(
        made, "nothing", f.say("option.nothing"), (), made.proposal.nothing, tip=f.say("mapping.nothing_tip"), f=f
    )
    marks = {"decimal": decimal, "thousands": thousands or None}
    return {"date": calendar, "dates": forms, "nothing": nothing, **marks}, chosen is None or not decimal


def _decimal(made: Sample, now: str, f: Format) -> str:
    """The decimal mark; where the numbers can be read in two ways, the person picks it."""
    numbers = made.proposal.numbers
    is_open = any(reason.code == "numbers_ambiguous" for reason in numbers.reasons)
    options, start = ((_NOT, *_DECIMALS), _NOT) if is_open else (_DECIMALS, numbers.decimal or now)
    return _select(
        *(made, "decimal", f.say("option.decimal"), options, start),
        told=lambda each: each or f.say("filter.pick"),
        bare=False,
    )


def _day_choice(made: Sample, f: Format) -> tuple[str, Sequence[str]] | None:
    """Which of the possible readings of its days a sample means: only the person knows."""
    choices = made.proposal.days.choices
    told = [
        f.say(
            "mapping.day_reads",
            written=f.isolate(each.written),
            day=f.day(each.day),
            form=f.isolate(" ".join(each.forms)),
        )
        for each in choices
    ]
    place = _picked(
        made,
        "day-choice",
        None,
        lambda start, key: st.radio(
            f.say("mapping.choose_day"), list(range(len(choices))), start, lambda each: told[each], key=key
        ),
    )
    return None if place is None else (choices[place].calendar, choices[place].forms)
