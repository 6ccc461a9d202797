"""What stands before the board: signing in, the sentence for who may see nothing, and the way out."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.auth_util import get_origin_from_redirect_uri, get_secrets_auth_section

from dashboard import data, ui
from dashboard.format import Format
from dashboard.markup import tag
from dashboard.shown import words
from roadmap.domain.people import Who
from roadmap.services.entering import NoAccessError, SignInNeededError


def show(refused: SignInNeededError | NoAccessError, f: Format) -> None:
    """The page of whoever may not see the board: whose board it is, why, and what to do."""
    identity = data.machine_desk().programme.programme
    with st.container(key="entry", border=True):
        st.html(ui.brand(identity.title.in_(f.language), identity.council.in_(f.language), f))
        ui.draw(tag("p", refused.text.in_(f.language)), key="entry-why")
        if isinstance(refused, NoAccessError):
            _without_access(refused, f)
        else:
            _sign_in(f)


def account(who: Who, titles: Mapping[str, str], f: Format) -> None:
    """Who reads here and as what, with the way out; `titles` are the commissions' by code."""
    roles = [tag("small", words.role(grant, titles, f)) for grant in sorted(who.grants, key=lambda grant: grant.code)]
    ui.draw(tag("p", tag("strong", who.name), *roles, class_="b-account"), key="entry-account")
    _sign_out(f)


def _sign_in(f: Format) -> None:
    if not get_secrets_auth_section():
        ui.draw(tag("p", f.say("entry.not_set_up")), key="entry-not-set-up")
        return
    known = get_origin_from_redirect_uri()
    if known and st.context.headers.get("origin") not in {known, None}:
        # Whoever came another way would come back there.
        st.link_button(f.say("entry.elsewhere"), known, type="primary", icon=":material/open_in_new:")
    elif st.button(f.say("entry.sign_in"), type="primary", icon=":material/login:", key="entry-sign-in"):
        st.login()


def _without_access(refused: NoAccessError, f: Format) -> None:
    person = refused.person
    name, number = f.isolate(person.name or ""), f.number(person.id)
    ui.draw(tag("p", f.say("entry.signed_in_as", name=name, number=number)), key="entry-who")
    _sign_out(f)


def _sign_out(f: Format) -> None:
    """The session of ours ends where Streamlit's sign-out comes by (see `sign_in`)."""
    if st.button(f.say("entry.sign_out"), type="tertiary", icon=":material/logout:", key="entry-sign-out"):
        st.logout()
