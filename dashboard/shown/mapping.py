"""The Mapping page's parts: how files read now, why something is proposed, what would become of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from dashboard import tables
from dashboard.format import Format
from dashboard.look import MARKS
from dashboard.markup import Html, sign, tag
from dashboard.shown import deliveries, words
from dashboard.shown import report as reports
from dashboard.tables import Column, Fact, Fold
from roadmap.domain.model import NATIONAL, Confidence, State, Status
from roadmap.feed import Feed
from roadmap.services import mapping_samples as samples
from roadmap.services.mapping_feeds import CARRIED, Change, Version
from roadmap.services.mapping_preview import VERDICTS, Preview, Row, Verdict
from roadmap.services.mapping_samples import Reason, Word
from roadmap.services.quality import Receipt

#: So many rows of a sample are shown.
SHOWN: Final = 50
_REASONS: Final = 5
_SIGNS: Final[dict[Verdict, Status]] = {
    "accepted": Status.ON_TRACK,
    "duplicate": Status.STALE,
    "rejected": Status.LATE,
}
_SURENESS: Final = {"sure": Status.ON_TRACK, "likely": Status.AT_RISK, "open": Status.STALE}
_WORDS: Final = {each.value: f"state.{each.value}" for each in State} | {
    each.value: f"confidence.{each.value}" for each in Confidence
}
#: Options that a person reads, in the order of the page; those of CARRIED follow.
_OPTIONS: Final = ("date", "dates", "decimal", "thousands", "nothing", "encoding", "delimiter", "sheet")


def source(version: Version, zone: ZoneInfo, f: Format) -> str:
    """Where a mapping comes from: the programme file, or who saved it and when."""
    if version.recorded is None:
        return f.say("mapping.of_file")
    who = words.author(version.actor, f)
    return f.say("mapping.saved_by", who=f.isolate(who), when=deliveries.when(version.recorded, zone, f))


def feed(shown: Feed, f: Format) -> Html:
    """A mapping: headers with their fields, words with their meanings, options."""
    columns = [Column(f.say("mapping.header")), Column(f.say("mapping.field"))]
    rows = [[tables.code(header), words.field(field, f)] for header, field in shown.mapping.items()]
    mapped = tables.table(f.say("mapping.columns"), columns, rows, empty=f.say("mapping.own_names"))
    return tag("div", mapped, _words(shown, f), _options(shown, f))


def _words(shown: Feed, f: Format) -> Html:
    columns = [Column(f.say("mapping.word")), Column(f.say("mapping.field")), Column(f.say("mapping.means"))]
    rows = [
        [tables.code(word), words.field(field, f), meaning(meant, f)]
        for field, told in shown.values.items()
        for word, meant in told.items()
    ]
    return tables.table(f.say("mapping.words"), columns, rows, empty=f.say("mapping.no_words"))


def _options(shown: Feed, f: Format) -> Html:
    told = shown.options.model_dump(mode="json")
    facts = [Fact(f.say("mapping.format"), tables.code(shown.format))]
    facts += [Fact(f.say(f"option.{name}"), option(name, told[name], f)) for name in _OPTIONS if told[name]]
    facts += [
        Fact(f.say(f"option.{name}"), option(name, told[name], f), f.say("mapping.carried")) for name in carried(shown)
    ]
    return tables.facts(facts)


def carried(shown: Feed) -> list[str]:
    """The options of a feed that are said in the programme file only."""
    told = shown.options.model_dump()
    return [name for name in CARRIED if told[name]]


def option(name: str, value: object, f: Format) -> Html:
    """What an option says."""
    if name == "date":
        return tag("span", f.say(f"calendar.{value}"))
    if isinstance(value, list):
        return tables.code(" · ".join(map(str, value)))
    if isinstance(value, Mapping):
        return tables.code(" · ".join(f"{key}: {_said(inner)}" for key, inner in value.items() if inner))
    return tables.code(mark(str(value), f))


def _said(value: object) -> str:
    return " + ".join(map(str, value)) if isinstance(value, list) else str(value)


def mark(value: str, f: Format) -> str:
    """A mark of numbers or between cells, by its name where it cannot be seen."""
    return {"\t": f.say("mapping.tab"), " ": f.say("mapping.space"), "": f.say("mapping.any_mark")}.get(value, value)


def meaning(meant: str, f: Format) -> str:
    """A word of the contract in the reader's; any other text as it is."""
    return f.say(_WORDS[meant]) if meant in _WORDS else meant


