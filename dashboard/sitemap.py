"""The site map: which pages there are, and what stands around each of them. Run by Streamlit at every turn."""

from __future__ import annotations

import streamlit as st

from dashboard import asof, data, refusals, ui
from dashboard.live import follow, moved
from dashboard.screens import commission, mapping, milestone, overview, quality, report, roadmap

PAGES = {
    "overview": (overview.render, ":material/dashboard:"),
    "roadmap": (roadmap.render, ":material/view_timeline:"),
    "commission": (commission.render, ":material/groups:"),
    "milestone": (milestone.render, ":material/flag:"),
    "report": (report.render, ":material/edit_note:"),
    "quality": (quality.render, ":material/fact_check:"),
    "mapping": (mapping.render, ":material/schema:"),
}

f = data.form()
st.set_page_config(page_title=f.say("board.title"), page_icon=ui.ICON, layout="wide", initial_sidebar_state=260)
pages = {
    code: st.Page(render, title=f.say(f"page.{code}"), icon=icon, url_path=code, default=code == "overview")
    for code, (render, icon) in PAGES.items()
}
ui.know(pages)
page = st.navigation(list(pages.values()))
with refusals.told(f):
    asof.keep(page.url_path)
    identity = data.desk().programme.programme
    with st.sidebar:
        st.html(ui.brand(identity.title.in_(f.language), identity.council.in_(f.language), f))
    pulse = data.pulse()
    if moved(pulse):
        st.toast(f.say("live.moved"), icon=":material/sync:")
    follow(pulse)
    asof.head(page.title, f)
    page.run()
