"""Who reads and acts on this page."""

from __future__ import annotations

import streamlit as st
from pydantic import ValidationError

from dashboard import roles
from dashboard.roles import Visit
from roadmap import settings
from roadmap.domain.people import Grant, Role, Who


def who() -> Who:
    """Whoever is before the page; an executive where nothing better is known."""
    code = st.query_params.get("role", "") if roles.may_choose(visit()) else ""
    role, _, commission = code.partition(":")
    try:
        grant = Grant.model_validate({"role": role, "commission": commission or None})
    except ValidationError:
        grant, code = Grant(role=Role.EXECUTIVE), Role.EXECUTIVE.value
    return Who(f"{code} (demo role)", code, frozenset({grant}))


def visit() -> Visit:
    """Who asks, as the connection tells it."""
    # Streamlit tells no address for loopback. It tells none either where it knows none; then the headers are missing.
    address = st.context.ip_address or "127.0.0.1"
    listens = (settings.read().host, st.get_option("server.address") or "")
    return roles.visit(listens, address, dict(st.context.headers))
