"""Why something cannot be done with a proposal, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from roadmap.domain.text import Text
from roadmap.errors import ConflictError, RoadmapError


class ProposalRefusedError(RoadmapError):
    """What was asked for cannot be; `texts` say why in both languages, a sentence each."""

    def __init__(self, texts: Sequence[Text]) -> None:
        super().__init__(" ".join(each.en for each in texts), fa=" ".join(each.fa for each in texts))
        self.texts = tuple(texts)


class OvertakenError(ConflictError):
    """Somebody acted first, or a decision has changed the same; nothing was written.

    `who` is whom the log names as the first; None where it was a decision. `text` says what to do, in both languages.
    """

    def __init__(self, code: str, who: str | None = None) -> None:
        self.code, self.who = code, who
        self.text = self.naming(who or "")
        super().__init__(self.text.en, fa=self.text.fa)

    def naming(self, who: str) -> Text:
        """What `text` says, with whoever was first called `who`."""
        return say("meanwhile", code=self.code) if self.who is None else say("acted", code=self.code, who=who)


_SENTENCES: Final = {
    "unknown": (
        "پیشنهادی با کد {code} وجود ندارد؛ یکی را از فهرست برگزینید.",
        "There is no proposal {code}; pick one from the list.",
    ),
    "acted": (
        "{who} در این میان دربارهٔ پیشنهاد {code} اقدام کرده است؛ وضعیت تازهٔ آن را ببینید و دوباره تصمیم بگیرید.",
        "{who} has acted on proposal {code} meanwhile; look at where it stands now, and decide again.",
    ),
    "meanwhile": (
        "تصمیم دیگری در این میان {code} را تغییر داده است؛ پیشنهاد باید بازگردد و بر برنامهٔ مصوب تازه نوشته شود.",
        "Another decision has changed {code} meanwhile; the proposal has to go back and be made on the new baseline.",
    ),
    "unchecked": (
        "پیشنهاد {code} در انتظار تصمیم نیست: یا دبیرخانه هنوز آن را بررسی نکرده، یا تصمیم آن گرفته شده است.",
        "Proposal {code} does not wait for a decision: the secretariat has not found it fit yet, or it is decided.",
    ),
    "not_now": (
        "با پیشنهاد {code} در وضعیت کنونی‌اش نمی‌توان این کار را کرد.",
        "This cannot be done with proposal {code} where it stands now.",
    ),
    "own": (
        "پیشنهاد {code} را خودتان فرستاده‌اید؛ بررسی و تصمیم با دیگری است.",
        "You sent proposal {code} yourself; somebody else has to check it and to decide.",
    ),
    "no_session": (
        "جلسه‌ای با کد {code} خوانده نشده است.",
        "No session with the code {code} was called.",
    ),
    "no_baseline": (
        "برنامهٔ مصوب {code} وجود ندارد؛ یکی را از فهرست برگزینید.",
        "There is no baseline {code}; pick one from the list.",
    ),
    "no_reason": (
        "دلیل را در یک تا هزار نویسه بنویسید.",
        "Say why, in 1 to 1,000 characters.",
    ),
    "hidden": (
        "در متن نویسهٔ پنهان تغییر جهت هست؛ متن را دوباره و ساده بنویسید.",
        "The text holds hidden text-direction characters; write it again, plainly.",
    ),
    "unreadable": (
        "پیشنهاد خوانا نیست: {code}",
        "The proposal cannot be read: {code}",
    ),
}  # fmt: skip


def say(name: str, **values: str) -> Text:
    """The sentence `name` with its values."""
    fa, en = (sentence.format(**values) for sentence in _SENTENCES[name])
    return Text(fa=fa, en=en)
