"""The database's tables. Log: head, batch, event, reject, subject. Projections, which can be rebuilt, and plain ones.

Constraints say what must hold whatever the code does: every row of a batch is accounted for, a version of a stream
exists once, sequence numbers are one line without a gap (kept by `log`, checked by `verify`).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_name)s_index",
    }
)

_NO_KEY = "no foreign key: `verify` checks it, a million rows do not wait"

head = Table(
    "head",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=true()),
    Column("seq", BigInteger, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("recorded", DateTime(timezone=True), nullable=False),
    CheckConstraint("single", name="single_row"),
    comment="Last number given out, one row: updated inside every append, so that commit order is number order.",
)

batch = Table(
    "batch",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("commission", Text, nullable=False, server_default="", comment="empty: the programme's own"),
    Column("channel", Text, nullable=False, comment="programme, history, file or form"),
    Column("source", Text, nullable=False, comment="file name, or what stands for it"),
    Column("digest", Text, nullable=False, comment="SHA-256 of the content"),
    Column("actor", Text, nullable=False),
    Column("run", Text, comment="the run that took it in"),
    Column("recorded", DateTime(timezone=True), nullable=False, comment="when we learned it; never goes back"),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False, comment="first_seq - 1 for a batch without events"),
    Column("rows_read", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("refused", Boolean, nullable=False, server_default=false(), comment="the whole file was refused"),
    Column("checks", Text, comment="outcome of the batch checks, JSON"),
    Column("root", LargeBinary, nullable=False, comment="Merkle root (RFC 6962) of the events' hashes"),
    Column("reject_root", LargeBinary, nullable=False, comment="Merkle root of the hashes of the batch's rejects"),
    Column("chain", LargeBinary, nullable=False, comment="hash over the chain before, both roots and this receipt"),
    UniqueConstraint("commission", "digest"),
    CheckConstraint("rows_read = accepted + duplicates + rejected", name="every_row_accounted_for"),
    CheckConstraint("last_seq >= first_seq - 1", name="sequence"),
    Index(None, "recorded"),
    Index(None, "last_seq"),
)

subject = Table(
    "subject",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    UniqueConstraint("kind", "code"),
    comment="Short numbers for the codes of units, milestones and indicators.",
)

event = Table(
    "event",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("batch", Integer, nullable=False, comment=_NO_KEY),
    Column("type", SmallInteger, nullable=False),
    Column("subject", Integer, nullable=False),
    Column("unit", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("effective", Date, nullable=False),
    Column("state", SmallInteger),
    Column("percent", Double),
    Column("forecast_finish", Date),
    Column("confidence", SmallInteger),
    Column("spent", Double),
    Column("sheet", Text),
    Column("row", Integer),
    Column("payload", Text, comment="the other fields, canonical JSON"),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("type", "subject", "unit", "version", name="event_stream_version_key"),
)

reject = Table(
    "reject",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("batch", Integer, nullable=False, index=True, comment=_NO_KEY),
    Column("commission", Text, nullable=False),
    Column("sheet", Text),
    Column("row", Integer, comment="none: the whole file"),
    Column("key", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("fa", Text, nullable=False),
    Column("en", Text, nullable=False),
)

unit = Table(
    "unit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("parent", Text),
    Column("province", Integer, comment="the province it lies in, itself for a province"),
    Column("visits", BigInteger, nullable=False),
    Column("target", Boolean, nullable=False),
    Column("offline", Boolean, nullable=False),
    Column("body", Text, nullable=False),
)

milestone = Table(
    "milestone",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False, unique=True),
    Column("commission", Text, nullable=False, index=True),
    Column("horizon", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("baseline", Integer, nullable=False),
    Column("body", Text, nullable=False),
)

indicator = Table(
    "indicator",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False, unique=True),
    Column("commission", Text, nullable=False),
    Column("baseline", Integer, nullable=False),
    Column("body", Text, nullable=False),
)

assignment = Table(
    "assignment",
    metadata,
    Column("milestone", Integer, primary_key=True, autoincrement=False),
    Column("unit", Integer, primary_key=True, autoincrement=False),
    Column("since", Date, primary_key=True, comment="the first day on which it holds"),
    Column("until", Date, comment="the day from which it holds no more; none: it still does"),
    Column("province", Integer, nullable=False, comment="the province the unit lies in; 0: in none"),
    Column("weight", Double, nullable=False),
    Index(None, "unit"),
    comment="The units that a milestone is reported for, from when to when, and how each counts in its percent.",
)

report = Table(
    "report",
    metadata,
    Column("milestone", Integer, primary_key=True, autoincrement=False),
    Column("unit", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, comment="the event that counts"),
    Column("version", Integer, nullable=False, comment="its version"),
    Column("versions", Integer, nullable=False, comment="the newest version of the stream, which a late report has"),
    Column("effective", Date, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("percent", Double, nullable=False),
    Column("forecast_finish", Date),
    Column("confidence", SmallInteger),
    Column("spent", Double, comment="as last stated: a report that is silent about money does not take it back"),
    Column("finished_on", Date, comment="since when it is done without having been opened again"),
    comment="The report that counts, for each milestone and unit: latest effective day, newest version.",
    postgresql_with={"fillfactor": 70},  # a month replaces every row: in its own page, without touching the key
)

rollup = Table(
    "rollup",
    metadata,
    Column("milestone", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Column("province", Integer, primary_key=True, autoincrement=False, comment="0: the whole country"),
    Column("units", Integer, nullable=False, comment="how many are in scope on that day"),
    Column("weight", Double, nullable=False, comment="sum of their weights"),
    Column("live", Double, nullable=False, comment="sum of the weights of those that are not cancelled"),
    Column("value", Double, nullable=False, comment="sum of weight times percent of those that are not cancelled"),
    Column("reporting", Integer, nullable=False),
    Column("not_started", Integer, nullable=False, comment="those that say so; the silent ones are units - reporting"),
    Column("done", Integer, nullable=False),
    Column("suspended", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("expected_jalali", Integer, nullable=False, comment="not cancelled, nor done before the day's month"),
    Column("complete_jalali", Integer, nullable=False, comment="those of them with a report for a day of that month"),
    Column("expected_gregorian", Integer, nullable=False, comment="the same in the other calendar"),
    Column("complete_gregorian", Integer, nullable=False, comment="the same in the other calendar"),
    Column("confidence", SmallInteger, comment="the worst among the open ones"),
    Column("forecast_finish", Date, comment="the latest among the open ones"),
    Column("finished_on", Date, comment="the latest among the done ones"),
    Column("last_report", Date),
    Column("spent", Double, nullable=False),
    comment="Where a milestone stood at the end of a day, as known after a batch: newest day, then newest batch.",
)

span = Table(
    "span",
    metadata,
    Column("milestone", Integer, primary_key=True, autoincrement=False),
    Column("first_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("batch", Integer, nullable=False),
    comment="Where in the log reports of a milestone stand: a batch is written sorted by milestone, unit and day.",
)

reach = Table(
    "reach",
    metadata,
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Column("last_day", Date, nullable=False, comment="the latest effective day in the log up to this batch"),
    comment="No board as known after a batch has anything to show that is later than this day.",
)

layout = Table(
    "layout",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=true()),
    Column("number", Integer, nullable=False),
    CheckConstraint("single", name="single_row"),
    comment="Which layout the projections were made in; another one than the code's means: rebuild them.",
)

forecast = Table(
    "forecast",
    metadata,
    Column("milestone", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="the log's head it was computed from"),
    Column("day", Date, nullable=False),
    Column("p20", Date, nullable=False),
    Column("p50", Date, nullable=False),
    Column("p80", Date, nullable=False),
    comment="Every forecast is kept, so that it can be scored later.",
)

feed_cursor = Table(
    "feed_cursor",
    metadata,
    Column("commission", Text, primary_key=True),
    Column("cursor", Text, nullable=False, comment="what the feed was asked up to, JSON"),
    Column("batch", Integer, nullable=False, comment="the receipt that it was written with"),
    comment="How far each commission's feed was asked; without it a feed is asked from the start.",
)

person = Table(
    "person",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("issuer", Text, comment="the provider that signs this person in"),
    Column("subject", Text, comment="what the provider calls this person; none before the first sign-in"),
    Column("name", Text, comment="none once it is erased"),
    Column("email", Text),
    Column("language", Text, nullable=False, server_default="fa", comment="the one last read in"),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column(
        "claimed",
        Text,
        nullable=False,
        server_default="[]",
        comment="values of the role claim that gave roles at the last sign-in, JSON",
    ),
    UniqueConstraint("issuer", "subject"),
    CheckConstraint("language in ('fa', 'en')", name="language"),
    comment="Whoever signs in. The log knows a person by number alone, so that a name can be erased.",
)

session = Table(
    "session",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("person", Integer, ForeignKey("person.id"), nullable=False, index=True),
    Column("key", LargeBinary, nullable=False, unique=True, comment="SHA-256 of what tells one sign-in from another"),
    Column("began", DateTime(timezone=True), nullable=False),
    Column("last_seen", DateTime(timezone=True), nullable=False),
    Column("ended", DateTime(timezone=True)),
    Column("why", Text, comment="signed_out, idle, absolute, operator or deactivated"),
    Column("ended_by", Text, comment="the actor who ended it, if somebody did"),
    CheckConstraint("(ended is null) = (why is null)", name="ended"),
    comment="Every sign-in, open until it is ended or has lasted long enough.",
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("person", Integer, nullable=False),
    Column("place", Text, nullable=False, comment="mail, or what stands for an address of the person's own"),
    Column("kind", Text, nullable=False, comment="report_due, action_overdue …"),
    Column("subject", Text, nullable=False, comment="code or number of what waits"),
    Column("period", Text, nullable=False, comment="since when it waits, and the week of waiting"),
    Column("matter", Text, nullable=False, comment="what the reminder says, JSON"),
    Column("planned", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("digest", Text, comment="the digest it went into, or is tried with; it stays there"),
    Column("begun", DateTime(timezone=True), comment="when that digest was put together"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try", DateTime(timezone=True), comment="none: at once"),
    Column("sent", DateTime(timezone=True), comment="when the server had taken it"),
    Column("error", Text, comment="why the last try failed"),
    UniqueConstraint("person", "place", "kind", "subject", "period", name="outbox_once_key"),
    CheckConstraint("state in ('waiting', 'sent', 'dropped', 'failed')", name="state"),
    CheckConstraint("(state = 'sent') = (sent is not null)", name="sent"),
    Index(None, "digest"),
    Index("outbox_waiting_index", "person", "place", postgresql_where=text("state = 'waiting'")),
    comment="Reminders: each planned once, marked after the server took it; a dropped one is not due any more.",
)

digest = Table(
    "digest",
    metadata,
    Column("person", Integer, primary_key=True, autoincrement=False),
    Column("frequency", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column(
        "places", Text, nullable=False, comment="addresses of the person's own beside mail, JSON; they hold secrets"
    ),
    CheckConstraint("frequency in ('daily', 'weekly', 'none')", name="frequency"),
    CheckConstraint("language in ('fa', 'en')", name="language"),
    comment="How a person wants to be reminded; without a row: daily, by mail.",
)

draft = Table(
    "draft",
    metadata,
    Column("actor", Text, primary_key=True, comment="who writes it, as the log calls them"),
    Column("milestone", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("commission", Text, nullable=False),
    Column("fields", Text, nullable=False, comment="what was typed, by the contract's names, JSON"),
    Column("base_version", Integer, nullable=False, comment="the stream's version it was begun on"),
    Column("seen", BigInteger, nullable=False, comment="the submission it was begun on; 0: none"),
    Column("saved", DateTime(timezone=True), nullable=False),
    comment="Reports that are being written; no part of the log.",
)

proposal_draft = Table(
    "proposal_draft",
    metadata,
    Column("actor", Text, primary_key=True, comment="who writes it, as the log calls them"),
    Column("commission", Text, primary_key=True),
    Column("content", Text, nullable=False, comment="what was put together, JSON"),
    Column("saved", DateTime(timezone=True), nullable=False),
    comment="Proposals that are being put together; no part of the log.",
)

#: Written by `project` alone; dropped and rebuilt at will.
PROJECTIONS = (unit, milestone, indicator, assignment, report, rollup, span, reach)
#: Goes up with every change of what the projections hold.
LAYOUT = 3
#: Nobody but a migration may change or delete rows of these.
APPEND_ONLY = (event, batch, reject, subject)
