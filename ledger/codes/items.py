"""The items of data by code, as the guidance and the policy list them, and which of them are special."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ledger.normalise import normalised

ITEMS = {
    "D01": "name",
    "D02": "date of birth",
    "D03": "email address",
    "D04": "telephone number",
    "D05": "Universal Credit identifier",
    "D06": "gender",
    "D07": "ESOL status",
    "D08": "appointment times",
    "D09": "appointment attendance",
    "D10": "reason for the referral",
    "D11": "benefit status or type",
    "D12": "referrals to learning, training or employment support",
    "D13": "length of unemployment",
    "D14": "restrictions on job search",
    "D15": "qualifications achieved",
    "D16": "levels of qualifications achieved",
    "D17": "employment status",
    "D18": "earlier roles",
    "D19": "earlier sectors",
    "D20": "barriers and challenges",
    "D21": "aspirations for work, learning and skills",
    "D22": "gaps in skills or knowledge",
    "D23": "skills assessment",
    "D24": "labour market information",
    "D25": "careers goals",
    "D26": "work goals",
    "D27": "learning goals",
    "D28": "outcomes",
    "D29": "priority group",
}
"""The guidance's 29 items (lines 9 to 43)."""
PRIORITY_GROUPS = {
    "PG1": "18 to 24 and not in education, employment or training",
    "PG2": "low-skilled adults without a Level 3 qualification",
    "PG3": "adults unemployed or economically inactive for more than 12 months",
    "PG4": "single parents with a dependent child in the same household",
    "PG5": "adults with special educational needs or disabilities, as they declare",
    "PG6": "adults of 50 and over who are unemployed or at risk of it",
}
"""Six groups: the guidance's list breaks the first over two lines (CONF-14)."""
ETHNICITY = "ethnicity"
SPECIAL = frozenset({
    ETHNICITY, "disability", "health", "religion", "convictions", "sexual_orientation", "trade_union",
})  # fmt: skip
"""Special categories and criminal offences, beside priority group 5 (UK GDPR Art. 9 and 10)."""
IRRELEVANT = frozenset({"bank_details", "biometrics", "political_opinions", "sanctions", "fraud_markers"})
"""What can have no connection with employment, skills or training."""
BASIC_DETAILS = frozenset({"D01", "D03", "D04", "D10"})
"""Name, a way to reach the person and the reason: what a specialist needs to begin (DATA-09)."""
NHS_ITEMS = frozenset({
    "name", "address", "email", "phone", "job_title", "D01", "D03", "D04",
    "ip_address", "login_information", "browser", "time_zone", "platform",
    "clickstream", "response_times", "download_errors", "visit_length", "page_interactions", "exit_method",
    "calling_number",
})  # fmt: skip
"""The policy's three lists: what people give, what their computer tells, and how they visit."""

_NAMES = (
    "name date_of_birth email_address telephone_number universal_credit_identifier gender esol_status"
    " appointment_times_confirmation appointment_attendance_confirmation referral_reason benefit_status_or_type"
    " referrals_to_learning_training_employment_support length_of_unemployment job_search_restrictions"
    " qualifications_achieved qualification_levels_achieved employment_status previous_employment_roles"
    " previous_employment_sectors barriers_and_challenges aspirations_work_learning_skills skills_knowledge_gaps"
    " skills_assessment labour_market_information careers_goals work_goals learning_goals outcomes"
    " priority_group_status"
)
ITEM_NAMES: Mapping[str, str] = dict(zip(ITEMS, _NAMES.split(), strict=True))
"""Code to the name that a share may use instead of the code."""
_CODES = {name: code for code, name in ITEM_NAMES.items()}
CARRIED_BY: Mapping[str, frozenset[str]] = {
    kind: frozenset(name for code in codes.split() for name in (code, ITEM_NAMES[code]))
    for kind, codes in {
        "customers": "D01 D02 D05 D06 D07 D29",
        "contacts": "D03 D04",
        "sessions": "D08 D09",
        "transfers": "D10 D12",
        "employmentprogressions": "D11 D13 D14 D17 D18 D19",
        "learningprogressions": "D15 D16",
        "actionplans": "D20 D21 D22 D23 D24 D25 D26 D27",
        "goals": "D25 D26 D27",
        "outcomes": "D28",
    }.items()
}
"""In which kind of record each item of the guidance's catalogue is kept."""
FREE_TEXT = frozenset({"D10", "D14", "D20", "D21"})
"""Items people write in their own words, in which health or offences may stand unasked (DATA-15)."""


