"""Everything that can be set, from the environment (prefix ROADMAP_) or a file `.env`; see docs/settings.md."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from roadmap.domain.people import OF_PEOPLE, Grant
from roadmap.errors import SettingsError
from roadmap.programme import SHIPPED

_MEGABYTE = 1024 * 1024
#: What may stand behind `Bearer` (RFC 6750), and is too long to be guessed.
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]{32,256}")


def _unguessable(token: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(token.get_secret_value()):
        message = "a token has 32 to 256 letters and digits; make one with `openssl rand -hex 32`"
        raise ValueError(message)
    return token


def _of_people(code: str) -> str:
    """A role that a person can have, as `Grant.read` reads it."""
    if Grant.read(code).role not in OF_PEOPLE:
        message = f"{code} is no role of a person"
        raise ValueError(message)
    return code


class Settings(BaseSettings):
    """The settings of one installation; code gets them as an argument, never from the environment."""

    # The delimiter is for `push_token` alone: all that stands behind ROADMAP_PUSH_TOKEN_ is one key of it.
    model_config = SettingsConfigDict(
        env_prefix="ROADMAP_",
        env_file=".env",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        extra="ignore",
        frozen=True,
    )

    state_dir: Annotated[Path, Field(description="Folder of everything that is kept: database, inboxes, logs.")] = Path(
        "state"
    )
    programme: Annotated[Path, Field(description="The programme file.")] = SHIPPED
    demo: Annotated[bool, Field(description="Move the plan to today and fill in an illustrative history.")] = True

    database_url: Annotated[
        str | None, Field(description="PostgreSQL (15 or newer) as the application's role; none: the embedded one.")
    ] = None
    owner_database_url: Annotated[str | None, Field(description="The same database as its owner, for migrations.")] = (
        None
    )
    airflow_database_url: Annotated[str | None, Field(description="Airflow's own database.")] = None

    host: Annotated[str, Field(description="Address that the board listens on; Airflow stays on 127.0.0.1.")] = (
        "127.0.0.1"
    )
    board_port: Annotated[
        int | None, Field(ge=1, le=65535, description="Port of the board; none: the first free from 8501.")
    ] = None
    airflow_port: Annotated[
        int | None, Field(ge=1, le=65535, description="Port of Airflow; none: the first free from 8080.")
    ] = None

    board_url: Annotated[
        str | None,
        Field(pattern=r"^https?://[^/?#]+/?$", description="Address at which people reach the board; none: its own."),
    ] = None
    oidc_metadata_url: Annotated[
        str | None, Field(description="Where the OpenID Connect provider that signs people in describes itself.")
    ] = None
    oidc_client_id: Annotated[str | None, Field(description="What the provider calls the board.")] = None
    #: Never part of a dump: the board reads it from a file of its own.
    oidc_client_secret: Annotated[SecretStr | None, Field(exclude=True, description="The board's secret there.")] = None
    oidc_role_claim: Annotated[str | None, Field(description="Claim of the provider that gives roles.")] = None
    oidc_roles: Annotated[
        dict[str, Annotated[str, AfterValidator(_of_people)]],
        Field(default_factory=dict, description="Role that each value of that claim gives, as JSON."),
    ]
    session_idle_minutes: Annotated[
        int, Field(ge=1, le=24 * 60, description="Minutes after which an unused session ends.")
    ] = 30
    session_hours: Annotated[int, Field(ge=1, le=24, description="Hours after which every session ends.")] = 8

    push_port: Annotated[
        int | None, Field(ge=1, le=65535, description="Port of the push endpoint; none: the first free from 8600.")
    ] = None
    #: By the commission's code in small letters, with _ for - and .; never part of a dump, like every secret.
    push_token: Annotated[
        dict[str, Annotated[SecretStr, AfterValidator(_unguessable)]],
        NoDecode,
        Field(exclude=True, default_factory=dict, description="A token for each commission that may push."),
    ]

    anchors: Annotated[
        str, Field(description="Where anchors of the log go: files, object-store and mailto URLs, separated by spaces.")
    ] = ""
    smtp_host: Annotated[
        str | None, Field(description="Mail server for anchors that go by mail, and for reminders.")
    ] = None
    smtp_port: Annotated[int, Field(ge=1, le=65535, description="Port of the mail server.")] = 587
    smtp_tls: Annotated[
        Literal["starttls", "tls", "none"], Field(description="How the way to the mail server is encrypted.")
    ] = "starttls"
    smtp_from: Annotated[str | None, Field(description="Sender of the mails; none: roadmap at the mail server.")] = None
    smtp_user: Annotated[str | None, Field(description="User at the mail server; none: without signing in.")] = None
    #: Never part of a dump: a component that needs it is given it by name.
    smtp_password: Annotated[SecretStr | None, Field(exclude=True, description="The user's password there.")] = None

    notify_schemes: Annotated[
        str,
        Field(
            description="Services beside mail that people may be reminded by: Apprise schemes, with a host or without."
        ),
    ] = ""

    max_file_bytes: Annotated[int, Field(gt=0, description="Largest file taken.")] = 20 * _MEGABYTE
    max_unpacked_bytes: Annotated[int, Field(gt=0, description="Largest unpacked size of a workbook.")] = (
        200 * _MEGABYTE
    )
    max_ratio: Annotated[int, Field(gt=0, description="Largest ratio of unpacked to packed size.")] = 100
    max_members: Annotated[int, Field(gt=0, description="Most parts that a workbook may have.")] = 200
    max_workbook_rows: Annotated[int, Field(gt=0, description="Most rows of a workbook.")] = 100_000
    max_csv_rows: Annotated[int, Field(gt=0, description="Most rows of a csv or json file.")] = 5_000_000
    max_columns: Annotated[int, Field(gt=0, description="Most columns of a file.")] = 200
    max_cell_bytes: Annotated[int, Field(gt=0, description="Longest text in one cell.")] = 32 * 1024
    parser_memory_bytes: Annotated[int, Field(gt=0, description="Memory of the parser's process.")] = 512 * _MEGABYTE
    parser_cpu_seconds: Annotated[int, Field(gt=0, description="Processor time of the parser's process.")] = 30

    @field_validator("anchors")
    @classmethod
    def _split_like_a_shell(cls, value: str) -> str:
        """Relative paths are made absolute: the stack's processes need not run where the command was started."""
        return shlex.join(place if ":" in place else str(Path(place).resolve()) for place in shlex.split(value))

    @property
    def anchor_places(self) -> tuple[str, ...]:
        """The places of `anchors`, one by one."""
        return tuple(shlex.split(self.anchors))

    @property
    def anchor_memory(self) -> Path:
        """What this machine remembers of the anchors that it wrote."""
        return self.state_dir / "anchors.json"

    @property
    def verified_memory(self) -> Path:
        """When the whole log was verified last, and up to where."""
        return self.state_dir / "verified.json"

    @property
    def inbox(self) -> Path:
        """Folder that holds one inbox a commission."""
        return self.state_dir / "inbox"

    @property
    def demo_dir(self) -> Path:
        """Folder of what a demonstration's offices hold, for those feeds that are asked."""
        return self.state_dir / "demo"

    @property
    def reports(self) -> Path:
        """Folder of the batch checks' Data Docs."""
        return self.state_dir / "data_docs"


def read(**overrides: object) -> Settings:
    """The settings of this process, absolute paths.

    Raises:
        SettingsError: a setting has a value that it cannot have; the message names it.
    """
    try:
        settings = Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "ROADMAP_" + "_".join(str(part) for part in first["loc"]).upper()
        secret = Settings.model_fields[str(first["loc"][0])].exclude
        message = f"Setting {name}: {first['msg']}" + ("." if secret else f" (given: {first['input']!r}).")
        raise SettingsError(message) from None
    paths = {"state_dir": settings.state_dir.resolve(), "programme": settings.programme.resolve()}
    return settings.model_copy(update=paths)
