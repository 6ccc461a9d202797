from pathlib import Path

import streamlit as st

from dashboard import ui
from dashboard.format import Format

SCREENS = Path(__file__).with_name("screens")
f = Format(ui.language())
st.set_page_config(page_title="Sample", page_icon=str(ui.ICON), layout="wide")
pages = {
    "overview": st.Page(SCREENS / "overview.py", title="Overview", url_path="overview", default=True),
    "report": st.Page(SCREENS / "report.py", title="Report", url_path="report"),
}
ui.know(pages)
page = st.navigation(list(pages.values()))
with st.sidebar:
    st.html(ui.brand("برنامه", "شورا", f))
page.run()
