"""As whom a reader acts, chosen on the page while there is no sign-in (see `roles`)."""

from __future__ import annotations

import streamlit as st

from dashboard import data, reader, roles
from dashboard.filters import choose
from dashboard.format import Format
from dashboard.roles import Kind, Role


def role(f: Format) -> Role | None:
    """The role of the address, to be changed in a list; None where the address names one that there is not."""
    titles = {entry.code: entry.title.in_(f.language) for entry in data.desk().programme.commissions}
    offered = roles.offered(titles)
    names = {
        code: f.say(f"role.{role.kind}", commission=titles.get(role.commission or "", ""))
        for code, role in offered.items()
    }
    with st.container(border=True):
        code = choose(f.say("role.title"), names, param="role", f=f, default=roles.EXECUTIVE.code)
        st.caption(f.say("role.demo"))
    return offered[code] if code else None


def chosen() -> Role | None:
    """The role of the address, where the page has its list elsewhere; None where the address names one there is not."""
    offered = roles.offered(data.desk().programme.by_commission)
    return offered.get(st.query_params.get("role", roles.EXECUTIVE.code))


def may_choose() -> bool:
    """Whether whoever asks may take a role on by choice."""
    return roles.may_choose(reader.visit())


def insist(role: Role, kind: Kind = "lead") -> None:
    """Lets through who acts as a `role` of this `kind`.

    Raises:
        RoleRefusedError: this connection may not choose a role, or the role is not of the `kind` that does this.
    """
    roles.actor(role, reader.visit(), kind)
