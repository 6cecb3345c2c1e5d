"""Whether what somebody did is consent: an act that says yes, told in words; doing nothing is none (CONSENT-12).

UK GDPR Art. 4(11) asks for a statement or a clear affirmative action. So it is not enough that a mechanism is none of
the known ways of doing nothing: it has to name an act, and an act that is taken back in the same breath is none.
"""

from __future__ import annotations

import re
import unicodedata

_ACTS = (
    "accepted", "agree", "answered", "chose", "chosen", "click", "confirmed", "declared", "filled in", "marked",
    "nodded", "opted in", "opting in", "oral", "pressed", "raised", "replied", "said", "say", "selected", "signature",
    "signed", "spoke", "stated", "subscrib", "switched on", "tapped", "tick", "turned on", "typed", "verbal", "wrote",
    "written", "yes",
)  # fmt: skip
_NO_ACTS = (
    "already", "assum", "automatic", "brows", "continu", "deemed", "default", "did not", "didn t", "implicit",
    "implied", "inact", "kept using", "navigat", "never", "no", "not", "nothing", "opt out", "opted out", "page view",
    "page visit", "passive", "pre check", "pre select", "pre tick", "precheck", "preselect", "presum", "pretick",
    "scroll", "signed in to", "silen", "site visit", "tacit", "unless", "untick", "using", "viewed", "viewing",
    "visited", "visiting", "without",
)  # fmt: skip
"""What takes an act back, or puts something else in its place; alone none of it names an act anyway."""
_WHOLE = frozenset({"no", "not", "oral", "say", "yes"})
"""Words that begin others, such as "note", and so count as whole words only."""


def _words(beginnings: tuple[str, ...]) -> re.Pattern[str]:
    each = (rf"{one}\b" if one in _WHOLE else one for one in beginnings)
    return re.compile(rf"\b(?:{'|'.join(each)})")


_AN_ACT, _NO_ACT = _words(_ACTS), _words(_NO_ACTS)


def is_consent(mechanism: str) -> bool:
    """Whether a mechanism names an act of the person and none of the ways of doing nothing, however it is spelled."""
    folded = "".join(letter for letter in unicodedata.normalize("NFKD", mechanism) if not unicodedata.combining(letter))
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", folded)
    words = re.sub(r"[\W_]+", " ", spaced.casefold()).strip()
    return bool(_AN_ACT.search(words)) and not _NO_ACT.search(words)
