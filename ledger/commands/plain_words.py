"""Keeps what people write in place of a code out of the clear: it is recorded as "other", and the text is sealed.

A code is one word. A text of several is kept in clear only when each of its words is one of these plain words, which
say how something was done and can name nobody; then nothing personal can stand in it. Otherwise the text goes into
the sealed text of the same event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ledger.commands.bounds import NAMED
from ledger.normalise import normalised
from ledger.rules.catalogue import RULES

OTHER = "other"
CODED = frozenset(
    {"action", "channel", "contact_channel", "custodian", "handed_by_role", "mechanism", "method", "outcome", "place"}
    | {"purpose", "reason_code", "recipient_category", "recipient_role", "scope", "security_observation"}
)
"""The fields in clear that hold a code, and for which people write words."""
SEALED_WITH = ("evidence", "note", "reason", "message", "asked", "answer")
"""The sealed fields that take the words, the first that an event has."""
_A_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:+-]*")
_WORDS = """
a about accepted access account accuracy act action address adviser after again agree agreed all an and another answer
answered appointment approve as asked at back before begin begins behind between box branch button by call called
campaign card careers centre chat checked checking chose chosen ciphertext click clicked coach collection college
common compared confirm confirmed consent consents contact copy corridor counter course customer data day declared
deleted delivery desk details did documents done door due elsewhere email emails employment emptied enquiry envelope
expressly face file filled first follow for form from front given grant group guidance hand handed held help helpline
history hold home i identity in incorporate inform information interview into it item items jobcentre kept key keyed
keys later letter like line list local locked lost made mail marked market meeting message method mobile name national
new nobody nodded not note nothing of office on online open opened opening opted opting or oral other out outside over
page paper parcel part passed people person personal phone place plan plus portable post postal prepare preparing
pressed private programme provenance public purpose put question raised read received reception record recorded
records recycled referral replied report request required research restored return review rights room safe said say
scanned screen sealed search second secure securely seen selected send sent serve served service serving session share
shared shown shredded sign signature signed site sms social spoke spoken staff stated steps street subject subscribed
support survey switched system take taken tapped team telephone text the their then third this three through tick
ticked time to told training turned two typed unlocked until unused up use used verbal verbally video view visit voice
was web webchat website when which with without words work workshop writing written wrote yes
"""
_PLAIN = frozenset(_WORDS.split())
_ASKED_BY_RULES = frozenset(
    normalised(str(value))
    for rule in RULES
    for values in rule.parameters.values()
    if isinstance(values, list | tuple)
    for value in values
)
"""What a rule looks for, however it is written: putting "other" in its place would silence the rule."""


def is_plain(text: str) -> bool:
    """Whether a text is one word, as a code is, or says nothing but plain words and short numbers."""
    if not NAMED.fits(text):
        return False
    if _A_CODE.fullmatch(text):
        return True
    words = re.findall(r"[^\W_]+", text.casefold())
    return all(word in _PLAIN or (word.isdigit() and len(word) <= 2) for word in words)


def sealed_text_of(sealed: tuple[str, ...]) -> str | None:
    """The sealed field of an event that takes the words; None when it has none."""
    return next((name for name in SEALED_WITH if name in sealed), None)


def without_free_text(
    fields: Mapping[str, Any], sealed: tuple[str, ...], codes: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """The fields with "other" in place of texts that are no codes, which are added to a sealed text of the event.

    `sealed` names its sealed fields, `codes` the codes of each field. Nothing changes where it has no sealed text.
    """
    into = sealed_text_of(sealed)
    written = dict(fields)
    if into is None:
        return written
    for name in sorted(CODED & written.keys()):
        text = written[name]
        listed = _ASKED_BY_RULES | {normalised(code) for code in codes.get(name, ())}
        is_code = isinstance(text, str) and NAMED.fits(text) and (is_plain(text) or normalised(text) in listed)
        if isinstance(text, str) and not is_code:
            written[name] = OTHER
            written[into] = "; ".join(filter(None, (written.get(into), f"{name}: {text}")))
    return written
