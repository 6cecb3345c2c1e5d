"""Cookies, which never come into the ledger."""

from __future__ import annotations

from ledger.rules.rule import NOTICE, Rule

RULES = (
    Rule(
        id="COOKIE-01",
        group="COOKIE",
        source=NOTICE,
        line=109,
        force="STATES",
        sentence="We do not use cookies to identify you personally.",
        status="outside",
        how="no cookie or analytics identifier is a customer; the ledger takes customers' own ids only",
    ),
    Rule(
        id="COOKIE-02",
        group="COOKIE",
        source=NOTICE,
        line=125,
        force="STATES",
        sentence="You can opt out of Google Analytics cookies at any time.",
        status="outside",
        how="another system's consent; the ledger has no scope for cookies",
    ),
)
