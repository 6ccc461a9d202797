"""A delivery that was pushed stands on the board like any other, by its own word in both languages."""

from __future__ import annotations

import pytest

from roadmap.push import delivery
from roadmap.push.envelope import Event

ROWS = b'[{"milestone": "Q-1", "effective": "2026-11-15", "state": "in_progress", "percent": 95}]'


@pytest.mark.parametrize(
    ("language", "channel", "author"),
    [
        ("fa", "ارسال خودکار", "سامانهٔ کمیسیون، با توکن"),
        ("en", "push", "the commission's system, by its token"),
    ],
)
def test_a_pushed_delivery_is_shown_with_its_channel_and_author(board, desk, settings, language, channel, author):
    event = Event("/harbour/system", "e-1", ROWS, by_contract=True)
    assert delivery.deliver(event, "quays", desk, settings).accepted == 1
    page = board("quality", language).text
    assert "/harbour/system e-1" in page
    assert channel in page
    story = board("milestone", language, milestone="Q-1").text
    assert channel in story
    assert author in story
