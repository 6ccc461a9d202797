"""The board's way in: the file from which Streamlit learns of the provider that signs people in."""

from __future__ import annotations

import json
import secrets
import tomllib
from contextlib import suppress
from pathlib import Path

from roadmap.settings import Settings
from roadmap.store.durable import whole


def file_of(settings: Settings) -> Path | None:
    """Where the file is; None where no provider is set: nobody can sign in then."""
    return settings.state_dir / "board" / "secrets.toml" if settings.oidc_client_secret else None


def write(settings: Settings) -> None:
    """Writes the file, readable by its owner alone, if a provider is set.

    What cookies are signed with is kept across starts, so that nobody has to sign in again because of one.
    """
    path = file_of(settings)
    if path is None or settings.oidc_client_secret is None:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {
        "redirect_uri": f"{str(settings.board_url).rstrip('/')}/oauth2callback",
        "cookie_secret": _kept(path) or secrets.token_urlsafe(48),
        "client_id": settings.oidc_client_id,
        "client_secret": settings.oidc_client_secret.get_secret_value(),
        "server_metadata_url": settings.oidc_metadata_url,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in told.items()]  # TOML writes such texts as JSON does
    with whole(path) as fresh:
        fresh.write_text("\n".join(["[auth]", *lines, ""]), "utf-8")


def _kept(path: Path) -> str | None:
    with suppress(FileNotFoundError, tomllib.TOMLDecodeError, KeyError):
        return str(tomllib.loads(path.read_text("utf-8"))["auth"]["cookie_secret"])
    return None
