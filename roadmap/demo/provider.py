"""`python -m roadmap.demo.provider PORT`: where the people of a demonstration sign in, by one click on their name.

The provider is `oidc-provider-mock`'s, with a page of its own and nothing of it open that signing in does not need. It
listens on this machine alone, sends people back to the board alone, and trusts whoever clicks: so it is no provider
for anything but a demonstration.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import flask
import jinja2
import oidc_provider_mock  # type: ignore[import-untyped]
from oidc_provider_mock import User
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.serving import BaseWSGIServer, make_server

from roadmap import programme, serving
from roadmap import settings as configuration
from roadmap.demo import cast
from roadmap.demo.cast import ISSUER, ROLES, Player
from roadmap.demo.here import HOST, is_here
from roadmap.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_MOCK: Final = "oidc-provider-mock"
_PACKAGE: Final = "oidc_provider_mock"
_CALLBACK: Final = "/oauth2callback"
#: Under this name the environment of a request keeps what its browser asked for.
_ASKED_FOR: Final = "roadmap.host"
#: What signing in and out needs; the rest of the mock is shut.
_OPEN: Final = frozenset(
    {"healthz", "signed_out"}
    | {f"{_MOCK}.{name}" for name in ("openid_config", "authorize", "issue_token", "userinfo", "jwks")}
)
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


def application(settings: Settings) -> flask.Flask:
    """The provider of the demonstration's people, for the board at the address that is set."""
    plan = programme.load(settings.programme)
    players = cast.players(plan)
    app = flask.Flask("roadmap.demo")
    as_it_is = app.wsgi_app
    oidc_provider_mock.init_app(app, user_claims=[_user(player) for player in players], require_nonce=True)
    app.debug, app.wsgi_app = False, _Steady(as_it_is)  # type: ignore[method-assign]  # without its debugger
    ours, theirs = jinja2.FileSystemLoader(Path(__file__).with_name("assets")), jinja2.PackageLoader(_PACKAGE)
    app.jinja_loader = jinja2.ChoiceLoader([ours, theirs])
    board = (settings.board_url or "").rstrip("/")
    app.before_request(lambda: _insist(board))
    app.after_request(_with_headers)
    titles = {entry.code: entry.title for entry in plan.commissions}
    app.context_processor(lambda: {"players": players, "titles": titles, "roles": ROLES})
    app.add_url_rule("/healthz", "healthz", lambda: {"status": "ok"})
    app.view_functions[f"{_MOCK}.openid_config"] = _metadata
    app.add_url_rule("/signed-out", "signed_out", lambda: flask.redirect(f"{board}/"))
    return app


def _user(player: Player) -> User:
    told = {"name": player.name.fa, "email": f"{player.subject.replace(':', '.')}@demo.invalid"}
    return User(sub=player.subject, claims=told)


class _Steady:
    """The issuer that tokens name is the same, whatever port this start has found free."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[_ASKED_FOR] = environ.get("HTTP_HOST", "")
        environ |= {"wsgi.url_scheme": "https", "HTTP_HOST": urlsplit(ISSUER).netloc}
        return self._app(environ, start_response)


def _insist(board: str) -> None:
    """Lets through what signing in needs, asked for on this machine, by the board."""
    request = flask.request
    if not is_here(urlsplit(f"//{request.environ[_ASKED_FOR]}").hostname or ""):
        raise Forbidden
    if request.endpoint not in _OPEN:
        raise NotFound
    if request.args.get("redirect_uri", f"{board}{_CALLBACK}") != f"{board}{_CALLBACK}":
        raise Forbidden


def _metadata() -> flask.Response:
    at = f"http://{HOST}:{flask.request.environ['SERVER_PORT']}"
    return flask.jsonify(
        {
            "issuer": ISSUER,
            "authorization_endpoint": f"{at}/oauth2/authorize",
            "token_endpoint": f"{at}/oauth2/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "end_session_endpoint": f"{at}/signed-out",
            "jwks_uri": f"{at}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


def _with_headers(response: flask.Response) -> flask.Response:
    response.headers.update(_HEADERS)
    return response


def server(settings: Settings, port: int) -> BaseWSGIServer:
    """The server on `port` of this machine (0: any free one), not started yet."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # addresses hold codes that sign somebody in
    return make_server(HOST, port, application(settings), threaded=True)


if __name__ == "__main__":
    serving.begin()
    server(configuration.read(), int(sys.argv[1])).serve_forever()
