"""The 29 data items and six priority groups, what may go with them and what never may."""

from __future__ import annotations

from ledger import events
from ledger.codes.items import (
    BASIC_DETAILS,
    ETHNICITY,
    FREE_TEXT,
    ITEMS,
    NHS_ITEMS,
    PRIORITY_GROUPS,
    SPECIAL,
    beyond_the_six,
    code_of,
    may_tell_health,
)
from ledger.normalise import normalised
from ledger.rules.facts import Share
from ledger.rules.rule import EARLIER_NOTICE, GUIDANCE, NHS_POLICY, NOTICE, Found, Rule, found
from ledger.state.registers import OFFICE

TOOLKIT = frozenset({"skillstoolkit", "theskillstoolkit"})
"""How the Skills Toolkit is written as a source, normalised."""


def off_the_list(share: Share) -> Found | None:
    """Also finds a priority group that is none of the six: D29 is on the list, such a group is not (CONF-14)."""
    odd = tuple(item for item, code in share.items.items() if code not in ITEMS and code not in SPECIAL)
    seventh = beyond_the_six(share.event.priority_groups)
    if not share.to_jcp or share.event.items_reason or not (odd or seventh):
        return None
    groups = tuple(item for item, code in share.items.items() if seventh and code == "D29")
    fields = (*(("items",) if odd else ()), *(("priority_groups",) if seventh else ()), "items_reason")
    return Found(fields=fields, items=(*odd, *groups))


def outside_the_profile(share: Share) -> Found | None:
    """Compares with the item profile of the office or else of its district; finds an office that is not registered."""
    office, registers = share.event.office, share.registers
    if not share.to_jcp or office is None:
        return None
    holder = registers.prime_of(share.event.sent_by) or share.event.sent_by
    profiles = (
        registers.found(events.ItemProfileSet, key=code, organisation=holder) for code in registers.line_of(office)
    )
    profile = next((profile for profile in profiles if profile is not None), None)
    if profile is not None:
        agreed = {code_of(item) for item in profile.items}
        odd = tuple(item for item, code in share.items.items() if code not in agreed)
        if odd:
            return Found(fields=("items", "office"), items=odd)
    return None if registers.kind_of(office) == normalised(OFFICE) else found("office")


def disability_without_condition(share: Share) -> Found | None:
    """A priority group that was not stated may be the one that tells of health (LEDG-11)."""
    if not share.to_jcp or share.event.special_condition or not may_tell_health(share.event.priority_groups):
        return None
    odd = tuple(item for item, code in share.items.items() if code == "D29")
    return Found(fields=("priority_groups", "special_condition"), items=odd) if odd else None


def free_text_unread(share: Share) -> Found | None:
    """Free text may hold data that nobody asked for, so somebody reads it first; not stated counts as not read."""
    odd = tuple(item for item, code in share.items.items() if code in FREE_TEXT)
    unread = share.to_jcp and odd and not share.event.free_text_checked
    return Found(fields=("free_text_checked", "items"), items=odd) if unread else None


def ethnicity_to_jcp(share: Share) -> Found | None:
    odd = tuple(item for item, code in share.items.items() if code == ETHNICITY)
    return Found(fields=("items",), items=odd) if share.to_jcp and odd else None


def more_than_basic_details(share: Share) -> Found | None:
    if share.category != "SPECIALIST" or share.event.items_reason:
        return None
    odd = tuple(item for item, code in share.items.items() if code not in BASIC_DETAILS)
    return Found(fields=("items", "items_reason"), items=odd) if odd else None


def whole_base_to_ofsted(share: Share) -> Found | None:
    return found("sample_size") if share.category == "OFSTED" and not share.event.sample_size else None


def from_the_toolkit(share: Share) -> Found | None:
    return found("source") if normalised(share.event.source) in TOOLKIT else None


def off_the_nhs_list(share: Share) -> Found | None:
    if not share.of_nhs or share.event.items_reason:
        return None
    odd = tuple(item for item, code in share.items.items() if not {item, code} & NHS_ITEMS)
    return Found(fields=("items", "items_reason"), items=odd) if odd else None


