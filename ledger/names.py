"""Whether a file name or subject line contains nothing but a person's name; nothing is stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import Any

Name = frozenset[str]
"""The words a person's name is written with, folded."""

NEUTRAL = frozenset({
    "a", "an", "action", "and", "application", "attached", "by", "careers", "career", "csap", "doc", "document",
    "documents", "email", "encrypted", "for", "from", "fw", "fwd", "in", "meeting", "my", "ncs", "national", "of",
    "on", "our", "pdf", "plan", "plans", "re", "referral", "referrals", "secure", "send", "sending", "sent",
    "service", "sharing", "skills", "the", "to", "update", "with", "you", "your",
})  # fmt: skip
"""Words that say nothing about anybody; every other word of a file name or subject must be the customer's name."""

_NAME_FIELDS = ("given_name", "middle_name", "middle_names", "family_name", "GivenName", "MiddleName", "FamilyName")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "sir", "dame", "prof"})
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_PARTS = re.compile(r"[^\W\d_]+", re.UNICODE)


def name_in(records: Iterable[Mapping[str, Any]]) -> Name | None:
    """The name in these records, under our field names or the source's; None when they hold none."""
    values = [str(record.get(field) or "").strip() for record in records for field in _NAME_FIELDS]
    parts = [part for part in dict.fromkeys(values) if part]
    return name_of(*parts) if parts else None


def name_of(*parts: str) -> Name:
    """Every word the parts of a name may be written as: apart, hyphenated, joined, or as an initial."""
    words: set[str] = set()
    whole = []
    for part in parts:
        pieces = _words(part)
        words |= {*pieces, "".join(pieces)}
        whole.append("".join(pieces))
    words |= {word[0] for word in words if word}
    if len(whole) <= 4:
        words |= {"".join(order) for size in (2, 3) for order in permutations(whole, size)}
    return frozenset(word for word in words if word)


def same_given_name(shown: str, recorded: str) -> bool:
    """Whether two given names are one, however they are written; further names may be left out on either side."""
    first, second = _words(shown), _words(recorded)
    if not first or not second:
        return False
    return {*first} <= {*second} or {*second} <= {*first} or "".join(first) == "".join(second)


def only_names(text: str, names: Iterable[Name]) -> bool:
    """Whether a text holds nothing but neutral words and one of these names, and no figure at all."""
    stem = _EXTENSION.sub("", text.strip())
    if any(letter.isdigit() for letter in stem) or "@" in stem:
        return False
    rest = [word for word in _words(stem) if word not in NEUTRAL]
    return not rest or any(set(rest) <= name for name in names)


def is_called(text: str, name: Name) -> bool:
    """Whether a text, such as "Ms Sam Placeholder" or "sam.placeholder@here.example", is this name.

    A given name or a family name alone is not enough.
    """
    words = [word for word in _words(text.partition("@")[0]) if word not in _TITLES]
    whole = [word for word in words if len(word) > 1]
    if not whole or not name.issuperset(words):
        return False
    parts = {part for part in name if len(part) > 1}
    joined = any(first + second in whole for first in parts for second in parts)
    return len(set(whole)) > 1 or joined


def _words(text: str) -> list[str]:
    if text.isascii():
        plain = text.replace("'", "")
    else:
        apart = unicodedata.normalize("NFKD", text)
        plain = "".join(letter for letter in apart if not unicodedata.combining(letter) and letter not in "’'")
    return [word.casefold() for word in _PARTS.findall(plain)]
