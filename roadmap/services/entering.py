"""The way in: whoever the provider has signed in becomes somebody at a desk, or is told why not.

Streamlit's cookie lasts 30 days and its expiry is not checked; so a session of our own decides, looked up at every
request: it ends when nobody used it for a while, when it has lasted long enough, or when somebody ends it. A person
who is deactivated, or whose roles were taken, is out at the next request as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from roadmap.domain.people import Grant, Who
from roadmap.domain.text import Language, Text
from roadmap.errors import RoadmapError
from roadmap.services.desk import Desk
from roadmap.services.people import ACTOR
from roadmap.settings import Settings
from roadmap.store import people
from roadmap.store.hashing import canonical
from roadmap.store.people import Person, Session

Claims = Mapping[str, Any]

#: `last_seen` is written at most so often: a click costs one query, not a write.
_SEEN_EVERY: Final = timedelta(minutes=1)
#: Why nobody is let in before signing in (again).
_AGAIN: Final[Mapping[str, Text]] = {
    "nobody": Text(fa="برای دیدن تابلو وارد شوید.", en="Sign in to see the board."),
    "idle": Text(
        fa="مدتی با تابلو کار نکردید و نشست شما پایان یافت. دوباره وارد شوید.",
        en="Nothing was done here for a while, so your session has ended. Sign in again.",
    ),
    "absolute": Text(
        fa="زمان نشست شما به پایان رسید. دوباره وارد شوید.",
        en="Your session has lasted as long as one may. Sign in again.",
    ),
    "ended": Text(
        fa="نشست شما پایان یافته است. دوباره وارد شوید.",
        en="Your session has been ended. Sign in again.",
    ),
}
_DEACTIVATED: Final = Text(
    fa="دسترسی شما بسته شده است. اگر باید باز باشد، به راهبر سامانه بگویید.",
    en="Your access has been closed. If it should be open, ask the operator.",
)
_NO_ROLE: Final = Text(
    fa="هنوز نقشی به شما داده نشده است و بدون نقش چیزی نشان داده نمی‌شود. از راهبر سامانه نقش بخواهید.",
    en="You have no role yet, and without one nothing is shown. Ask the operator to give you one.",
)


class SignInNeededError(RoadmapError):
    """Nobody is signed in, or the session is over: signing in (again) helps; `text` says so in both languages."""

    def __init__(self, reason: str) -> None:
        self.text: Final = _AGAIN.get(reason, _AGAIN["ended"])
        super().__init__(self.text.en, fa=self.text.fa)


class NoAccessError(RoadmapError):
    """Somebody signed in who may see nothing; only the operator can change that. `person` is who the operator finds."""

    def __init__(self, text: Text, person: Person) -> None:
        super().__init__(text.en, fa=text.fa)
        self.text, self.person = text, person


@dataclass(frozen=True)
class Rules:
    """How long sessions last, and which of a provider's claims give roles."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=8)
    claim: str | None = None
    roles: Mapping[str, Grant] = field(default_factory=dict)


def rules(settings: Settings) -> Rules:
    """The rules that are set."""
    return Rules(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
        claim=settings.oidc_role_claim,
        roles={value: Grant.read(code) for value, code in settings.oidc_roles.items()},
    )


def enter(
    desk: Desk,
    claims: Claims,
    rules: Rules,
    *,
    language: Language = "fa",
    acts: bool = True,
    at: datetime | None = None,
) -> Who:
    """Who the provider's `claims` are of. Opens the session of a new sign-in; a person not known yet is noted down.

    Args:
        desk: the machine's desk.
        claims: what Streamlit keeps of the sign-in: the claims of the ID token, whose signature and nonce it checked.
        rules: how long sessions last.
        language: the one that the board is read in.
        acts: whether this is somebody's doing; a page that renews itself keeps no session open.
        at: the moment (default: now).

    Raises:
        SignInNeededError: nobody is signed in, or the session is over.
        NoAccessError: the person is deactivated or has no role.
    """
    now = at or datetime.now(UTC)
    key = _key(claims)
    with desk.engine.connect() as connection:
        found = people.find_session(connection, key)
    session = found or _begin(desk, key, claims, language, now)
    _insist(desk, session, rules, now)
    if found is None:
        with desk.engine.begin() as connection:  # for reminders, which go to who is not there
            people.claim(connection, session.person.id, _claimed(claims, rules))
    if acts and now - session.last_seen >= _SEEN_EVERY:
        with desk.engine.begin() as connection:
            people.see(connection, session.id, now)
    return _who(session.person, claims, rules)


