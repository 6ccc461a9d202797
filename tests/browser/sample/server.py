"""The board's foundation with a sample page, so that it can be tried without a store. The head is a file's number."""

import os
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard.live import HeadWatch
from dashboard.shell import Shell

HEAD = Path(os.environ["SAMPLE_HEAD"])


def head() -> int:
    return int(HEAD.read_text())


watch = HeadWatch(head, lambda _: True, every=0.1)
app = st.App(
    Path(__file__).with_name("app.py"),
    lifespan=watch.lifespan,
    routes=watch.routes(),
    middleware=[Middleware(Shell)],
)
