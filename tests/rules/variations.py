"""Which fields of which kind of share the corpus varies: every value of each, one at a time and some two at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.rules.pools import SCOPES

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
    ("email", {"consented_items": {"D25": "survey"}, "consents": {"share_with_jcp": "given"}}, ("explicit",)),
    (
        "email",
        {
            "consented_items": {"D25": "Equality Monitoring"},
            "special_condition": "A9-2-b",
            "schedule_condition": "p. 8",
        },
        ("consents",),
    ),
    ("email", {"restrictions": {"r": []}}, ("special_condition", "lawful_basis", "items")),
    ("email", {"objections": ["o"]}, ("lawful_basis",)),
    ("specialist", {"sent_to": "nhs-partner"}, ("agreement", "controller")),
    ("email", {"sent_to": "nobody-knows"}, ("direction", "recipient_category")),
    ("email", {"sent_to": None}, ("agreement", "controller", "direction")),
    ("email", {"agreement": "agreement-open-jcp"}, ("controller", "sent_to")),
    ("email", {"agreement": "agreement-open", "controller": None}, ("sent_to",)),
    ("email", {"lawful_basis": "A6-1-a"}, ("consents",)),
    ("specialist", {"purpose": "NCS_STATISTICS"}, ("identifiable", "legal_gateway")),
    ("specialist", {"sent_to": "nhs"}, ("agreement", "controller", "sent_by")),
    (
        "specialist",
        {"lawful_basis": "A6-1-a", "consents": dict.fromkeys(SCOPES, "given")},
        ("purpose", "contact_channel"),
    ),
    ("research", {"consents": dict.fromkeys(SCOPES, "given")}, ("purpose", "recipient_category", "sent_to")),
    ("nhs", {"lawful_basis": "A6-1-a", "contact_channel": "post"}, ("consents", "purpose")),
    ("nhs", {"lawful_basis": "A6-1-a", "contact_channel": "telephone"}, ("consents",)),
    ("nhs", {"lawful_basis": "A6-1-a", "contact_channel": "email"}, ("consents",)),
    ("specialist", {"lawful_basis": "A6-1-a", "contact_channel": "post"}, ("consents",)),
    *(
        ("specialist", {"lawful_basis": "A6-1-a", "purpose": purpose}, ("consents", "sent_to"))
        for purpose in (
            "PRIORITY_TARGETING",
            "EQUALITY_MONITORING",
            "MARKETING",
            "NHS_MARKETING",
            "NHS_SIMILAR_SERVICES",
            "USER_RESEARCH",
            "MARKET_RESEARCH",
            "PROGRESS_RESEARCH",
        )
    ),
    *(
        (
            "specialist",
            {"special_condition": "A9-2-a", "purpose": purpose, "items": ["D01", item], "explicit": [*SCOPES]},
            ("consents",),
        )
        for purpose, item in (
            ("EQUALITY_MONITORING", "ethnicity"),
            ("EQUALITY_MONITORING", "health"),
            ("PRIORITY_TARGETING", "D29"),
            ("EQUALITY_MONITORING", "religion"),
            ("MARKETING", "disability"),
        )
    ),
    *(
        (
            "research",
            {"special_condition": "A9-2-a", "purpose": purpose, "items": items, "explicit": [*SCOPES]},
            ("consents",),
        )
        for purpose, items in (
            ("CUSTOMER_SATISFACTION_SURVEY", ["ethnicity", "health"]),
            ("MARKET_RESEARCH", ["D01"]),
            ("USER_RESEARCH", ["ethnicity"]),
        )
    ),
)
"""A share of a kind with something changed, and further fields of which each is varied with it."""
NAMED: Sequence[tuple[Sequence[str], str]] = (
    (["Ana", "Bea", "Cora", "Dee"], "AnaBea.pdf"),
    (["Ana", "Bea", "Cora", "Dee"], "AnaBeaCora.pdf"),
    (["Ana", "Bea", "Cora", "Dee"], "AnaBeaCoraDee.pdf"),
    (["Ana", "Bea", "Cora", "Dee", "Eve"], "AnaBea.pdf"),
    (["Ana", "Bea", "Cora", "Dee", "Eve"], "Ana B Eve.pdf"),
    (["Anne-Marie", "O'Neill"], "Anne Marie ONeill.pdf"),
    (["Anne-Marie", "O'Neill"], "AnneMarie O'Neill.pdf"),
    (["Anne-Marie", "O'Neill"], "Marie Neill.pdf"),
    (["Jos\u00e9", "Quick"], "Jos\u00e9 Quick.pdf"),
    (["Sam", "-", "Carter"], "Sam Carter.pdf"),
)
"""The parts of a customer's name and the name of a file that was sent about that customer by email."""
