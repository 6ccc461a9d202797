"""Tokens: from the environment, one a commission, known by their hashes only, and told to one process only."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from roadmap import settings as configuration
from roadmap.errors import SettingsError
from roadmap.push.tokens import Keyring
from roadmap.settings import Settings
from roadmap.stack import plan, up
from roadmap.stack.airflow import Airflow, Keys

HR, SUPPORT = "h" * 32, "s" * 32
CODES = ["human.resources-1", "support"]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ROADMAP_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def tokens(monkeypatch):
    """The settings of a process that has two tokens, one in the environment and one in the file."""
    monkeypatch.setenv("ROADMAP_PUSH_TOKEN_HUMAN_RESOURCES_1", HR)
    Path(".env").write_text(f"ROADMAP_PUSH_TOKEN_SUPPORT={SUPPORT}\n", encoding="utf-8")
    return configuration.read()


def keyring(codes=CODES, **tokens: str) -> Keyring:
    return Keyring({name: SecretStr(token) for name, token in tokens.items()}, codes)


def test_a_token_comes_from_the_variable_that_ends_in_its_commissions_code(tokens):
    found = Keyring(tokens.push_token, CODES)
    assert found.commission(f"Bearer {HR}") == "human.resources-1"
    assert found.commission(f"bearer  {SUPPORT}") == "support"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", HR, f"Basic {HR}", f"Bearer {HR}x", f"Bearer {HR[1:]}", f"Bearer {HR} x"]
)
def test_another_header_is_nobodys(tokens, header):
    assert Keyring(tokens.push_token, CODES).commission(header) is None


def test_without_any_token_nobody_may_push():
    assert keyring().commission("Bearer ") is None


def test_of_a_token_only_its_hash_is_kept(tokens):
    assert HR not in repr(vars(Keyring(tokens.push_token, CODES)))


@pytest.mark.parametrize(
    ("codes", "given", "told"),
    [
        (CODES, {"training": HR}, "ROADMAP_PUSH_TOKEN_TRAINING stands for no commission"),
        (["a-b", "a.b"], {"a_b": HR}, "ROADMAP_PUSH_TOKEN_A_B stands for a-b and a.b alike"),
        (CODES, {"support": HR, "human_resources_1": HR}, "give each commission a token of its own"),
    ],
)
def test_a_token_that_is_not_one_commissions_own_is_refused_without_showing_it(codes, given, told):
    with pytest.raises(SettingsError, match=told) as refused:
        keyring(codes, **given)
    assert HR not in str(refused.value)


@pytest.mark.parametrize(
    "token", ["", "short", "x" * 31, "x" * 257, "with a space in the midst of it all", "ناشناس" * 9]
)
def test_a_token_that_can_be_guessed_or_sent_in_no_header_is_refused_without_showing_it(monkeypatch, token):
    monkeypatch.setenv("ROADMAP_PUSH_TOKEN_SUPPORT", token)
    with pytest.raises(SettingsError, match=r"^Setting ROADMAP_PUSH_TOKEN_SUPPORT: .* make one with") as refused:
        configuration.read()
    assert "given" not in str(refused.value)


def test_a_token_without_a_commission_is_refused_without_showing_it(monkeypatch):
    monkeypatch.setenv("ROADMAP_PUSH_TOKEN", HR)
    with pytest.raises(SettingsError, match=r"^Setting ROADMAP_PUSH_TOKEN: ") as refused:
        configuration.read()
    assert HR not in str(refused.value)


def components(settings: Settings, push_port: int | None):
    installed = Airflow(home=Path("/state"), project=Path("/project"), database_url="postgresql://u@db/a", port=8123)
    base = plan.base_environment(settings, {"PATH": "/bin", "ROADMAP_PUSH_TOKEN_SUPPORT": SUPPORT})
    made = plan.components(
        settings, installed, Keys("f", "j", "k"), board_port=8555, push_port=push_port, watched=[1], base=base
    )
    return {component.name: component for component in made}


def test_only_the_endpoint_knows_the_tokens_and_reads_them_from_the_same_variables(tokens, monkeypatch):
    made = components(tokens, 8600)
    knowing = {name for name, one in made.items() if {HR, SUPPORT} & set(one.environment.values())}
    assert knowing == {"push"}
    for name, value in made["push"].environment.items():
        monkeypatch.setenv(name, value)
    read = configuration.read()
    assert read.push_token == tokens.push_token
    assert (read.push_port, made["push"].command[1:]) == (8600, ("-m", "roadmap.push"))


def test_without_a_token_there_is_no_endpoint(tokens):
    assert up._push_port(tokens.model_copy(update={"push_token": {}})) is None
    assert "push" not in components(tokens, None)
    assert up._push_port(tokens) >= 8600
