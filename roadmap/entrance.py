"""How people come in to the board: by the provider that is set, or a demonstration's own on this machine."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from secrets import token_urlsafe
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from roadmap.demo.cast import CLIENT
from roadmap.demo.here import HOST, is_here
from roadmap.errors import SettingsError
from roadmap.settings import Settings
from roadmap.stack import ports
from roadmap.stack.plan import Guest

_FIRST_PORT: Final = 8800
_PACKAGE: Final = "oidc_provider_mock"
_WAY: Final = "set ROADMAP_OIDC_METADATA_URL, ROADMAP_OIDC_CLIENT_ID and ROADMAP_OIDC_CLIENT_SECRET to your provider's"


def opened(settings: Settings, first_port: int = _FIRST_PORT) -> tuple[Settings, list[Guest]]:
    """The settings with a provider to sign in at, and the demonstration's own to be run, where none is set.

    That one listens on the first free port from `first_port` on.

    Raises:
        SettingsError: nobody could sign in, or others than this machine's would meet the demonstration's provider.
    """
    told = (settings.oidc_metadata_url, settings.oidc_client_id, settings.oidc_client_secret)
    if all(told):
        _know_address(settings)
        return settings, []
    if any(told) or not settings.demo:
        message = f"Nobody could sign in to the board: {_WAY} (docs/settings.md)."
        raise SettingsError(message)
    _insist(settings)
    port = ports.choose(HOST, wanted=None, first=first_port, setting=None)
    address = f"http://{HOST}:{port}"
    ours = {
        "oidc_metadata_url": f"{address}/.well-known/openid-configuration",
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SecretStr(token_urlsafe(32)),
    }
    # Its libraries complain of each other at every start; those who run it can do nothing about that.
    command = (sys.executable, "-W", "ignore", "-m", "roadmap.demo.provider", str(port))
    guest = Guest("sign-in", "Sign-in of the demonstration", command, f"{address}/healthz")
    return settings.model_copy(update=ours), [guest]


def _know_address(settings: Settings) -> None:
    """A provider sends people back to the address at which they reach the board."""
    if settings.board_url is None and not is_here(settings.host):
        message = f"Set ROADMAP_BOARD_URL to the address at which people reach the board on {settings.host}."
        raise SettingsError(message)


def _insist(settings: Settings) -> None:
    """There anybody may be anybody: it is for this machine alone."""
    met_at = [settings.host, *([urlsplit(settings.board_url).hostname or ""] if settings.board_url else [])]
    if not all(map(is_here, met_at)):
        message = (
            f"The demonstration lets whoever comes sign in as anybody, so it is for this machine alone: leave "
            f"ROADMAP_HOST at 127.0.0.1 and ROADMAP_BOARD_URL unset, or {_WAY}."
        )
        raise SettingsError(message)
    if find_spec(_PACKAGE) is None:
        message = f"The demonstration's sign-in needs the package oidc-provider-mock: install it, or {_WAY}."
        raise SettingsError(message)