_BESIDE: Mapping[str, str] = {
    "ethnicity": "race",
    "health": "health_condition health_conditions health_problem health_problems mental_health physical_health"
    " medical_condition medical_conditions medical_history diagnosis",
    "religion": "religion_or_belief belief",
    "convictions": "criminal_convictions criminal_record offences",
    "sexual_orientation": "sexuality",
    "trade_union": "trade_union_membership",
}
"""Further names of items that are not of the guidance's catalogue."""
_TELLING: Mapping[str, str] = {
    "ethnic": "ethnicity",
    "disab": "disability",
    "learningdifficult": "disability",
    "lldd": "disability",
    "specialeducational": "disability",
    "prioritygroup": "D29",
    "prioritycustomer": "D29",
}
"""Normalised text to the item of any name that contains it, such as a source column or an extract's heading."""
_IN_SHORT: Mapping[str, str] = {
    "D01": "full_name names",
    "D03": "email e_mail email_addresses",
    "D04": "telephone phone phone_number telephone_numbers",
    "D05": "universal_credit uc_identifier universal_credit_id",
    "D07": "esol",
    "D08": "appointments appointment_times",
    "D09": "appointments attendance appointment_attendance",
    "D10": "reason_for_referral",
    "D11": "benefits benefit_status benefit_type",
    "D12": "referrals",
    "D13": "unemployment",
    "D14": "job_search limits_on_job_search",
    "D15": "qualifications",
    "D16": "qualifications qualification_levels levels_of_qualifications",
    "D18": "previous_roles earlier_jobs",
    "D19": "previous_sectors sectors_of_earlier_jobs",
    "D20": "barriers challenges barriers_challenges",
    "D21": "aspirations",
    "D22": "skills skills_gaps gaps_in_skills_and_knowledge",
    "D23": "skills",
    "D25": "goals career_goals",
    "D26": "goals",
    "D27": "goals",
    "D29": "priority_groups",
}
"""Short names that a decision to withhold may use; a share is never judged by these names."""
COLUMNS: Mapping[str, str] = {
    "D01": "title given_name first_name middle_name family_name last_name surname",
    "D04": "mobile_number home_number alternative_number mobile",
    "D05": "ucid",
    "D08": "date_and_time_of_session appointment_at",
    "D09": "session_attended reason_for_non_attendance reason_code",
    "D10": "context introduced_by_additional_info",
    "D12": "signposted_to signposted_to_category",
    "D14": "current_situation",
    "D16": "current_qualification_level date_qualification_level_achieved",
    "D17": "current_employment_status",
    "D18": "employer_name employer_address employer_postcode",
    "D20": "current_situation",
    "D21": "current_situation",
    "D25": "goal_summary",
    "D26": "goal_summary",
    "D27": "goal_summary",
    "D28": "outcome_type outcome_claimed_date outcome_effective_date",
}
"""Record fields that reveal an item although they have another name."""
_ABOUT_CONSENT = ("consent", "dateandtime")
"""Prefixes of source columns about consent to an item, which do not contain the item."""


_BY_NORMALISED_NAME: Mapping[str, str] = {
    normalised(name): code
    for code, names in (
        *((code, (code, ITEM_NAMES[code], words)) for code, words in ITEMS.items()),
        *((code, (code, *_BESIDE.get(code, "").split())) for code in (*SPECIAL, *IRRELEVANT)),
    )
    for name in names
}
_KNOWN_CODES = frozenset({*ITEMS, *SPECIAL, *IRRELEVANT})


