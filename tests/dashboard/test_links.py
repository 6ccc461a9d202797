"""No page offers anybody a file that the server then refuses: templates, marked workbooks, pages of checks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from dashboard import data_docs, visitors, workbooks
from roadmap.domain.people import Grant
from roadmap.domain.refusals import refuse
from roadmap.services.desk import Desk
from roadmap.store import log
from tests.factories import TODAY, acting, deliver, report

pytestmark = pytest.mark.usefixtures("installed")
DOCS = "quays/0123456789abcdef.html"
#: Who looks, and what of the quays they are to find somewhere: else nobody's finding nothing would be a success.
ROLES = {
    "executive": set(),
    "commander": set(),
    "lead:cranes": set(),
    "operator": {"data-docs", "workbooks/return"},
    "secretariat": {"data-docs", "workbooks/return", "workbooks/template"},
    "lead:quays": {"data-docs", "workbooks/return", "workbooks/template"},
    "data_officer:quays": {"data-docs", "workbooks/return", "workbooks/template"},
}
PAGES = (
    ("commission", {"commission": "quays"}),
    ("milestone", {"milestone": "Q-1"}),
    ("quality", {}),
)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Beside what there is, a checked delivery with a bad row, one that is held back, and one that cannot be read."""
    checks = {"evaluated": 3, "failed": [], "errors": [], "docs": DOCS}
    bad = log.Rejected("Q-7", (refuse("unknown_milestone", "milestone", "Q-7"),), "Report", 4)
    deliver(desk, report("Q-1", effective=TODAY, percent=91), rejected=(bad,), checks=checks)
    why = refuse("unknown_milestone", "milestone", "Q-8")
    held = log.Rejected("held.csv", (replace(why, code="held_back"),), None, None)
    deliver(desk, rejected=(held,), refused=True, checks={**checks, "held": ["milestone"]})
    whole = log.Rejected("file.csv", (replace(why, code="missing_columns"),), None, None)
    deliver(desk, rejected=(whole,), refused=True)
    return desk


@pytest.fixture
def answer(desk, tmp_path, monkeypatch) -> Callable[[str, str], int]:
    """What the server answers `role` at `path`."""
    page = tmp_path / "docs" / DOCS
    page.parent.mkdir(parents=True)
    page.write_text("<html></html>")
    served = Starlette(routes=[data_docs.route(lambda: tmp_path / "docs"), *workbooks.routes()])

    async def ask(path: str) -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://board") as browser:
            return (await browser.get(path)).status_code

    def answered(role: str, path: str) -> int:
        monkeypatch.setattr(visitors, "desk", lambda _request: acting(desk, role, Grant.read(role)))
        return asyncio.run(ask(f"/{path}"))

    return answered


def offered(markup: str) -> Iterator[str]:
    yield from re.findall(r'href="((?:workbooks|data-docs)/[^"]+)"', markup)


def test_every_file_that_a_page_offers_is_given_to_whoever_it_is_offered_to(board, answer):
    found, answers = {role: set() for role in ROLES}, {}
    for role in ROLES:
        for page, query in PAGES:
            opened = board(page, role=role, **query)
            assert not opened.app.exception
            for path in offered(opened.markup):
                found[role].add(kind(path))
                answers[role, path] = answer(role, path)
    assert {asked: code for asked, code in answers.items() if code != 200} == {}
    assert found == ROLES


def kind(path: str) -> str:
    return "data-docs" if path.startswith("data-docs") else "/".join(path.split("/")[:2])


def test_a_refused_file_leads_to_the_mapping_for_those_alone_who_may_see_it(board):
    seen = {
        role: "mapping?commission=quays" in board("quality", role=role).markup for role in ("executive", "operator")
    }
    assert seen == {"executive": False, "operator": True}