RULES = (
    Rule(
        id="DATA-01",
        group="DATA",
        source=GUIDANCE,
        line=7,
        force="MAY",
        sentence="in either direction and at any point in the customer journey",
        status="behaviour",
        how=(
            "both directions are in the report, and one that was not said is not made up: "
            "tests/rules/test_directions.py, "
            "test_both_directions_are_in_the_report_and_one_nobody_said_is_not_made_up"
        ),
    ),
    Rule(
        id="DATA-02",
        group="DATA",
        source=GUIDANCE,
        line=8,
        force="MAY",
        sentence="Data items could include:",
        status="checked",
        how=(
            "an item that is not on the list, or a priority group that is none of the six (CONF-14), needs a written "
            "reason"
        ),
        proposed="warn",
        severity="S3",
        parameters={"items": [*ITEMS], "priority_groups": [*PRIORITY_GROUPS], "special": [*sorted(SPECIAL)]},
        check=off_the_list,
    ),
    Rule(
        id="DATA-03",
        group="DATA",
        source=GUIDANCE,
        line=45,
        force="MAY",
        sentence="can work together at a local level to decide the most useful data items to be shared",
        status="checked",
        how=(
            "items outside the local profile in the register, where the office or its district has one; and an office "
            "that no register knows on the day"
        ),
        proposed="warn",
        severity="S3",
        parameters={"office_kind": OFFICE},
        check=outside_the_profile,
    ),
    Rule(
        id="DATA-04",
        group="DATA",
        source=GUIDANCE,
        line=44,
        force="SHOULD",
        sentence="it is recommended to use the careers and skills action plan to share data with JCP",
        status="configured",
        how="the container of a share: CSAP for the action plan, OTHER for anything else",
    ),
    Rule(
        id="DATA-05",
        group="DATA",
        source=GUIDANCE,
        line=6,
        force="STATES",
        sentence="This will depend upon the personal circumstance of a customer.",
        status="behaviour",
        how="no item is demanded: tests/rules/test_judging.py, test_no_item_is_ever_demanded",
    ),
    Rule(
        id="DATA-06",
        group="DATA",
        source=GUIDANCE,
        line=42,
        force="STATES",
        sentence="adults with special educational needs or disabilities (by self-declaration)",
        status="checked",
        how=(
            "priority group 5, and a group nobody stated, needs a condition for special categories of its own; a "
            "finding is raised as LB-09, which tells nobody's group"
        ),
        proposed="refuse-item",
        severity="S1",
        check=disability_without_condition,
    ),
    Rule(
        id="DATA-07",
        group="DATA",
        source=GUIDANCE,
        line=37,
        force="STATES",
        sentence="National Careers Service priority group status: 18 to 24 year olds not in education",
        status="configured",
        how="six priority groups, PG1 to PG6, in the list of items; another is off the list (DATA-02)",
    ),
    Rule(
        id="DATA-08",
        group="DATA",
        source=EARLIER_NOTICE,
        line=25,
        force="STATES",
        sentence="your ethnicity and disability information",
        status="checked",
        how="ethnicity never goes to Jobcentre Plus",
        proposed="refuse-item",
        severity="S1",
        parameters={"item": ETHNICITY},
        check=ethnicity_to_jcp,
    ),
    Rule(
        id="DATA-09",
        group="DATA",
        source=EARLIER_NOTICE,
        line=52,
        force="STATES",
        sentence="we may pass basic details to them to allow them to deliver their services to you",
        status="checked",
        how="a specialist gets basic details unless a reason is written",
        proposed="warn",
        severity="S2",
        parameters={"items": [*sorted(BASIC_DETAILS)]},
        check=more_than_basic_details,
    ),
    Rule(
        id="DATA-10",
        group="DATA",
        source=EARLIER_NOTICE,
        line=53,
        force="STATES",
        sentence="examples of advice given to customers may be shared securely with Ofsted",
        status="checked",
        how="a share with the inspectorate says how large the sample is",
        proposed="warn",
        check=whole_base_to_ofsted,
    ),
    Rule(
        id="DATA-11",
        group="DATA",
        source=NOTICE,
        line=40,
        force="STATES",
        sentence="We do not collect any personal information when you use The Skills Toolkit area of our website.",
        status="checked",
        how="nothing personal comes from the Skills Toolkit",
        proposed="refuse",
        severity="S2",
        parameters={"sources": [*sorted(TOOLKIT)]},
        check=from_the_toolkit,
    ),
    Rule(
        id="DATA-12",
        group="DATA",
        source=NHS_POLICY,
        line=47,
        force="STATES",
        sentence=(
            "The information you give us may include your name, address, e-mail address, phone number and your job "
            "title."
        ),
        status="checked",
        how="what NHS Health Careers shares is on its own list, or a reason is written",
        proposed="warn",
        parameters={"items": [*sorted(NHS_ITEMS)]},
        check=off_the_nhs_list,
    ),
    Rule(
        id="DATA-13",
        group="DATA",
        source=NHS_POLICY,
        line=50,
        force="STATES",
        sentence=(
            "the internet protocol (IP) address used to connect your computer to the internet, your login "
            "information, browser type and version, time zone setting"
        ),
        status="configured",
        how="the technical items of NHS Health Careers in the list of items",
    ),
    Rule(
        id="DATA-14",
        group="DATA",
        source=NHS_POLICY,
        line=51,
        force="STATES",
        sentence="any phone number used to call us",
        status="configured",
        how="the visit items of NHS Health Careers in the list of items",
    ),
    Rule(
        id="DATA-15",
        group="DATA",
        source=GUIDANCE,
        line=6,
        force="STATES",
        sentence=(
            "Interactions between the National Careers Service, JCP and customers will result in the collection of a "
            "wide range of data."
        ),
        status="checked",
        how="free text was looked through before it went to Jobcentre Plus (free_text_checked)",
        proposed="warn",
        parameters={"items": [*sorted(FREE_TEXT)]},
        check=free_text_unread,
    ),
    Rule(
        id="DATA-16",
        group="DATA",
        source=NHS_POLICY,
        line=29,
        force="STATES",
        sentence=(
            "we may hold information (personal data) about people who visit our website, and the linked Step into the "
            "NHS website, register with us to receive information"
        ),
        status="configured",
        how="the programme of a customer, on registration",
    ),
)
