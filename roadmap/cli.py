"""The `roadmap` command. Every failure is one sentence on standard error and an exit code other than 0."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roadmap import cli_user, sentences
from roadmap import settings as configuration
from roadmap.cli_base import AsJson, Reason, registered, tell
from roadmap.errors import FeedUnavailableError, ProgrammeError, RoadmapError, SettingsError

if TYPE_CHECKING:
    from roadmap.services.anchors import Held

app = typer.Typer(
    help="Tracks the milestones and indicators of a programme, from the commissions' feeds to the board.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(cli_user.app, name="user")

Batch = Annotated[int, typer.Argument(help="Number of a delivery, as `roadmap status` and the board show it.")]
SCHEMAS = Path(__file__).parents[1] / "schemas"
PERMISSIONS = Path(__file__).parents[1] / "docs" / "permissions.md"


command = registered(app)


def main() -> None:
    """The entry point of the console script."""
    app()


@command
def up(
    board_port: Annotated[
        int | None, typer.Option(help="Port of the board; default: the first free from 8501.")
    ] = None,
    airflow_port: Annotated[
        int | None, typer.Option(help="Port of Airflow; default: the first free from 8080.")
    ] = None,
) -> None:
    """Start everything: PostgreSQL, Airflow, the feeds, the board. Ctrl-C ends it."""
    from roadmap import running

    running.run(configuration.read(board_port=board_port, airflow_port=airflow_port), typer.echo)


@command
def init(*, as_json: AsJson = False) -> None:
    """Make database, first baseline and inboxes; a second time nothing happens."""
    from roadmap import installation

    done = installation.install(configuration.read())
    word = "Set up" if done.new else "Already set up"
    tell(vars(done), as_json=as_json, text=f"{word}: {done.events} events in the log.")


@command
def pull(
    commission: Annotated[str | None, typer.Argument(help="Code of a commission; default: all of them.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Take in what waits in the inboxes, without Airflow, by the function that Airflow's task calls."""
    from roadmap import programme
    from roadmap.intake import pipeline
    from roadmap.services.status import summary

    config = configuration.read()
    plan = programme.load(config.programme)
    codes = [plan.commission(commission).code] if commission else list(plan.by_commission)
    receipts, troubles = [], []
    for code in codes:
        try:
            receipts += pipeline.pull(code, config)
        except (FeedUnavailableError, ProgrammeError) as error:  # the other commissions need not wait for it
            troubles.append(f"{code}: {error}")
    lines = [sentences.receipt_line(receipt) for receipt in receipts] or ["Nothing waits in the inboxes."]
    if receipts or not troubles:
        tell([summary(receipt) for receipt in receipts], as_json=as_json, text="\n".join(lines))
    if troubles:
        raise FeedUnavailableError(" ".join(troubles))
    _fail_if(failed=any(receipt.refused for receipt in receipts))


