"""One class for each reaction a caller can have, no more.

Every message is one whole sentence: which record, what is wrong, what to do next. It is English; what somebody at the
board can meet says the same in Persian (a test finds what does not).
"""

from __future__ import annotations


class RoadmapError(Exception):
    """Anything the tracker refuses or cannot do; its message is fit to be shown as it stands.

    `fa` is the same in Persian; None where only an operator at a terminal can meet it.
    """

    def __init__(self, en: str, *, fa: str | None = None) -> None:
        super().__init__(en)
        self.fa = fa


class ProgrammeError(RoadmapError):
    """The programme file is wrong: an operator has to correct it before anything runs."""


class SettingsError(RoadmapError):
    """A setting or a command's argument is wrong."""


class FeedUnavailableError(RoadmapError):
    """A feed cannot be reached now: trying again later may help."""


class FileRefusedError(RoadmapError):
    """A whole file cannot be taken: trying again will not help, the sender has to repair it.

    `code` is stable and language-free; `fa` and `en` are the sentences for the sender.
    """

    fa: str

    def __init__(self, code: str, *, fa: str, en: str) -> None:
        super().__init__(en, fa=fa)
        self.code, self.en = code, en


class ConflictError(RoadmapError):
    """Somebody else wrote first: the person has to look at the newer state and decide."""


class StoreError(RoadmapError):
    """The database cannot be reached, or is not in the state that this version needs."""


class LogBrokenError(RoadmapError):
    """The event log does not agree with its own hashes: stop and call an auditor."""
