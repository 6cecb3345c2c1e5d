"""Whose records a caller may list: everybody's, or those of their own organisation."""

from __future__ import annotations

from ledger.caller import Caller
from ledger.decisions import may_read


def own_organisation(by: Caller, asked: str | None) -> str | None:
    """The organisation a list is narrowed to: the one asked for, or else the caller's own if they read no other.

    None for a caller who reads everything and asked for none.
    """
    return asked or (None if may_read(by, ()) else by.organisation)