@command
def load(
    file: Annotated[Path, typer.Argument(help="A workbook, csv or json file as the commission sends it.")],
    commission: Annotated[str, typer.Option(help="Code of the commission that sends it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Take in one file from anywhere; the file itself is left where it is."""
    from roadmap.intake import pipeline
    from roadmap.services import desk as desks
    from roadmap.services.status import summary

    config = configuration.read()
    with desks.desk(config) as desk:
        receipt = pipeline.load(
            *(desk.engine, desk.programme, config, commission, file), today=desks.today(desk), say=_progress
        )
    tell(summary(receipt), as_json=as_json, text=sentences.receipt_line(receipt))
    _fail_if(failed=receipt.refused)


@command
def release(batch: Batch, *, reason: Reason, as_json: AsJson = False) -> None:
    """Take in a delivery that is held back, whatever is odd about it: the secretariat's decision."""
    _reopen(batch, reason, release=True, as_json=as_json)


@command
def again(batch: Batch, *, reason: Reason, as_json: AsJson = False) -> None:
    """Check a refused delivery again, after its mapping was corrected."""
    _reopen(batch, reason, release=False, as_json=as_json)


@command
def status(*, as_json: AsJson = False) -> None:
    """Where the installation stands: counts, newest delivery of each commission, head of the chain."""
    from roadmap.services import desk as desks
    from roadmap.services.status import status as of

    with desks.desk(configuration.read()) as desk:
        found = of(desk)
    tell(found, as_json=as_json, text=sentences.status_text(found))


@command
def verify(
    anchor: Annotated[
        list[Path] | None, typer.Option(help="A file with anchors, as a saved mail; any number of times.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Recompute every hash of the log, name the first place that was changed, and hold it against all anchors."""
    from roadmap import programme
    from roadmap.services import anchors, audit
    from roadmap.store import opening, verifying

    config = configuration.read()
    with opening.opened(config) as engine:
        clean = verifying.verify(engine)
        audit.note(config, clean)
        code = programme.load(config.programme).programme.code
        held = anchors.check(engine, code, config, anchor or ())
    values = {"events": clean.events, "batches": clean.batches, "chain": clean.chain.hex()}
    text = f"Clean: {clean.events} events in {clean.batches} batches, chain head {clean.chain.hex()}."
    tell(
        values | {"anchors": sentences.anchors_values(held)},
        as_json=as_json,
        text="\n".join([text, *sentences.anchor_lines(held)]),
    )
    _fail_for(held)


@command
def anchor(*, as_json: AsJson = False) -> None:
    """Write where the log's head stands to every place of ROADMAP_ANCHORS."""
    from roadmap.services import anchors

    config = configuration.read()
    if not config.anchor_places:
        message = "No place for anchors is set; name some in ROADMAP_ANCHORS."
        raise SettingsError(message)
    written = anchors.write(config)
    lines = [sentences.anchored(each) for each in written if each.error is None]
    tell([sentences.written_values(each) for each in written], as_json=as_json, text="\n".join(lines))
    anchors.insist(written)


@command
def remind(*, as_json: AsJson = False) -> None:
    """Plan and send reminders now, each person's digest as they chose it; what was sent is not sent again."""
    from datetime import UTC, datetime

    from roadmap.services import desk as desks
    from roadmap.services import reminders

    config = configuration.read()
    if not reminders.mailable(config):
        message = "Nothing can be sent: set ROADMAP_SMTP_HOST, or open a service in ROADMAP_NOTIFY_SCHEMES."
        raise SettingsError(message)
    with desks.desk(config) as desk:
        planned, sent = reminders.run(desk, config, datetime.now(UTC))
    tell(vars(planned) | vars(sent), as_json=as_json, text=sentences.reminded(planned, sent))
    reminders.insist(sent)


@command
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; its anchor goes to FILE.anchor.json.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an older backup of that name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the whole database to a file, and the head that it holds beside it."""
    from roadmap import programme
    from roadmap.store import backing_up, opening

    config = configuration.read()
    code = programme.load(config.programme).programme.code
    with opening.databases(config) as urls:
        made = backing_up.backup(urls.owner, file, programme=code, force=force, say=_progress)
    values = {"file": str(file), "bytes": made.size, "seconds": round(made.seconds, 1)}
    text = f"{file}: {backing_up.size(made.size)} in {made.seconds:.1f} s, {sentences.head(made.anchor)}."
    tell(values | {"anchor": made.anchor.model_dump(mode="json")}, as_json=as_json, text=text)


@command
def restore(
    file: Annotated[Path, typer.Argument(help="A backup; its anchor lies beside it in FILE.anchor.json.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Fill an empty database from a backup, recompute every hash and hold the log against its anchors."""
    from roadmap import programme
    from roadmap.services import anchors
    from roadmap.store import backing_up, database, opening

    config = configuration.read()
    code = programme.load(config.programme).programme.code
    with opening.databases(config) as urls:
        back = backing_up.restore(urls.owner, urls.application, file, programme=code, say=_progress)
        engine = database.connect(urls.application)
        held = anchors.check(engine, code, config)
        engine.dispose()
    values = {name: getattr(back, name).model_dump(mode="json") for name in ("anchor", "head")}
    lines = [
        f"anchor    {sentences.head(back.anchor)}",
        f"restored  {sentences.head(back.head)}",
        f"Clean, in {back.seconds:.1f} s.",
    ]
    values |= {"seconds": round(back.seconds, 1), "anchors": sentences.anchors_values(held)}
    tell(values, as_json=as_json, text="\n".join(lines + sentences.anchor_lines(held)))
    _fail_for(held)


@command
def rebuild(*, as_json: AsJson = False) -> None:
    """Drop what is derived from the log and make it again."""
    from roadmap.store import log, opening, projecting

    # Holding the head: nobody appends while the tables are empty.
    with opening.opened(configuration.read()) as engine, log.writing(engine) as writer:
        events = projecting.rebuild(writer.connection)
    tell({"events": events}, as_json=as_json, text=f"Rebuilt from {events} events.")


@command
def template(
    commission: Annotated[str, typer.Argument(help="Code of a commission.")],
    *,
    out: Annotated[Path | None, typer.Option(help="The file to write; default: COMMISSION-DAY.xlsx, here.")] = None,
    day: Annotated[
        str | None, typer.Option(help="Last day of the period, in the programme's calendar; default: the next one.")
    ] = None,
    milestone: Annotated[list[str] | None, typer.Option(help="Only this milestone; any number of times.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a commission's workbook for the next period: its rows filled in, to be sent back."""
    from roadmap.services import desk as desks
    from roadmap.services import templates
    from roadmap.store.durable import whole

    config = configuration.read()
    with desks.desk(config) as desk:
        wanted = templates.read_period(desk, day) if day else None
        made = templates.template(desk, config, commission, day=wanted, only=milestone or ())
    path = out or Path(made.name)
    with whole(path) as fresh:
        fresh.write_bytes(made.content)
    missing = [{"milestone": each.milestone.code, "rows": each.rows, "why": each.reason.en} for each in made.left_out]
    lines = [f"  without {each['milestone']} ({each['rows']} rows): {each['why']}" for each in missing]
    values = {"file": str(path), "period_end": made.period_end.isoformat(), "rows": made.rows, "left_out": missing}
    head = f"{path}: {made.rows} rows for the period up to {made.period_end}."
    tell(values, as_json=as_json, text="\n".join([head, *lines]))


@command
def return_(
    batch: Batch,
    *,
    out: Annotated[Path | None, typer.Option(help="The file to write; default: its name and number, here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write what a commission sent as a workbook on which everything that is wrong is marked."""
    from roadmap.services import desk as desks
    from roadmap.services import returns
    from roadmap.store.durable import whole

    config = configuration.read()
    with desks.desk(config) as desk:
        back = returns.returned(desk, config, batch)
    path = out or Path(back.name)
    with whole(path) as fresh:
        fresh.write_bytes(back.content)
    kind = "the sender's own workbook, marked" if back.marked else "a fresh workbook with what is to be corrected"
    tell({"file": str(path), "marked": back.marked}, as_json=as_json, text=f"{path}: {kind}.")


@command
def rejects(
    commission: Annotated[str | None, typer.Argument(help="Code of a commission; default: all of them.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Repaired and waived ones too.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
    as_json: AsJson = False,
) -> None:
    """What was turned away and waits: where it stands, why, for whom and for how long."""
    from roadmap.services import desk as desks
    from roadmap.services import ledger_records

    with desks.desk(configuration.read()) as desk:
        found = ledger_records.records(desk, desks.moment(desk), commission, every=every)
    if as_csv:
        typer.echo(ledger_records.as_csv(found), nl=False)
        return
    lines = [ledger_records.sentence(each) for each in found] or ["Nothing waits."]
    tell(found, as_json=as_json, text="\n".join(lines))


@command
def schemas(
    *, check: Annotated[bool, typer.Option("--check", help="Only tell whether they are stale.")] = False
) -> None:
    """Write the published contracts (JSON Schema) from the models."""
    from roadmap.intake import contracts

    if not check:
        contracts.write_schemas(SCHEMAS)
        return
    stale = contracts.stale_schemas(SCHEMAS)
    if stale:
        message = f"Stale: {', '.join(stale)}. Run `roadmap schemas` and commit the result."
        raise RoadmapError(message)


@command
def permissions(
    *, check: Annotated[bool, typer.Option("--check", help="Only tell whether it is stale.")] = False
) -> None:
    """Write docs/permissions.md from the table that every service asks."""
    from roadmap.services.permission_table import page

    if not check:
        PERMISSIONS.write_text(page(), "utf-8")
    elif PERMISSIONS.read_text("utf-8") != page():
        message = f"Stale: {PERMISSIONS.name}. Run `roadmap permissions` and commit the result."
        raise RoadmapError(message)


def _reopen(batch: int, reason: str, *, release: bool, as_json: bool) -> None:
    from roadmap.services import desk as desks
    from roadmap.services import reopening
    from roadmap.services.status import summary

    config = configuration.read()
    with desks.desk(config) as desk:
        take = reopening.release if release else reopening.reopen
        receipt = take(desk, config, batch, reason=reason)
    tell(summary(receipt), as_json=as_json, text=sentences.receipt_line(receipt))
    _fail_if(failed=receipt.refused)


def _fail_for(held: Sequence[Held]) -> None:
    """One sentence on standard error for each finding at an anchor's place."""
    findings = [f"roadmap: Anchors at {each.place}: {finding}." for each in held for finding in each.findings]
    for finding in findings:
        typer.echo(finding, err=True)
    _fail_if(failed=bool(findings))


def _progress(sentence: str) -> None:
    """On standard error: standard output is for the result."""
    typer.echo(sentence, err=True)


def _fail_if(*, failed: bool) -> None:
    if failed:
        sys.stdout.flush()
        raise typer.Exit(1)
