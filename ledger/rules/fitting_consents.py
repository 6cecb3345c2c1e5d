"""The consents that a share can rest on, by its purpose and its recipient; rules on bases and consent use this."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.codes.consent_scopes import OPENED_BY, SURVEY
from ledger.normalise import normalised
from ledger.rules.facts import Share

_FOR_RESEARCH: Mapping[str, tuple[str, ...]] = {
    "CUSTOMER_SATISFACTION_SURVEY": SURVEY,
    "PROGRESS_RESEARCH": SURVEY,
    "MARKET_RESEARCH": tuple(reversed(SURVEY)),
    "USER_RESEARCH": ("user_research",),
}
_FOR_MORE: Mapping[str, tuple[str, ...]] = {
    "PRIORITY_TARGETING": ("priority_targeting",),
    "EQUALITY_MONITORING": ("equality_monitoring",),
    "MARKETING": ("marketing",),
    "NHS_MARKETING": ("marketing",),
    "NHS_SIMILAR_SERVICES": ("marketing",),
}


def for_research(share: Share) -> tuple[str, ...]:
    """The consents to the research that a share was for; a research company always needs some."""
    company = _FOR_RESEARCH["MARKET_RESEARCH"] if share.category == "MARKET_RESEARCH" else ()
    return _FOR_RESEARCH.get(share.purpose, company)


def fitting(share: Share) -> tuple[str, ...]:
    """The scopes of consent that allow a share, by its purpose and recipient; () when none does (LB-01).

    A consent to surveys allows shares with market research companies only (CONSENT-11, RECIP-19).
    """
    channel = normalised(share.event.contact_channel)
    if share.to_jcp:
        return ("share_with_jcp",)
    if research := for_research(share):
        return research if share.category == "MARKET_RESEARCH" or research == ("user_research",) else ()
    if share.purpose == "NHS_THIRD_PARTY_OFFERS":
        return (f"third_party_{channel}",)
    by_contact = (f"contact_{channel}",) if share.of_nhs and channel in {"post", "telephone"} else ()
    return _FOR_MORE.get(share.purpose, by_contact)


def fitting_item(share: Share, code: str) -> tuple[str, ...]:
    """The scopes of consent that allow an item of a special category in a share; () when none does (LB-06).

    A consent to surveys does not cover ethnicity or health; a consent to record them does not cover passing them on.
    """
    whole, own = fitting(share), OPENED_BY.get(code, ())
    if share.to_jcp:
        return whole if own else ()
    return own if (whole and for_research(share)) or not set(own).isdisjoint(whole) else ()
