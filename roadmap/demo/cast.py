"""The people of a demonstration: one of each kind, and for each commission its lead and its data officer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from roadmap.domain.people import OF_A_COMMISSION, OF_PEOPLE, Grant
from roadmap.domain.text import Text
from roadmap.programme import Programme
from roadmap.services import people
from roadmap.services.desk import Desk
from roadmap.settings import Settings

#: What their provider calls itself, wherever it listens: the same people sign in at every start.
ISSUER: Final = "https://people.demo.invalid"
#: What that provider calls the board.
CLIENT: Final = "demonstration"
#: Roles in words, for the page on which somebody is picked.
ROLES: Final = {
    "executive": Text(fa="مدیر ارشد", en="Executive"),
    "secretariat": Text(fa="دبیرخانه", en="Secretariat"),
    "commander": Text(fa="فرمانده", en="Commander"),
    "lead": Text(fa="مسئول کمیسیون", en="Lead"),
    "data_officer": Text(fa="کارشناس دادهٔ کمیسیون", en="Data officer"),
    "operator": Text(fa="راهبر سامانه", en="Operator"),
}
_REASON: Final = "نقش نمایشی"
_NAMES: Final = (
    ("سهراب کیانی", "Sohrab Kiani"),
    ("مریم رضایی", "Maryam Rezaei"),
    ("بهرام ستوده", "Bahram Sotoudeh"),
    ("آرش نیک‌پی", "Arash Nikpey"),
    ("نسرین احمدی", "Nasrin Ahmadi"),
    ("کاوه مرادی", "Kaveh Moradi"),
    ("لیلا شریفی", "Leila Sharifi"),
    ("حمید صادقی", "Hamid Sadeghi"),
    ("شیرین یوسفی", "Shirin Yousefi"),
    ("رضا کاظمی", "Reza Kazemi"),
    ("پروانه رستمی", "Parvaneh Rostami"),
    ("امیر حیدری", "Amir Heydari"),
    ("مینا قاسمی", "Mina Ghasemi"),
    ("داوود نوری", "Davoud Nouri"),
    ("زهرا باقری", "Zahra Bagheri"),
    ("یونس فرهادی", "Younes Farhadi"),
    ("الهام جعفری", "Elham Jafari"),
    ("مهدی سلیمانی", "Mehdi Soleimani"),
    ("فاطمه اکبری", "Fatemeh Akbari"),
    ("نادر عزیزی", "Nader Azizi"),
)


@dataclass(frozen=True)
class Player:
    """Somebody of the demonstration, with the one role they have; its code is what their provider calls them."""

    name: Text
    grant: Grant

    @property
    def subject(self) -> str:
        """What the provider calls them."""
        return self.grant.code


def players(programme: Programme) -> list[Player]:
    """Everybody, in the order in which they are offered; names are used again where there are more people."""
    return [
        Player(Text(fa=fa, en=en), grant) for (fa, en), grant in zip(cycle(_NAMES), _grants(programme), strict=False)
    ]


def is_wanted(settings: Settings) -> bool:
    """Whether the people of the demonstration are to come in: they are not where another provider is set."""
    return settings.demo and settings.oidc_client_id in {None, CLIENT}


def lay(desk: Desk) -> int:
    """Notes down those who are not known yet and gives them their roles; how many there were."""
    known = {account.person.subject for account in people.accounts(desk) if account.person.issuer == ISSUER}
    missing = [player for player in players(desk.programme) if player.subject not in known]
    for player in missing:
        person = people.add(desk, name=player.name.fa, issuer=ISSUER, subject=player.subject)
        people.assign(desk, person.id, [player.grant], _REASON)
    return len(missing)


def _grants(programme: Programme) -> Iterator[Grant]:
    for role in OF_PEOPLE:
        if role in OF_A_COMMISSION:
            yield from (Grant(role=role, commission=code) for code in programme.by_commission)
        else:
            yield Grant(role=role)
