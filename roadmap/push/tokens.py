"""Which token stands for which commission. Of a token only its SHA-256 is kept: it is random, so that is enough."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import SecretStr

from roadmap.errors import SettingsError

_SCHEME: Final = re.compile(r"bearer +(?P<token>\S+)", re.IGNORECASE)


class Keyring:
    """The tokens of the commissions that may push."""

    def __init__(self, tokens: Mapping[str, SecretStr], commissions: Iterable[str]) -> None:
        """Takes `tokens` by the names that `Settings.push_token` has, for the codes `commissions`.

        Raises:
            SettingsError: a name stands for no commission or for two, or two commissions have one token.
        """
        owners = _owners(commissions)
        self._digests = {_owner(name, owners): _digest(token.get_secret_value()) for name, token in tokens.items()}
        if len(set(self._digests.values())) < len(self._digests):
            message = "Two of the settings ROADMAP_PUSH_TOKEN_… are the same; give each commission a token of its own."
            raise SettingsError(message)

    def commission(self, authorization: str | None) -> str | None:
        """The commission whose token the header `authorization` has, or None; takes as long whichever it is."""
        found = _SCHEME.fullmatch(authorization or "")
        digest = _digest(found["token"] if found else "")
        fitting = [code for code, known in self._digests.items() if hmac.compare_digest(known, digest)]
        return fitting[0] if fitting else None


def _owners(commissions: Iterable[str]) -> dict[str, list[str]]:
    owners: dict[str, list[str]] = {}
    for code in commissions:
        owners.setdefault(re.sub("[-.]", "_", code).lower(), []).append(code)
    return owners


def _owner(name: str, owners: Mapping[str, list[str]]) -> str:
    found = owners.get(name, [])
    if len(found) == 1:
        return found[0]
    stands = f"for {' and '.join(found)} alike" if found else f"for no commission; those of it are: {', '.join(owners)}"
    message = f"Setting ROADMAP_PUSH_TOKEN_{name.upper()} stands {stands}. Correct its name or the programme file."
    raise SettingsError(message)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
