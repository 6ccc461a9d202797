"""Who is before the page: whoever the provider has signed in, looked up at every question (see `entering`)."""

from __future__ import annotations

import streamlit as st

from dashboard import ui
from roadmap import settings
from roadmap.domain.people import Who
from roadmap.services import entering
from roadmap.services.desk import Desk
from roadmap.services.entering import Rules

_BY_ITSELF, _RENEWED = "reader.by_itself", "reader.renewed"


def who(machine: Desk) -> Who:
    """Whoever is before the page.

    Raises:
        SignInNeededError: nobody is signed in, or the session is over.
        NoAccessError: the person is deactivated or has no role.
    """
    acts = not st.session_state.get(_RENEWED, False)
    return entering.enter(machine, st.user.to_dict(), rules(), language=ui.language(), acts=acts)


@st.cache_resource(show_spinner=False)
def rules() -> Rules:
    """How long sessions last, as it is set."""
    return entering.rules(settings.read())


def by_itself() -> None:
    """Notes, before the page is drawn, that it renews itself: nobody's doing, which keeps no session open."""
    st.session_state[_BY_ITSELF] = True


def begin() -> None:
    """Begins the drawing of a page."""
    st.session_state[_RENEWED] = st.session_state.pop(_BY_ITSELF, False)
