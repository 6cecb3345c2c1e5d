"""Cells of a file for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_AS_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n", "'")
"""What a spreadsheet may take for the beginning of a formula, the signs in full width too; the last one keeps the
marking reversible."""


def harmless(cell: str) -> str:
    """A cell that a spreadsheet cannot take for a formula: it begins with an apostrophe if it could be one."""
    return f"'{cell}" if cell.startswith(_AS_FORMULA) else cell


def spreadsheet(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> bytes:
    """A file for a spreadsheet: CSV (RFC 4180, with CRLF) of harmless cells.

    It begins with the UTF-8 mark, without which spreadsheets take letters beyond ASCII for others.
    """
    written = io.StringIO(newline="")
    lines = csv.writer(written, lineterminator="\r\n")
    lines.writerow(columns)
    lines.writerows([harmless(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")
