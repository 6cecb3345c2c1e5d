"""Draws steps of provenance as SVG: who, what happened, which data, in three lanes, time from left to right.

The picture can be read without colour and carries its own words for those who cannot see it. It knows no ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from xml.sax.saxutils import escape

COLUMNS, COLUMN, GUTTER, PADDING = 4, 222, 66, 10
BAND, WIDTH = 330, 956
LINE = 16
WHO, WHAT, DATA = 34, 140, 222  # where each lane begins inside a band
INK, PAPER, QUIET = "#0b0c0c", "#ffffff", "#505a5f"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Something that happened to some data: by whom, and to whom it went if it went anywhere."""

    what: str
    when: str
    by: str
    to: str | None
    data: Sequence[str]
    uses: bool = False
    """Whether it took data that was there already, instead of bringing some."""

    def in_words(self) -> str:
        to = f" to {self.to}" if self.to else ""
        return f"{self.when}: {self.what} by {self.by}{to}: {', '.join(_counted(self.data))}."


def draw(steps: Sequence[Step]) -> str:
    """The picture; with nothing to draw, a picture that says so."""
    bands = [steps[first : first + COLUMNS] for first in range(0, len(steps), COLUMNS)] or [[]]
    height = BAND * len(bands)
    words = " ".join(step.in_words() for step in steps) or "Nothing is recorded."
    title = f"Where the data came from and where it went, in {len(steps)} steps, oldest first"
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    pieces = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="provenance-title provenance-words"',
        f' {size} lang="en-GB" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="{INK}">',
        f'<title id="provenance-title">{escape(title)}</title><desc id="provenance-words">{escape(words)}</desc>',
        '<defs><marker id="provenance-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"',
        f' orient="auto"><path d="M0 0L8 4L0 8z" fill="{INK}"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
    ]
    for number, band in enumerate(bands):
        pieces += _band(number, band, len(steps))
    return "".join([*pieces, "</svg>"])


def _band(number: int, steps: Sequence[Step], total: int) -> Iterator[str]:
    top = number * BAND
    if number:
        yield f'<line x1="0" y1="{top}" x2="{WIDTH}" y2="{top}" stroke="{QUIET}" stroke-dasharray="4 4"/>'
    for name, place in (("Who", WHO + 30), ("What", WHAT + 26), ("Data", DATA + 36)):
        yield f'<text x="{PADDING}" y="{top + place}" font-weight="bold" font-size="15">{name}</text>'
    if not steps:
        yield f'<text x="{GUTTER}" y="{top + WHAT}">Nothing is recorded.</text>'
    for column, step in enumerate(steps):
        count = number * COLUMNS + column + 1
        yield from _step(GUTTER + column * COLUMN, top, step, f"Step {count} of {total}")


def _step(left: int, top: int, step: Step, count: str) -> Iterator[str]:
    width = COLUMN - 2 * PADDING
    middle = left + PADDING + width // 2
    half = (width - PADDING) // 2
    yield _text(left + PADDING, top + 24, [count], fill=QUIET)
    agents = [("by", step.by)] if step.to is None else [("from", step.by), ("to", step.to)]
    size = width if step.to is None else half
    for place, (role, name) in enumerate(agents):
        x = left + PADDING + place * (half + PADDING)
        yield _agent(x, top + WHO, size)
        yield _text(x + 8, top + WHO + 18, _lines(f"{role}: {name}", size // 7, 4))
        end = x + size // 2
        ends = (top + WHO + 74, top + WHAT - 2) if role != "to" else (top + WHAT - 2, top + WHO + 76)
        yield _arrow(end, ends[0], end, ends[1])
    yield (
        f'<rect x="{left + PADDING}" y="{top + WHAT}" width="{width}" height="48" fill="{PAPER}" stroke="{INK}"'
        ' stroke-width="2"/>'
    )
    yield _text(left + PADDING + 8, top + WHAT + 20, [step.what], weight="bold")
    yield _text(left + PADDING + 8, top + WHAT + 38, [step.when])
    down, up = top + WHAT + 49, top + DATA - 1
    yield _arrow(middle, up, middle, down + 1) if step.uses else _arrow(middle, down, middle, up - 1)
    yield (
        f'<rect x="{left + PADDING}" y="{top + DATA}" width="{width}" height="90" rx="24" fill="{PAPER}" stroke="{INK}"'
        f"{_crossed(step)}/>"
    )
    yield _text(left + PADDING + 18, top + DATA + 20, _lines(", ".join(_counted(step.data)), (width - 30) // 7, 4))


def _crossed(step: Step) -> str:
    """What was destroyed has a broken outline; its lane says so in words too."""
    return ' stroke-dasharray="6 5"' if step.what == "records destroyed" else ""


def _agent(x: int, y: int, width: int) -> str:
    roof, height = 12, 74
    points = f"{x},{y} {x + width - roof},{y} {x + width},{y + roof} {x + width},{y + height} {x},{y + height}"
    return f'<polygon points="{points}" fill="{PAPER}" stroke="{INK}"/>'


def _arrow(x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{INK}" marker-end="url(#provenance-arrow)"/>'


def _text(x: int, y: int, lines: Sequence[str], *, fill: str = INK, weight: str = "normal") -> str:
    spans = "".join(
        f'<tspan x="{x}" dy="{LINE if number else 0}">{escape(line)}</tspan>' for number, line in enumerate(lines)
    )
    return f'<text x="{x}" y="{y}" fill="{fill}" font-weight="{weight}">{spans}</text>'


def _lines(text: str, letters: int, most: int) -> list[str]:
    lines = wrap(text, letters) or [""]
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: letters - 1].rstrip(" ,") + "…"]
    return lines


def _counted(data: Sequence[str]) -> list[str]:
    """Each kind once, with its number where there are several."""
    return [name if number == 1 else f"{name} ({number})" for name, number in Counter(data).items()]
