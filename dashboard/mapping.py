"""What a person does on the Mapping page: takes a sample, saves a mapping, goes back to one, has files checked again.

A sample and what was picked for it stay in the session until another one is taken, whatever page is looked at between.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

import streamlit as st

from dashboard import data
from roadmap import settings
from roadmap.domain.events import FeedMapped
from roadmap.feed import Feed
from roadmap.services import mapping_feeds, mapping_samples, reopening
from roadmap.services.mapping_feeds import Present, Version
from roadmap.services.mapping_samples import Known, Layout, Proposal, Table
from roadmap.services.quality import Receipt

_SAMPLES: Final = "mapping.samples"
_TURN: Final = "mapping.turn"


@dataclass
class Sample:
    """A sample of a commission: its table, what was proposed for it, what was picked, the version it is made on.

    `known` is what it is held against. `turn` tells one reading of a file from the next, so that its fields start anew.
    """

    commission: str
    name: str
    content: bytes
    table: Table
    known: Known
    proposal: Proposal
    base: int
    turn: int
    picked: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Begins the keys of this reading's fields."""
        return f"mapping-{self.commission}-{self.turn}"


def sample(commission: str) -> Sample | None:
    """The sample that was taken for a commission in this session."""
    kept: dict[str, Sample] = st.session_state.setdefault(_SAMPLES, {})
    return kept.get(commission)


def forget(commission: str) -> None:
    """Puts the sample of a commission away."""
    st.session_state.get(_SAMPLES, {}).pop(commission, None)


def _keep(made: Sample) -> None:
    st.session_state.setdefault(_SAMPLES, {})[made.commission] = made


def _turn() -> int:
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    return int(st.session_state[_TURN])


def take(present: Present, name: str, content: bytes) -> None:
    """Reads a sample and proposes how it may read.

    Raises:
        FileRefusedError: it cannot be read.
    """
    known = mapping_samples.known_to(data.desk(), present.entry)
    table = mapping_samples.look(settings.read(), present.entry, content, known)
    _propose(present, name, content, table, known, present.number)


def lay_out(present: Present, made: Sample, layout: Layout) -> None:
    """Reads the sample by another layout, and proposes anew; FileRefusedError where it cannot be read so."""
    table = mapping_samples.read(made.content, layout, present.entry.feed, settings.read())
    _propose(present, made.name, made.content, table, made.known, made.base)


def _propose(present: Present, name: str, content: bytes, table: Table, known: Known, base: int) -> None:
    proposal = mapping_samples.propose(present.entry, table, known)
    _keep(Sample(present.entry.code, name, content, table, known, proposal, base, _turn()))


def by_present(present: Present, made: Sample) -> Table:
    """The sample's table as the mapping that holds lays it out; FileRefusedError where it cannot be read so."""
    feed = present.entry.feed
    layout = Layout(feed.format, feed.options.encoding, feed.options.delimiter, feed.options.sheet)
    if layout.format != made.table.layout.format:
        layout = replace(layout, format=made.table.layout.format)
    if layout == made.table.layout:
        return made.table
    return mapping_samples.read(made.content, layout, feed, settings.read())


def save(wanted: FeedMapped, base: int) -> Version:
    """Records a mapping.

    Raises:
        NotAllowedError: that is not for whoever reads here.
        ConflictError: somebody else saved one meanwhile.
        ProgrammeError: the feed has no such mapping.
    """
    return mapping_feeds.save(data.desk(), wanted, base)


def go_back(present: Present, feed: Feed) -> Version:
    """Makes an earlier mapping the one that counts, as a new version; refuses as `save`."""
    wanted = mapping_feeds.fitted(present.entry, feed, {}, data.today())
    return save(wanted, present.number)


def check_again(receipt: Receipt, reason: str) -> Receipt:
    """Has a refused file read by the mapping that holds now.

    Raises:
        NotAllowedError: that is not for whoever reads here.
        RoadmapError: it was taken again already, or is not kept.
    """
    return reopening.reopen(data.desk(), settings.read(), receipt.batch, reason=reason, day=data.today())
