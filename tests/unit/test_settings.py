"""Settings: read strictly, refused by name, documented one and all."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from roadmap import settings as configuration
from roadmap.errors import SettingsError
from roadmap.settings import Settings

DOCUMENTED = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ROADMAP_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_a_demonstration_runs_here_and_for_this_machine_only(tmp_path: Path) -> None:
    found = configuration.read()
    assert (found.demo, found.host, found.database_url) == (True, "127.0.0.1", None)
    assert found.state_dir == tmp_path / "state"
    assert found.inbox == tmp_path / "state" / "inbox"
    assert found.reports == tmp_path / "state" / "data_docs"
    assert found.programme.is_file()


def test_the_environment_is_read_and_an_argument_counts_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADMAP_BOARD_PORT", "9000")
    monkeypatch.setenv("ROADMAP_DEMO", "false")
    assert configuration.read().board_port == 9000
    assert configuration.read(board_port=9001).board_port == 9001
    assert configuration.read(board_port=None).board_port == 9000
    assert configuration.read().demo is False


def test_a_file_of_settings_beside_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ROADMAP_HOST=0.0.0.0\nSOMETHING_ELSE=1\n", encoding="utf-8")
    assert configuration.read().host == "0.0.0.0"  # noqa: S104


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROADMAP_BOARD_PORT", "0"),
        ("ROADMAP_BOARD_PORT", "65536"),
        ("ROADMAP_AIRFLOW_PORT", "http"),
        ("ROADMAP_DEMO", "maybe"),
        ("ROADMAP_MAX_FILE_BYTES", "-1"),
        ("ROADMAP_PARSER_CPU_SECONDS", "1.5"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_what_was_given(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        configuration.read()
    sentence = str(refused.value)
    assert sentence.startswith(f"Setting {name}: ")
    assert sentence.endswith(f"(given: '{value}').")
    assert "\n" not in sentence


def test_settings_cannot_be_changed_while_running() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        configuration.read().host = "0.0.0.0"  # noqa: S104


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described_where_it_is_made_and_in_the_docs(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description
    assert description.endswith(".")
    assert f"`ROADMAP_{name.upper()}`" in DOCUMENTED.read_text(encoding="utf-8")


def test_the_docs_name_no_setting_that_is_gone() -> None:
    named = {word for word in DOCUMENTED.read_text(encoding="utf-8").split("`") if word.startswith("ROADMAP_")}
    assert named <= {f"ROADMAP_{name.upper()}" for name in Settings.model_fields}
