"""What the cases of the corpus are drawn from: shares that keep every rule, and for each field what it may say.

Every list is written out here and none is taken from the program, so that a change of the program's tables changes
verdicts and not the corpus. None means that the field is left unsaid.
"""

from __future__ import annotations

from typing import Any

_EVERY: dict[str, Any] = {
    "sent_by": "prime-north", "sent_to": "jobcentre-plus", "office": "Testford",
    "recipient_role": "WORK_COACH_OF_CUSTOMER", "items": ["D01", "D12", "D25"], "container": "CSAP",
    "purpose": "NCS_SERVICE_DELIVERY", "support_link": "advice", "lawful_basis": "A6-1-e",
    "public_task": "careers guidance for adults", "agreement": "agreement-1", "contract": "contract-1",
    "controller": "controller-one", "security_basis": "channel rule", "free_text_checked": True,
}  # fmt: skip
_ON_PAPER: dict[str, Any] = {"media": ["paper"], "recipient_name": "Coach Seven (invented)"}
_CARRIED: dict[str, Any] = {
    **_ON_PAPER, "recipient_marked": True, "securely_packaged": True, "announced_at": "2026-03-01T09:00:00Z",
    "tracking_number": "ZZ000000001GB",
}  # fmt: skip
_ELSEWHERE: dict[str, Any] = {
    "channel": "telephone", "sent_by": "prime-north", "purpose": "NCS_SERVICE_DELIVERY", "lawful_basis": "A6-1-e",
    "public_task": "careers guidance for adults", "items": ["D01", "D04"], "container": "OTHER",
}  # fmt: skip
_NHS: dict[str, Any] = {
    "programme": "NHS Health Careers", "direction": "NHS_TO_PARTNER", "channel": "email", "sent_by": "nhs",
    "sent_to": "nhs-partner", "items": ["name", "D03"], "purpose": "NHS_INFORMATION_SERVICE", "lawful_basis": "A6-1-b",
}  # fmt: skip
BASES: dict[str, dict[str, Any]] = {
    "email": {
        **_EVERY, "channel": "email", "encrypted": False, "attachment_kind": "file",
        "adviser": "Adviser One (invented)", "sender_address": "adviser.one@contractor.example",
        "recipient_addresses": ["coach.seven@dwp.gov.uk"],
    },
    "telephone": {
        **_EVERY, "channel": "telephone", "container": "OTHER", "called_line": "01632 960001", "jcp_contact": "coach-7",
        "private_place": True, "place": "office",
    },
    "hand": {
        **_EVERY, **_ON_PAPER, "channel": "hand", "handed_by_role": "CAREERS_ADVISER", "document_explained": True,
        "customer_identified": True, "storage_explained": True,
    },
    "post": {**_EVERY, **_CARRIED, "channel": "post", "postal_product": "RM_SPECIAL_DELIVERY"},
    "courier": {**_EVERY, **_CARRIED, "channel": "courier", "courier": "careful-couriers"},
    "system": {**_EVERY, "channel": "system", "container": "OTHER", "system_id": "bookings"},
    "research": {
        "direction": "NCS_TO_RESEARCH", "channel": "file_transfer", "sent_by": "controller-one",
        "sent_to": "asks-people", "purpose": "CUSTOMER_SATISFACTION_SURVEY", "lawful_basis": "A6-1-a",
        "items": ["D01", "D03"], "container": "OTHER", "consents": {"survey": "given", "market_research": "given"},
        "explicit": ["survey"],
    },
    "specialist": {**_ELSEWHERE, "direction": "NCS_TO_SPECIALIST", "sent_to": "knows-a-lot"},
    "inspection": {
        **_ELSEWHERE, "sent_to": "inspects", "purpose": "QUALITY_INSPECTION", "sample_size": 20,
    },
    "study": {**_ELSEWHERE, "sent_to": "studies", "purpose": "RESEARCH", "notice": "notice-2"},
    "introducer": {**_ELSEWHERE, "sent_to": "brings-people", "introducers": ["brings-people"]},
    "nhs": _NHS,
    "nhs-offers": {
        **_NHS, "purpose": "NHS_THIRD_PARTY_OFFERS", "contact_channel": "email", "lawful_basis": "A6-1-a",
        "consents": {"third_party_email": "given"},
    },
    "nhs-to-jcp": {**_EVERY, "programme": "NHS Health Careers", "channel": "system", "container": "OTHER",
                   "system_id": "bookings", "sent_by": "nhs", "controller": "nhs", "agreement": "agreement-nhs"},
}  # fmt: skip
BASES |= {
    "email-encrypted": {**BASES["email"], "encrypted": True, "people": 9, "names": []},
    "email-several": {**BASES["email"], "people": 2, "names": []},
    "email-outside": {**BASES["email"], "container": "OTHER", "adviser": None},
    "email-free-text": {**BASES["email"], "items": ["D01", "D10"], "free_text_checked": True},
    "hand-contact": {**BASES["hand"], "recipient_role": "NOMINATED_POC", "stored_securely": True},
    "improvement": {**_ELSEWHERE, "sent_to": "knows-a-lot", "purpose": "NCS_SERVICE_IMPROVEMENT", "notice": "notice-2"},
    "nhs-similar": {
        **_NHS, "purpose": "NHS_SIMILAR_SERVICES", "contact_channel": "email", "consents": {"marketing": "given"},
    },
    "nhs-partner": {**_NHS, "recipient_category": "PARTNER", "necessity": "hosts the site"},
}  # fmt: skip
"""A share of each kind that keeps every rule or nearly so; fields of the customer's state are among the others."""

