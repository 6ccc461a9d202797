"""`roadmap user …`: the operator says who may sign in to the board, and as what."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from roadmap import settings as configuration
from roadmap.cli_base import AsJson, Reason, registered, tell
from roadmap.domain.people import OF_PEOPLE, Grant
from roadmap.errors import SettingsError

if TYPE_CHECKING:
    from roadmap.services.desk import Desk
    from roadmap.services.people import Account, Person

app = typer.Typer(help="Say who may sign in to the board, and as what.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="PERSON", help="The person's number, as `roadmap user list` shows it.")]


command = registered(app)


@command
def list_(*, as_json: AsJson = False) -> None:
    """Everybody who has signed in or was added: number, name, roles, when they were seen last."""
    from roadmap.services import people

    accounts = _on_desk(people.accounts)
    lines = [_line(account) for account in accounts] or ["Nobody yet."]
    tell([_values(each.person) | _seen(each) for each in accounts], as_json=as_json, text="\n".join(lines))


@command
def add(
    name: Annotated[str, typer.Argument(help="What the board calls them until they sign in.")],
    *,
    email: Annotated[str | None, typer.Option(help="Address that the provider has verified.")] = None,
    issuer: Annotated[str | None, typer.Option(help="The provider, as its tokens name it (iss).")] = None,
    subject: Annotated[str | None, typer.Option(help="What the provider calls them (sub).")] = None,
    as_json: AsJson = False,
) -> None:
    """Note somebody down before the first sign-in, so that roles can be given already."""
    from roadmap.services import people

    person = _on_desk(lambda desk: people.add(desk, name=name, email=email, issuer=issuer, subject=subject))
    tell(_values(person), as_json=as_json, text=f"{_who(person)} may sign in; `roadmap user roles` gives roles.")


@command
def roles(
    person: Number,
    codes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ROLE", help="executive, secretariat, commander, operator, lead:CODE, data_officer:CODE."
        ),
    ] = None,
    *,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Give a person these roles in place of all before; none takes all. It holds from the next click on."""
    from roadmap.services import people

    grants = [_grant(code) for code in codes or ()]
    changed = _on_desk(lambda desk: people.assign(desk, person, grants, reason))
    tell(_values(changed), as_json=as_json, text=f"{_who(changed)}: {_roles(changed)}.")


@command
def deactivate(person: Number, *, reason: Reason, as_json: AsJson = False) -> None:
    """Take all roles of a person, end the sessions, and let nothing bring them back."""
    from roadmap.services import people

    changed = _on_desk(lambda desk: people.deactivate(desk, person, reason))
    tell(_values(changed), as_json=as_json, text=f"{_who(changed)} may see nothing any more.")


@command
def activate(person: Number, *, as_json: AsJson = False) -> None:
    """Let a person in again, without roles."""
    from roadmap.services import people

    changed = _on_desk(lambda desk: people.activate(desk, person))
    tell(_values(changed), as_json=as_json, text=f"{_who(changed)} may sign in; `roadmap user roles` gives roles.")


@command
def sign_out(person: Number, *, as_json: AsJson = False) -> None:
    """End a person's sessions, from the next click on."""
    from roadmap.services import people

    ended = _on_desk(lambda desk: people.sign_out(desk, person))
    tell({"person": person, "ended": ended}, as_json=as_json, text=f"Person {person}: {ended} sessions ended.")


@command
def erase(
    person: Number,
    *,
    reason: Reason,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget a person's name, address and what the provider calls them. It cannot be undone."""
    from roadmap.services import people

    if not yes:
        typer.confirm(
            f"Forget who person {person} is? What they did stays in the log, by number.", abort=True, err=True
        )
    changed = _on_desk(lambda desk: people.erase(desk, person, reason))
    tell(_values(changed), as_json=as_json, text=f"Person {person} has no name any more.")


def _on_desk(work: Callable[[Desk], Any]) -> Any:  # noqa: ANN401 - what the work returns
    from roadmap.services import desk as desks

    with desks.desk(configuration.read()) as desk:
        return work(desk)


def _grant(code: str) -> Grant:
    try:
        return Grant.read(code)
    except ValidationError:
        kinds = ", ".join(OF_PEOPLE)
        message = f"{code} is no role; there are {kinds}, a commission's with its code behind a colon (lead:CODE)."
        raise SettingsError(message) from None


def _who(person: Person) -> str:
    return f"Person {person.id} ({person.name or 'erased'})"


def _roles(person: Person) -> str:
    return ", ".join(grant.code for grant in person.grants) or "no role"


def _line(account: Account) -> str:
    person = account.person
    seen = f"seen {account.last_seen:%Y-%m-%d %H:%M}" if account.last_seen else "never signed in"
    state = "" if person.active else ", deactivated"
    known = person.email or person.subject or ""
    return f"{person.id:>4}  {person.name or '(erased)'}  {known}  {_roles(person)}  {seen}{state}"


def _seen(account: Account) -> dict[str, object]:
    return {"last_seen": account.last_seen.isoformat() if account.last_seen else None}


def _values(person: Person) -> dict[str, object]:
    told = {name: getattr(person, name) for name in ("id", "issuer", "subject", "name", "email", "active")}
    return {**told, "roles": [grant.code for grant in person.grants]}
