"""T6: a state machine drives the real log through files, forms, plan changes, repeats, conflicts and lost connections.

Whatever it does, it does to the plain model too, and both have to answer every question alike: numbers, verdicts, the
board of any day as known at any event. Every run starts with an empty log of its own.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from benchmarks import worlds
from benchmarks.figures import Figure, Target, exactly
from benchmarks.torture import comparing, plans, progress, rows, workers
from benchmarks.torture.model import Model, Row
from roadmap.domain.changes import ReportProgress
from roadmap.errors import ConflictError
from roadmap.intake.deciding import Decider
from roadmap.services import reporting
from roadmap.services.desk import Desk
from roadmap.store import log, projecting, verifying, views
from roadmap.store.hashing import canonical

STEPS: Final = 50
_NEXT_SEED: Final = 1_000
_LONGEST_SECONDS: Final = 6 * 3600.0
#: In the future, so that the clock of a form, which is the real one, is behind the log.
_WHEN: Final = datetime(2100, 1, 1, 12, tzinfo=UTC)
_TAKEN: Final = ("accepted", "duplicate")
_HOURS: Final = st.integers(-30, 30)
_DAYS: Final = st.sampled_from(rows.DAYS)
_COMMISSIONS: Final = st.sampled_from(["alpha", "alpha", "alpha", "beta"])


@dataclass
class Stage:
    """Where runs take place: one after the other, in one database."""

    engine: Engine
    owner: Engine
    desk: Desk
    length: int
    steps: int = 0
    runs: int = 0


class AbandonedError(Exception):
    """Raised inside an append on purpose."""


class Machine(RuleBasedStateMachine):
    """One run: the log on its stage and the model beside it."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage, self.model = stage, Model()
        self.hours = self.batches = self.steps = 0

    def clock(self) -> datetime:
        """The time on the machine's clock, which goes forwards and backwards."""
        return _WHEN + timedelta(hours=self.hours)

    @initialize()
    def lay_the_plan(self) -> None:
        """An empty log, then its first baseline."""
        with self.stage.owner.begin() as connection:
            plans.empty(connection)
        self._change_plan([*plans.units(), *plans.milestones()])

    def _change_plan(self, changes: Sequence[plans.Change]) -> None:
        """Units opened or changed and milestones baselined, in one batch."""
        self.batches += 1
        digest = f"plan-{self.batches}"
        events = [log.NewEvent(plans.event(change)) for change in changes]
        with log.writing(self.stage.engine, self.clock) as writer:
            receipt = writer.append(_delivery(digest, ""), log.Outcome(events=events))
        for change in changes:
            told = self.model.units if change.kind == "unit" else self.model.milestones
            told.append((self.model.batch + 1, change.day, change.values))
        self.model.close(("", digest), len(events), self.clock())
        assert (receipt.batch, receipt.last_seq) == (self.model.batch, self.model.seq)

    @rule(told=rows.ROWS, commission=_COMMISSIONS, hours=_HOURS, parts=st.integers(1, 2), day=_DAYS)
    def file(self, told: list[Row], commission: str, hours: int, parts: int, day: date) -> None:
        """A file is decided and appended as intake does it, its milestones in one part or in several."""
        self.hours += hours
        self._send_file(told, commission, parts)
        self._look(self.model.seq, day)

    @rule(told=rows.STORY, hours=_HOURS, day=_DAYS)
    def story(self, told: list[Row], hours: int, day: date) -> None:
        """A file that speaks of one place only, of many days in no order."""
        self.hours += hours
        self._send_file(told, "alpha", 1)
        self._look(self.model.seq, day)

    def _send_file(self, told: Sequence[Row], commission: str, parts: int) -> None:
        self.batches += 1
        digest = f"file-{self.batches}"
        based = [self._based(each) for each in told]
        receipt, refused = self._deliver(based, digest, commission, parts)
        verdicts = self.model.take(based, commission, worlds.TODAY)
        self.model.close((commission, digest), verdicts.count("accepted"), self.clock())
        expected = {number: code for number, code in enumerate(verdicts, start=1) if code not in _TAKEN}
        assert refused == expected
        assert (receipt.accepted, receipt.duplicates) == (verdicts.count("accepted"), verdicts.count("duplicate"))
        assert (receipt.rows_read, receipt.rejected) == (len(based), len(refused))
        assert (receipt.batch, receipt.last_seq) == (self.model.batch, self.model.seq)

    def _based(self, told: Row) -> Row:
        """`told` with the version that its sender has seen."""
        base = told["base"]
        seen = None if base is None else max(self.model.version(told["milestone"], told["unit"]) + base, 0)
        return told | {"base": seen}

    def _deliver(
        self, told: Sequence[Row], digest: str, commission: str, parts: int
    ) -> tuple[log.Receipt, dict[int, str]]:
        """The receipt of the rows, and the code of each that was refused."""
        codes = sorted({each["milestone"] for each in told})
        orders = rows.orders(told)
        refused: dict[int, str] = {}
        with log.writing(self.stage.engine, self.clock) as writer:
            decider = Decider(writer.connection, commission, worlds.TODAY)
            appending = writer.begin(_delivery(digest, commission))
            for part in range(parts):
                decided = decider.decide(orders.filter(pl.col("milestone").is_in(codes[part::parts])), "sheet")
                appending.add(decided.events, decided.rejected, decided.duplicates)
                refused |= {each.row or 0: each.refusals[0].code for each in decided.rejected}
            return appending.close(), refused

    @rule(told=rows.ROW, commission=_COMMISSIONS, day=_DAYS)
    def form(self, told: Row, commission: str, day: date) -> None:
        """One report comes by the board's form."""
        based = self._based(told)
        order = ReportProgress(rows.report(based), based["base"])
        answer = reporting.report(self.stage.desk, order, commission=commission, day=worlds.TODAY)
        key = (commission, canonical([order.report.model_dump(mode="json"), order.base_version]))
        if key in self.model.deliveries:
            assert answer.receipt is not None
            assert (answer.receipt.repeated, answer.receipt.batch) == (True, self.model.deliveries[key])
            return
        (verdict,) = self.model.take([based], commission, worlds.TODAY)
        if verdict not in _TAKEN:
            assert answer.refusal is not None
            assert answer.refusal.code == verdict
            return
        assert answer.receipt is not None, answer.refusal
        self.model.close(key, int(verdict == "accepted"), answer.receipt.recorded)
        assert (answer.receipt.accepted, answer.receipt.duplicates) == (verdict == "accepted", verdict == "duplicate")
        assert answer.present.version == self.model.version(told["milestone"], told["unit"])
        self._look(self.model.seq, day)

    @rule(told=st.lists(rows.ROW, max_size=3), how=st.sampled_from(["again", "conflict", "give up", "cut"]))
    def refuse(self, told: list[Row], how: str) -> None:
        """Something that must leave no trace."""
        events = [log.NewEvent(rows.report(each)) for each in told if each["milestone"] != "N-1"]
        if how == "again":
            self._again()
        elif how == "conflict":
            self._conflict(events)
        else:
            with pytest.raises((AbandonedError, OperationalError)):
                self._give_up(events, cut=how == "cut")

    def _again(self) -> None:
        """A file that came before comes once more: it is recognised, and cannot be written past the question."""
        files = [key for key in self.model.deliveries if str(key[1]).startswith("file")]
        for commission, digest in files[-1:]:
            with log.writing(self.stage.engine, self.clock) as writer:
                known = writer.receipt(commission, str(digest))
            assert known is not None
            assert (known.repeated, known.batch) == (True, self.model.deliveries[commission, digest])
            with pytest.raises(IntegrityError):
                self._deliver([rows.FIRST], str(digest), commission, 1)

    def _conflict(self, events: Sequence[log.NewEvent]) -> None:
        """Several reports of which the last was decided on an older version than the newest."""
        newest = self.model.version("N-1", "national")
        late = log.NewEvent(rows.report(rows.FIRST), version=newest)
        with pytest.raises(ConflictError), log.writing(self.stage.engine, self.clock) as writer:
            writer.append(_delivery("conflict", "alpha"), log.Outcome(events=[*events, late]))

    def _give_up(self, events: Sequence[log.NewEvent], *, cut: bool) -> None:
        """An append that does not come to its commit: its writer gives up, or the server drops its connection."""
        with log.writing(self.stage.engine, self.clock) as writer:
            writer.append(_delivery("abandoned", "alpha"), log.Outcome(events=events))
            if cut:
                writer.connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))
            raise AbandonedError

    @rule(
        code=st.sampled_from(plans.STATIONS),
        day=_DAYS,
        parent=st.sampled_from(plans.PROVINCES),
        visits=st.sampled_from([0, 7, 40]),
        marks=st.tuples(st.booleans(), st.booleans()),
    )
    def move(self, code: str, day: date, parent: str, visits: int, marks: tuple[bool, bool]) -> None:
        """A station moves to another province, or counts for more or less, or becomes a target."""
        self._change_plan([plans.unit(code, day, parent=parent, visits=visits, target=marks[0], offline=marks[1])])
        self._look(self.model.seq, day)

    @rule(
        code=st.sampled_from(["A-1", "S-1", "T-1"]),
        day=_DAYS,
        scope=st.sampled_from(plans.SCOPES),
        weights=st.sampled_from(plans.WEIGHTS),
    )
    def rebaseline(self, code: str, day: date, scope: str, weights: str) -> None:
        """A milestone gets another scope or other weights."""
        self._change_plan([plans.milestone(code, "alpha", scope, weights, day)])
        self._look(self.model.seq, day)

    @rule(back=st.integers(0, 40), day=_DAYS)
    def look_back(self, back: int, day: date) -> None:
        """The board of a day, as known at some event; what was recorded when; every version of every stream."""
        self._look(max(self.model.seq - back, 0), day)
        moment = self.model.recorded[max(self.model.batch - 1 - back, 0)]
        with self.stage.engine.connect() as connection:
            assert views.known_at(connection, moment) == self.model.known_at(moment)
            found, expected = comparing.histories(connection, self.model)
        assert found == expected

    def _look(self, seq: int, day: date) -> None:
        """The board of `day` as known at `seq`: all of it, and each province's part."""
        with self.stage.engine.connect() as connection:
            whole, parts = comparing.board(connection, seq, day), comparing.provinces(connection, seq, day)
        assert comparing.differences(whole, comparing.expected_board(self.model, seq, day)) == {}
        assert comparing.differences(parts, comparing.expected_provinces(self.model, seq, day)) == {}

    @rule(how=st.sampled_from(["verify", "reconnect", "rebuild"]))
    def maintain(self, how: str) -> None:
        """Projections made again equal the live ones; the log is sound and as long as it has to be; new connections."""
        if how == "rebuild":
            with self.stage.engine.begin() as connection:
                live = comparing.projected(connection)
                projecting.rebuild(connection)
                assert comparing.projected(connection) == live
        elif how == "verify":
            verified = verifying.verify(self.stage.engine)
            assert (verified.events, verified.batches) == (self.model.seq, self.model.batch)
        else:
            self.stage.engine.dispose()

    @invariant()
    def stands_where_the_model_stands(self) -> None:
        """The head is where the model's is, whatever was done or did not come to its end."""
        self.steps += 1
        with self.stage.engine.connect() as connection:
            head = views.head(connection)
        assert (head.seq, head.batch, head.recorded) == (self.model.seq, self.model.batch, self.model.recorded[-1])

    def teardown(self) -> None:
        """Counts what was played; a run that Hypothesis broke off is not a whole one."""
        self.stage.steps += self.steps
        self.stage.runs += self.steps >= self.stage.length


