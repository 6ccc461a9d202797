"""How people come in: which provider, what it lets through, and the file from which the board knows it."""

from __future__ import annotations

import stat
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import pytest

from roadmap import entrance, installation
from roadmap.demo import cast
from roadmap.errors import SettingsError
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import people
from roadmap.settings import Settings
from roadmap.stack import signing_in

BOARD = "http://127.0.0.1:8599"
CALLBACK = f"{BOARD}/oauth2callback"
ASKED = {"client_id": cast.CLIENT, "response_type": "code", "scope": "openid profile", "state": "s", "nonce": "n"}
REAL = {"oidc_metadata_url": "https://sign.in/", "oidc_client_id": "roadmap", "oidc_client_secret": "s3cret"}


def told(**changes: object) -> Settings:
    return Settings(_env_file=None, **changes)


def test_a_demonstration_brings_a_provider_of_its_own() -> None:
    ready, [guest] = entrance.opened(told())
    assert ready.oidc_client_id == cast.CLIENT
    assert ready.oidc_metadata_url.startswith("http://127.0.0.1:")
    assert ready.oidc_client_secret.get_secret_value() not in " ".join(guest.command)
    assert cast.is_wanted(ready)


def test_where_a_provider_is_set_nothing_else_runs() -> None:
    for demo in (True, False):
        given = told(demo=demo, **REAL)
        assert entrance.opened(given) == (given, [])
        assert not cast.is_wanted(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"demo": False}, "Nobody could sign in to the board"),
        ({"oidc_client_id": "roadmap"}, "Nobody could sign in to the board"),
        ({"host": "0.0.0.0"}, "for this machine alone"),  # noqa: S104 - what must be refused
        ({"host": "10.0.0.5"}, "for this machine alone"),
        ({"board_url": "https://board.example"}, "for this machine alone"),
        ({"host": "10.0.0.5", **REAL}, "Set ROADMAP_BOARD_URL"),
    ],
)
def test_what_would_let_nobody_in_or_everybody_does_not_start(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        entrance.opened(told(**given))


def test_without_its_package_the_demonstration_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="needs the package oidc-provider-mock"):
        entrance.opened(told())


def test_the_board_learns_of_the_provider_from_a_file_of_its_own(tmp_path: Path) -> None:
    given = told(state_dir=tmp_path, board_url=f"{BOARD}/", **REAL | {"oidc_client_secret": 'a"\\b\n'})
    signing_in.write(given)
    path = signing_in.file_of(given)
    first = tomllib.loads(path.read_text())["auth"]
    signing_in.write(given.model_copy(update={"board_url": "https://board.example"}))
    again = tomllib.loads(path.read_text())["auth"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (first["redirect_uri"], again["redirect_uri"]) == (CALLBACK, "https://board.example/oauth2callback")
    assert first["client_secret"] == 'a"\\b\n'  # noqa: S105 - a test's own
    assert first["cookie_secret"] == again["cookie_secret"]
    assert len(first["cookie_secret"]) >= 48
    assert signing_in.file_of(told(state_dir=tmp_path)) is None


def test_one_person_of_each_kind_is_laid_once_with_the_role(settings: Settings, harbour: Programme) -> None:
    demo = settings.model_copy(update={"demo": True})
    for _ in range(2):
        installation.install(settings)
        with desks.desk(settings) as desk:
            cast.lay(desk)
            accounts = people.accounts(desk)
    assert [grant.code for each in accounts for grant in each.person.grants] == [
        each.grant.code for each in cast.players(harbour)
    ]
    assert len(accounts) == 4 + 2 * len(harbour.commissions)
    assert len({each.person.name for each in accounts}) == len(accounts)
    assert cast.is_wanted(demo)
    assert not cast.is_wanted(settings)


@pytest.fixture(scope="module")
def provider() -> Iterator[httpx.Client]:
    """The demonstration's provider, served from here; in the browser's tests it runs as `roadmap up` starts it."""
    with warnings.catch_warnings(record=True):  # of the libraries that it stands on; one of them insists
        from roadmap.demo.provider import server  # noqa: PLC0415

    ready, [guest] = entrance.opened(told(board_url=BOARD, programme=Path("tests/programmes/harbour.toml").resolve()))
    served = server(ready, 0)
    thread = Thread(target=served.serve_forever)
    thread.start()
    with httpx.Client(base_url=f"http://{served.host}:{served.port}") as client:
        assert client.get(httpx.URL(guest.health).path).is_success
        yield client
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
def test_everybody_is_picked_by_a_click_and_the_token_names_them(provider: httpx.Client) -> None:
    asked = {**ASKED, "redirect_uri": CALLBACK}
    page = provider.get("/oauth2/authorize", params=asked).text
    assert 'value="lead:quays"' in page
    assert "آرش نیک‌پی" in page
    assert "http" not in page  # nothing is loaded from anywhere
    sent = provider.post("/oauth2/authorize", params=asked, data={"sub": "lead:quays"}).headers["location"]
    assert sent.startswith(f"{CALLBACK}?code=")
    grant = {"grant_type": "authorization_code", "code": httpx.URL(sent).params["code"], "redirect_uri": CALLBACK}
    token = provider.post("/oauth2/token", data={**grant, "client_id": cast.CLIENT, "client_secret": "x"}).json()
    assert "id_token" in token
    assert provider.get("/.well-known/openid-configuration").json()["issuer"] == cast.ISSUER


def test_nobody_is_sent_anywhere_but_to_the_board(provider: httpx.Client) -> None:
    asked = {**ASKED, "redirect_uri": "https://evil.example/oauth2callback"}
    assert provider.get("/oauth2/authorize", params=asked).status_code == 403
    assert provider.post("/oauth2/authorize", params=asked, data={"sub": "operator"}).status_code == 403
    assert provider.get("/signed-out", params={"post_logout_redirect_uri": "https://evil.example"}).headers[
        "location"
    ] == (f"{BOARD}/")


@pytest.mark.parametrize("path", ["/", "/oidc/login", "/users/operator", "/oauth2/end_session", "/oauth2/clients"])
def test_what_signing_in_does_not_need_is_shut(provider: httpx.Client, path: str) -> None:
    assert provider.get(path).status_code in {404, 405}
    assert provider.put(path, json={}).status_code in {404, 405}


@pytest.mark.parametrize("host", ["board.example", "10.0.0.5:8800", "127.0.0.1.evil.example", "[broken"])
def test_it_answers_to_no_name_but_this_machines(provider: httpx.Client, host: str) -> None:
    assert provider.get("/healthz", headers={"host": host}).status_code >= 400
