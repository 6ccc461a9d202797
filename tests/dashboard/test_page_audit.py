import csv
import io
from datetime import date

import pytest
from sqlalchemy import text

from dashboard.format import Format
from dashboard.shown import audit as shown
from dashboard.shown.audit import Around
from roadmap.domain.people import Grant
from roadmap.errors import LogBrokenError
from roadmap.services import actions, anchors, audit, people, sessions
from roadmap.services.audit import Wanted
from roadmap.services.gate import NotAllowedError
from roadmap.services.waiving import waive
from roadmap.settings import Settings
from roadmap.store import database, verifying
from tests.factories import TODAY, acting


@pytest.fixture
def record(board, desk, installed):
    """A waiver, a session of the secretariat's, an action of the cranes', and somebody who became a lead."""
    waive(acting(desk, "secretary"), 3, [9], reason="There never was a Q-9.", day=TODAY)
    secretary = acting(desk, "secretary")
    sessions.call(secretary, date(2026, 11, 6), "<b>November</b> council")
    actions.give(secretary, "=Ask 100% of them.", owner="cranes", due=TODAY)
    number = people.add(desk, name="Sara", email="sara@example.org").id
    people.assign(desk, number, [Grant.read("lead:quays")], "Appointed.")
    return number


def test_entries_say_when_who_what_and_about_what_newest_first(board, record):
    text_ = board("audit").text
    places = [text_.index(word) for word in ("roles given", "action given", "session called", "rejects waived")]
    assert places == sorted(places)
    assert "secretary" in text_
    assert "Lead of Quays Appointed. Sara" in text_
    assert "There never was a Q-9." in text_


def test_each_leads_to_the_thing_it_is_about(board, record):
    markup = board("audit").markup
    assert 'href="sessions?session=session-2026-11-06"' in markup
    assert 'href="commission?commission=quays"' in markup
    assert 'href="quality?commission=quays&state=all"' in markup


def test_what_people_wrote_is_shown_as_text(board, record):
    sent = board("audit").sent
    assert "&lt;b&gt;November&lt;/b&gt; council" in sent
    assert "<b>November" not in sent


@pytest.mark.parametrize(
    ("filters", "there", "gone"),
    [
        ({"kind": "action_given"}, "=Ask 100% of them.", "council"),
        ({"kind": "file"}, "quays-2026-11-05.csv", "council"),
        ({"who": "secretary"}, "council", "Appointed."),
        ({"commission": "cranes"}, "=Ask 100% of them.", "council"),
        ({"commission": "quays"}, "There never was a Q-9.", "=Ask"),
        ({"find": "NEVER was"}, "There never was a Q-9.", "council"),
        ({"find": "100%"}, "=Ask 100% of them.", "council"),
        ({"find": "a_k"}, "Nothing of that kind was recorded.", "council"),
        ({"to": "2026-11-04"}, "programme file", "council"),
    ],
)
def test_the_filters_of_the_address_narrow_it(board, record, filters, there, gone):
    page = board("audit", **filters)
    assert there in page.text
    assert gone not in page.text


def test_days_narrow_it_in_the_programmes_zone(board, desk, record):
    found = audit.entries(desk, Wanted(first=date(2026, 11, 5), last=date(2026, 11, 5)))
    assert [each.receipt.source for each in found.entries] == ["quays-2026-11-05.csv"]


def test_a_day_that_cannot_be_read_is_told(board, record):
    assert "“soon” is not a date" in board("audit", **{"from": "soon"}).app.error[0].value


def test_it_is_paged_by_the_batch_so_that_what_comes_in_meanwhile_moves_nothing(board, desk, record):
    first = audit.entries(desk, Wanted(), most=3)
    actions.give(desk, "One more.", owner="", due=TODAY)
    second = audit.entries(desk, Wanted(), before=first.older, most=99)
    batches = [each.receipt.batch for each in [*first.entries, *second.entries]]
    assert batches == list(range(batches[0], 0, -1))
    assert second.older is None


def test_from_older_entries_the_newest_are_one_click_away(board, desk, record):
    page = board("audit", before="3")
    assert "quays-2026-10-05.csv" in page.text
    next(each for each in page.app.button if each.label == "Newest").click().run()
    assert "before" not in page.address


def test_only_those_who_watch_the_record_read_it(board, record):
    for role in ("executive", "lead:quays", "data_officer:quays"):
        page = board("audit", role=role)
        assert "Your role does not allow this" in page.text
        assert "Appointed." not in page.text
    for role in ("secretariat", "commander", "operator"):
        assert "Appointed." in board("audit", role=role).text


def test_every_service_behind_it_refuses_all_others(desk, settings):
    for code in ("executive", "lead:quays", "data_officer:quays"):
        other = acting(desk, code, Grant.read(code))
        for read in (
            lambda who: audit.entries(who, Wanted()),
            audit.actors,
            audit.look,
            audit.sign_ins,
            lambda who: audit.chain(who, settings),
        ):
            with pytest.raises(NotAllowedError):
                read(other)