def leave(desk: Desk, claims: Claims, *, at: datetime | None = None) -> None:
    """Ends the session of that sign-in, if there is one: its owner signs out."""
    try:
        key = _key(claims)
    except SignInNeededError:
        return
    with desk.engine.begin() as connection:
        people.end(connection, {"key": key}, at=at or datetime.now(UTC), why="signed_out")


def _key(claims: Claims) -> bytes:
    """What tells this sign-in from every other: the nonce is drawn at random for each, and the ID token repeats it."""
    told = [claims.get(name) for name in ("iss", "sub", "nonce")]
    if not claims.get("is_logged_in") or not all(isinstance(each, str) and each for each in told):
        raise SignInNeededError("nobody")
    return hashlib.sha256(canonical(told)).digest()


def _begin(desk: Desk, key: bytes, claims: Claims, language: Language, now: datetime) -> Session:
    """Opens the session; it counts from when the provider issued the token, so an old cookie's is over."""
    began = min(now, datetime.fromtimestamp(claims.get("iat", 0), UTC))
    with desk.engine.begin() as connection:
        number = _known(connection, claims, language)
        return people.open_session(connection, number, key, began=began, seen=now)


def _known(connection: Connection, claims: Claims, language: Language) -> int:
    """The person's number: known by the provider's name for them, or by an address that the provider has verified."""
    issuer, subject, name, email = claims["iss"], claims["sub"], _name(claims), _text(claims, "email")
    number = people.find(connection, issuer, subject)
    if number is None and email and claims.get("email_verified") is True:
        number = people.expected(connection, email)
    if number is None:
        number = people.enrol(connection, issuer=issuer, subject=subject, name=name)
    told = {"name": name, "email": email, "language": language}
    kept = {field: value for field, value in told.items() if value}
    people.change(connection, number, issuer=issuer, subject=subject, **kept)
    return number


def _name(claims: Claims) -> str:
    """What a page may call them; the provider's own key for them where it tells no better."""
    return next(filter(None, (_text(claims, name) for name in ("name", "preferred_username", "email", "sub"))), "?")


def _text(claims: Claims, name: str) -> str | None:
    value = claims.get(name)
    return value.strip()[:200] or None if isinstance(value, str) else None


def _insist(desk: Desk, session: Session, rules: Rules, now: datetime) -> None:
    """Lets a session pass that is not over; one that has just run out is ended for good."""
    if not session.person.active:
        raise NoAccessError(_DEACTIVATED, session.person)
    if session.ended is not None:
        raise SignInNeededError(session.why or "ended")
    for reason, since, longest in (
        ("absolute", session.began, rules.absolute),
        ("idle", session.last_seen, rules.idle),
    ):
        if now - since >= longest:
            with desk.engine.begin() as connection:
                people.end(connection, {"id": session.id}, at=now, why=reason)
            raise SignInNeededError(reason)


def _who(person: Person, claims: Claims, rules: Rules) -> Who:
    grants = frozenset([*person.grants, *granted(_claimed(claims, rules), rules)])
    if not grants:
        raise NoAccessError(_NO_ROLE, person)
    return Who(f"{ACTOR}{person.id}", person.name or "", grants)


def granted(values: Iterable[str], rules: Rules) -> frozenset[Grant]:
    """The roles that those values of the role claim give by the `rules` as they are now; others give none."""
    return frozenset(rules.roles[value] for value in values if rules.claim and value in rules.roles)


def _claimed(claims: Claims, rules: Rules) -> list[str]:
    """The values of the claim that is set, one or a list of them, as far as they give roles."""
    told = claims.get(rules.claim) if rules.claim else None
    values = told if isinstance(told, list) else [told]
    return [value for value in values if isinstance(value, str) and value in rules.roles]
