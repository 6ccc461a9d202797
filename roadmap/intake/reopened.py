"""The receipts of one content: what was refused can be taken again, and the newest receipt is the one that counts.

A delivery is known by its content's digest. One that is taken again gets a digest made of the receipt before it, so
that whoever sends the same content once more is led from receipt to receipt to the newest, and it is taken once.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from roadmap.store import log
from roadmap.store.hashing import canonical
from roadmap.store.log import Receipt


def digest(receipt: Receipt) -> str:
    """What the refused delivery of `receipt` is known by when it is taken again."""
    return hashlib.sha256(canonical([receipt.digest, receipt.batch])).hexdigest()


def newest(connection: Connection, commission: str, content: str) -> Receipt | None:
    """The newest receipt of what is known by the digest `content`, marked as repeated; None where it never came."""
    found = following = log.find_receipt(connection, commission, content)
    while following is not None:
        found = following
        following = log.find_receipt(connection, commission, digest(found)) if found.refused else None
    return found
