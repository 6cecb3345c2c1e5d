"""What each field of a share may say in the corpus, and which fields matter to which kind of share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.rules.pools import FREE_MAILBOXES, ITEM_WORDS, NEUTRAL_WORDS, PLACES, SCOPES, STATES

_YES_OR_NO = (None, True, False)
_CITED = (None, "", "A6-1-a", "A6-1-b", "A6-1-c", "A6-1-d", "A6-1-e", "A6-1-f", "Article 6(1)(a)",
          "UK GDPR Art. 6(1)(f)", "article 6(1)(c)", "gdpr a6 1 e", "6(1)(b) GDPR", "public task", "A9-2-a",
          "A61k")  # fmt: skip
FIELDS: dict[str, Sequence[Any]] = {
    "at": (
        "2025-01-19T23:59:59Z", "2025-01-20T00:00:00Z", "2018-05-24T22:59:59Z", "2018-05-24T23:00:00Z",
        "2023-03-31T22:59:59Z", "2023-03-31T23:00:00Z", "2025-03-31T12:00:00Z", "2025-04-01T12:00:00Z",
        "2026-06-30T23:30:00Z", "2026-06-30T22:30:00Z", "2025-12-31T12:00:00Z", "2017-12-05T12:00:00Z",
    ),
    "world": ("empty", "automated", "unspoken", "guidance-later", "guidance-over", "notices-over"),
    "people": (2, 9, 10, 11, 15, 20, 21, 25),
    "name": (None, ["Kim"], ["Anne-Marie", "O'Neill"], ["José", "Álvarez Ruiz"], ["A", "B", "C", "D", "Eve"]),
    "names": ([], [["Kim", "Orr"]], [["Sam", "Carter"], ["Kim", "Orr"]]),
    "age_years": (None, 0, 15, 16, 17, 18, 19, 65),
    "programme": (None, "NHS Health Careers", "National Careers Service", "another"),
    "informed": (False,),
    "benefits_explained": (False,),
    "ended": (True,),
    "introducers": ([], ["brings-people"], ["jobcentre-plus"], ["knows-a-lot"]),
    "restrictions": (
        {"r": []}, {"r": ["D01"]}, {"r": ["name"]}, {"r": ["D02"]}, {"r": ["D25", "health"]},
        {"r": ["health"], "s": ["date of birth"]}, {"r": ["D02"], "s": []},
    ),
    "objections": (["o"], ["o", "p"]),
    "consents": (
       *({scope: state} for scope in SCOPES for state in STATES[:3]),
       {"survey": "expired"}, {"survey": "asked", "market_research": "given"},
       {"survey": "refused", "market_research": "given"}, {"survey": "given", "market_research": "withdrawn"},
       {"equality_monitoring": "given", "collect_ethnicity": "refused"},
       {"equality_monitoring": "given", "collect_lldd_health": "withdrawn"},
       {"survey": "given", "equality_monitoring": "given"}, {"survey": "given", "priority_targeting": "given"},
       {"survey": "given", "collect_ethnicity": "given"}, {"survey": "given", "collect_lldd_health": "given"},
       {"third_party_post": "given", "third_party_email": "refused"},
       dict.fromkeys(SCOPES, "given"),
    ),
    "explicit": ([], ["survey"], ["share_with_jcp"], list(SCOPES), ["collect_ethnicity"], ["equality_monitoring"],
                 ["market_research"]),
    "direction": (
        None, "NCS_TO_JCP", "ncs to research", "NCS to market research", "NHS TO PARTNER", "NCS_TO_FRIENDS",
        "NCS_TO_SPECIALIST", "NCS to Ofsted", "NCS_TO_INTRODUCER", "nhs to supplier", "JCP_TO_NCS", "from DWP to NCS",
        "Jobcentre Plus to National Careers Service", "to the jobcenter", "Work and Pensions", "NHS_TO_RESEARCH",
    ),
    "channel": (
        None, "", "email", "E-Mail", "telephone", "hand", "post", "courier", "system", "sms", "fax", "webchat",
        "file_transfer", "POST ", "By Hand",
    ),
    "sent_by": (
        None, "prime-south", "sub-north", "sub-spelled", "sub-lost", "sub-adrift", "nhs", "nobody", "controller-one",
        "part-of-prime",
    ),
    "sent_to": (
        None, "nobody-knows", "the-department", "dwp", "Jobcentre Plus Elsewhere", "dwp-in-name-only", "jobcenter-us",
        "Testford", "desk", "closed-body", "nhs", "nhs-partner", "nhs-before", "asks-people", "asks-more", "asks-most",
        "knows-a-lot", "inspects", "studies", "brings-people", "jobcentre-plus", "agency",
    ),
    "office": (
        None, "testshire", "Farford", "Oldford", "jobcentre-plus", "nowhere", "only-D01", "only-D29", "only-D12",
    ),
    "recipient_role": (
        None, "", "WORK_COACH_OF_CUSTOMER", "work coach of customer", "NOMINATED_POC", "nominated-poc", "WORK_COACH",
        "RECEPTIONIST",
    ),
    "container": (None, "CSAP", "csap", "OTHER", "other ", "letter"),
    "purpose": (
        None, "EMPLOYMENT", "training", "SKILLS", "Employment and training", "NCS_SERVICE_DELIVERY",
        "BENEFIT_COMPLIANCE", "WORK_SKILLS", "NCS_STATISTICS", "ncs statistics", "NCS_SERVICE_IMPROVEMENT",
        "NCS_PAYMENT_EVIDENCE", "NHS_SIMILAR_SERVICES", "NHS_RECOMMENDATION", "NHS_THIRD_PARTY_OFFERS", "NHS_MARKETING",
        "MARKETING", "PRIORITY_TARGETING", "EQUALITY_MONITORING", "QUALITY_INSPECTION", "COMMERCIAL",
        "FRAUD_PROTECTION", "CREDIT_RISK", "CREDIT_RISK_REDUCTION", "PROGRESS_RESEARCH", "MARKET_RESEARCH",
        "USER_RESEARCH", "CUSTOMER_SATISFACTION_SURVEY", "RESEARCH",
    ),
    "lawful_basis": _CITED,
    "special_condition": (
        None, "", "A9-2-a", "Article 9(2)(a)", "A9-2-f", "art 9(2)(f) uk gdpr", "A9-2-g", "gdpr 9(2)(g)", "A9-2-b",
        "A9-2-h", "A6-1-a",
    ),
    "schedule_condition": (None, "paragraph 8", ""),
    "policy_document": (None, "apd-1", ""),
    "agreement": (
        None, "agreement-none", "agreement-open", "agreement-open-jcp", "agreement-open-elsewhere", "agreement-dwp",
        "agreement-unregistered", "agreement-turned", "agreement-agency", "agreement-purposes", "agreement-other",
        "agreement-of-nobody", "agreement-nhs", "agreement-nhs-open", "agreement-with-nhs", "agreement-over",
        "agreement-twice", "agreement-half", "agreement-1",
    ),
    "contract": (None, "contract-2", "contract-3", "contract-south", "contract-of-sub", "contract-none"),
    "controller": (
        None, "controller-two", "agency", "division", "part-of-one", "nhs", "nhs-before", "jobcentre-plus", "nobody",
        "prime-north",
    ),
    "encrypted": _YES_OR_NO,
    "plans_in_share": (None, 0, 1, 9, 10, 11, 20, 21),
    "postal_product": (
        None, "", "RM_SPECIAL_DELIVERY", "Special Delivery Guaranteed by 1pm", "Royal Mail Special Delivery by 9am",
        "RM_RECORDED", "recorded delivery", "RM_SIGNED_FOR_1ST", "RM_SIGNED_FOR_2ND", "Signed For",
        "1st class signed for", "Royal Mail Signed For second class", "signed for first", "RM_SECOND_CLASS",
        "RM_FIRST_CLASS", "first class", "2nd class", "standard", "Royal Mail 1st", "third class", "parcel",
        "unrecorded", "special", "12",
    ),
    "jurisdiction": (
        None, "", "GB-ENG", "England", "GB-WLS", "wales", "GB-SCT", "Scotland", "GB-NIR", "northern ireland", "FR",
    ),
    "recipient_category": (
        None, "JCP_DWP", "jobcentre plus", "MARKET_RESEARCH", "specialist", "OFSTED", "introducer", "RESEARCH",
        "PARTNER", "supplier", "SUB_CONTRACTOR", "ANALYTICS", "LEGAL_DISCLOSURE", "PROTECTION", "somebody else",
    ),
    "support_link": (None, "", "advice", "Support", "assistance", "none", "conditionality"),
    "legal_gateway": (None, "an act", ""),
    "enactment": (None, "an act", ""),
    "public_task": (None, ""),
    "notice": (None, "notice-2", "notice-spelled", "notice-bare", "notice-nhs", "notice-none"),
    "system_id": (
        None, "unheard-of", "without-owner", "without-flow", "without-dpia", "without-assurance", "without-review",
        "overdue", "due-today", "not-compliant", "compliance-unsaid",
    ),
    "attachment_kind": (None, "", "file", "File", "live_link", "link", "shared document"),
    "link_revoked_at": (None, "2026-03-02T11:00:00Z"),
    "body_has_data": _YES_OR_NO,
    "jcp_contact": (None, "coach-7", "coach-6", "somebody"),
    "private_place": _YES_OR_NO,
    "overheard": _YES_OR_NO,
    "handed_by_role": (None, "careers adviser", "RECEPTIONIST"),
    "stored_securely": _YES_OR_NO,
    "document_explained": _YES_OR_NO,
    "customer_identified": _YES_OR_NO,
    "storage_explained": _YES_OR_NO,
    "media": (
        None, ["Paper"], ["paper", "vellum"], ["letter"], ["paper", "paper"],
        *([word] for word in (
            "USB", "usb_stick", "memory stick", "hard drive", "disk", "discs", "diskette", "floppy", "memory card",
            "flash", "HDD", "SSD", "microSD", "SD card", "CD-ROM", "DVD", "Blu-ray", "phone", "tablet", "laptop",
            "tape", "tapestry", "sd", "SDHC", "sdxc", "cd", "CDs", "CD-R", "cdrw", "discount leaflet", "card",
        )),
        ["paper", "usb stick"], ["photograph", "dvd"],
    ),
    "courier": (None, "old-couriers", "a-friend", "careful-couriers"),
    "recipient_marked": _YES_OR_NO,
    "securely_packaged": _YES_OR_NO,
    "announced_at": (
        None, "2026-03-03T09:00:00Z", "2026-03-02T10:00:00Z", "2026-03-02T09:59:59Z", "2026-03-01T18:00:00+00:00",
    ),
    "dispatched_at": (None, "2026-03-01T09:00:00Z", "2026-03-01T08:00:00Z", "2026-03-04T09:00:00Z"),
    "recipient_name": (None, "", "Coach Eight (invented)"),
    "tracking_number": (None, "", "ZZ000000002GB"),
    "identifiable": _YES_OR_NO,
    "sample_size": (None, 0, 1, 500),
    "contact_channel": (None, "email", "Electronic", "post", "Post ", "telephone", "sms"),
    "storage_location": (None, "", *PLACES),
    "automated_decision": _YES_OR_NO,
    "security_basis": (None, ""),
    "source": (None, "skills_toolkit", "The Skills Toolkit", "the toolkit", "adviser"),
    "aged_under_18_because": (None, "", "care_leaver"),
    "free_text_checked": _YES_OR_NO,
    "sender_address": (
        None, "", "adviser@sub.example", "adviser@southern.example", "adviser@elsewhere.example", "no address",
        "Adviser One <adviser.one@contractor.example>", " ADVISER@CONTRACTOR.EXAMPLE ", "a@b@contractor.example",
        "adviser@contractor.example, other@contractor.example", "Adviser <adviser@Gmail.com>",
        *(f"adviser@{domain}" for domain in FREE_MAILBOXES),
    ),
    "recipient_addresses": (
        None, [], ["coach@DWP.GOV.UK"], ["coach@dwp.gov.uk.example.org"], ["coach@notdwp.gov.uk"],
        ["coach@dwp.g\u043ev.uk"], ["coach@office.dwp.gov.uk"], ["coach@other.dwp.gov.uk"], ["coach@partner.gov.uk"],
        ["coach.seven@dwp.gov.uk", "coach@gmail.com"], ["Coach <coach@dwp.gov.uk>"], ["nothing"],
        ["coach@mail.dwp.gov.uk"], ["Coach <coach@dwp.gov.uk> <x@dwp.gov.uk>"],
    ),
    "cc_addresses": (None, [], ["dwp.gov.uk@evil.example"], ["coach@dwp.gov.uk"], ["coach@mail.example"]),
    "bcc_addresses": (None, [], ["copy@gmail.com"], ["copy@dwp.gov.uk"]),
    "called_line": (
        None, "", "+44 1632 960001", "0044 1632 960001", "+44 (0)1632 960001", "00 44 0 1632-960001", "01632 960999",
        "+35316290001", "0035316290001", "1632960001", "a line",
    ),
    "priority_groups": (
        None, [], ["PG1"], ["PG5"], ["5"], [" 1 "], ["pg 2", "PG5"], ["PG6"], ["PG7"], ["7"], ["PG8"], ["PG98"], ["98"],
        ["PG99"], ["99", "PG4"], ["group of mine"], ["PG3", "PG12"], ["Priority Group 2"],
    ),
    "consented_items": (
        None, {}, {"D29": "equality_monitoring"}, {"name": "survey"}, {"D25": "Share with JCP", "D12": "survey"},
        {"health": "collect_lldd_health"}, {"D01": "no scope"}, {"disability": "equality monitoring"},
    ),
    "items_reason": (None, "asked for", ""),
    "necessity": (None, "needed for it", ""),
    "subject": (
        None, "", "Sam Carter", "CARTER, Sam - plan", "Sam Carter, diabetic", "Kim Orr", "Sam Carter 1990",
        "action plan for you", "sam@mail.example", "SamCarter.docx", "S Carter", "Sam’s plan", "Anne Marie O'Neill",
        *NEUTRAL_WORDS,
    ),
    "file_names": (
        None, [], ["Sam Carter.docx"], ["Sam Carter 01-02-1990.docx"], ["Sam Carter AB123456C.docx"], ["CarterSam.pdf"],
        ["Sam Carter.docx", "Kim Orr.docx"], ["plan.pdf"], ["Sam Orr.docx"], ["Sam.Carter"], ["José Alvarez.doc"],
        ["sam@carter.pdf"], ["Anne-Marie O’Neill.pdf"], ["JoseAlvarezRuiz.pdf"], ["A B C D Eve.odt"], ["ABE.odt"],
    ),
    "adviser": (None, "", "Adviser Two (invented)"),
    "values": (None, {}, {"Ethnicity": 31}, {"PriorityGroups": [5]}, {"GivenName": "Sam", "Diagnosis": "x"},
               {"LLDDHealthProblem": 1}),
    "items": (
        [], ["D01"], ["D02"], ["D29"], ["D10"], ["reason for the referral"], ["D14", "D20"], ["D21"], ["ethnicity"],
        ["health"], ["disability"], ["religion"], ["bank_details"], ["D01", "favourite_colour"],
        ["D01", "D03", "D04", "D10"], ["D01", "D20"], ["name", "shoe_size"], ["PG5", "D25"], ["D01", "D25", "D29"],
        ["D12", "health", "ethnicity"],
    ),
}  # fmt: skip
ANY_ITEM = ITEM_WORDS

_OF_EVERY_SHARE = ("world", "at", "channel", "sent_to", "direction", "recipient_category", "restrictions", "objections")
_BASIS = ("lawful_basis", "special_condition", "schedule_condition", "policy_document", "public_task", "enactment",
          "legal_gateway", "necessity", "items", "consents", "explicit")  # fmt: skip
_TO_JCP = ("jurisdiction", "age_years", "aged_under_18_because", "sent_by", "contract", "controller", "agreement",
           "purpose", "support_link", "office", "priority_groups", "values", "items_reason", "free_text_checked",
           "security_basis", "informed", "benefits_explained", "consented_items", "source", "programme",
           "automated_decision", "container", "items")  # fmt: skip
_CARRIED = ("people", "plans_in_share", "container", "media", "recipient_role", "recipient_name", "jcp_contact")
FOCUS: dict[str, tuple[str, ...]] = {
    "email": (
        *_OF_EVERY_SHARE, *_TO_JCP, *_BASIS, "people", "plans_in_share", "encrypted", "sender_address",
        "recipient_addresses", "cc_addresses", "bcc_addresses", "jcp_contact", "attachment_kind", "link_revoked_at",
        "subject", "file_names", "name", "names", "adviser", "body_has_data",
    ),
    "telephone": ("called_line", "jcp_contact", "private_place", "overheard", "at", "world", "sent_to"),
    "hand": (*_CARRIED, "handed_by_role", "stored_securely", "document_explained", "customer_identified",
             "storage_explained", "sent_to"),
    "post": (*_CARRIED, "postal_product", "recipient_marked", "securely_packaged", "announced_at", "dispatched_at",
             "tracking_number", "sent_to", "at"),
    "courier": (*_CARRIED, "courier", "recipient_marked", "securely_packaged", "announced_at", "dispatched_at",
                "sent_to"),
    "system": ("system_id", "at", "world", "sent_to", "sent_by"),
    "research": (*_OF_EVERY_SHARE, *_BASIS, "purpose", "ended", "contact_channel", "programme", "priority_groups"),
    "specialist": (*_OF_EVERY_SHARE, *_BASIS, "purpose", "identifiable", "notice", "items_reason", "source",
                   "automated_decision", "controller", "agreement", "contact_channel", "programme", "jurisdiction",
                   "priority_groups", "introducers", "sample_size", "age_years"),
    "inspection": ("sample_size", "purpose", "recipient_category", "channel", "sent_to"),
    "study": ("notice", "purpose", "recipient_category", "channel", "at", "world"),
    "introducer": ("introducers", "recipient_category", "sent_to", "world"),
    "nhs": (*_OF_EVERY_SHARE, *_BASIS, "purpose", "contact_channel", "storage_location", "notice", "items_reason",
            "automated_decision", "agreement", "controller", "programme", "identifiable"),
    "nhs-offers": ("contact_channel", "consents", "purpose", "programme", "lawful_basis", "explicit"),
    "nhs-to-jcp": (*_TO_JCP, "sent_to", "world"),
    "email-encrypted": ("people", "plans_in_share", "encrypted", "container", "body_has_data", "sent_to", "channel"),
    "email-several": ("people", "container", "body_has_data", "encrypted", "names", "name", "subject", "file_names",
                      "sent_to"),
    "email-outside": ("people", "plans_in_share", "container", "body_has_data", "encrypted", "adviser", "file_names",
                      "sent_to"),
    "email-free-text": ("free_text_checked", "items", "office", "sent_to"),
    "hand-contact": ("stored_securely", "recipient_role", "handed_by_role", "document_explained", "customer_identified",
                     "storage_explained", "sent_to"),
    "improvement": ("notice", "purpose", "programme", "world", "at", "sent_to"),
    "nhs-similar": ("contact_channel", "consents", "purpose", "programme", "lawful_basis"),
    "nhs-partner": ("necessity", "recipient_category", "purpose", "programme", "sent_to"),
}  # fmt: skip
"""The fields that are varied one at a time in each kind of share, every value of each."""
CROSSED: tuple[tuple[str, dict[str, Any], tuple[str, ...]], ...] = (
    ("system", {"system_id": "not-compliant"}, ("sent_by", "office")),
    ("system", {"system_id": "overdue"}, ("sent_to", "at")),
    ("nhs", {"storage_location": "US"}, ("purpose", "programme")),
    ("nhs", {"purpose": "COMMERCIAL"}, ("contact_channel", "sent_to")),
    ("post", {"postal_product": "RM_SECOND_CLASS"}, ("tracking_number", "sent_to")),
    ("email-free-text", {"free_text_checked": None}, ("items", "sent_to")),
    ("nhs-similar", {"contact_channel": "post"}, ("consents",)),
    ("courier", {"courier": None}, ("sent_to", "media")),
    (
        "email",
        {"consented_items": {"D25": "survey", "name": "marketing"}},
        ("consents", "special_condition", "explicit"),
    ),
    (
        "email",
        {"consented_items": {"D25": "survey"}, "special_condition": "A9-2-b", "schedule_condition": "paragraph 8"},
        ("consents", "schedule_condition", "special_condition"),
    ),
    ("specialist", {"recipient_category": "LEGAL_DISCLOSURE"}, ("enactment", "purpose")),
    ("hand-contact", {"stored_securely": False}, ("sent_to", "recipient_role")),
    ("email", {"age_years": 17}, ("aged_under_18_because", "at")),
)
"""A share of a kind with something changed, and further fields of which each is varied with it."""
