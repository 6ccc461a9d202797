"""What tests of feeds share: the small programme with a feed of another kind, and the pulling of it."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from sqlalchemy import Engine, text

from roadmap.intake import pipeline
from roadmap.settings import Settings
from roadmap.store.log import Receipt
from tests.factories import TODAY

HARBOUR = Path(__file__).parent / "programmes" / "harbour.toml"
_FEED = '[commissions.feed]\nkind = "files"\nformat = "csv"\n'
_OPTIONS = 'date = "gregorian"\ndecimal = ","\ndelimiter = ";"\n'

#: A row of the quays as a JSON feed has it; and in a csv file of theirs.
ROW = {"Code": "Q-1", "Place": "", "As of": "2026-10-31", "State": "doing", "Done %": 40.5}
HEAD = "Code;Place;As of;State;Done %"
LINE = "Q-1;;2026-10-31;doing;40,5"


def told(settings: Settings, feed: str, options: str = 'date = "gregorian"\n') -> Settings:
    """Settings of a programme whose quays have the `feed` that these lines of TOML say."""
    folder = settings.state_dir.parent / "programme"
    folder.mkdir(exist_ok=True)
    shutil.copy(HARBOUR.with_suffix(".csv"), folder)
    document = HARBOUR.read_text("utf-8")
    assert document.count(_FEED) == document.count(_OPTIONS) == 1
    changed = document.replace(_FEED, f"[commissions.feed]\n{feed}\n").replace(_OPTIONS, options)
    (folder / "harbour.toml").write_text(changed, "utf-8")
    return settings.model_copy(update={"programme": folder / "harbour.toml"})


def pull(settings: Settings) -> list[Receipt]:
    return pipeline.pull("quays", settings, today=TODAY)


def drop(config: Settings, content: str, name: str = "report.json") -> None:
    """Puts a file into the quays' inbox, as one that has lain there for a while."""
    path = config.inbox / "quays" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    os.utime(path, (time.time() - 60, time.time() - 60))


def counts(receipt: Receipt) -> tuple[int, int, int, int]:
    return receipt.rows_read, receipt.accepted, receipt.duplicates, receipt.rejected


def events(engine: Engine) -> list[tuple[object, ...]]:
    """The reports in the log: milestone, day, percent."""
    query = (
        "select s.code, e.effective::text, e.percent from event e join subject s on s.id = e.subject "
        "where e.type = 5 order by e.seq"
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def cursor(engine: Engine) -> tuple[str, int] | None:
    """The cursor that is kept of the quays' feed, and the receipt it was kept with."""
    with engine.connect() as connection:
        row = connection.execute(text("select cursor, batch from feed_cursor where commission = 'quays'")).one_or_none()
        return None if row is None else (row.cursor, row.batch)


def waiting(settings: Settings) -> list[Path]:
    folder = settings.inbox / "quays"
    return sorted(folder.iterdir()) if folder.exists() else []


def put_away(settings: Settings, folder: str = "done") -> list[str]:
    place = settings.state_dir / folder / "quays"
    return sorted(path.name for path in place.iterdir()) if place.exists() else []
