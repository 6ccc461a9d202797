"""The site map: which pages there are, and what stands around each of them. Run by Streamlit at every turn."""

from __future__ import annotations

import streamlit as st
from sqlalchemy.exc import OperationalError

from dashboard import asof, data, entrance, reader, refusals, ui
from dashboard.live import follow, moved
from dashboard.screens import (
    audit,
    commission,
    decisions,
    mapping,
    me,
    milestone,
    overview,
    quality,
    report,
    review,
    roadmap,
    sessions,
)
from roadmap.domain.people import Who
from roadmap.errors import RoadmapError
from roadmap.services import gate
from roadmap.services.permissions import Action

#: Each page by its code: what draws it, its icon, and what somebody must be allowed to find it in the menu.
PAGES = {
    "overview": (overview.render, ":material/dashboard:", Action.READ_BOARD),
    "roadmap": (roadmap.render, ":material/view_timeline:", Action.READ_BOARD),
    "commission": (commission.render, ":material/groups:", Action.READ_BOARD),
    "milestone": (milestone.render, ":material/flag:", Action.READ_BOARD),
    "report": (report.render, ":material/edit_note:", Action.REPORT),
    "review": (review.render, ":material/rate_review:", Action.READ_REVIEWS),
    "decisions": (decisions.render, ":material/gavel:", Action.READ_PROPOSALS),
    "sessions": (sessions.render, ":material/event:", Action.READ_SESSIONS),
    "quality": (quality.render, ":material/fact_check:", Action.READ_QUALITY),
    "mapping": (mapping.render, ":material/schema:", Action.READ_MAPPING),
    "audit": (audit.render, ":material/history_edu:", Action.READ_AUDIT),
    "me": (me.render, ":material/person:", Action.CHOOSE_DIGEST),
}


def reading() -> Who | None:
    """Whoever reads; None where nobody may, which the page then tells."""
    try:
        return data.desk().who
    except (OperationalError, RoadmapError):
        return None


f = data.form()
st.set_page_config(page_title=f.say("board.title"), page_icon=ui.ICON, layout="wide", initial_sidebar_state=260)
reader.begin()
who = reading()
theirs = {code for code, (_, _, needs) in PAGES.items() if who is not None and gate.offers(who, needs)}
pages = {
    code: st.Page(
        render,
        title=f.say(f"page.{code}"),
        icon=icon,
        url_path=code,
        default=code == "overview",
        visibility="visible" if code in theirs else "hidden",
    )
    for code, (render, icon, _) in PAGES.items()
}
ui.know(pages)
page = st.navigation(list(pages.values()), position="sidebar" if who else "hidden")
with refusals.told(f):
    desk = data.desk()
    asof.keep(page.url_path)
    identity = desk.programme.programme
    with st.sidebar:
        st.html(ui.brand(identity.title.in_(f.language), identity.council.in_(f.language), f))
        entrance.account(desk.who, {each.code: each.title.in_(f.language) for each in desk.programme.commissions}, f)
    pulse = data.pulse()
    if moved(pulse):
        st.toast(f.say("live.moved"), icon=":material/sync:")
    follow(pulse)
    if (page.url_path or "overview") in theirs:
        asof.head(page.title, f)
        page.run()
    else:
        st.title(page.title, anchor=False)
        refusals.not_theirs(f)
