"""Consent: what must not be done without it. The scopes are in `ledger/codes/consent_scopes.py`."""

from __future__ import annotations

from ledger.codes.consent_scopes import EQUALITY, OPENED_BY, SCOPES, SURVEY, rested_on, scope_of
from ledger.codes.items import SPECIAL, code_of
from ledger.normalise import normalised
from ledger.retention.schedule import kept_under
from ledger.rules.bases import EXPLICIT, basis_of
from ledger.rules.facts import Record, Share
from ledger.rules.fitting_consents import for_research
from ledger.rules.rule import EARLIER_NOTICE, NHS_POLICY, NOTICE, Found, Rule, found

ASKED_FIRST = frozenset({"post", "telephone"})
"""The channels by which NHS Health Careers contacts only those who agreed to them."""
MARKETING = frozenset({"NHS_MARKETING", "MARKETING"})


def survey_without_consent(share: Share) -> Found | None:
    """Consent counts on the day of the share, not when the list was drawn; some items need a consent of their own.

    Nobody is asked after their service has ended, whatever ended it.
    """
    scopes = for_research(share)
    if not scopes:
        return None
    if share.customer.ended:
        return found("service_ended")
    if not share.customer.consented(*scopes):
        return found("consent")
    odd = tuple(item for item, code in share.items.items() if _lacks_own_consent(share, code))
    return Found(fields=("consent", "items"), items=odd, answer="refuse-item") if odd else None


def _lacks_own_consent(share: Share, code: str) -> bool:
    own = OPENED_BY.get(code)
    return code in SPECIAL if own is None else not share.customer.consented(*own)


def equality_without_consent(record: Record) -> Found | None:
    """Each part of an equality record rests on one consent; the part says which."""
    if record.event.kept_as != "equality":
        return None
    needed = rested_on("equality", record.event.part or "")
    return None if record.customer.consented(*needed) else found("consent", "values")


def targeting_without_consent(share: Share) -> Found | None:
    lacking = share.purpose == "PRIORITY_TARGETING" and not share.customer.consented("priority_targeting")
    return found("consent") if lacking else None


def third_party_without_consent(share: Share) -> Found | None:
    if share.purpose != "NHS_THIRD_PARTY_OFFERS":
        return None
    by = normalised(share.event.contact_channel)
    return None if share.customer.consented(f"third_party_{by}") else found("contact_channel", "consent")


def post_or_telephone_not_agreed(share: Share) -> Found | None:
    by = normalised(share.event.contact_channel)
    asked = share.of_nhs and by in ASKED_FIRST and share.purpose != "NHS_THIRD_PARTY_OFFERS"
    return found("contact_channel", "consent") if asked and not share.customer.consented(f"contact_{by}") else None


def marketing_without_consent(share: Share) -> Found | None:
    lacking = share.purpose in MARKETING and not share.customer.consented("marketing")
    return found("consent") if lacking else None


def consented_data_reused(share: Share) -> Found | None:
    """Items collected for one purpose by consent need a condition of their own, or fresh consent, for Jobcentre Plus.

    The condition does not help once the consent that the items were given with is withdrawn (CONF-04).
    """
    if not share.to_jcp or not share.event.consented_items or share.customer.expressly("share_with_jcp"):
        return None
    given_with = {code_of(item): scope_of(str(scope)) for item, scope in share.event.consented_items.items()}
    separate = basis_of(share.event.special_condition) not in {None, "", EXPLICIT} and share.event.schedule_condition
    odd = tuple(
        item
        for item, code in share.items.items()
        if code in given_with and not (separate and not share.customer.refused(given_with[code]))
    )
    if not odd:
        return None
    return Found(fields=("consented_items", "special_condition", "schedule_condition"), items=odd)