def _delivery(digest: str, commission: str) -> log.Delivery:
    return log.Delivery(channel="file", source=digest, digest=digest, actor="torture", commission=commission)


def figures(runs: int, steps: int = STEPS, processes: int = 2, first_seed: int = worlds.SEED) -> Iterator[Figure]:
    """`runs` runs of `steps` steps, shared out to `processes`, each with a seed of its own from `first_seed` on."""
    answers = workers.context().Queue()
    shares = [runs // processes + (number < runs % processes) for number in range(processes)]
    began = time.monotonic()
    started = [workers.start(_play, share, steps, first_seed + number, answers) for number, share in enumerate(shares)]
    told = workers.drained(answers, processes, _LONGEST_SECONDS)
    workers.finish(started)
    seconds = time.monotonic() - began
    played = sum(stepped for _, stepped, _ in told)
    yield Figure(f"T6 runs of {steps} steps", sum(ran for ran, _, _ in told), "runs", Target("≥", runs))
    yield Figure("T6 steps", played, "steps")
    yield Figure("T6 pace", played / seconds, "steps/s")
    yield exactly("T6 counterexamples", sum(failed for _, _, failed in told), "runs", 0)


def _play(runs: int, steps: int, number: int, answers: Any) -> None:  # noqa: ANN401 - multiprocessing's own
    """Runs in a world of their own; answers how many, of how many steps in all, and whether one failed."""
    with worlds.world(worlds.Size(1, 1)) as world:
        owner = workers.engine(world.databases.owner)
        with owner.begin() as connection:
            plans.open_up(connection)
        world.engine.dispose()  # its next connections know of it
        stage = Stage(world.engine, owner, Desk(world.engine, world.programme, worlds.WHO), steps)
        answers.put((*_counted(stage, runs, number),))


def _counted(stage: Stage, runs: int, number: int) -> tuple[int, int, bool]:
    try:
        while stage.runs < runs:  # Hypothesis breaks some runs off and counts them
            play(stage, runs - stage.runs, number)
            number += _NEXT_SEED
    except Exception:  # noqa: BLE001 - whatever it is, it is what was looked for
        traceback.print_exc()
        return stage.runs, stage.steps, True
    return stage.runs, stage.steps, False


def play(stage: Stage, runs: int, number: int) -> None:
    """Runs the machine on `stage`; the example that fails is shrunk, told and raised."""
    began = told = time.monotonic()
    already = stage.runs

    def machine() -> Machine:
        nonlocal told
        if time.monotonic() - told > progress.EVERY_SECONDS:
            told = time.monotonic()
            progress.say(f"T6 runs (seed {number})", stage.runs - already, runs, told - began)
        return Machine(stage)

    run_state_machine_as_test(
        seed(number)(machine),
        settings=settings(
            max_examples=runs,
            stateful_step_count=stage.length,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
