"""Every text of the board, in both languages: gettext catalogues under stable keys, read as they are.

t = load("fa")
t("picker.next")
t("slips.days", n=3, count=f.number(3))     # n picks the plural form, the other values fill the braces
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from gettext import c2py
from pathlib import Path

from babel.messages.pofile import read_po

from roadmap.domain.text import Language

FOLDER = Path(__file__).parent


class Catalogue:
    """The texts of one language: called with a key, it says that text.

    `n` picks the plural form, the other values fill the braces. An unknown key is a KeyError.
    """

    def __init__(self, forms: Mapping[str, tuple[str, ...]], plural: Callable[[int], int]) -> None:
        self._forms, self._plural = forms, plural

    def __call__(self, key: str, /, *, n: int | None = None, **values: object) -> str:
        forms = self._forms[key]
        form = forms[min(self._plural(n), len(forms) - 1)] if n is not None else forms[0]
        return form.format(**values)

    @property
    def keys(self) -> frozenset[str]:
        """All keys there are."""
        return frozenset(self._forms)

    def forms(self, key: str) -> tuple[str, ...]:
        """All plural forms of one text."""
        return self._forms[key]


@cache
def load(language: Language) -> Catalogue:
    """The catalogue of `language`, read once a process; a few milliseconds, so nothing is compiled."""
    with (FOLDER / f"{language}.po").open(encoding="utf-8") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    forms: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            forms[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return Catalogue(forms, c2py(catalogue.plural_expr))
