"""The scopes of consent: for each the rule, the data, the recipients, the retention class and how to withdraw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.codes.channels import CONSENT_CHANNELS, OTHER_CHANNEL
from ledger.codes.items import ETHNICITY
from ledger.normalise import as_code

SURVEY = ("survey", "market_research")
EQUALITY = ("equality_monitoring", "collect_ethnicity", "collect_lldd_health")
RESEARCH = (*SURVEY, "user_research")

_COMPANIES = ("market research companies",)
_OTHERS = ("selected third parties",)
_CONTACT = ("name", "email address", "telephone number")
ETHNIC_GROUP, HEALTH = "ethnic group", "disability, learning difficulty and health"
SPECIAL = frozenset({ETHNIC_GROUP, HEALTH, "priority group"})
"""Kinds of data that the law protects specially; a priority group may be one of health (UK GDPR Art. 9, DATA-06)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """One thing consent can be for; it is given, refused and withdrawn on its own (CONSENT-10)."""

    rule: str
    """The rule whose sentence says that this needs consent."""
    words: str
    """What it is for, as a person reads it after "consent to"."""
    data: tuple[str, ...]
    """The kinds of personal data that are used with it."""
    recipients: tuple[str, ...] = ()
    """Third parties the sources say may get the data with it."""
    kept_as: str | None = None
    """The retention class of data that is kept only because of it."""
    of_nhs: bool = False
    """Whether the policy of NHS Health Careers asks for it, and says how to take it back."""

    @property
    def special(self) -> bool:
        """Whether any of the data is of a special category, so that the consent must be explicit (LB-06)."""
        return not SPECIAL.isdisjoint(self.data)


SCOPES: Mapping[str, Scope] = {
    "survey": Scope(
        rule="CONSENT-02",
        words="surveys of satisfaction with the service",
        data=_CONTACT,
        recipients=_COMPANIES,
        kept_as="research_contact",
    ),
    "market_research": Scope(
        rule="CONSENT-11",
        words="market research about satisfaction with the service",
        data=_CONTACT,
        recipients=_COMPANIES,
        kept_as="research_contact",
    ),
    "user_research": Scope(rule="CONSENT-11", words="user research", data=_CONTACT, kept_as="research_contact"),
    "equality_monitoring": Scope(
        rule="CONSENT-03",
        words="the use of ethnicity and disability data to check that the service is fair",
        data=(ETHNIC_GROUP, HEALTH),
        kept_as="equality",
    ),
    "collect_ethnicity": Scope(
        rule="CONSENT-03", words="the recording of ethnic group", data=(ETHNIC_GROUP,), kept_as="equality"
    ),
    "collect_lldd_health": Scope(
        rule="CONSENT-03",
        words="the recording of disability, learning difficulty and health",
        data=(HEALTH,),
        kept_as="equality",
    ),
    "priority_targeting": Scope(
        rule="CONSENT-04", words="the use of details to reach priority groups", data=("priority group",)
    ),
    "share_with_jcp": Scope(
        rule="CONSENT-18",
        words="the sharing of details given with consent with Jobcentre Plus",
        data=(ETHNIC_GROUP, HEALTH),
        recipients=("Jobcentre Plus",),
    ),
    "marketing": Scope(rule="CONSENT-15", words="marketing", data=_CONTACT, of_nhs=True),
    "third_party_email": Scope(
        rule="CONSENT-13",
        words="email from other organisations",
        data=("name", "email address"),
        recipients=_OTHERS,
        of_nhs=True,
    ),
    "third_party_telephone": Scope(
        rule="CONSENT-13",
        words="calls from other organisations",
        data=("name", "telephone number"),
        recipients=_OTHERS,
        of_nhs=True,
    ),
    "third_party_post": Scope(
        rule="CONSENT-13",
        words="post from other organisations",
        data=("name", "postal address"),
        recipients=_OTHERS,
        of_nhs=True,
    ),
    "contact_post": Scope(rule="CONSENT-14", words="contact by post", data=("name", "postal address"), of_nhs=True),
    "contact_telephone": Scope(
        rule="CONSENT-14", words="contact by telephone", data=("name", "telephone number"), of_nhs=True
    ),
}
"""Every scope; no other is accepted (CONSENT-01)."""

WITHDRAWN_BY: Mapping[str, str] = {
    "ACCOUNT": "CONSENT-07",
    "TELEPHONE": "CONSENT-08",
    "LOCAL_ADVISER_PHONE": "CONSENT-09",
    "LOCAL_ADVISER_IN_PERSON": "CONSENT-09",
}
"""The ways to take consent back that the notice names, each with the rule whose sentence says so."""
WITHDRAWN_FROM_NHS_BY: Mapping[str, str] = dict.fromkeys(
    ("ACCOUNT", "CONTACT_PAGE", "TELEPHONE", "EMAIL", "CAMPAIGN_SIGN_UP"), "CONSENT-16"
)
"""The same by the policy of NHS Health Careers."""


def channel_of(words: str) -> str:
    """The code of a way of speaking, however it is spelled; OTHER for one that has none: a no is never refused."""
    code = as_code(words)
    return code if code in CONSENT_CHANNELS else OTHER_CHANNEL


def scope_of(words: str) -> str:
    """The scope in any spelling; the text itself when no scope has that name."""
    code = as_code(words).lower()
    return code if code in SCOPES else words


_OF_HEALTH = ("collect_lldd_health", "equality_monitoring")
OPENED_BY: Mapping[str, tuple[str, ...]] = {
    ETHNICITY: ("collect_ethnicity", "equality_monitoring"),
    "disability": _OF_HEALTH,
    "health": _OF_HEALTH,
    "D29": ("priority_targeting",),
}
"""Item to the scopes that permit its use: its own first, then wider ones that include it."""


def rested_on(class_: str, part: str) -> tuple[str, ...]:
    """The scopes that records of a class and part rest on, their own before a wider one; () when on no consent.

    The part of an equality record says which consent it rests on, so ethnicity and health stand apart (CONSENT-10).
    """
    if class_ == "research_contact":
        return RESEARCH
    if class_ != "equality":
        return ()
    own = part.split("/", maxsplit=1)[0]
    return (own, "equality_monitoring") if own in EQUALITY else EQUALITY
