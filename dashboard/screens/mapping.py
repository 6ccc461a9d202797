"""How a commission's files read: what holds now, and with a sample file a mapping made, previewed and saved."""

from __future__ import annotations

import streamlit as st

from dashboard import data, mapping, mapping_fields, ui
from dashboard.filters import choose
from dashboard.format import Format
from dashboard.mapping import Sample
from dashboard.shown import deliveries, words
from dashboard.shown import mapping as shown
from dashboard.tables import alert
from roadmap import settings
from roadmap.domain.events import FeedMapped
from roadmap.errors import ConflictError, FileRefusedError, RoadmapError
from roadmap.services import gate, handing_in, mapping_feeds, mapping_preview
from roadmap.services.mapping_feeds import Present, Version
from roadmap.services.mapping_preview import Preview
from roadmap.services.mapping_toml import as_toml
from roadmap.services.permissions import Action
from roadmap.services.quality import Receipt

_DONE, _AGAIN, _READ = "mapping.done", "mapping.again", "mapping.read"
_TYPES = ("xlsx", "csv", "json", "txt")


def render() -> None:
    """Draws the page for the commission of the address, of those that whoever reads here may look at."""
    f = data.form()
    own = gate.within(data.desk().who, Action.READ_MAPPING)
    entries = data.desk().programme.commissions
    titles = {each.code: each.title.in_(f.language) for each in entries if own is None or each.code in own}
    code = choose(f.say("matrix.commission"), titles, param="commission", f=f, default=next(iter(titles)))
    if code is None:
        return
    present = mapping_feeds.present(data.desk(), code)
    acts = _acts(code, f)
    _present(present, f)
    if acts:
        _outcome(code, f)
        _sample(present, f)
        made = mapping.sample(code)
        if made is not None:
            _wizard(present, made, f)
        _again(present, f)
    _history(present, f, acts=acts)


def _acts(code: str, f: Format) -> bool:
    """Whether the reader may say how files of the commission read, now; everybody else is told why they only look."""
    if not gate.permits(data.desk().who, Action.MAP_FEED, code):
        ui.draw(alert([f.say("mapping.not_yours")], kind="notice"), key="mapping-not-yours")
        return False
    if not data.is_now(data.moment()):
        ui.draw(alert([f.say("report.only_now")], kind="notice"), key="mapping-then")
        return False
    return True


def _present(present: Present, f: Format) -> None:
    version = present.newest
    with ui.card(f.say("mapping.present"), note=shown.source(version, data.desk().zone, f)):
        if present.trouble:
            told = [f.say("mapping.trouble"), words.why(present.trouble, f)]
            ui.draw(alert(told, kind="problem"), key="mapping-trouble")
        with st.expander(f.say("mapping.see"), expanded=mapping.sample(present.entry.code) is None):
            ui.draw(shown.feed(version.feed, f), key="mapping-present")
        st.download_button(
            f.say("mapping.toml"),
            as_toml(version.feed),
            file_name=f"{present.entry.code}-feed.toml",
            mime="application/toml",
            icon=":material/download:",
            on_click="ignore",
            key="mapping-toml",
        )


def _sample(present: Present, f: Format) -> None:
    """The field for a sample: what it is for, and that nothing of it is recorded."""
    largest = handing_in.largest(settings.read())
    code = present.entry.code
    with ui.card(f.say("mapping.sample"), note=f.say("mapping.sample_note")):
        label = f.say("workbook.file", largest=f.number(largest))
        file = st.file_uploader(label, _TYPES, key=f"mapping-file-{code}", max_upload_size=largest)
        made = mapping.sample(code)
        read = st.button(
            f.say("mapping.read"),
            type="secondary" if made else "primary",
            icon=":material/search:",
            key="mapping-read",
            disabled=file is None,
        )
        if file is not None and (read or st.session_state.get(_READ) != file.file_id):
            st.session_state[_READ] = file.file_id  # once by itself, and again whenever it is asked for
            _take(present, file.name, file.getvalue(), f)


def _take(present: Present, name: str, content: bytes, f: Format) -> None:
    try:
        with st.spinner(f.say("mapping.reading")):
            mapping.take(present, name, content)
    except FileRefusedError as error:
        ui.draw(alert([words.why(error, f)], kind="problem"), key="mapping-unreadable")
    else:
        st.session_state.pop(_DONE, None)
        st.rerun()


def _wizard(present: Present, made: Sample, f: Format) -> None:
    wanted = mapping_fields.show(present, made, f)
    if wanted is None:
        ui.draw(alert([f.say("mapping.unfinished")], kind="notice"), key="mapping-unfinished")
        return
    feed = mapping_feeds.applied(present.entry, wanted)
    found = mapping_preview.preview(data.desk(), present.entry.code, feed, made.table)
    with ui.card(f.say("mapping.preview"), note=f.say("mapping.preview_note", rows=f.number(shown.SHOWN))):
        _preview(present, made, found, f)
    with ui.card(f.say("mapping.save"), note=f.say("mapping.save_note")):
        _save(present, made, wanted, f, is_whole=found.refused is None)