def reason(given: Reason, f: Format) -> str:
    """Why something is proposed or left open."""
    said: dict[str, Any] = {
        name: f.number(value) if isinstance(value, int) else _told(name, value, f) for name, value in given.said.items()
    }
    return f.say(f"mapping_why.{given.code}", **said)


def _told(name: str, value: str, f: Format) -> str:
    if name in {"field", "fields"}:
        return f.join([words.field(each, f) for each in value.split(", ")])
    if name == "meanings":
        return f.join([meaning(each, f) for each in value.split(", ")])
    return f.say(f"calendar.{value}") if name == "calendar" else f.isolate(value)


def column(proposed: samples.Column, f: Format) -> Html:
    """A column of the sample: its name, example cells, how sure the proposal is and why."""
    examples = f.join(list(proposed.examples)) or f.say("mapping.empty_column")
    return tables.lines(tables.code(proposed.name, "b-what"), examples, _why(proposed.sureness, proposed.reasons, f))


def _why(sureness: str, reasons: Sequence[Reason], f: Format) -> Html:
    status = _SURENESS[sureness]
    told = " ".join([f.say(f"sureness.{sureness}"), *(reason(each, f) for each in reasons)])
    return tag("span", sign(status), " ", told, style=f"color:{MARKS[status].ink}")


def word(proposed: Word | None, written: str, f: Format) -> Html:
    """A word of the sample, how often it stands there and why it may mean something; or one known from before."""
    if proposed is None:
        return tables.lines(tables.code(written, "b-what"), f.say("mapping.not_in_sample"))
    count = f.say("mapping.times", n=proposed.count, count=f.number(proposed.count))
    why = _why("sure" if proposed.meant else "open", proposed.reasons, f)
    return tables.lines(tables.code(written, "b-what"), tag("span", count, " ", why))


def reasons(given: Sequence[Reason], f: Format) -> Html:
    """Reasons as sentences."""
    return tag("div", *(tag("p", tag("small", reason(each, f))) for each in given))


def counts(found: Preview, present: Preview, f: Format) -> Html:
    """What would become of all rows, by the mapping that is being made and by the one that holds."""
    columns = [
        Column(f.say("mapping.outcome")),
        Column(f.say("mapping.by_this"), number=True),
        Column(f.say("mapping.by_present"), number=True),
    ]
    rows = [[f.say(f"verdict.{each}"), _count(found, each, f), _count(present, each, f)] for each in VERDICTS]
    return tables.table(f.say("mapping.counts"), columns, rows, empty="")


def _count(found: Preview, verdict: Verdict, f: Format) -> str:
    return f.number(None) if found.refused else f.number(found.count(verdict))


def whole(found: Preview, f: Format) -> Html:
    """Why the whole file would be refused by the mapping that is being made."""
    sentences = [f.say("mapping.refused_whole"), found.refused.in_(f.language)] if found.refused else []
    return tables.alert(sentences, kind="problem")


def whole_present(present: Preview, f: Format) -> Html:
    """Why the whole file is refused by the mapping that holds."""
    return (
        tag("p", tag("small", f.say("mapping.present_refuses", why=present.refused.in_(f.language))))
        if present.refused
        else Html("")
    )


def why_rejected(found: Preview, f: Format) -> Html:
    """The most frequent reasons for rows to be rejected."""
    columns = [Column(f.say("report.field")), Column(f.say("reject.why")), Column(f.say("delivery.rows"), number=True)]
    rows = [[words.field(name, f), _code(found, name, code, f), f.number(count)] for name, code, count in found.reasons]
    fold = Fold(_REASONS, lambda others: f.say("workbook.more", n=others, count=f.number(others)))
    return tables.table(f.say("mapping.reasons"), columns, rows, empty=f.say("mapping.none_rejected"), fold=fold)


