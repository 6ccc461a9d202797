"""Merkle roots as RFC 6962 (section 2.1) defines them, and one byte string for the same values."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadmap.store import hashing
from roadmap.store.hashing import Merkle

#: The eight leaves and the roots over the first 1..8 of them that RFC 6962's reference implementation is tested with.
INPUTS = [
    bytes.fromhex(value)
    for value in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    tree = Merkle()
    tree.add(b"".join(leaves))
    return tree.root()


def root_split_from_above(leaves: Sequence[bytes]) -> bytes:
    """Word by word what RFC 6962 says: split at the largest power of two below the number of leaves."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    pair = root_split_from_above(leaves[:split]) + root_split_from_above(leaves[split:])
    return hashlib.sha256(b"\x01" + pair).digest()


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_those_of_the_reference_implementation(count: int) -> None:
    assert root([leaf_hash(data) for data in INPUTS[:count]]).hex() == ROOTS[count - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root([]) == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("count", [*range(70), 127, 128, 129, 1000, 2500])
def test_the_tree_that_grows_is_the_tree_split_from_above(count: int) -> None:
    leaves = [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]
    assert root(leaves) == root_split_from_above(leaves)


@settings(deadline=None)
@given(st.integers(0, 5000), st.lists(st.integers(0, 5000), max_size=8))
def test_it_does_not_matter_in_which_blocks_the_leaves_come(count: int, cuts: list[int]) -> None:
    leaves = [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]
    tree = Merkle()
    for first, last in pairwise([0, *sorted(min(cut, count) for cut in cuts), count]):
        tree.add(b"".join(leaves[first:last]))
    assert tree.root() == root_split_from_above(leaves)


@given(st.integers(2, 40), st.data())
def test_a_root_changes_with_every_leaf_and_their_order(count: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(count)]
    one, other = data.draw(st.tuples(*[st.integers(0, count - 1)] * 2).filter(lambda pair: pair[0] != pair[1]))
    swapped = list(leaves)
    swapped[one], swapped[other] = leaves[other], leaves[one]
    changed = [leaf_hash(b"changed") if index == one else leaf for index, leaf in enumerate(leaves)]
    roots = {root(each) for each in (leaves, swapped, changed, leaves[:-1])}
    assert len(roots) == 4


def test_a_leaf_cannot_be_passed_off_as_a_branch() -> None:
    """Leaf and branch are hashed with different first bytes."""
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert root([leaf_hash(left + right)]) != root([left, right])


def test_the_same_values_are_the_same_bytes_in_any_order() -> None:
    day = date(2026, 11, 21)
    assert hashing.canonical({"b": day, "a": "الف"}) == '{"a":"الف","b":"2026-11-21"}'.encode()
    assert hashing.canonical({"a": 1, "b": 2}) == hashing.canonical({"b": 2, "a": 1})


def test_a_link_depends_on_everything_before_it() -> None:
    root = leaf_hash(b"root")
    whole = hashing.link(hashing.GENESIS, root, root, {"batch": 1})
    others = [
        hashing.link(root, root, root, {"batch": 1}),
        hashing.link(hashing.GENESIS, hashing.GENESIS, root, {"batch": 1}),
        hashing.link(hashing.GENESIS, root, hashing.GENESIS, {"batch": 1}),
        hashing.link(hashing.GENESIS, root, root, {"batch": 2}),
    ]
    assert whole not in others
    assert whole == hashlib.sha256(hashing.GENESIS + root + root + b'{"batch":1}').digest()


def test_hashes_as_a_column_and_one_behind_the_other_are_the_same() -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(3)]
    assert hashing.unpacked(b"".join(leaves)).to_list() == leaves
    assert hashing.unpacked(b"").to_list() == []
