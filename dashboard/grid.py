"""Many reports at once, a row each: every row is taken or refused by itself, with the sentence beside it.

The browser's grid enforces nothing: of what comes back only the cells of columns that may be written are read, by the
place of the row among those that were shown. Texts are read here, since number cells drop a Persian keyboard's digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from dashboard import data, filling, typed, ui
from dashboard.filling import Filling
from dashboard.format import Format
from dashboard.picker import date_field
from dashboard.shown import report as shown
from dashboard.shown import words
from dashboard.tables import alert
from roadmap.domain.changes import ReportProgress, Stream
from roadmap.domain.model import NATIONAL, Confidence, State, Unit
from roadmap.domain.refusals import Refusal
from roadmap.services.reporting import Due
from roadmap.services.standing import Line

_BASE, _DONE, _TURN = "grid.base", "grid.done", "grid.turn"
#: More rows than this are a workbook's.
MOST: Final = 100
#: What may be written in a row, in the order of the columns.
WRITTEN: Final = ("percent", "state", "confidence", "forecast_finish", "spent", "blocker", "narrative", "evidence")


@dataclass(frozen=True)
class Row:
    """A row as it was shown: its title, and the report that is written in it."""

    title: str
    filling: Filling


@dataclass(frozen=True)
class Base:
    """The rows of a grid, the same while somebody types, and what they were asked for."""

    asked: tuple[str, tuple[Stream, ...]]
    rows: tuple[Row, ...]
    turn: int

    @property
    def key(self) -> str:
        """The grid's key."""
        return f"grid-{self.turn}"


@dataclass(frozen=True)
class Outcome:
    """What became of a row that was sent: nothing in the way, or why it was not taken."""

    title: str
    taken: bool
    waits: bool
    sentences: tuple[str, ...] = ()


def show(view: Due, commission: str, streams: Sequence[tuple[Stream, str]], f: Format) -> None:
    """The grid for `streams`, each with its title; at most MOST of them."""
    _outcomes(f)
    base = _base(commission, streams[:MOST])
    day = date_field(
        f.say("field.effective"),
        view.period_end,
        key=f"{base.key}-day",
        today=data.today(),
        f=f,
        limits=(data.desk().programme.programme.start, data.today()),
    )
    st.data_editor(
        _frame(base, f),
        key=base.key,
        hide_index=True,
        num_rows="fixed",
        disabled=["title", "now"],
        column_order=_order(f),
        column_config=_columns(f),
        height="content",
        placeholder="–",
    )
    edits = dict(_edits(base))
    _keep(base, edits, f)
    label = f.say("grid.send", n=len(edits), count=f.number(len(edits)))
    if st.button(
        label, type="primary", icon=":material/send:", disabled=not edits or day is None, key=f"{base.key}-go"
    ):
        _send(base, edits, day, f)


def forget() -> None:
    """Lets the grid be filled from what stands now."""
    st.session_state.pop(_BASE, None)


def of_country(view: Due, f: Format) -> list[tuple[Stream, str]]:
    """The commission's milestones that are reported for the country as a whole, those that are due first."""
    missing = {line.code for line in view.due}
    ordered = sorted(view.own, key=lambda line: line.code not in missing)
    return [
        ((line.code, NATIONAL), f.join([line.code, line.milestone.title.in_(f.language)]))
        for line in ordered
        if line.milestone.scope.value == NATIONAL
    ]


def of_units(line: Line, units: Sequence[Unit], sought: str, f: Format) -> list[tuple[Stream, str]]:
    """The units of a milestone whose code or title holds what is `sought`."""
    titles = {unit.code: f.join([unit.title.in_(f.language), unit.code]) for unit in units}
    return [((line.code, code), title) for code, title in titles.items() if sought.casefold() in title.casefold()]


def _base(commission: str, streams: Sequence[tuple[Stream, str]]) -> Base:
    asked = (commission, tuple(stream for stream, _ in streams))
    base: Base | None = st.session_state.get(_BASE)
    if base is None or base.asked != asked:
        base = _fill(asked, dict(streams))
    return base


def _fill(asked: tuple[str, tuple[Stream, ...]], titles: Mapping[Stream, str]) -> Base:
    turn = st.session_state.get(_TURN, 0) + 1
    rows = tuple(Row(titles[each.stream], each) for each in filling.fill(*asked))
    st.session_state[_TURN] = turn
    st.session_state[_BASE] = Base(asked, rows, turn)
    return st.session_state[_BASE]


def _frame(base: Base, f: Format) -> pd.DataFrame:
    rows = [
        [f.run(row.title), _now(row.filling, f), *(_cell(name, row.filling, f) for name in WRITTEN)]
        for row in base.rows
    ]
    return pd.DataFrame(rows, columns=["title", "now", *WRITTEN], dtype="object")


def _cell(name: str, row: Filling, f: Format) -> str | None:
    return typed.shown(name, row.texts.get(name, ""), f) or None


