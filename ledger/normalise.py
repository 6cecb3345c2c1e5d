"""The same word however it is spelled: case, spaces, hyphens and underscores make no difference. Pure.

Codes and kinds are typed by people and by other systems. A rule that compared their letters could be switched off by
writing a word another way, so whatever is compared with a code is brought into one of these two forms first.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NEITHER = re.compile(r"[^a-z0-9]+")
_APART = re.compile(r"[\W_]+")


@lru_cache(maxsize=4_096)  # each rule asks for the same few codes, share after share
def bare(text: str | None) -> str:
    """The small Latin letters and figures of a text alone, such as subcontractor for "Sub-Contractor"."""
    return _NEITHER.sub("", unicodedata.normalize("NFKC", text or "").casefold())


def coded(text: str | None) -> str:
    """A text as codes are written, in capitals joined by underscores: MARKET_RESEARCH for "market research"."""
    return _APART.sub("_", unicodedata.normalize("NFKC", text or "").upper()).strip("_")
