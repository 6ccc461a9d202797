"""From a file to the log: take → parse → check rows → check batch → decide → append. One transaction a file.

A file of five rows and one of five million take the same way, chunk by chunk: what was read waits on the disk until the
log's head is held, so memory stays flat and other writers wait no longer than the writing takes. Whatever happens,
every row ends accepted, duplicate or rejected, and the receipt says so; a file that cannot be taken as a whole gets a
receipt too. An original leaves its inbox only after the commit, so whoever is killed at any moment repeats at worst
what the log recognises by the content's digest.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Connection, Engine

from roadmap import programme as programmes
from roadmap.domain.calendar import Calendar
from roadmap.domain.people import SHELL
from roadmap.errors import FeedUnavailableError, FileRefusedError
from roadmap.intake import inbox, mapped, parse, pushed, quality, quality_rules, reopened, surroundings
from roadmap.intake.ahead import ahead
from roadmap.intake.deciding import Decider
from roadmap.intake.feeds import asking
from roadmap.intake.feeds.landing import Fetched
from roadmap.intake.rejects import whole_file
from roadmap.intake.spill import Spill
from roadmap.intake.telling import Progress, Say
from roadmap.intake.unfit import refuse_file
from roadmap.intake.vector import Checker
from roadmap.programme import CommissionEntry, Programme
from roadmap.settings import Settings
from roadmap.store import cursors, database, log, opening

_logger = logging.getLogger(__name__)

#: Who a receipt says has handed a file in where nobody did by name: whoever may write to the inbox.
INBOX_ACTOR: Final = "inbox"
_MEGABYTE: Final = 1024 * 1024

#: What a pull takes from: the commission's inbox, and its feed where that is one to ask.
Way = Literal["inbox", "feed"]
WAYS: Final[tuple[Way, ...]] = ("inbox", "feed")


@dataclass(frozen=True)
class Sent:
    """What a receipt calls a delivery that is no new file, and what tells it from another one.

    `notes` stand in its checks; a `released` one is not held back, since a person has decided so.
    """

    channel: str
    source: str
    digest: str
    notes: Mapping[str, Any] = field(default_factory=dict)
    released: bool = False


@dataclass(frozen=True)
class Context:
    """What every step of one commission's intake needs: where to write, by whose rules, on which day, for whom.

    `keeps`: the original stays with its sender, so of a refused file a copy is kept.
    """

    engine: Engine
    settings: Settings
    commission: CommissionEntry
    calendar: Calendar
    today: date
    clock: log.Clock
    actor: str
    run: str | None = None
    say: Say = _logger.info
    sent: Sent | None = None
    keeps: bool = False


@dataclass(frozen=True)
class Batch:
    """A file's rows on their way to the log: each waits in `spill` as an order or as refused already.

    `held` says why its suites hold it back. What comes in several buckets has a `reader`, a connection to decide the
    next one with while the last is written; asked for before the log is locked, so that who locks it waits for none.
    """

    sheet: str | None
    spill: Spill
    checks: dict[str, Any]
    held: FileRefusedError | None
    reader: Connection | None


def load(  # noqa: PLR0913 - each is the caller's to choose
    engine: Engine,
    programme: Programme,
    settings: Settings,
    commission: str,
    path: Path,
    *,
    today: date,
    actor: str = SHELL.actor,
    clock: log.Clock = log.now,
    run: str | None = None,
    say: Say = _logger.info,
) -> log.Receipt:
    """Takes the file `path` for `commission` and leaves it where it is; the receipt tells what became of each row.

    A long load says every few seconds how far it is.

    Raises:
        ProgrammeError: there is no such commission.
        FileRefusedError: `path` is not a regular file.
        FeedUnavailableError: it is not there, may not be read, or is still being written.
    """
    with engine.connect() as connection:
        entry = mapped.commission(connection, programme, commission)
    calendar = programme.programme.calendar
    context = Context(engine, settings, entry, calendar, today, clock, actor, run, say, keeps=True)
    return take(path, context)[0]


def pull(
    commission: str,
    settings: Settings,
    *,
    today: date | None = None,
    run: str | None = None,
    ways: Collection[Way] = WAYS,
) -> list[log.Receipt]:
    """Drains the inbox of `commission`, oldest file first, then takes what its feed has that is new; or one of them.

    A receipt for each file. `today` is the current day in the programme's time zone unless given. Taken files move to
    `done/`, refused ones to `quarantine/`; a file that somebody is still writing stays for the next pull.

    Raises:
        ProgrammeError: there is no such commission, or its feed's entry or connection is wrong.
        StoreError: the database does not answer.
        FeedUnavailableError: some files could not be taken and stay in the inbox, or the feed is away; what could be
            taken was.
    """
    programme = programmes.load(settings.programme)
    entry = programme.commission(commission)
    day = today or datetime.now(ZoneInfo(programme.programme.timezone)).date()
    waiting = inbox.waiting(settings, commission) if "inbox" in ways else []
    asks = "feed" in ways and entry.feed.asked
    if not waiting and not asks:
        return []
    with opening.opened(settings) as engine:
        with engine.connect() as connection:
            entry = mapped.commission(connection, programme, commission)
        context = Context(engine, settings, entry, programme.programme.calendar, day, log.now, INBOX_ACTOR, run)
        return _pulled(waiting, context, asks=asks)


def _pulled(paths: Sequence[Path], context: Context, *, asks: bool) -> list[log.Receipt]:
    """Takes each of `paths`, and then, if the feed is to be asked, what it has, whatever becomes of the others."""
    receipts, troubles = _drained(paths, context)
    try:
        with closing(_fetched(context)) as arrivals:
            for fetched in arrivals if asks else ():
                receipts += _take_away(fetched.path, context, fetched.cursor)
    except FeedUnavailableError as error:
        troubles.append(str(error))
    if troubles:
        raise FeedUnavailableError(" ".join(troubles))
    return receipts


def _drained(paths: Sequence[Path], context: Context) -> tuple[list[log.Receipt], list[str]]:
    """The receipts of `paths`, and what is to be told of those that could not be taken."""
    receipts: list[log.Receipt] = []
    failures: list[str] = []
    for path in paths:
        try:
            receipts += _drain_one(path, context)
        except Exception as error:  # told by the caller: one file's trouble must not keep the others waiting
            _logger.exception("%s of %s could not be taken", inbox.display_name(path), context.commission.code)
            failures.append(f"{inbox.display_name(path)}: {error}")
    told = f"These files could not be taken and stay in the inbox to be tried again: {'; '.join(failures)}"
    return receipts, [told] if failures else []


def _fetched(context: Context) -> Generator[Fetched]:
    """What the feed has beyond the cursor that is kept."""
    code, settings = context.commission.code, context.settings
    with context.engine.connect() as connection:
        cursor = cursors.find(connection, code)
    yield from asking.fetch(context.commission.feed, cursor, settings.inbox / code, settings)


def _drain_one(path: Path, context: Context) -> list[log.Receipt]:
    """The receipt of the file `path` after it was put away; none for one that is not whole yet."""
    return _take_away(path, context) if inbox.settled(path) else []


def _take_away(path: Path, context: Context, cursor: str | None = None) -> list[log.Receipt]:
    try:
        receipt, taken = take(path, context, cursor)
    except inbox.StillWrittenError:
        return []
    inbox.put_away(path, taken, inbox.kept_in(context.settings, receipt), receipt.batch)
    return [receipt]


def take(path: Path, context: Context, cursor: str | None = None) -> tuple[log.Receipt, inbox.Taken]:
    """Takes one file: the receipt of its content, new or from when it came before, and what was taken.

    `cursor` is what is to be remembered of the feed that the file was fetched from: it is kept in the transaction that
    writes the receipt, or finds it.
    """
    with inbox.taken(path, context.settings) as found:
        sent = context.sent
        taken = replace(found, name=sent.source, digest=sent.digest) if sent else found
        receipt = _known(taken, context, cursor) or _receipt(taken, context, cursor)
        if context.keeps and receipt.refused:
            inbox.keep(taken, inbox.kept_in(context.settings, receipt), receipt.batch)
        return receipt, taken


def _receipt(taken: inbox.Taken, context: Context, cursor: str | None) -> log.Receipt:
    """The receipt of what did not come before."""
    with ExitStack() as kept:
        try:
            batch = _prepared(taken, kept, context)
        except FileRefusedError as error:
            return _append_refused(taken, error, context, cursor)
        is_released = context.sent is not None and context.sent.released
        if batch.held is not None and not is_released:
            return _append_refused(taken, batch.held, context, cursor, batch.checks)
        return _append(taken, batch, context, cursor)


def _known(taken: inbox.Taken, context: Context, cursor: str | None) -> log.Receipt | None:
    """The receipt of the same content, asked before any work is done; asked again under the lock."""
    with context.engine.begin() as connection:
        receipt = reopened.newest(connection, context.commission.code, taken.digest)
        if receipt is not None:
            _keep(connection, cursor, receipt)
        return receipt


def _keep(connection: Connection, cursor: str | None, receipt: log.Receipt) -> None:
    """Keeps the cursor of a file that was fetched, together with the file's receipt."""
    if cursor is not None:
        cursors.keep(connection, receipt.commission, cursor, receipt.batch)


