"""What a reader sees when something cannot be shown: one sentence and a way on, never a trace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from sqlalchemy.exc import OperationalError

from dashboard import asof, entrance, ui
from dashboard.data import AddressError
from dashboard.format import Format
from dashboard.shown import words
from roadmap.errors import RoadmapError, StoreError
from roadmap.services.entering import NoAccessError, SignInNeededError
from roadmap.services.gate import NotAllowedError

_log = logging.getLogger(__name__)


@contextmanager
def told(f: Format) -> Iterator[None]:
    """Turns what the block refuses into a sentence on the page."""
    try:
        yield
    except AddressError as refused:
        _say(refused.sentence(f), f)
    except (SignInNeededError, NoAccessError) as refused:
        entrance.show(refused, f)
    except NotAllowedError as refused:
        _say(refused.text.in_(f.language), f)
    except (OperationalError, StoreError):
        _log.warning("the database does not answer", exc_info=True)
        _say(f.say("error.store"), f)
    except RoadmapError as refused:
        _log.warning("a reader was refused", exc_info=True)
        _say(words.why(refused, f), f)


def not_theirs(f: Format) -> None:
    """Says that a page is not for whoever opened its address."""
    _say(f.say("entry.not_theirs"), f)


def _say(sentence: str, f: Format) -> None:
    st.error(sentence, icon=":material/error:")
    st.button(f.say("error.home"), on_click=_home)


def _home() -> None:
    asof.forget()
    ui.go("overview", {})
