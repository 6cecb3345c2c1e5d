"""Whether the words for how consent was given name an affirmative act; inaction is not consent (CONSENT-12).

UK GDPR Art. 4(11) requires a statement or a clear affirmative action. So the words must name an act, and must not also
contain words that negate it or describe inaction.
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
"""Words that negate an act or describe inaction instead."""
_WHOLE = frozenset({"no", "not", "oral", "say", "yes"})
"""Words that also begin others ("no", "note") and so are matched as whole words only."""


def _words(beginnings: tuple[str, ...]) -> re.Pattern[str]:
    patterns = (rf"{word}\b" if word in _WHOLE else word for word in beginnings)
    return re.compile(rf"\b(?:{'|'.join(patterns)})")


_AN_ACT, _NO_ACT = _words(_ACTS), _words(_NO_ACTS)


def is_consent(mechanism: str) -> bool:
    """Whether a mechanism names an act of the person and no form of inaction, in any spelling."""
    folded = "".join(letter for letter in unicodedata.normalize("NFKD", mechanism) if not unicodedata.combining(letter))
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", folded)
    words = re.sub(r"[\W_]+", " ", spaced.casefold()).strip()
    return bool(_AN_ACT.search(words)) and not _NO_ACT.search(words)
