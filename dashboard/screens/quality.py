"""What came in, what was turned away and why: for the secretariat and for a commission's data officer."""

from __future__ import annotations

import streamlit as st

from dashboard import data, ui
from dashboard.filters import ALL, choose
from dashboard.format import Format
from dashboard.shown import deliveries
from dashboard.shown import quality as shown
from roadmap.services import quality as service
from roadmap.services.quality import Quality


def render() -> None:
    """Draws the page for the commission and the reason of the address."""
    f, programme = data.form(), data.desk().programme
    titles = {entry.code: entry.title.in_(f.language) for entry in programme.commissions}
    everyone = data.cached(service.quality, None)
    with ui.card(f.say("quality.by_commission"), note=shown.summary(everyone, f)):
        ui.draw(shown.commissions(everyone, titles, data.desk().zone, f), key="quality-commissions")
    left, right, _ = st.columns([2, 2, 3])
    with left:
        anyone = {ALL: f.say("filter.all_commissions")}
        commission = choose(f.say("matrix.commission"), anyone | titles, param="commission", f=f, default=ALL)
    if commission is None:
        return
    view = data.cached(service.quality, commission or None)
    with right:
        any_reason = {ALL: f.say("filter.all_reasons")}
        code = choose(f.say("filter.reason"), any_reason | shown.reasons(view, f), param="code", f=f, default=ALL)
    _ledger(view, code, titles, f)
    with ui.card(f.say("quality.receipts"), note=f.say("quality.receipts_note")):
        ui.draw(deliveries.table(view.receipts, titles, data.desk().zone, f), key="quality-receipts")


def _ledger(view: Quality, code: str | None, titles: dict[str, str], f: Format) -> None:
    rows, today, zone = shown.chosen(view.rejects, code), data.moment().day, data.desk().zone
    with ui.card(f.say("quality.ledger"), note=f.say("quality.ledger_note")):
        ui.draw(shown.ledger(rows, titles, today, zone, f), key="quality-rejects")
        if rows:
            st.download_button(
                f.say("quality.download"),
                shown.as_csv(rows, titles, today, zone, f),
                file_name=f"rejects-{today}.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
            )
