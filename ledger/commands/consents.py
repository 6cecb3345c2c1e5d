"""Commands about giving, refusing and withdrawing consent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ledger import errors, events
from ledger.caller import EVERYBODY
from ledger.codes.channels import CONSENT_CHANNELS, OTHER_CHANNEL
from ledger.codes.consent_acts import is_consent
from ledger.codes.consent_scopes import SCOPES, channel_of, scope_of
from ledger.commands.declaration import Codes, CustomerCommand, Example, Fields, closed, known
from ledger.commands.invented import PRIME
from ledger.commands.preconditions import every
from ledger.events import Json
from ledger.state.customer import Customer

_CODES: Mapping[str, Codes] = {"scope": closed(*SCOPES), "channel": known(*sorted(CONSENT_CHANNELS))}
_A_NO = {**_CODES, "scope": known(*SCOPES)}
"""A withdrawal is never refused, whatever it names (CONSENT-06)."""


def _known_scope(_: Customer, fields: Fields) -> None:
    if scope_of(fields["scope"]) not in SCOPES:
        raise errors.Malformed(f"The field scope must be one of {', '.join(SCOPES)}.", field="scope")


def _by_an_act(_: Customer, fields: Fields) -> None:
    if not is_consent(fields["mechanism"]):
        raise errors.NotConsent(field="mechanism")


def _written(fields: Fields, _: datetime) -> Fields:
    """The fields with scope and channel as codes. The words for an unknown channel are kept in a sealed field."""
    written = {**fields, "scope": scope_of(fields["scope"])}
    if words := fields.get("channel"):
        written["channel"] = channel_of(words)
        if written["channel"] == OTHER_CHANNEL and words.strip().upper() != OTHER_CHANNEL:
            written["evidence"] = "; ".join(filter(None, (fields.get("evidence"), words)))
    return written


def _example(at: str, *after: str, **more: Json) -> Mapping[str, Example]:
    """An example about market research."""
    return {"": Example(at=at, after=("register-customer", *after), fields={"scope": "market_research", **more})}


GIVE = CustomerCommand(
    name="give-consent",
    makes=events.ConsentGiven,
    needs=("scope", "mechanism"),
    fills_in=_written,
    judged=True,
    check=every(_known_scope, _by_an_act),
    codes=_CODES,
    examples=_example("2026-01-05T09:10:00Z", mechanism="said yes on the telephone"),
)
REFUSE = CustomerCommand(
    name="refuse-consent",
    makes=events.ConsentRefused,
    effect="protects",
    permitted=EVERYBODY,
    needs=("scope",),
    fills_in=_written,
    judged=True,
    check=_known_scope,
    codes=_CODES,
    examples=_example("2026-01-05T09:10:00Z", channel="TELEPHONE", organisation=PRIME),
)
WITHDRAW = CustomerCommand(
    name="withdraw-consent",
    makes=events.ConsentWithdrawn,
    effect="protects",
    permitted=EVERYBODY,
    needs=("scope",),
    fills_in=_written,
    judged=True,
    codes=_A_NO,
    examples=_example("2026-04-01T10:00:00Z", "give-consent", channel="ACCOUNT", organisation=PRIME),
)
ASK = CustomerCommand(
    name="ask-consent",
    makes=events.ConsentAsked,
    needs=("scope",),
    fills_in=_written,
    judged=True,
    check=_known_scope,
    codes=_CODES,
    examples=_example("2026-01-05T09:08:00Z", organisation=PRIME),
)
EXPIRE = CustomerCommand(
    name="expire-consent",
    makes=events.ConsentExpired,
    effect="protects",
    needs=("scope",),
    fills_in=_written,
    judged=True,
    check=_known_scope,
    codes=_CODES,
    examples=_example("2026-07-05T00:00:00Z", "give-consent"),
)
INVALIDATE = CustomerCommand(
    name="invalidate-consent",
    makes=events.ConsentInvalidated,
    effect="protects",
    needs=("scope",),
    fills_in=_written,
    judged=True,
    check=_known_scope,
    codes=_CODES,
    examples=_example("2026-05-01T10:00:00Z", "give-consent", mechanism="was taken from an old form"),
)

DECLARED = (GIVE, REFUSE, WITHDRAW, ASK, EXPIRE, INVALIDATE)
