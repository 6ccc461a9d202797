"""Rows of one key in different segments of a batch: each segment's own check cannot see them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from roadmap.intake.quality_outcome import SAMPLE

_Hashes = npt.NDArray[np.uint64]


class Keys:
    """The keys of a batch, eight bytes each.

    A key is known again by a hash of 64 bits: that two of five million different keys have the same one happens once in
    a million files, and then a plausible file is called odd, which turns no row away.
    """

    def __init__(self) -> None:
        self._seen: _Hashes = np.empty(0, dtype=np.uint64)  # sorted
        self._told = 0
        self._examples: list[dict[str, Any]] = []

    def add(self, keys: pl.DataFrame) -> None:
        """Takes the keys of the next segment, whose own check tells what repeats inside it."""
        hashes = keys.hash_rows()
        new = np.sort(hashes.to_numpy())
        wanted = SAMPLE - len(self._examples)
        again = _common(new, self._seen)[:wanted]
        self._examples += keys.filter(hashes.is_in(again.tolist())).head(wanted).to_dicts()
        self._told += _repeated(new)
        self._keep(new)

    def _keep(self, new: _Hashes) -> None:
        """Puts `new` among those seen, in their place: a second array of that size would be the most that is held."""
        seen = self._seen.size
        self._seen.resize(seen + new.size, refcheck=False)
        self._seen[seen:] = new
        self._seen.sort()

    def repeated(self) -> dict[str, Any]:
        """What no segment has told, as Great Expectations puts its findings: how many rows, and examples."""
        return {
            "unexpected_count": _repeated(self._seen) - self._told,
            "partial_unexpected_list": self._examples,
        }


def _common(new: _Hashes, seen: _Hashes) -> _Hashes:
    """Those of `new` that are in `seen`; both sorted, which makes the look-ups six times as fast."""
    places = np.searchsorted(seen, new)
    inside = places < seen.size
    found: _Hashes = new[inside][seen[places[inside]] == new[inside]]
    return found


def _repeated(hashes: _Hashes) -> int:
    """How many of the sorted `hashes` stand there more than once."""
    same = hashes[1:] == hashes[:-1]
    return int(np.count_nonzero(np.append(same, False) | np.append(False, same)))
