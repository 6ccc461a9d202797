"""The one gate: every service says which action it is, and of which commission; nobody acts beyond the table.

A service is a function whose first argument is a desk. `allowed` puts the gate before it; the gate knows who stands at
the desk, so hidden pages, forged fields and other commissions' codes meet it all the same.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from roadmap.domain.people import Who
from roadmap.domain.text import Text
from roadmap.errors import RoadmapError
from roadmap.services.desk import Desk
from roadmap.services.permissions import PERMISSIONS, Action

P = ParamSpec("P")
T = TypeVar("T")
#: The commission that a call is about, from its arguments by name; None: about all of them.
Of = Callable[[Desk, Mapping[str, Any]], str | None]


@dataclass(frozen=True)
class Guard:
    """What stands before a service: which action it is, and where its arguments name the commission."""

    action: Action
    of: str | Of | None


#: Every guarded service by its name: for the test that none is left out and that each refuses whom it should.
GUARDED: Final[dict[str, Guard]] = {}


class NotAllowedError(RoadmapError):
    """Whoever asked may not do that; `text` says so in both languages."""

    def __init__(self, who: Who, action: Action, commission: str | None) -> None:
        about = f" of {commission}" if commission else ""
        self.text: Final = Text(
            fa="این کار در اختیار نقش شما نیست؛ اگر باید باشد، از راهبر سامانه نقش لازم را بخواهید.",
            en="Your role does not allow this; if it should, ask the operator for the role that it takes.",
        )
        sentence = f"{who.name} may not do that ({action}{about}); ask the operator for the role it takes."
        super().__init__(sentence, fa=self.text.fa)
        self.who, self.action, self.commission = who, action, commission


def permits(who: Who, action: Action, commission: str | None = None) -> bool:
    """Whether `who` may do `action` for `commission` (None: for all of them, or it is about none)."""
    reaches = PERMISSIONS[action]
    return any(
        reaches.get(grant.role) == "any" or (reaches.get(grant.role) == "own" and grant.commission == commission)
        for grant in who.grants
    )


def offers(who: Who, action: Action) -> bool:
    """Whether `who` may do `action` for any commission at all: what a menu asks."""
    return permits(who, action) or bool(within(who, action))


def within(who: Who, action: Action) -> tuple[str, ...] | None:
    """The commissions for which `who` may do `action`, in order of their codes; None: for all of them."""
    if permits(who, action):
        return None
    own = {grant.commission for grant in who.grants if PERMISSIONS[action].get(grant.role) == "own"}
    return tuple(sorted(code for code in own if code is not None))


def check(who: Who, action: Action, commission: str | None = None) -> None:
    """Lets `who` through.

    Raises:
        NotAllowedError: the table does not allow it.
    """
    if not permits(who, action, commission):
        raise NotAllowedError(who, action, commission)


def allowed(
    action: Action, of: str | Of | None = None
) -> Callable[[Callable[Concatenate[Desk, P], T]], Callable[Concatenate[Desk, P], T]]:
    """Puts the gate before a service: the commission that it is about is the argument `of`, or what `of` makes of all.

    Without `of` the action is about no commission, or about all of them.
    """

    def guard(service: Callable[Concatenate[Desk, P], T]) -> Callable[Concatenate[Desk, P], T]:
        signature = inspect.signature(service)

        @functools.wraps(service)
        def guarded(desk: Desk, /, *args: P.args, **kwargs: P.kwargs) -> T:
            check(desk.who, action, _commission(of, desk, signature, args, kwargs))
            return service(desk, *args, **kwargs)

        GUARDED[f"{service.__module__}.{service.__qualname__}"] = Guard(action, of)
        return guarded

    return guard


def _commission(
    of: str | Of | None, desk: Desk, signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> str | None:
    if of is None:
        return None
    bound = signature.bind(desk, *args, **kwargs)
    bound.apply_defaults()
    code = bound.arguments[of] if isinstance(of, str) else of(desk, bound.arguments)
    return str(code) if code is not None else None
