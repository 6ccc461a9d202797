"""A fresh installation of the shipped programme as a demonstration, on a fixed day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from roadmap import installation, programme
from roadmap.domain.calendar import month_end, month_start
from roadmap.installation import Installed
from roadmap.intake import pipeline
from roadmap.services import desk as desks
from roadmap.services import overview
from roadmap.services.desk import Desk
from roadmap.services.status import status
from roadmap.settings import Settings
from roadmap.store import verifying, views
from tests.databases import Stock
from tests.factories import TODAY


@pytest.fixture(scope="module")
def settings(stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a demonstration of the shipped programme, the same for all tests here: laying it takes seconds."""
    with stock.lent() as databases:
        yield Settings(
            _env_file=None,
            state_dir=tmp_path_factory.mktemp("installation"),
            database_url=databases.application,
            owner_database_url=databases.owner,
            airflow_database_url=databases.airflow,
        )


@pytest.fixture(scope="module")
def installed(settings: Settings) -> Installed:
    return installation.install(settings, today=TODAY)


def test_it_holds_the_whole_programme_and_two_years_of_months(installed: Installed, settings: Settings) -> None:
    assert installed.new
    with desks.desk(settings) as desk:
        found = status(desk)
        assert (found["commissions"], found["milestones"], found["units"]) == (7, 85, 3032)
        assert found["events"] == installed.events
        assert found["events"] > found["units"] + 1000
        assert all(found["last_batch"].values())
        clean = verifying.verify(desk.engine)
        assert (clean.events, clean.batches) == (found["events"], found["batches"])
        months = reported_months(desk)
        last_month = month_end(month_start(TODAY, "jalali") - timedelta(days=1), "jalali")
        assert len(months) >= 22
        assert max(months) in {last_month, month_end(month_start(last_month, "jalali") - timedelta(days=1), "jalali")}
        assert recorded_in_order(desk)


def reported_months(desk: Desk) -> list[date]:
    with desk.engine.connect() as connection:
        return list(connection.execute(text("select distinct effective from event where type = 5")).scalars())


def recorded_in_order(desk: Desk) -> bool:
    """Whether no report came in before the day it speaks for, and batches are in the order of their arrival."""
    query = text(
        "select count(*) from event e join batch b on b.id = e.batch where e.type = 5 and b.recorded < e.effective"
    )
    with desk.engine.connect() as connection:
        times = list(connection.execute(text("select recorded from batch order by id")).scalars())
        return times == sorted(times) and connection.execute(query).scalar_one() == 0


def test_a_second_time_nothing_happens(installed: Installed, settings: Settings) -> None:
    again = installation.install(settings, today=TODAY + timedelta(days=60))
    assert again == Installed(installed.events, new=False)


def test_every_commission_has_an_inbox(installed: Installed, settings: Settings) -> None:
    assert {path.name for path in settings.inbox.iterdir()} == set(programme.load().by_commission)


def test_the_board_of_it_has_something_to_say(installed: Installed, settings: Settings) -> None:
    with desks.desk(settings) as desk:
        found = overview.overview(desk, desks.moment(desk, day=TODAY))
        assert 10 < found.percent < 90
        assert len(found.lines) == 85
        assert len(found.provinces) == 31
        assert found.slips
        assert found.indicators
        assert len(found.cells) == 21


def test_the_plan_stays_where_it_was_put(installed: Installed, settings: Settings) -> None:
    """A month later the programme is read with the dates it was set up with, not moved again."""
    with desks.desk(settings) as desk:
        with desk.engine.connect() as connection:
            laid = {m.code: (m.start, m.finish) for m in views.milestones(connection, views.head(connection).seq)}
        assert {m.code: (m.start, m.finish) for m in desk.programme.milestones} == laid
        assert laid != {m.code: (m.start, m.finish) for m in programme.load().milestones}


def test_feeds_deliver_the_last_month_and_later_the_month_that_follows(
    installed: Installed, settings: Settings
) -> None:
    """The last test here: it adds to what the others look at."""
    assert by_commission(lay(settings, TODAY)) == dict.fromkeys(programme.load().by_commission, 1)
    before = known_month(settings)
    accounted = pull_one_of_each_format(settings)
    assert accounted["read"] == accounted["accepted"] + accounted["rejected"]
    assert accounted["accepted"] > 20
    assert 0 < accounted["rejected"] <= 3 * 3
    assert known_month(settings) == month_end(before + timedelta(days=1), "jalali")
    assert lay(settings, TODAY) == []
    later = lay(settings, TODAY + timedelta(days=35))
    assert set(by_commission(later)) == set(programme.load().by_commission)
    following = month_end(known_month(settings) + timedelta(days=1), "jalali")
    assert {path.stem.split("-", path.parent.name.count("-") + 1)[-1] for path in later} == {following.isoformat()}


def lay(settings: Settings, today: date) -> list[Path]:
    with desks.desk(settings) as desk:
        return list(installation.lay_demo_feeds(desk, settings, today=today).values())


def by_commission(paths: list[Path]) -> dict[str, int]:
    assert all(path.is_file() for path in paths)
    return dict(Counter(path.parent.name for path in paths))


def pull_one_of_each_format(settings: Settings) -> Counter[str]:
    found: Counter[str] = Counter()
    for code in {entry.feed.format: code for code, entry in programme.load().by_commission.items()}.values():
        for receipt in pipeline.pull(code, settings, today=TODAY, ways=["inbox"]):
            assert not receipt.refused
            found.update(read=receipt.rows_read, accepted=receipt.accepted, rejected=receipt.rejected)
    return found


def known_month(settings: Settings) -> date:
    with desks.desk(settings) as desk:
        return max(reported_months(desk))
