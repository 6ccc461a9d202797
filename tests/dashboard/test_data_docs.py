import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboard import visitors
from dashboard.data_docs import found, route
from dashboard.shell import Shell
from roadmap.domain.people import Grant
from tests.factories import acting

PAGE = "0123456789abcdef.html"


@pytest.fixture
def folder(tmp_path):
    docs = tmp_path / "data_docs"
    (docs / "quays").mkdir(parents=True)
    (docs / "quays" / PAGE).write_text("<html><title>Batch</title></html>")
    (tmp_path / "secret.html").write_text("secret")
    return docs


@pytest.fixture(autouse=True)
def officer(desk, monkeypatch):
    """Whoever asks is the data officer of the quays."""
    who = acting(desk, "officer", Grant.read("data_officer:quays"))
    monkeypatch.setattr(visitors, "desk", lambda _request: who)


def ask(folder, path, method="GET"):
    app = Starlette(routes=[route(lambda: folder)], middleware=[Middleware(Shell)])

    async def asked():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://board") as client:
            return await client.request(method, path, headers={"accept": "text/html"})

    return asyncio.run(asked())


def test_a_page_is_shown_as_it_is_where_nothing_can_run_or_load(folder):
    answer = ask(folder, f"/data-docs/quays/{PAGE}")
    assert answer.text == "<html><title>Batch</title></html>"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")


@pytest.mark.parametrize(
    "path",
    [
        "quays/fedcba9876543210.html",
        "quays/..%2f..%2fsecret.html",
        "quays/" + PAGE.replace("html", "HTML"),
        "quays/" + PAGE + "%00",
        "quays/",
    ],
)
def test_any_other_name_is_not_there(folder, path):
    answer = ask(folder, f"/data-docs/{path}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", [f"cranes/{PAGE}", f"cranes/{PAGE[1:]}", f"ships/{PAGE}"])
def test_other_commissions_pages_are_refused_whether_they_are_there_or_not(folder, path):
    answer = ask(folder, f"/data-docs/{path}")
    assert answer.status_code == 403
    assert "Your role does not allow this" in answer.text


def test_a_link_out_of_the_folder_is_not_followed(folder):
    (folder / "quays" / "aaaaaaaaaaaaaaaa.html").symlink_to(folder.parent / "secret.html")
    (folder / "cranes").symlink_to(folder / "quays")
    assert found(folder, "quays", "aaaaaaaaaaaaaaaa.html") is None
    assert found(folder, "cranes", PAGE) is None


def test_nothing_is_written_through_it(folder):
    assert ask(folder, f"/data-docs/quays/{PAGE}", "POST").status_code == 405
