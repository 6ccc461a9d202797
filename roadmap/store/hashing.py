"""Hashes of the log: a leaf an event, a Merkle root a batch (RFC 6962, section 2.1), a chain over the batches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

GENESIS = hashlib.sha256(b"roadmap log").digest()


def canonical(values: object) -> bytes:
    """One byte string for `values`, whatever made them: compact JSON, sorted keys, dates as ISO days."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str).encode()


def leaf(values: Sequence[Any]) -> bytes:
    """The hash of an event's stored values."""
    return hashlib.sha256(b"\x00" + canonical(values)).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root over `leaves`; of none, the hash of the empty string."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    pair = merkle_root(leaves[:split]) + merkle_root(leaves[split:])
    return hashlib.sha256(b"\x01" + pair).digest()


def link(previous: bytes, root: bytes, reject_root: bytes, receipt: object) -> bytes:
    """The chain's next value: what was before, the roots of the batch's events and rejects, the batch's receipt."""
    return hashlib.sha256(previous + root + reject_root + canonical(receipt)).digest()
