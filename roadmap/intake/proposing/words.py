"""What the words of a column of states or confidences mean: as mapped now, as known elsewhere, or left open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from roadmap.domain.text import folded
from roadmap.intake.proposing.findings import Header, Known, Reason, Word

#: From so many rows on, what the percents beside a word are is worth a hint.
_TELLING: Final = 3
_HINTS: Final = {100.0: "word_always_whole", 0.0: "word_always_nothing"}


def of(field: str, header: Header, percents: Mapping[int, float], known: Known) -> tuple[Word, ...]:
    """The words of a column, the most frequent first; `percents` are those of its rows, as far as they are known."""
    counted = Counter(folded(text) for text in header.texts)
    written = {folded(text): text for text in reversed(header.texts)}
    rows: dict[str, list[float]] = {}
    for number, cell in header.cells:
        if number in percents:
            rows.setdefault(folded(cell.text), []).append(percents[number])
    return tuple(_word(field, written[word], count, rows.get(word, []), known) for word, count in counted.most_common())


def _word(field: str, written: str, count: int, percents: list[float], known: Known) -> Word:
    word = folded(written)
    mapped = known.own_words.get(field, {}).get(word)
    if mapped is not None:
        return Word(written, count, mapped, (Reason("word_mapped"),))
    meanings = known.words.get(field, {}).get(word, frozenset())
    if len(meanings) == 1:
        (meant,) = meanings
        return Word(written, count, meant, (Reason("word_known"),))
    if meanings:
        return Word(written, count, None, (Reason("word_of_several", {"meanings": ", ".join(sorted(meanings))}),))
    return Word(written, count, None, (_hint(field, percents),))


def _hint(field: str, percents: list[float]) -> Reason:
    """What the percents beside an unknown state are, if they are always the same; a person draws the conclusion."""
    always = set(percents)
    if field == "state" and len(percents) >= _TELLING and len(always) == 1 and always <= _HINTS.keys():
        return Reason(_HINTS[always.pop()], {"count": len(percents)})
    return Reason("word_unknown")