RULES = (
    Rule(
        id="CONSENT-01",
        group="CONSENT",
        source=EARLIER_NOTICE,
        line=16,
        force="STATES",
        sentence="In addition, if you give your consent we will collect your personal information for:",
        status="configured",
        how="the scopes of consent in ledger/codes/consent_scopes.py; no other is taken",
        parameters={"scopes": [*sorted(SCOPES)]},
    ),
    Rule(
        id="CONSENT-02",
        group="CONSENT",
        source=EARLIER_NOTICE,
        line=17,
        force="STATES",
        sentence="Customer satisfaction survey",
        status="behaviour",
        how=(
            "scope survey, asked at every disclosure by CONSENT-11: "
            "tests/rules/through_commands/test_consent_vectors.py, "
            "test_v_con_04_a_survey_after_a_withdrawal_that_was_keyed_later_is_found"
        ),
    ),
    Rule(
        id="CONSENT-03",
        group="CONSENT",
        source=EARLIER_NOTICE,
        line=18,
        force="STATES",
        sentence="To enable us to monitor our performance against our equality and diversity objectives",
        status="checked",
        how="ethnicity and health are collected with their own consent; a no to one of them beats the general consent",
        proposed="refuse",
        severity="S1",
        judges=Record,
        parameters={"scopes": [*EQUALITY]},
        check=equality_without_consent,
    ),
    Rule(
        id="CONSENT-04",
        group="CONSENT",
        source=EARLIER_NOTICE,
        line=19,
        force="STATES",
        sentence="To ensure we are targeting our service to meet priority groups",
        status="checked",
        how="targeting of priority groups has its own consent",
        proposed="refuse",
        severity="S2",
        check=targeting_without_consent,
    ),
    Rule(
        id="CONSENT-05",
        group="CONSENT",
        source=EARLIER_NOTICE,
        line=20,
        force="STATES",
        sentence=(
            "If you choose not to allow us to collect this information, you will still receive the same level of "
            "service."
        ),
        status="behaviour",
        how=(
            "every journey of the service goes the same with consent refused: "
            "tests/rules/through_commands/test_consent_vectors.py, "
            "test_v_con_06_every_journey_goes_the_same_with_consent_given_and_refused"
        ),
    ),
    Rule(
        id="CONSENT-06",
        group="CONSENT",
        source=NOTICE,
        line=32,
        force="STATES",
        sentence="you can choose to withdraw your consent at any time",
        status="behaviour",
        how=(
            "a withdrawal is never refused, and what followed it is found: "
            "tests/ledger/decisions/test_decisions_on_consent.py, "
            "test_withdrawing_consent_is_never_refused"
        ),
        parameters=kept_under("CONSENT-06"),
    ),
    Rule(
        id="CONSENT-07",
        group="CONSENT",
        source=EARLIER_NOTICE,
        line=24,
        force="STATES",
        sentence="you can log in and un-tick the relevant boxes in your account details",
        status="configured",
        how="channel ACCOUNT of withdraw-consent",
    ),
    Rule(
        id="CONSENT-08",
        group="CONSENT",
        source=EARLIER_NOTICE,
        line=25,
        force="STATES",
        sentence=(
            "If you have spoken to an adviser on 0800 100 900, you can ring then and tell them you wish to withdraw "
            "your consent"
        ),
        status="behaviour",
        how=(
            "effective from when it was said, for every rule: tests/rules/test_late_statements.py, "
            "test_what_was_said_before_a_share_and_keyed_after_it_is_found_by_every_rule_that_asks_for_consent"
        ),
    ),
    Rule(
        id="CONSENT-09",
        group="CONSENT",
        source=EARLIER_NOTICE,
        line=26,
        force="STATES",
        sentence="you can contact your adviser using their details, or in person",
        status="configured",
        how="channels LOCAL_ADVISER_PHONE and LOCAL_ADVISER_IN_PERSON of withdraw-consent",
    ),
    Rule(
        id="CONSENT-10",
        group="CONSENT",
        source=EARLIER_NOTICE,
        line=25,
        force="STATES",
        sentence=(
            "withdraw your consent for customer satisfaction surveys, and your ethnicity and disability information "
            "as appropriate"
        ),
        status="behaviour",
        how="each scope stands alone: tests/ledger/test_consent.py, test_withdrawing_one_consent_leaves_the_others",
    ),
    Rule(
        id="CONSENT-11",
        group="CONSENT",
        source=NOTICE,
        line=64,
        force="STATES",
        sentence=(
            "market research companies, who check how satisfied you are with the service you’ve received – though "
            "only if you’ve agreed to this"
        ),
        status="checked",
        how=(
            "consent to surveys at the moment of disclosure, and to each item that has its own, while the service has "
            "not ended for the customer"
        ),
        proposed="refuse",
        severity="S2",
        parameters={"scopes": [*SURVEY], "scopes_of_items": {item: [*scopes] for item, scopes in OPENED_BY.items()}},
        check=survey_without_consent,
    ),
    Rule(
        id="CONSENT-12",
        group="CONSENT",
        source=NHS_POLICY,
        line=41,
        force="STATES",
        sentence="you are accepting and consenting to the practices described in this policy",
        status="behaviour",
        how=(
            "give-consent that names no act of the person, or browsing, silence or a pre-ticked box, is refused: "
            "tests/ledger/decisions/test_decisions_on_consent.py, test_doing_nothing_is_not_consent"
        ),
    ),
    Rule(
        id="CONSENT-13",
        group="CONSENT",
        source=NHS_POLICY,
        line=67,
        force="STATES",
        sentence="they will contact you electronically, by telephone or post only if you have consented to this",
        status="checked",
        how="third parties contact only by a channel consented to",
        proposed="refuse",
        severity="S2",
        check=third_party_without_consent,
    ),
    Rule(
        id="CONSENT-14",
        group="CONSENT",
        source=NHS_POLICY,
        line=64,
        force="STATES",
        sentence=(
            "we will only contact you by electronic means (unless you have agreed to be re-contacted by post or "
            "telephone)"
        ),
        status="checked",
        how="contact by post or telephone only when agreed",
        proposed="refuse",
        severity="S2",
        parameters={"channels": [*sorted(ASKED_FIRST)]},
        check=post_or_telephone_not_agreed,
    ),
    Rule(
        id="CONSENT-15",
        group="CONSENT",
        source=NHS_POLICY,
        line=178,
        force="STATES",
        sentence=(
            "We will only use your data for marketing purposes if you have subscribed to receive certain information "
            "or opted to receive marketing material."
        ),
        status="checked",
        how="marketing only with consent",
        proposed="refuse",
        severity="S2",
        parameters={"purposes": [*sorted(MARKETING)]},
        check=marketing_without_consent,
    ),
    Rule(
        id="CONSENT-16",
        group="CONSENT",
        source=NHS_POLICY,
        line=178,
        force="STATES",
        sentence="logging into your account and updating your details",
        status="configured",
        how="channels ACCOUNT, CONTACT_PAGE, TELEPHONE, EMAIL and CAMPAIGN_SIGN_UP; any other is OTHER",
    ),
    Rule(
        id="CONSENT-17",
        group="CONSENT",
        source=EARLIER_NOTICE,
        line=22,
        force="DERIVED",
        sentence="If you do provide the additional information",
        status="behaviour",
        how=(
            "seven states, and what is not said changes none: tests/ledger/test_consent.py, "
            "test_every_state_of_consent_is_reached_by_what_was_said"
        ),
    ),
    Rule(
        id="CONSENT-18",
        group="CONSENT",
        source=EARLIER_NOTICE,
        line=25,
        force="DERIVED",
        sentence="and your ethnicity and disability information as appropriate",
        status="checked",
        how="items collected with consent only need a condition of their own or fresh express consent",
        proposed="refuse-item",
        severity="S1",
        check=consented_data_reused,
    ),
)