def _now(row: Filling, f: Format) -> str:
    """What counts now, and whether something waits, came back or is being written."""
    report, case = row.present.report, row.present.case
    told = [shown.value("percent", report, f), shown.value("effective", report, f)] if report else [f.day(None)]
    told += [f.say(f"grid.{case.fate.value}")] if case else []
    # A dot between them would read as a Persian zero.
    return f.run(" | ".join([*told, *([f.say("grid.draft")] if row.draft else [])]))


def _order(f: Format) -> list[str]:
    """Grids run from left to right whatever the page does: the first column goes last for a Persian reader."""
    order = ["title", "now", *WRITTEN]
    return order[::-1] if f.rtl else order


def _columns(f: Format) -> dict[str, Any]:
    config, say = st.column_config, f.say
    # A cell that is too narrow is cut at the end of what stands in it, if it is aligned as it is read.
    text = partial(config.TextColumn, alignment="right" if f.rtl else "left")
    texts = {name: text(say(f"field.{name}"), max_chars=4000, width="medium") for name in WRITTEN}
    return texts | {
        "title": text(say("page.milestone"), width=260, disabled=True),
        "now": text(say("report.counts"), width=190, disabled=True),
        "percent": text(say("field.percent"), required=True, max_chars=20, width=120),
        "spent": text(words.money("field.spent", f), max_chars=30, width=190),
        "forecast_finish": text(say("field.forecast_finish"), help=say("grid.day_help"), max_chars=20, width=150),
        "state": config.SelectboxColumn(
            say("field.state"),
            options=[each.value for each in State],
            format_func=lambda each: say(f"state.{each}"),
            required=True,
            width="small",
        ),
        "confidence": config.SelectboxColumn(
            say("field.confidence"),
            options=[each.value for each in Confidence],
            format_func=lambda each: say(f"confidence.{each}"),
            width="small",
        ),
    }


def _edits(base: Base) -> Iterator[tuple[int, dict[str, str]]]:
    """Of each row that was written in, or has a draft: its place, and the texts of its cells as they are now."""
    edited: Mapping[int, Mapping[str, object]] = st.session_state[base.key]["edited_rows"]
    for place, row in enumerate(base.rows):
        cells, before = edited.get(place, {}), dict(row.filling.texts)
        texts = before | {name: str(cells[name] or "") for name in WRITTEN if name in cells}
        if row.filling.draft or texts != before:
            yield place, texts


def _keep(base: Base, edits: Mapping[int, dict[str, str]], f: Format) -> None:
    """Keeps the rows that were written in as drafts, once for each change."""
    remembered: dict[int, dict[str, str]] = st.session_state.setdefault(f"{base.key}-kept", {})
    for place, texts in edits.items():
        row = base.rows[place].filling
        if remembered.get(place, row.texts) != texts:
            filling.keep(row, texts)
            remembered[place] = texts
    if edits:
        st.caption(f.say("draft.saved"))


def _send(base: Base, edits: Mapping[int, dict[str, str]], day: date | None, f: Format) -> None:
    rows = [(base.rows[place], texts) for place, texts in edits.items()]
    st.session_state[_DONE] = [_sent(row, texts, day, f) for row, texts in rows]
    # What was refused stays as a draft, and stands in the new grid as it was typed.
    _fill(base.asked, {row.filling.stream: row.title for row in base.rows})
    st.rerun()


def _sent(row: Row, texts: Mapping[str, str], day: date | None, f: Format) -> Outcome:
    order = filling.read(row.filling, {**texts, "effective": day.isoformat() if day else ""})
    if not isinstance(order, ReportProgress):
        return _refused(row, order, f)
    answer = filling.post(order, row.filling)
    if answer.refusal:
        clash = (f.say("grid.clash"),) if filling.is_clash(answer.refusal) else ()
        return _refused(row, [answer.refusal], f, clash)
    return Outcome(row.title, taken=True, waits=answer.waits)


def _refused(row: Row, refusals: Sequence[Refusal], f: Format, more: tuple[str, ...] = ()) -> Outcome:
    return Outcome(row.title, taken=False, waits=False, sentences=(*shown.sentences(refusals, f), *more))


def _outcomes(f: Format) -> None:
    """What became of the rows that were sent last: how many were taken, and each refusal beside its row."""
    done: list[Outcome] = st.session_state.get(_DONE, [])
    if not done:
        return
    taken = [each for each in done if each.taken]
    if taken:
        key = "grid.waits" if any(each.waits for each in taken) else "grid.taken"
        ui.draw(alert([f.say(key, n=len(taken), count=f.number(len(taken)))], kind="success"), key="grid-taken")
    refused = [each for each in done if not each.taken]
    if refused:
        lines = [f"{f.isolate(each.title)}: {' '.join(each.sentences)}" for each in refused]
        told = f.say("grid.refused", n=len(refused), count=f.number(len(refused)))
        ui.draw(alert([told, *lines], kind="problem"), key="grid-refused")
