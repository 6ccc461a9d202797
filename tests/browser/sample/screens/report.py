from datetime import date, timedelta

import streamlit as st

from dashboard import picker, ui
from dashboard.format import Format

f = Format(ui.language())
today = date(2026, 11, 21)
limits = (today - timedelta(30), today + timedelta(300))
with st.form("report"):
    day = picker.date_field("Day", today, key="day", today=today, f=f, limits=limits)
    free = picker.date_field("Free", None, key="free", today=today, f=f, required=False)
    number = st.number_input("Number", 0.0, 100.0, 42.0)
    st.form_submit_button("Send")
st.text(f"sent {day} {free} {number} {st.query_params.get('code')}")