def _preview(present: Present, made: Sample, found: Preview, f: Format) -> None:
    if found.refused:
        ui.draw(shown.whole(found, f), key="mapping-whole")
        return
    before = _by_present(present, made)
    ui.draw(shown.counts(found, before, f), shown.whole_present(before, f), key="mapping-counts")
    ui.draw(shown.why_rejected(found, f), key="mapping-reasons")
    only_wrong = st.toggle(f.say("mapping.only_wrong"), key=f"{made.key}-only-wrong")
    ui.draw(shown.rows(found, before, f, only_wrong=only_wrong), key="mapping-rows")


def _by_present(present: Present, made: Sample) -> Preview:
    """What the mapping that holds would make of the sample."""
    try:
        table = mapping.by_present(present, made)
    except FileRefusedError as error:
        return mapping_preview.refused(error)
    return mapping_preview.preview(data.desk(), present.entry.code, present.entry.feed, table)


def _save(present: Present, made: Sample, wanted: FeedMapped, f: Format, *, is_whole: bool) -> None:
    """What saving changes, and the button; who was overtaken looks at the newer mapping first."""
    changes = mapping_feeds.changes(present.entry.feed, mapping_feeds.applied(present.entry, wanted))
    ui.draw(shown.changes(changes, f), key="mapping-changes")
    if made.base != present.number:
        _overtaken(present, made, f)
        return
    sure = st.checkbox(f.say("mapping.seen"), key=f"{made.key}-seen", disabled=not (changes and is_whole))
    saved = st.button(
        f.say("mapping.save"), type="primary", icon=":material/save:", key="mapping-save", disabled=not sure
    )
    if saved and sure:
        _record(present, wanted)


def _overtaken(present: Present, made: Sample, f: Format) -> None:
    who = shown.source(present.newest, data.desk().zone, f)
    ui.draw(alert([f.say("mapping.overtaken"), who], kind="problem"), key="mapping-overtaken")
    if st.button(f.say("mapping.go_on"), key="mapping-go-on"):
        made.base = present.number
        st.rerun()


def _record(present: Present, wanted: FeedMapped) -> None:
    code = present.entry.code
    try:
        version = mapping.save(wanted, present.number)
    except ConflictError:
        st.rerun()  # the newer mapping is shown, and that this one was overtaken
    else:
        mapping.forget(code)
        st.session_state[_DONE] = (code, version.number)
        st.rerun()


def _outcome(code: str, f: Format) -> None:
    """Says that a mapping was saved, and what became of files that were checked again."""
    done_for, number = st.session_state.get(_DONE, (None, 0))
    if done_for == code:
        ui.draw(alert([f.say("mapping.saved", number=f.number(number))], kind="success"), key="mapping-saved")
    told: list[tuple[str, str, bool]] = [each for each in st.session_state.get(_AGAIN, []) if each[0] == code]
    if told:
        sound = all(is_sound for _, _, is_sound in told)
        kind = "success" if sound else "notice"
        ui.draw(alert([sentence for _, sentence, _ in told], kind=kind), key="mapping-again-told")


def _again(present: Present, f: Format) -> None:
    """The refused files of the commission, which the mapping that holds now may read."""
    refused = mapping_feeds.refused(data.desk(), settings.read(), present.entry.code)
    if not refused:
        return
    with ui.card(f.say("mapping.again"), note=f.say("mapping.again_note")):
        for receipt in refused:
            left, right = st.columns([3, 1], vertical_alignment="center")
            with left:
                ui.draw(shown.refused(receipt, data.desk().zone, f), key=f"mapping-refused-{receipt.batch}")
            with right:
                pressed = st.button(f.say("mapping.check_again"), key=f"mapping-again-{receipt.batch}")
            if pressed:
                _check_again(receipt, f)


def _check_again(receipt: Receipt, f: Format) -> None:
    try:
        with st.spinner(f.say("workbook.taking")):
            found = mapping.check_again(receipt, f.say("mapping.again_reason"))
    except RoadmapError as error:
        ui.draw(alert([f.say("mapping.again_failed"), words.why(error, f)], kind="problem"), key="mapping-again-failed")
    else:
        told = st.session_state.setdefault(_AGAIN, [])
        told.append((receipt.commission, deliveries.outcome(found, f), not (found.refused or found.rejected)))
        st.rerun()


def _history(present: Present, f: Format, *, acts: bool) -> None:
    """The mappings there were, newest first, each with the way back to it."""
    if len(present.versions) == 1:
        return
    with ui.card(f.say("mapping.history"), note=f.say("mapping.history_note")):
        for version in reversed(present.versions):
            _version(present, version, f, acts=acts)


def _version(present: Present, version: Version, f: Format, *, acts: bool) -> None:
    left, right = st.columns([3, 1], vertical_alignment="center")
    holds = version.number == present.number
    with left:
        told = shown.version(version, data.desk().zone, f, holds=holds)
        ui.draw(told, key=f"mapping-version-{version.number}")
    with right:
        pressed = acts and not holds and st.button(f.say("mapping.go_back"), key=f"mapping-back-{version.number}")
    if pressed:
        _go_back(present, version)


def _go_back(present: Present, version: Version) -> None:
    try:
        saved = mapping.go_back(present, version.feed)
    except ConflictError:
        st.rerun()
    else:
        st.session_state[_DONE] = (present.entry.code, saved.number)
        st.rerun()
