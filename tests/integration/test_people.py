"""People and sessions against a real database: who is let in, for how long, and what the operator changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from roadmap.domain.people import SHELL, Grant
from roadmap.errors import ConflictError, SettingsError
from roadmap.services import desk as desks
from roadmap.services import entering, people
from roadmap.services.desk import Desk
from roadmap.services.entering import NoAccessError, Rules, SignInNeededError
from roadmap.store import decisions, verifying, views
from tests.factories import acting

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
EXECUTIVE = Grant.read("executive")
LEAD = Grant.read("lead:quays")


def claims(sub: str = "k-17", nonce: str = "n-1", at: datetime = NOW, **others: Any) -> dict[str, Any]:
    """What Streamlit keeps of a sign-in."""
    told = {"iss": "https://sign.in", "sub": sub, "nonce": nonce, "iat": int(at.timestamp()), "name": "مریم رضایی"}
    return {**told, "is_logged_in": True, **others}


@pytest.fixture
def machine(desk: Desk) -> Desk:
    return Desk(desk.engine, desk.programme, SHELL)


def enter(machine: Desk, told: dict[str, Any], at: datetime = NOW, rules: Rules = Rules(), **others: Any) -> Any:  # noqa: B008
    return entering.enter(machine, told, rules, at=at, **others)


def known(machine: Desk, *grants: Grant, **told: Any) -> int:
    """Somebody who signed in once and was given `grants`."""
    with pytest.raises(NoAccessError) as refused:
        enter(machine, claims(**told))
    number = refused.value.person.id
    if grants:
        people.assign(machine, number, grants, "Appointed.")
    return number


def test_whoever_is_new_is_noted_down_and_sees_nothing(machine):
    number = known(machine)
    [account] = people.accounts(machine)
    assert (account.person.id, account.person.name, account.last_seen) == (number, "مریم رضایی", NOW)
    assert account.person.grants == ()


def test_a_role_opens_the_board_under_the_persons_number(machine):
    number = known(machine, EXECUTIVE, LEAD)
    who = enter(machine, claims())
    assert (who.actor, who.name, who.grants) == (f"person:{number}", "مریم رضایی", {EXECUTIVE, LEAD})


@pytest.mark.parametrize("missing", ["iss", "sub", "nonce", "is_logged_in"])
def test_without_a_whole_sign_in_nobody_is_there(machine, missing):
    told = claims()
    del told[missing]
    with pytest.raises(SignInNeededError, match="Sign in to see"):
        enter(machine, told)
    with pytest.raises(SignInNeededError):
        enter(machine, {})


def test_an_unused_session_ends_and_stays_ended(machine):
    known(machine, EXECUTIVE)
    enter(machine, claims(), NOW + timedelta(minutes=29))
    enter(machine, claims(), NOW + timedelta(minutes=58))
    for later in (88, 89):
        with pytest.raises(SignInNeededError, match="Nothing was done"):
            enter(machine, claims(), NOW + timedelta(minutes=later))
    with pytest.raises(SignInNeededError, match="Nothing was done"):
        enter(machine, claims(), NOW + timedelta(minutes=59))


def test_a_page_that_renews_itself_keeps_no_session_open(machine):
    known(machine, EXECUTIVE)
    enter(machine, claims(), NOW + timedelta(minutes=20), acts=False)
    with pytest.raises(SignInNeededError, match="Nothing was done"):
        enter(machine, claims(), NOW + timedelta(minutes=31), acts=False)


def test_no_session_outlasts_its_hours(machine):
    known(machine, EXECUTIVE)
    for minutes in range(20, 8 * 60, 20):
        enter(machine, claims(), NOW + timedelta(minutes=minutes))
    with pytest.raises(SignInNeededError, match="as long as one may"):
        enter(machine, claims(), NOW + timedelta(hours=8))


def test_an_old_cookie_opens_no_session(machine):
    number = known(machine, EXECUTIVE)
    with pytest.raises(SignInNeededError, match="as long as one may"):
        enter(machine, claims(nonce="n-2"), NOW + timedelta(hours=8))
    young = enter(machine, claims(nonce="n-3"), NOW + timedelta(hours=7, minutes=50))
    assert young.actor == f"person:{number}"
    with pytest.raises(SignInNeededError):  # it counts from the token, not from its first use
        enter(machine, claims(nonce="n-3"), NOW + timedelta(hours=8, minutes=1))


def test_when_somebody_was_seen_is_written_once_a_minute(machine):
    known(machine, EXECUTIVE)
    for seconds, written in ((59, 0), (60, 60), (100, 60)):
        enter(machine, claims(), NOW + timedelta(seconds=seconds))
        [account] = people.accounts(machine)
        assert account.last_seen == NOW + timedelta(seconds=written)


def test_a_session_that_is_ended_is_out_at_once_and_another_sign_in_is_another_session(machine):
    number = known(machine, EXECUTIVE)
    enter(machine, claims())
    assert people.sign_out(machine, number) == 1
    with pytest.raises(SignInNeededError, match="has been ended"):
        enter(machine, claims())
    assert enter(machine, claims(nonce="n-2")).actor == f"person:{number}"
    assert people.sign_out(machine, number) == 1


def test_who_signs_out_is_out_in_that_browser_alone(machine):
    known(machine, EXECUTIVE)
    enter(machine, claims(nonce="other browser"))
    entering.leave(machine, claims(), at=NOW)
    entering.leave(machine, {}, at=NOW)
    with pytest.raises(SignInNeededError, match="has been ended"):
        enter(machine, claims())
    enter(machine, claims(nonce="other browser"))


def test_a_role_that_is_taken_is_gone_at_once(machine):
    number = known(machine, EXECUTIVE, LEAD)
    people.assign(machine, number, [LEAD], "No longer in the command.")
    assert enter(machine, claims()).grants == {LEAD}
    people.assign(machine, number, [], "Left the commission.")
    with pytest.raises(NoAccessError, match="no role"):
        enter(machine, claims())


def test_who_gave_which_role_to_whom_and_why_stands_in_the_log(machine):
    number = known(machine)
    operator = acting(machine, "person:99", Grant.read("operator"))
    people.assign(operator, number, [LEAD], "Appointed by letter 12.")
    people.assign(operator, number, [LEAD], "Once more.")  # changes nothing, so nothing is written
    with machine.engine.connect() as connection:
        [made] = decisions.made(connection, "role_assigned", views.head(connection).seq)
    assert (made.actor, made.decision.person, made.decision.grants) == ("person:99", str(number), (LEAD,))
    assert made.decision.reason == "Appointed by letter 12."
    verifying.verify(machine.engine)


def test_whoever_is_deactivated_is_out_and_comes_back_without_roles(machine):
    number = known(machine, EXECUTIVE)
    people.deactivate(machine, number, "Left.")
    rules = Rules(claim="groups", roles={"hq": EXECUTIVE})
    for nonce in ("n-1", "n-2"):
        with pytest.raises(NoAccessError, match="closed"):
            enter(machine, claims(nonce=nonce, groups=["hq"]), rules=rules)
    with pytest.raises(SettingsError, match="deactivated"):
        people.assign(machine, number, [EXECUTIVE], "Back.")
    people.activate(machine, number)
    with pytest.raises(NoAccessError, match="no role"):
        enter(machine, claims(nonce="n-3"))


def test_an_erased_person_leaves_a_number_and_comes_back_as_somebody_new(machine):
    number = known(machine, EXECUTIVE, email="m@example.org")
    gone = people.erase(machine, number, "Asked for it.")
    assert (gone.name, gone.email, gone.issuer, gone.subject, gone.active) == (None, None, None, None, False)
    assert people.names(machine) == {f"person:{number}": None}
    with pytest.raises(SettingsError, match="erased"):
        people.activate(machine, number)
    with machine.engine.connect() as connection:
        row = connection.execute(text("select * from person")).one()
        stored = connection.execute(text("select string_agg(payload, '') from event where type = 11")).scalar_one()
    assert "رضایی" not in f"{row} {stored}"
    assert known(machine, nonce="n-2") != number
    verifying.verify(machine.engine)


def test_an_added_person_is_recognised_by_a_verified_address_alone(machine):
    number = people.add(machine, name="M. Rezaei", email="Maryam@example.org").id
    people.assign(machine, number, [EXECUTIVE], "Appointed.")
    stranger = known(machine, sub="thief", nonce="n-9", email="maryam@example.org")
    assert stranger != number
    told = claims(email="maryam@EXAMPLE.org", email_verified=True)
    assert enter(machine, told).actor == f"person:{number}"
    assert enter(machine, claims(nonce="n-2")).actor == f"person:{number}"


def test_an_added_person_is_recognised_by_the_providers_own_key(machine):
    number = people.add(machine, name="M.", issuer="https://sign.in", subject="k-17").id
    people.assign(machine, number, [EXECUTIVE], "Appointed.")
    assert enter(machine, claims(), language="en").name == "مریم رضایی"
    [account] = people.accounts(machine)
    assert account.person.language == "en"


def test_a_claim_gives_roles_besides_those_that_were_assigned(machine):
    rules = Rules(claim="groups", roles={"hq": EXECUTIVE, "quays-lead": LEAD})
    assert enter(machine, claims(groups="hq"), rules=rules).grants == {EXECUTIVE}
    assert enter(machine, claims(groups=["quays-lead", "hq", 7]), rules=rules).grants == {EXECUTIVE, LEAD}
    with pytest.raises(NoAccessError):
        enter(machine, claims(groups=["others"]), rules=rules)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (lambda desk: people.add(desk, name="A"), "Give a name"),
        (lambda desk: people.add(desk, name=" ", email="a@b.c"), "Give a name"),
        (lambda desk: people.add(desk, name="A", issuer="https://sign.in", email="a@b.c"), "Give a name"),
        (lambda desk: people.add(desk, name="A", issuer="https://sign.in", subject="k-17"), "known already"),
        (lambda desk: people.add(desk, name="A", email="M@example.org"), "known already"),
        (lambda desk: people.assign(desk, 99, [EXECUTIVE], "Why not."), "no person with the number 99"),
        (lambda desk: people.assign(desk, 1, [Grant(role="machine")], "Why not."), "no role of a person"),
        (lambda desk: people.assign(desk, 1, [Grant.read("lead:moon")], "Why not."), "no commission moon"),
        (lambda desk: people.assign(desk, 1, [EXECUTIVE], " "), "characters why"),
        (lambda desk: people.sign_out(desk, 99), "no person with the number 99"),
    ],
)
def test_what_the_operator_cannot_do_is_said_in_a_sentence(machine, wanted, said):
    known(machine, email="m@example.org")
    before = desks.moment(machine).seq
    with pytest.raises(SettingsError, match=said):
        wanted(machine)
    assert desks.moment(machine).seq == before


def test_two_operators_at_the_same_moment_do_not_undo_each_other_unseen(machine, monkeypatch):
    number = known(machine)
    seen = people._person(machine, number)
    people.assign(machine, number, [LEAD], "First.")
    monkeypatch.setattr(people, "_person", lambda *_: seen)
    with pytest.raises(ConflictError, match="Somebody else"):
        people.assign(machine, number, [EXECUTIVE], "Second.")