def test_in_persian_everything_has_a_persian_name(board, record):
    text_ = board("audit", "fa").text
    assert "تعیین نقش" in text_
    assert "فراخوان جلسه" in text_
    for word in ("role", "session called", "batch", "decision"):
        assert word not in text_.replace("session-2026-11-06", "")


# The file


def test_the_file_holds_all_that_is_asked_for_and_runs_nothing(desk, record):
    found = audit.entries(desk, Wanted(), most=audit.MOST).entries
    made = shown.as_csv(found, Around({"quays": "Quays"}, desk.zone, TODAY), Format("en"))
    heads, *rows = csv.reader(io.StringIO(made.decode("utf-8-sig")))
    assert heads[:5] == ["Batch", "When", "Who", "Name in the log", "What"]
    given = next(row for row in rows if row[4] == "action given")
    assert given[7] == "'=Ask 100% of them."
    assert given[2:4] == ["secretary", "secretary"]
    assert {row[0] for row in rows} == {str(each.receipt.batch) for each in found}


# The chain


def test_the_chain_is_told_without_recomputing_it(board, desk, record):
    text_ = board("audit").text
    assert "none yet; without one, a log that was cut or written anew goes unseen" in text_
    assert "not from this machine; run roadmap verify" in text_


def test_the_last_anchor_and_the_last_verification_are_told(board, desk, record, installed, tmp_path):
    values = {name: getattr(installed, name) for name in Settings.model_fields}
    anchors.write(Settings(_env_file=None, **(values | {"anchors": str(tmp_path / "anchors.jsonl")})))
    audit.note(installed, verifying.verify(desk.engine))
    text_ = board("audit").text
    assert "within the hour" in text_
    assert "anchors.jsonl" in text_
    assert "not from this machine" not in text_
    installed.verified_memory.write_text("{}", "utf-8")
    assert "not from this machine" in board("audit").text


def test_the_newest_batches_are_recomputed_on_demand_and_a_change_is_named(board, desk, record, databases):
    page = board("audit")
    page.app.button(key="audit-look").click().run()
    assert "were recomputed and are sound." in page.text
    harm(databases, "update event set payload = replace(payload, 'council', 'caucus') where type = 16")
    page = board("audit")
    page.app.button(key="audit-look").click().run()
    assert "The chain does not agree: The log is broken: an event between" in page.text


@pytest.mark.parametrize(
    "change",
    [
        "update batch set actor = 'nobody' where id = (select max(id) from batch)",
        "update batch set root = chain where id = (select max(id) from batch)",
        "update event set hash = (select chain from head) where seq = (select max(seq) from event)",
        "update head set chain = decode(repeat('00', 32), 'hex')",
        "delete from event where seq = (select max(seq) from event)",
    ],
)
def test_whatever_is_changed_in_the_newest_batches_is_seen(desk, record, databases, change):
    assert audit.look(desk).last == len(audit.entries(desk, Wanted(), most=99).entries)
    harm(databases, change)
    with pytest.raises(LogBrokenError):
        audit.look(desk)


def harm(databases, statement):
    """Somebody with the owner's password, all guards of the tables switched off."""
    engine = database.connect(databases.owner)
    with engine.begin() as connection:
        for table in ("event", "batch"):
            connection.execute(text(f"alter table {table} disable trigger user"))
        connection.execute(text(statement))
    engine.dispose()


# Sign-ins and reminders


def test_sign_ins_are_told_with_what_became_of_them(board, desk, record):
    assert "Nobody has signed in yet." in board("audit").text
    with desk.engine.begin() as connection:
        for why in ("signed_out", "idle", "absolute", "operator", "deactivated", None):
            values = {"person": record, "key": str(why).encode(), "why": why, "ended": why and "2026-11-21T10:00Z"}
            insert = text(
                "insert into session (person, key, began, last_seen, ended, why) values (:person, :key,"
                " '2026-11-21T08:00Z', '2026-11-21T09:00Z', cast(:ended as timestamptz), :why)"
            )
            connection.execute(insert, values)
    told = board("audit").text
    assert "Sara 21 Nov 2026, 11:30 21 Nov 2026, 12:30 open" in told
    for words in (
        "signed out",
        "was not used",
        "lasted as long as one may",
        "ended by the operator",
        "access was closed",
    ):
        assert words in told


def test_reminders_that_failed_are_told_to_the_operator(board, desk, record):
    assert "All reminders got through." in board("audit", role="operator").text
    with desk.engine.begin() as connection:
        connection.execute(
            text(
                "insert into outbox (person, place, kind, subject, period, matter, planned, state, digest, begun,"
                " tries, error) values (:person, 'mail', 'action_due', 'a', 'p', '{}', now(), 'failed', 'd', now(),"
                " 9, 'the mail server answered 554')"
            ),
            {"person": record},
        )
    text_ = board("audit", role="operator").text
    assert "Sara" in text_
    assert "the mail server answered 554 given up after 9 tries" in text_
