"""Normal forms of words, in which case, spaces, hyphens and underscores make no difference. Pure.

Codes and kinds are typed by people and by other systems. A rule that compared the raw text could be evaded by another
spelling, so text is brought into one of these two forms before it is compared with a code.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NEITHER = re.compile(r"[^a-z0-9]+")
_APART = re.compile(r"[\W_]+")


@lru_cache(maxsize=4_096)  # each rule asks for the same few codes, share after share
def normalised(text: str | None) -> str:
    """A text reduced to lower-case Latin letters and digits: "subcontractor" for "Sub-Contractor"; '' for None."""
    return _NEITHER.sub("", unicodedata.normalize("NFKC", text or "").casefold())


def as_code(text: str | None) -> str:
    """A text in the form of a code, capitals joined by underscores: "MARKET_RESEARCH" for "market research"."""
    return _APART.sub("_", unicodedata.normalize("NFKC", text or "").upper()).strip("_")
