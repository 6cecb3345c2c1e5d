"""Draws the days of a request's clock as SVG: from top to bottom, the days that do not count hatched.

It can be read without colour, fits the narrowest screen, and carries its own words. It knows no request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from textwrap import wrap
from xml.sax.saxutils import escape

from projections.wording.request_clock import Mark

WIDTH, PADDING = 320, 12
BAR, BAR_WIDTH, LABEL = 20, 22, 76
LINE, GAP, LETTERS = 17, 9, 31
PIXELS_PER_DAY, SHORTEST, LONGEST = 5, 180, 460
INK, PAPER, QUIET = "#0b0c0c", "#ffffff", "#505a5f"


def draw(marks: Sequence[Mark]) -> str:
    """The picture of at least one mark."""
    first, last = min(mark.first for mark in marks), max(mark.last for mark in marks)
    length = min(max((last - first).days * PIXELS_PER_DAY, SHORTEST), LONGEST)
    labels = list(_labels(marks, _Scale(first, last, length)))
    height = max(PADDING + length, labels[-1][1]) + PADDING + LINE
    words = " ".join(f"{mark.when}: {mark.what}. {mark.effect}" for mark in marks)
    title = f"The clock of this request, from {marks[0].when} to {marks[-1].when}"
    return "".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="clock-title clock-words"',
            f' viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" lang="en-GB"',
            f' font-family="Helvetica, Arial, sans-serif" font-size="14" fill="{INK}">',
            f'<title id="clock-title">{escape(title)}</title><desc id="clock-words">{escape(words)}</desc>',
            '<defs><pattern id="clock-hatch" width="7" height="7" patternUnits="userSpaceOnUse"',
            f' patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="7" stroke="{INK}" stroke-width="3"/>',
            f'</pattern></defs><rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
            *_bar(marks, _Scale(first, last, length)),
            *(piece for _, _, piece in labels),
            "</svg>",
        ]
    )


class _Scale:
    """From days to pixels; a day is a stretch, so that the days of a span have an end."""

    def __init__(self, first: date, last: date, length: int) -> None:
        self._first, self._length, self._days = first, length, (last - first).days + 1

    def __call__(self, day: date) -> int:
        return PADDING + round((day - self._first).days * self._length / self._days)

    @property
    def end(self) -> int:
        return PADDING + self._length


def _bar(marks: Sequence[Mark], scale: _Scale) -> Iterator[str]:
    """The days themselves, and the sign of each mark: a thick line, a diamond, a dot."""
    right, middle = BAR + BAR_WIDTH, BAR + BAR_WIDTH // 2
    yield _box(scale(marks[0].first), scale.end, PAPER)
    for mark in marks:
        y = scale(mark.first)
        match mark.kind:
            case "uncounted":
                yield _box(y, scale(date.fromordinal(mark.last.toordinal() + 1)), "url(#clock-hatch)")
            case "limit":
                yield f'<line x1="{BAR - 8}" y1="{y}" x2="{right + 8}" y2="{y}" stroke="{INK}" stroke-width="5"/>'
            case "target":
                points = f"{middle},{y - 8} {middle + 8},{y} {middle},{y + 8} {middle - 8},{y}"
                yield f'<polygon points="{points}" fill="{PAPER}" stroke="{INK}" stroke-width="2"/>'
            case "today":
                yield f'<polygon points="{BAR - 14},{y - 7} {BAR - 1},{y} {BAR - 14},{y + 7}"/>'
            case _:
                yield f'<circle cx="{middle}" cy="{y}" r="5" stroke="{PAPER}" stroke-width="2"/>'


def _box(top: int, bottom: int, fill: str) -> str:
    height = max(bottom - top, 2)
    return f'<rect x="{BAR}" y="{top}" width="{BAR_WIDTH}" height="{height}" fill="{fill}" stroke="{INK}"/>'


def _labels(marks: Sequence[Mark], scale: _Scale) -> Iterator[tuple[int, int, str]]:
    """Each mark's words beside its sign, moved down where they would touch; with where they begin and end."""
    free = 0
    for mark in marks:
        lines = [*wrap(mark.when, LETTERS), *wrap(mark.what, LETTERS)]
        at = scale(mark.first)
        top = max(at, free + LINE)
        spans = "".join(
            f'<tspan x="{LABEL}" y="{top + 5 + number * LINE}"{_bold(number)}>{escape(line)}</tspan>'
            for number, line in enumerate(lines)
        )
        free = top + (len(lines) - 1) * LINE + GAP
        edge = BAR + BAR_WIDTH + (8 if mark.kind == "limit" else 0)
        leader = f'<path d="M{edge} {at}L{LABEL - 16} {top}L{LABEL - 5} {top}" fill="none" stroke="{QUIET}"/>'
        yield top, free, f"{leader}<text>{spans}</text>"


def _bold(number: int) -> str:
    return ' font-weight="bold"' if number == 0 else ""
