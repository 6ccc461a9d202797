"""The demonstration is for this machine alone."""

from __future__ import annotations

import pytest

from roadmap.demo.here import is_here


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("0.0.0.0", False),  # noqa: S104 - every address of the machine is not the machine itself
        ("board.example.org", False),
        ("", False),
    ],
)
def test_only_this_machine_seen_from_itself_is_here(name: str, expected: bool) -> None:  # noqa: FBT001
    assert is_here(name) is expected