BESIDE: dict[str, Any] = {
    "at": "2026-03-02T10:00:00Z", "world": "full", "people": 1, "name": ["Sam", "Carter"], "names": None,
    "age_years": 36,
}  # fmt: skip
"""What is known beside the event: names None means the customer's own alone."""
STANDING: dict[str, Any] = {
    "programme": None, "informed": True, "benefits_explained": True, "consents": {}, "explicit": [], "introducers": [],
    "channels": {}, "restrictions": {}, "objections": [], "ended": False,
}  # fmt: skip
"""What is true of the customer then."""

STATES = ("given", "refused", "withdrawn", "expired", "asked", "invalidated")
SCOPES = (
    "survey", "market_research", "user_research", "equality_monitoring", "collect_ethnicity", "collect_lldd_health",
    "priority_targeting", "share_with_jcp", "marketing", "third_party_email", "third_party_telephone",
    "third_party_post", "contact_post", "contact_telephone",
)  # fmt: skip
SPECIAL_ITEMS = (
    "ethnicity", "disability", "health", "religion", "convictions", "sexual_orientation", "trade_union", "race",
    "mental health", "diagnosis", "belief", "criminal_record", "sexuality", "D29",
)  # fmt: skip
ITEM_WORDS = (
    *(f"D{number:02}" for number in range(1, 31)), "d01", "D 12", "D-25",
    "name", "date_of_birth", "date of birth", "DateOfBirth", "email_address", "telephone_number", "telephone number",
    "universal_credit_identifier", "Universal Credit identifier", "gender", "esol_status", "ESOL status",
    "appointment_times_confirmation", "appointment times", "appointment_attendance_confirmation",
    "appointment attendance", "referral_reason", "reason for the referral", "benefit_status_or_type",
    "benefit status or type", "referrals_to_learning_training_employment_support",
    "referrals to learning, training or employment support", "length_of_unemployment", "length of unemployment",
    "job_search_restrictions", "restrictions on job search", "qualifications_achieved", "qualifications achieved",
    "qualification_levels_achieved", "levels of qualifications achieved", "employment_status", "employment status",
    "previous_employment_roles", "earlier roles", "previous_employment_sectors", "earlier sectors",
    "barriers_and_challenges", "barriers and challenges", "aspirations_work_learning_skills",
    "aspirations for work, learning and skills", "skills_knowledge_gaps", "gaps in skills or knowledge",
    "skills_assessment", "labour_market_information", "careers_goals", "careers goals", "work_goals", "learning_goals",
    "outcomes", "priority_group_status", "priority group", "PG1", "pg 5", "PG7", "PG98", "PG99", "PG123", "PG",
    "PriorityGroup3", "PriorityGroups", "PriorityCustomer", "Ethnicity", "EthnicGroup", "LLDDHealthProblem",
    "PrimaryLearningDifficultyOrDisability", "SpecialEducationalNeeds", "Disabled", "DisabilityType",
    "ConsentToCollectEthnicity", "ConsentToCollectLLDDHealth", "DateAndTimeLLDDHealthConsentCollected",
    *SPECIAL_ITEMS, "health_condition", "health conditions", "health_problem", "health_problems", "physical_health",
    "medical_condition", "medical_conditions", "medical_history", "religion_or_belief", "criminal_convictions",
    "offences", "trade_union_membership", "sexual orientation", "bank_details", "BankDetails", "biometrics",
    "political_opinions", "sanctions", "fraud_markers", "address", "email", "phone", "job_title", "ip_address",
    "login_information", "browser", "time_zone", "platform", "clickstream", "response_times", "download_errors",
    "visit_length", "page_interactions", "exit_method", "calling_number", "favourite_colour", "shoe_size", "goals",
    "skills", "qualifications", "title", "mobile",
)  # fmt: skip
"""Items in each of their spellings, and some that are on no list."""
NEUTRAL_WORDS = (
    "a", "an", "action", "and", "application", "attached", "by", "careers", "career", "csap", "doc", "document",
    "documents", "email", "encrypted", "for", "from", "fw", "fwd", "in", "meeting", "my", "ncs", "national", "of", "on",
    "our", "pdf", "plan", "plans", "re", "referral", "referrals", "secure", "send", "sending", "sent", "service",
    "sharing", "skills", "the", "to", "update", "with", "you", "your", "urgent", "diabetic", "claimant", "offender",
)  # fmt: skip
FREE_MAILBOXES = (
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "outlook.com", "live.com", "live.co.uk", "msn.com",
    "yahoo.com", "yahoo.co.uk", "icloud.com", "me.com", "aol.com", "btinternet.com", "proton.me", "gmx.com",
    "freemail.example",
)  # fmt: skip
PLACES = (
    "GB", "United Kingdom", "GBR", "The United Kingdom", "UK", "Great Britain", "GB-ENG", "England", "GB-SCT",
    "Scotland", "GB-WLS", "Wales", "GB-NIR", "Northern Ireland", "AT", "Austria", "BE", "Belgium", "BG", "Bulgaria",
    "CY", "Cyprus", "CZ", "Czechia", "Czech Republic", "DE", "Germany", "DK", "Denmark", "EE", "Estonia", "ES", "Spain",
    "FI", "Finland", "FR", "France", "GR", "Greece", "EL", "HR", "Croatia", "HU", "Hungary", "IE", "Ireland",
    "Republic of Ireland", "IS", "Iceland", "IT", "Italy", "LI", "Liechtenstein", "LT", "Lithuania", "LU", "Luxembourg",
    "LV", "Latvia", "MT", "Malta", "NL", "Netherlands", "The Netherlands", "NO", "Norway", "PL", "Poland", "PT",
    "Portugal", "RO", "Romania", "SE", "Sweden", "SI", "Slovenia", "SK", "Slovakia", "EU", "European Union", "EEA",
    "European Economic Area", "US", "United States", "CH", "Switzerland", "IN", "India", "Jersey", "gb ", "france",
    "a datacentre",
)  # fmt: skip
