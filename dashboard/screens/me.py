"""What a person chooses for themselves: when, where and in which language they are reminded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from dashboard import data, ui
from dashboard.format import Format
from dashboard.shown import me as shown
from dashboard.tables import alert
from roadmap import settings
from roadmap.domain.text import LANGUAGES
from roadmap.services import digests
from roadmap.services.digests import FREQUENCIES, Mine, NobodyError, PlaceRefusedError

_DONE, _TURN = "me.done", "me.turn"
_LONGEST: Final = 500


def render() -> None:
    """Draws the page for whoever is signed in."""
    f, desk = data.form(), data.desk()
    titles = {entry.code: entry.title.in_(f.language) for entry in desk.programme.commissions}
    with ui.card(f.say("me.roles")):
        ui.draw(shown.roles(desk.who, titles, f), key="me-roles")
    with ui.card(f.say("me.reminders"), note=f.say("me.reminders_note")):
        try:
            mine = digests.mine(desk, settings.read())
        except NobodyError as nobody:
            ui.draw(alert([nobody.text.in_(f.language)], kind="notice"), key="me-nobody")
            return
        _outcome()
        ui.draw(shown.places(mine, f), key="me-places")
        _choice(mine, f)
        _test(mine, f)


def _outcome() -> None:
    if _DONE in st.session_state:
        ui.draw(alert([st.session_state[_DONE]], kind="success"), key="me-done")


def _choice(mine: Mine, f: Format) -> None:
    turn, choice = st.session_state.get(_TURN, 0), mine.choice
    with st.form(f"me-{turn}", border=False, enter_to_submit=False):
        left, right = st.columns(2)
        with left:
            frequency = st.radio(
                f.say("me.frequency"),
                FREQUENCIES,
                FREQUENCIES.index(choice.frequency),
                format_func=lambda each: f.say(f"frequency.{each}"),
                key=f"me-frequency-{turn}",
            )
        with right:
            language = st.radio(
                f.say("me.language"),
                LANGUAGES,
                LANGUAGES.index(choice.language),
                format_func=lambda each: f.say(f"language.{each}"),
                key=f"me-language-{turn}",
            )
        kept, added = _own_places(mine, turn, f)
        sent = st.form_submit_button(f.say("me.keep"), type="primary", icon=":material/notifications:")
    if sent:
        try:
            digests.choose(data.desk(), settings.read(), frequency, language, kept=kept, added=added)
        except PlaceRefusedError as refused:
            ui.draw(alert([refused.text.in_(f.language)], kind="problem"), key="me-refused")
        else:
            st.session_state[_DONE] = f.say("me.kept")
            st.session_state[_TURN] = turn + 1
            st.rerun()


def _own_places(mine: Mine, turn: int, f: Format) -> tuple[Sequence[int], str]:
    """Which of their own places stay, and one more; where the operator opened no service, there are none to add."""
    kept: Sequence[int] = range(len(mine.shown))
    if mine.shown:
        kept = st.multiselect(
            f.say("me.places"),
            list(kept),
            default=list(kept),
            format_func=lambda at: mine.shown[at],
            key=f"me-places-{turn}",
        )
    if not mine.services:
        return kept, ""
    opened = f.say("me.services", services=f.isolate(" ".join(mine.services)))
    added = st.text_input(f.say("me.add"), max_chars=_LONGEST, key=f"me-add-{turn}", help=opened)
    return kept, added


def _test(mine: Mine, f: Format) -> None:
    if not (mine.mail or mine.shown):
        return
    if st.button(f.say("me.test"), icon=":material/outgoing_mail:", key="me-test"):
        with st.spinner(f.say("me.testing")):
            tested = digests.test(data.desk(), settings.read(), datetime.now(UTC))
        ui.draw(shown.tested(tested, f), key="me-tested")
