"""What a reader sees when something cannot be shown: one sentence and a way on, never a trace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from sqlalchemy.exc import OperationalError

from dashboard import asof, ui
from dashboard.data import AddressError
from dashboard.format import Format
from roadmap.errors import RoadmapError, StoreError

_log = logging.getLogger(__name__)


@contextmanager
def told(f: Format) -> Iterator[None]:
    """Turns what the block refuses into a sentence on the page."""
    try:
        yield
    except AddressError as refused:
        _say(refused.sentence(f), f)
    except (OperationalError, StoreError):
        _log.warning("the database does not answer", exc_info=True)
        _say(f.say("error.store"), f)
    except RoadmapError as refused:
        _say(str(refused), f)


def _say(sentence: str, f: Format) -> None:
    st.error(sentence, icon=":material/error:")
    st.button(f.say("error.home"), on_click=_home)


def _home() -> None:
    asof.forget()
    ui.go("overview", {})
