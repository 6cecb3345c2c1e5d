"""The retention view's read functions, a file for each subject: what is due, exceptions, what is kept, holds."""

from __future__ import annotations

from projections.retention.due import (
    PAGE,
    DueKey,
    DueRow,
    ListDigest,
    all_due,
    count_due,
    digest,
    due_of,
    due_page,
    every_due,
    tree_of,
)
from projections.retention.exceptions import ExceptionRow, count_exceptions, every_exception, exceptions_page
from projections.retention.holds import (
    Hold,
    HoldReview,
    ReviewKey,
    every_hold_review,
    held_of,
    hold_reviews_page,
    holds,
)
from projections.retention.kept import Criterion, KeptRow, criteria, for_customer
from projections.retention.responsible import Instruction, customer_ids_page, instructed, instructions

__all__ = [
    "PAGE",
    "Criterion",
    "DueKey",
    "DueRow",
    "ExceptionRow",
    "Hold",
    "HoldReview",
    "Instruction",
    "KeptRow",
    "ListDigest",
    "ReviewKey",
    "all_due",
    "count_due",
    "count_exceptions",
    "criteria",
    "customer_ids_page",
    "digest",
    "due_of",
    "due_page",
    "every_due",
    "every_exception",
    "every_hold_review",
    "exceptions_page",
    "for_customer",
    "held_of",
    "hold_reviews_page",
    "holds",
    "instructed",
    "instructions",
    "tree_of",
]
