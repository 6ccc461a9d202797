"""What is said of the places in which anchors are kept."""

from datetime import UTC, datetime

import pytest

from roadmap.sentences import anchor_lines
from roadmap.services.anchors import Held
from roadmap.store.anchoring import Anchor

_DAY = datetime(2026, 11, 21, tzinfo=UTC)
_ANCHOR = Anchor(programme="harbour", seq=7, batch=2, chain="0" * 64, recorded=_DAY, anchored=_DAY)
_GOOD = Held("file:///anchors", (_ANCHOR,))


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (_GOOD, "file:///anchors: anchors that agree: 1, the newest of 2026-11-21 00:00:00+00:00 at event 7."),
        (Held("empty", others=2), "empty: no anchor of this programme yet, 2 of other programmes passed over."),
        (Held("mail", readable=False), "mail: cannot be read back; save the mail and give it as --anchor FILE."),
    ],
)
def test_each_place_is_told_with_what_it_holds(held, said):
    assert anchor_lines([_GOOD, held])[-1] == said


def test_a_place_with_findings_is_not_said_to_agree():
    assert len(anchor_lines([_GOOD, Held("torn", (_ANCHOR,), findings=("gone",))])) == 1


def test_without_any_anchor_one_line_says_so():
    (said,) = anchor_lines([Held("empty"), Held("mail", readable=False)])
    assert "anchor" in said
    assert "empty" not in said
