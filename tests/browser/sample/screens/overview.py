import os
import time
from datetime import date, timedelta
from pathlib import Path

import streamlit as st

from dashboard import charts, live, parts, timeline, ui
from dashboard.format import Format
from dashboard.markup import Target
from roadmap.domain.model import Status

f = Format(ui.language())
today = date(2026, 11, 21)
log = Path(os.environ["SAMPLE_HEAD"])
head = int(log.read_text())
live.follow(head)
ui.draw(parts.headline(f.percent(58.7, 1), facts=[f.day(today), f.number(head)], f=f), key="headline")
target = Target("report", (("code", "AB-S01"),))
cell = parts.Cell(58, 61, {Status.LATE: 2, Status.ON_TRACK: 3}, target)
with ui.card("A"):
    ui.draw(parts.matrix(["S", "M", "L"], [parts.MatrixRow("X", (cell, None, cell))], f), key="matrix")
points = [charts.CurvePoint(today + timedelta(30 * i), 50 + i, 50 + i if i < 3 else None) for i in range(-20, 40)]
with ui.card("B"):
    ui.chart(charts.curve(points, today=today, f=f), key="curve", f=f)
bar = timeline.Bar("AB-S01", "عنوان", today, today, today, today + timedelta(40), 10, Status.LATE, target=target)
with ui.card("C"):
    ui.draw(timeline.timeline([timeline.Group("X", (bar,))], today=today, f=f), key="timeline")
values = [charts.ProvinceValue(f"IR-{i:02}", f"P{i}", 50.0 + i) for i in range(31)]
with ui.card("D"):
    ui.chart(charts.provinces(values, measure="m", write=f.percent, f=f), key="map", f=f)
with st.container(key="codes"):
    st.write("AB-S01 و 12")
if st.button("Write"):
    log.write_text(str(head + 1))
    time.sleep(1)  # the browser hears of it while this turn still runs
    st.session_state["said"] = "written"
    st.query_params["code"] = "AB-S01"
    st.rerun()
st.text(f"said {st.session_state.get('said')} of {st.query_params.get('code')}")
