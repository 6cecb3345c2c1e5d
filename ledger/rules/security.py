"""Security and where data is stored."""

from __future__ import annotations

from ledger.normalise import normalised
from ledger.rules.facts import Record, Share
from ledger.rules.rule import EARLIER_NOTICE, GUIDANCE, NHS_POLICY, Found, Rule, found

UNITED_KINGDOM = (
    "GB United Kingdom", "GBR The United Kingdom", "UK Great Britain", "GB-ENG England", "GB-SCT Scotland",
    "GB-WLS Wales", "GB-NIR Northern Ireland",
)  # fmt: skip
"""Codes and names of places in the United Kingdom."""
EEA_AND_UK = (
    *UNITED_KINGDOM,
    "AT Austria", "BE Belgium", "BG Bulgaria", "CY Cyprus", "CZ Czechia", "CZ Czech Republic", "DE Germany",
    "DK Denmark", "EE Estonia", "ES Spain", "FI Finland", "FR France", "GR Greece", "EL Greece", "HR Croatia",
    "HU Hungary", "IE Ireland", "IE Republic of Ireland", "IS Iceland", "IT Italy", "LI Liechtenstein", "LT Lithuania",
    "LU Luxembourg", "LV Latvia", "MT Malta", "NL Netherlands", "NL The Netherlands", "NO Norway", "PL Poland",
    "PT Portugal", "RO Romania", "SE Sweden", "SI Slovenia", "SK Slovakia", "EU European Union",
    "EEA European Economic Area",
)  # fmt: skip
"""Codes and names of countries of the EEA, and of the United Kingdom, which was in it at the time (CONF-07)."""
_AT_HOME, _NEAR = (
    frozenset(normalised(part) for place in places for part in place.split(" ", maxsplit=1))
    for places in (UNITED_KINGDOM, EEA_AND_UK)
)
_SECRETS = ("password", "passcode", "secret", "security_answer")


def without_security_basis(share: Share) -> Found | None:
    return found("security_basis") if share.to_jcp and not share.event.security_basis else None


def secret_kept(record: Record) -> Found | None:
    names = record.event.values or {}
    return found("values") if any(word in name.casefold() for name in names for word in _SECRETS) else None


def is_abroad(place: str | None) -> bool:
    """Whether a place is recorded and is not in the United Kingdom, however it is spelled."""
    return bool(place) and normalised(place) not in _AT_HOME


def stored_far_away(share: Share) -> Found | None:
    where = share.event.storage_location
    return found("storage_location") if share.of_nhs and where and normalised(where) not in _NEAR else None


RULES = (
    Rule(
        id="SEC-01",
        group="SEC",
        source=GUIDANCE,
        line=48,
        force="SHOULD",
        sentence="should uphold principles of data security",
        status="checked",
        how="a share says which rule made it safe",
        proposed="warn",
        severity="S3",
        check=without_security_basis,
    ),
    Rule(
        id="SEC-02",
        group="SEC",
        source=GUIDANCE,
        line=48,
        force="MUST",
        sentence="should adhere to the UK Data Protection legislation at all times",
        status="outside",
        how="the law as a whole; what the ledger does for it stands under the other rules",
    ),
    Rule(
        id="SEC-03",
        group="SEC",
        source=EARLIER_NOTICE,
        line=97,
        force="STATES",
        sentence="Your information will be held securely",
        status="behaviour",
        how=(
            "sealed at rest, and every reading is recorded first: tests/ledger/test_sealed_at_rest.py, "
            "test_what_is_said_about_a_person_is_at_rest_only_sealed_and_is_read_only_after_that_is_recorded"
        ),
    ),
    Rule(
        id="SEC-04",
        group="SEC",
        source=NHS_POLICY,
        line=124,
        force="STATES",
        sentence="All information we hold is stored on secure servers.",
        status="behaviour",
        how=(
            "the same for NHS records, under a class of their own: tests/ledger/test_sealed_at_rest.py, "
            "test_what_is_said_about_a_person_is_at_rest_only_sealed_and_is_read_only_after_that_is_recorded"
        ),
    ),
    Rule(
        id="SEC-05",
        group="SEC",
        source=NHS_POLICY,
        line=124,
        force="STATES",
        sentence="you are responsible for keeping this password confidential",
        status="checked",
        how="a record with a field for a password or a secret",
        proposed="refuse",
        severity="S1",
        judges=Record,
        parameters={"words": [*_SECRETS]},
        check=secret_kept,
    ),
    Rule(
        id="SEC-06",
        group="SEC",
        source=NHS_POLICY,
        line=126,
        force="STATES",
        sentence="any transmission is at your own risk",
        status="outside",
        how="no defence the ledger could use: a failure in transit is reported and judged like any share",
    ),
    Rule(
        id="LOC-01",
        group="SEC",
        source=NHS_POLICY,
        line=122,
        force="STATES",
        sentence="will not be transferred to, or stored at, locations outside the European Economic Area",
        status="checked",
        how="NHS data is stored in the United Kingdom or the European Economic Area",
        proposed="refuse",
        severity="S1",
        parameters={"places": [*EEA_AND_UK]},
        check=stored_far_away,
    ),
)
