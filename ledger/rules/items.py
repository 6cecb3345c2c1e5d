"""The items of data by code, as the guidance and the policy list them, and which of them are special."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

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
SPELLED: Mapping[str, str] = dict(zip(ITEMS, _NAMES.split(), strict=True))
"""The other way each item is written in a share: by its name instead of its code (rules.md section 4)."""
_CODES = {name: code for code, name in SPELLED.items()}
CARRIED_BY: Mapping[str, frozenset[str]] = {
    kind: frozenset(name for code in codes.split() for name in (code, SPELLED[code]))
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
"""What has this in its name is that item: a column of the source, the heading of an extract."""
_ABOUT_CONSENT = ("consent", "dateandtime")
"""How the source's columns begin that say whether and when an item was agreed to, and not what it is."""
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


def _bare(text: str) -> str:
    return _NOT_A_LETTER.sub("", text.casefold())


_BARE: Mapping[str, str] = {
    _bare(name): code
    for code, names in (
        *((code, (code, SPELLED[code], words)) for code, words in ITEMS.items()),
        *((code, (code, *_BESIDE.get(code, "").split())) for code in (*SPECIAL, *IRRELEVANT)),
    )
    for name in names
}
SPELLINGS: tuple[tuple[str, str, bool], ...] = (
    *((bare, code, False) for bare, code in _BARE.items()),
    *((part, code, True) for part, code in _TELLING.items()),
)
"""What an item is called, in small letters and figures alone; its code; whether this in its name is enough."""
_CATALOGUED = frozenset({*ITEMS, *SPECIAL, *IRRELEVANT})
_GROUP = re.compile(r"(?:pg|prioritygroup)(\d{1,2})")
_NOT_OF_HEALTH = {*PRIORITY_GROUPS, "PG7", "PG99"} - {"PG5"}
"""The groups that tell nothing special; the source has a seventh, and 99 for none, and 98 for not known."""


def code_of(item: str) -> str:
    """The one code of an item, however it is written: by code, by name or by a column; itself when it has none."""
    if item in ITEMS:
        return item
    bare = _bare(item)
    if bare in _BARE:
        return _BARE[bare]
    if _GROUP.fullmatch(bare):
        return "D29"
    parts = () if bare.startswith(_ABOUT_CONSENT) else _TELLING
    return next((_TELLING[part] for part in parts if part in bare), item)


def group_of(item: str) -> str | None:
    """The priority group an item names, such as PG5 for "pg 5"; None for any other item."""
    named = _GROUP.fullmatch(_bare(item))
    return f"PG{int(named[1])}" if named else None


def may_tell_health(groups: Iterable[str] | None) -> bool:
    """Whether a priority group may be that of disability: so it is unless others were stated (DATA-06, LEDG-11)."""
    stated = {group_of(f"PG{said}" if said.isdigit() else said) for said in groups or ()}
    return not stated or not stated <= _NOT_OF_HEALTH


def may_meet(these: Iterable[str], those: Iterable[str]) -> bool:
    """Whether some item may be among both, however it is written: an item nobody knows may have been any, and so may
    what nobody named (LAW-A19).
    """
    one, other = {_known(item) for item in these}, {_known(item) for item in those}
    return not one or not other or None in one | other or bool(one & other)


def _known(item: str) -> str | None:
    code = code_of(item)
    return code if code in _CATALOGUED else None


def each_once(items: Iterable[str]) -> tuple[str, ...]:
    """Each of these items once, by its code where it has one, however it is written."""
    return tuple(dict.fromkeys(_CODES.get(item, item) for item in items))
