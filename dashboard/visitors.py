"""Who asks for something beside the pages: a file, a check's page, the live stream. The same way in, by the cookie."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from dashboard import data, reader
from roadmap.domain.text import Text
from roadmap.errors import RoadmapError
from roadmap.services import entering
from roadmap.services.desk import Desk
from roadmap.services.entering import NoAccessError, SignInNeededError
from roadmap.services.gate import NotAllowedError

HEADERS: Final = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


def desk(request: HTTPConnection, *, acts: bool = True) -> Desk:
    """The process's desk, with whoever asks at it.

    Raises:
        SignInNeededError, NoAccessError: see `entering.enter`.
    """
    machine = data.machine_desk()
    return replace(machine, who=entering.enter(machine, claims(request), reader.rules(), acts=acts))


def claims(request: HTTPConnection) -> Mapping[str, Any]:
    """What the provider said of whoever asks, from Streamlit's signed cookie; nothing where it is forged or missing."""

    def part(name: str) -> bytes | None:
        value = request.cookies.get(name)
        return decode_signed_value(get_cookie_secret(), name, value.encode("latin-1")) if value else None

    whole = get_cookie_with_chunks(part, USER_COOKIE_NAME)
    told = json.loads(whole) if whole else {}
    return told if isinstance(told, dict) else {}


def told(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Whatever is refused is said in a sentence, in both languages where there is one."""

    def asked(request: Request) -> Response:
        try:
            return answer(request)
        except SignInNeededError as refused:
            return _refusal(refused.text, HTTPStatus.UNAUTHORIZED)
        except (NoAccessError, NotAllowedError) as refused:
            return _refusal(refused.text, HTTPStatus.FORBIDDEN)
        except RoadmapError as refused:
            said = "\n".join([*filter(None, [refused.fa]), f"{refused}\n"])
            return PlainTextResponse(said, HTTPStatus.NOT_FOUND, headers=HEADERS)

    return asked


def _refusal(text: Text, status: HTTPStatus) -> Response:
    return PlainTextResponse(f"{text.fa}\n{text.en}\n", status, headers=HEADERS)