def _code(found: Preview, name: str, code: str, f: Format) -> str:
    """The first sentence with that reason."""
    given = (each for row in found.rows for each in row.refusals)
    return next(words.refusal(name, each.text, f) for each in given if (each.field, each.code) == (name, code))


def rows(found: Preview, present: Preview, f: Format, *, only_wrong: bool) -> Html:
    """The first rows, each with what the log would get or all that is wrong, and its end by the present mapping."""
    before = {row.number: row for row in present.rows}
    wanted = [row for row in found.rows if row.verdict == "rejected" or not only_wrong][:SHOWN]
    columns = [
        Column(f.say("workbook.row")),
        Column(f.say("mapping.outcome")),
        Column(f.say("mapping.log_gets")),
        Column(f.say("mapping.by_present")),
    ]
    made = [
        [f.number(row.number), _verdict(row, f), _gets(row, f), _verdict(before.get(row.number), f)] for row in wanted
    ]
    empty = f.say("mapping.none_rejected" if only_wrong and found.rows else "mapping.no_rows")
    return tables.table(f.say("mapping.preview"), columns, made, empty=empty)


def _verdict(row: Row | None, f: Format) -> Html:
    if row is None:
        return tag("span", f.say("verdict.unread"))
    status = _SIGNS[row.verdict]
    return tag(
        "span", sign(status), f.say(f"verdict.{row.verdict}"), class_="b-count", style=f"color:{MARKS[status].ink}"
    )


def _gets(row: Row, f: Format) -> Html:
    if row.report is None:
        sentences = [words.refusal(each.field, each.text, f) for each in row.refusals]
        return tables.lines(tables.code(row.key), *sentences)
    place = row.report.milestone if row.report.unit == NATIONAL else f"{row.report.milestone} · {row.report.unit}"
    said = [
        (name, reports.value(name, row.report, f)) for name in reports.FIELDS if getattr(row.report, name) is not None
    ]
    return tables.lines(tables.code(place), f.join([f"{words.field(name, f)}: {value}" for name, value in said]))


def changes(found: Sequence[Change], f: Format) -> Html:
    """What saving changes."""
    columns = [Column(f.say("mapping.what")), Column(f.say("report.was")), Column(f.say("report.is"))]
    made = [[_changed(each, f), _part(each, each.before, f), _part(each, each.after, f)] for each in found]
    return tables.table(f.say("report.changes"), columns, made, empty=f.say("mapping.nothing_changes"))


def _changed(change: Change, f: Format) -> str:
    if change.kind == "column":
        return f.say("mapping.a_column", name=f.isolate(change.name))
    if change.kind == "word":
        field, _, written = change.name.partition(": ")
        return f.say("mapping.a_word", field=words.field(field, f), word=f.isolate(written))
    return f.say(f"option.{change.name}") if change.kind == "option" else f.say("mapping.format")


def _part(change: Change, value: str, f: Format) -> str:
    if not value:
        return f.number(None)
    if change.kind == "column":
        return words.field(value, f)
    if change.kind == "option" and change.name == "date":
        return f.say(f"calendar.{value}")
    return meaning(value, f) if change.kind == "word" else mark(value, f)


def refused(receipt: Receipt, zone: ZoneInfo, f: Format) -> Html:
    """A refused file: its name, when it came, its number."""
    facts = [deliveries.when(receipt.recorded, zone, f), deliveries.number_of(receipt, f)]
    return tables.lines(tables.code(receipt.source, "b-code b-what"), f.join(facts))


def version(told: Version, zone: ZoneInfo, f: Format, *, holds: bool) -> Html:
    """A mapping of the history: where it comes from, its number, whether it holds."""
    number = f.say("mapping.version", number=f.number(told.number)) if told.number else ""
    return tables.lines(source(told, zone, f), f.join([number, f.say("mapping.holds") if holds else ""]))
