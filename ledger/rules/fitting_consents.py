"""Which consents a share can rest on, by its purpose and its recipient: asked by the rules on bases and consent."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.codes.consent_scopes import OPENED_BY, SURVEY
from ledger.normalise import normalised
from ledger.rules.rule import Share

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
    """The consents to the research a share was for; () for no research, which a research company never gets."""
    company = _FOR_RESEARCH["MARKET_RESEARCH"] if share.category == "MARKET_RESEARCH" else ()
    return _FOR_RESEARCH.get(share.purpose, company)


def fitting(share: Share) -> tuple[str, ...]:
    """The consents a share can rest on, by what it was for and who got it; () when no consent opens that way (LB-01).

    Surveys are for market research companies and nobody else (CONSENT-11, RECIP-19).
    """
    by = normalised(share.told.contact_channel)
    if share.to_jcp:
        return ("share_with_jcp",)
    if research := for_research(share):
        return research if share.category == "MARKET_RESEARCH" or research == ("user_research",) else ()
    if share.purpose == "NHS_THIRD_PARTY_OFFERS":
        return (f"third_party_{by}",)
    by_contact = (f"contact_{by}",) if share.of_nhs and by in {"post", "telephone"} else ()
    return _FOR_MORE.get(share.purpose, by_contact)


def fitting_item(share: Share, code: str) -> tuple[str, ...]:
    """The consents on which an item of a special category can go in a share; () when none opens that way (LB-06).

    A consent to surveys is none to ethnicity or health, and a consent to record them is none to pass them to anybody.
    """
    whole, own = fitting(share), OPENED_BY.get(code, ())
    if share.to_jcp:
        return whole if own else ()
    return own if (whole and for_research(share)) or not set(own).isdisjoint(whole) else ()
