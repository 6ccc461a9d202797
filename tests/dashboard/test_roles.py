import pytest

from dashboard.roles import Role, RoleRefusedError, Visit, actor, is_loopback, may_choose, offered, visit

HERE = {"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"}
AT_HOME = visit(("127.0.0.1", "127.0.0.1"), "127.0.0.1", HERE)
LEAD = Role("lead", "quays")


def coming(*, listens=("127.0.0.1", "127.0.0.1"), comes_from="127.0.0.1", without=(), **headers: str) -> Visit:
    told = {name: value for name, value in (HERE | headers).items() if name not in without}
    return visit(listens, comes_from, {name.replace("_", "-"): value for name, value in told.items()})


def test_whoever_sits_at_the_machine_may_choose_a_role():
    assert may_choose(AT_HOME)
    assert may_choose(coming(listens=("localhost",), comes_from="::1", host="[::1]:8501", origin="http://localhost"))


@pytest.mark.parametrize(
    "visit",
    [
        coming(listens=("0.0.0.0",)),  # noqa: S104 — what must be refused
        coming(listens=("127.0.0.1", "")),
        coming(listens=("127.0.0.1", "10.0.0.5")),
        coming(listens=()),
        coming(comes_from="10.0.0.9"),
        coming(comes_from=""),
        coming(host="board.example"),
        coming(origin="https://board.example"),
        coming(origin="null"),
        coming(without=("host",)),
        coming(without=("origin",)),
        coming(x_forwarded_for="127.0.0.1"),
        coming(X_Real_IP="127.0.0.1"),
        coming(Forwarded="for=127.0.0.1"),
        coming(host="127.0.0.1.board.example"),
        coming(origin="http://[broken"),
    ],
    ids=repr,
)
def test_one_foreign_sign_is_enough_to_refuse(visit):
    assert not may_choose(visit)
    with pytest.raises(RoleRefusedError) as refused:
        actor(LEAD, visit)
    assert refused.value.key == "role.refused"


@pytest.mark.parametrize("role", [Role(), Role("secretariat")])
def test_only_a_lead_writes(role):
    with pytest.raises(RoleRefusedError) as refused:
        actor(role, AT_HOME)
    assert refused.value.key == "role.not_lead"


@pytest.mark.parametrize("role", [Role(), LEAD])
def test_only_the_secretariat_does_what_is_the_secretariats(role):
    with pytest.raises(RoleRefusedError) as refused:
        actor(role, AT_HOME, "secretariat")
    assert refused.value.key == "role.not_secretariat"
    assert actor(Role("secretariat"), AT_HOME, "secretariat") == "secretariat (demo role)"


def test_the_log_is_told_that_the_role_was_only_chosen():
    assert actor(LEAD, AT_HOME) == "lead:quays (demo role)"


def test_every_commission_has_a_lead():
    assert list(offered(["quays", "cranes"])) == ["executive", "secretariat", "lead:quays", "lead:cranes"]


@pytest.mark.parametrize(("name", "home"), [("127.3.2.1", True), ("::1", True), ("localhost", True), ("::", False)])
def test_loopback_is_this_machine_alone(name, home):
    assert is_loopback(name) is home
