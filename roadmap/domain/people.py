"""Who acts, and as what: roles, of the whole programme or of one commission."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from pydantic import model_validator

from roadmap.domain.model import Code, Value


class Role(StrEnum):
    """What somebody is to the programme; what each may do is `services.permissions`' table."""

    EXECUTIVE = "executive"
    SECRETARIAT = "secretariat"
    COMMANDER = "commander"
    LEAD = "lead"
    DATA_OFFICER = "data_officer"
    OPERATOR = "operator"
    #: The command line and the runs of the scheduler: whoever may start them has the machine in hand anyway.
    MACHINE = "machine"


#: Roles that people can have.
OF_PEOPLE: Final = tuple(role for role in Role if role is not Role.MACHINE)
#: Roles that are of one commission.
OF_A_COMMISSION: Final = frozenset({Role.LEAD, Role.DATA_OFFICER})


class Grant(Value):
    """A role that somebody has, of a commission where the role is one of a commission."""

    role: Role
    commission: Code | None = None

    @model_validator(mode="after")
    def _of_a_commission(self) -> Self:
        if (self.role in OF_A_COMMISSION) != (self.commission is not None):
            message = f"{self.role}: {'name the commission' if self.commission is None else 'has no commission'}"
            raise ValueError(message)
        return self

    @classmethod
    def read(cls, code: str) -> Self:
        """The grant that `code` writes: `executive`, or `lead:` with the commission's code; ValueError for another."""
        role, _, commission = code.strip().partition(":")
        return cls.model_validate({"role": role, "commission": commission or None})

    @property
    def code(self) -> str:
        """The grant as `read` reads it."""
        return f"{self.role}:{self.commission}" if self.commission else self.role.value


@dataclass(frozen=True)
class Who:
    """Somebody who acts. `actor` is what the log keeps of them, `name` what a page calls them."""

    actor: str
    name: str
    grants: frozenset[Grant]

    def has(self, role: Role) -> bool:
        """Whether they have `role`, of whatever commission."""
        return any(grant.role is role for grant in self.grants)

    def own(self, role: Role) -> tuple[str, ...]:
        """The commissions that they have `role` of, in order of their codes."""
        return tuple(sorted(grant.commission for grant in self.grants if grant.role is role and grant.commission))


#: Whoever runs commands on the machine, and the scheduler's runs.
SHELL: Final = Who("command line", "command line", frozenset({Grant(role=Role.MACHINE)}))