def _by_name(names: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    of = [(normalised(name), code) for code, short_names in names.items() for name in short_names.split()]
    return {name: frozenset(code for named, code in of if named == name) for name, _ in of}


_BY_SHORT_NAME, _BY_COLUMN = _by_name(_IN_SHORT), _by_name(COLUMNS)
NAMES_OF_ITEMS: tuple[tuple[str, str, bool], ...] = (
    *((name, code, False) for name, code in _BY_NORMALISED_NAME.items()),
    *((part, code, True) for part, code in _TELLING.items()),
)
"""(normalised name, item code, whether it is enough that a name contains this)."""
_GROUP = re.compile(r"(?:pg|prioritygroup)(\d{1,2})")
_NO_GROUP = {"PG98", "PG99"}
"""How the source writes that it is not known whether somebody is in a group, and that they are in none."""
_NOT_OF_HEALTH = {*PRIORITY_GROUPS, "PG7", "PG99"} - {"PG5"}
"""Groups that reveal nothing about health. The source's PG7 (economic shock) is not in the guidance."""


def code_of(item: str) -> str:
    """The code of an item written as code, name or column; the text itself when no item is known by it."""
    if item in ITEMS:
        return item
    letters = normalised(item)
    if letters in _BY_NORMALISED_NAME:
        return _BY_NORMALISED_NAME[letters]
    if _GROUP.fullmatch(letters):
        return "D29"
    parts = () if letters.startswith(_ABOUT_CONSENT) else _TELLING
    return next((_TELLING[part] for part in parts if part in letters), item)


def items_named(name: str) -> frozenset[str]:
    """The codes of the items a name stands for, short names included; empty when it names no item."""
    code = code_of(name)
    return frozenset({code}) if code in _KNOWN_CODES else _BY_SHORT_NAME.get(normalised(name), frozenset())


def items_in_field(field: str) -> frozenset[str]:
    """The codes of the items a field of this name contains, by its name or because they are stored in it."""
    return items_named(field) | _BY_COLUMN.get(normalised(field), frozenset())


def is_field(name: str, field: str) -> bool:
    """Whether a name means a field, in camel case, snake case or words; "address" means all its lines."""
    called, letters = normalised(name), normalised(field)
    return bool(called) and called in {letters, letters.rstrip("0123456789")}


def group_of(item: str) -> str | None:
    """The priority group an item names, such as PG5 for "pg 5"; None for any other item."""
    named = _GROUP.fullmatch(normalised(item))
    return f"PG{int(named[1])}" if named else None


def may_tell_health(groups: Iterable[str] | None) -> bool:
    """Whether the priority group may be the disability group: yes unless only others are stated (DATA-06, LEDG-11)."""
    stated = _stated(groups)
    return not stated or not stated <= _NOT_OF_HEALTH


def beyond_the_six(groups: Iterable[str] | None) -> bool:
    """Whether a priority group was stated that is none of the guidance's six (CONF-14); to be in none is no group."""
    return not _stated(groups) <= {*PRIORITY_GROUPS, *_NO_GROUP}


def _stated(groups: Iterable[str] | None) -> set[str | None]:
    return {group_of(f"PG{group.strip()}" if group.strip().isdigit() else group) for group in groups or ()}


def may_overlap(items: Iterable[str], others: Iterable[str]) -> bool:
    """Whether two lists may have an item in common, however items are written (LAW-A19).

    An empty list and an unknown item may stand for any item.
    """
    codes, other_codes = {_known(item) for item in items}, {_known(item) for item in others}
    return not codes or not other_codes or None in codes | other_codes or bool(codes & other_codes)


def _known(item: str) -> str | None:
    code = code_of(item)
    return code if code in _KNOWN_CODES else None


def each_once(items: Iterable[str]) -> tuple[str, ...]:
    """The items without repetition, as codes where they are known, in their first order."""
    return tuple(dict.fromkeys(_CODES.get(item, item) for item in items))