def _prepared(taken: inbox.Taken, kept: ExitStack, context: Context) -> Batch:
    """Everything that needs no lock: parse, check rows, check the batch. What it keeps goes with `kept`.

    Raises:
        FileRefusedError: the file as a whole is not what the feed promises.
    """
    if taken.content is None:
        raise refuse_file("too_big", limit=context.settings.max_file_bytes // _MEGABYTE)
    feed, code = context.commission.feed, context.commission.code
    spill = kept.enter_context(Spill(inbox.staging(context.settings)))
    reader = None
    with (
        parse.begun(taken.content, feed, context.settings) as opened,
        quality.Suite(_surroundings(context), taken.name) as suite,
    ):
        table = opened()
        checker = Checker(feed, table.header)
        checked_rows = Progress(taken.name, "checked", context.say)
        for chunk in table.chunks:
            checked = checker.check(chunk)
            checked_rows.add(chunk.height)
            suite.add(checked.suite)
            spill.add(checked.orders, checked.refused)
            if reader is None and spill.is_divided:
                reader = kept.enter_context(context.engine.connect())
        page = Path(code) / f"{taken.digest[:16]}.html"
        verdict = suite.close(context.settings.reports / page)
        checks = verdict.checks | {
            "docs": page.as_posix(),
            "columns_not_used": list(checker.columns.unused),
            "sheets_not_read": list(table.unread),
            "rows_left_out": table.left_out,
        }
        return Batch(table.sheet, spill, checks, verdict.held, reader)


def _surroundings(context: Context) -> quality_rules.Surroundings:
    """What a batch of the commission is held against."""
    is_event = context.sent is not None and context.sent.channel == pushed.CHANNEL
    return surroundings.of(
        context.engine,
        context.commission,
        today=context.today,
        calendar=context.calendar,
        max_rows=parse.request_for(context.commission.feed, context.settings).max_rows,
        is_event=is_event,
    )


def _append(taken: inbox.Taken, batch: Batch, context: Context, cursor: str | None) -> log.Receipt:
    """Decides every order on the state that the lock holds still, and writes the outcome: one transaction."""
    with log.writing(context.engine, context.clock) as writer:
        known = reopened.newest(writer.connection, context.commission.code, taken.digest)
        receipt = known or _appended(writer, taken, batch, context)
        _keep(writer.connection, cursor, receipt)
        return receipt


def _appended(writer: log.Writer, taken: inbox.Taken, batch: Batch, context: Context) -> log.Receipt:
    """The receipt of `batch`; a thread decides what is written next.

    Of a single bucket nothing is left to be decided when writing begins, so one connection does for both.
    """
    reader = batch.reader or writer.connection
    for connection in {reader, writer.connection}:
        database.bound_waiting(connection)
    appending = writer.begin(_delivery(taken, context))
    decider = Decider(reader, context.commission.code, context.today)
    decided = (decider.decide(orders, batch.sheet) for orders in batch.spill.buckets())
    prepared = ((each, appending.prepared(each.events, reader)) for each in decided)
    written = Progress(taken.name, "decided and written", context.say)
    with ahead(prepared) as parts:
        for each, part in parts:
            appending.write(part, each.rejected, each.duplicates)
            written.add(len(part.events) + len(each.rejected) + each.duplicates)
    appending.reject(refused.with_columns(sheet=pl.lit(batch.sheet)) for refused in batch.spill.refused())
    return appending.close(_noted(batch.checks, context))


def _append_refused(
    taken: inbox.Taken,
    error: FileRefusedError,
    context: Context,
    cursor: str | None,
    checks: Mapping[str, Any] | None = None,
) -> log.Receipt:
    """The receipt of a file of which nothing was taken, with the reason and what its `checks` found."""
    with log.writing(context.engine, context.clock) as writer:
        known = reopened.newest(writer.connection, context.commission.code, taken.digest)
        told = _noted(checks or {}, context)
        outcome = log.Outcome(refused=True, rejected=[whole_file(taken.name, error)], checks=told)
        receipt = known or writer.append(_delivery(taken, context), outcome)
        _keep(writer.connection, cursor, receipt)
        return receipt


def _noted(checks: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """What the receipt keeps: what was found, and how the delivery came if it was no new file."""
    return {**checks, **(context.sent.notes if context.sent else {})}


def _delivery(taken: inbox.Taken, context: Context) -> log.Delivery:
    return log.Delivery(
        channel=context.sent.channel if context.sent else "file",
        source=taken.name,
        digest=taken.digest,
        actor=context.actor,
        commission=context.commission.code,
        run=context.run,
    )
