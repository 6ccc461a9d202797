"""Hashes of the log: a leaf an event, a Merkle root a batch (RFC 6962, section 2.1), a chain over the batches."""

from __future__ import annotations

import hashlib
import json
from typing import Final

import numpy as np
import polars as pl
import polars_hash as plh
import pyarrow as pa

GENESIS: Final = hashlib.sha256(b"roadmap log").digest()
#: Bytes of a hash.
SIZE: Final = hashlib.sha256().digest_size
#: From so many pairs on it pays to hash them by the column.
_MANY: Final = 500


def canonical(values: object) -> bytes:
    """One byte string for `values`, whatever made them: compact JSON, sorted keys, dates as ISO days."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str).encode()


def link(previous: bytes, root: bytes, reject_root: bytes, receipt: object) -> bytes:
    """The chain's next value: what was before, the roots of the batch's events and rejects, the batch's receipt."""
    return hashlib.sha256(previous + root + reject_root + canonical(receipt)).digest()


class Merkle:
    """A Merkle tree that grows to the right: of what is complete it keeps the tops only, one a level at most.

    A node of a level has to wait exactly when the level's number of nodes is odd. So the waiting nodes are the tops
    of complete trees, the largest first from the left, which is how RFC 6962 splits.
    """

    def __init__(self) -> None:
        """A tree without leaves."""
        self._waiting: list[bytes] = []

    def add(self, leaves: bytes) -> None:
        """Puts `leaves`, hashes of `SIZE` bytes one behind the other, to the right of those that are there."""
        nodes, level = leaves, 0
        while nodes:
            if level == len(self._waiting):
                self._waiting.append(b"")
            nodes = self._waiting[level] + nodes
            complete = len(nodes) - len(nodes) % (2 * SIZE)
            self._waiting[level] = nodes[complete:]
            nodes, level = _parents(nodes[:complete]), level + 1

    def root(self) -> bytes:
        """The hash over all leaves so far; of none, the hash of the empty string."""
        tops = [node for node in self._waiting if node]
        if not tops:
            return hashlib.sha256(b"").digest()
        right, *others = tops
        for left in others:
            right = _parents(left + right)
        return right


def _parents(nodes: bytes) -> bytes:
    """The level above: the hash of each pair of neighbours."""
    if len(nodes) < _MANY * 2 * SIZE:
        pairs = (nodes[at : at + 2 * SIZE] for at in range(0, len(nodes), 2 * SIZE))
        return b"".join(hashlib.sha256(b"\x01" + pair).digest() for pair in pairs)
    count = len(nodes) // (2 * SIZE)
    marked = np.empty((count, 1 + 2 * SIZE), np.uint8)
    marked[:, 0] = 1
    marked[:, 1:] = np.frombuffer(nodes, np.uint8).reshape(count, 2 * SIZE)
    return packed(digests(pl.Series(marked).cast(pl.List(pl.UInt8)).cast(pl.Binary)))


def digests(column: pl.Series) -> pl.Series:
    """SHA-256 of each text or byte string of `column`, as hexadecimal text."""
    return column.to_frame("hashed").select(plh.col("hashed").chash.sha2_256()).to_series()


def packed(hexadecimal: pl.Series) -> bytes:
    """Hashes in hexadecimal as bytes, one behind the other."""
    return bytes.fromhex(hexadecimal.str.join("").item()) if len(hexadecimal) else b""


def unpacked(hashes: bytes) -> pl.Series:
    """Hashes of `SIZE` bytes one behind the other, as a column of byte strings."""
    fixed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(SIZE), len(hashes) // SIZE, [None, pa.py_buffer(hashes)])
    return pl.Series(fixed.cast(pa.large_binary()))
