"""Cells of a file for a spreadsheet."""

from __future__ import annotations

_AS_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n", "'")
"""What a spreadsheet may take for the beginning of a formula, the signs in full width too; the last one keeps the
marking reversible."""


def harmless(cell: str) -> str:
    """A cell that a spreadsheet cannot take for a formula: it begins with an apostrophe if it could be one."""
    return f"'{cell}" if cell.startswith(_AS_FORMULA) else cell
