"""How a command shows its result: JSON for programs, plain tables for people, progress on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import orjson
import typer

if TYPE_CHECKING:
    from ledger.events import Json

ROWS_SHOWN = 100
Advance = Callable[[str, int, int | None], None]


class Row(Protocol):
    """Any row type of ours."""

    def as_json(self) -> dict[str, Json]: ...


def show(result: Mapping[str, object], *, as_json: bool, lines: Callable[[], Iterator[str]] | None = None) -> None:
    """Print a result: as one JSON document, or in the given lines, or each of its values under its name."""
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
        return
    for line in lines() if lines is not None else outline(result):
        typer.echo(line)


def say(sentence: str) -> None:
    """A sentence for the person at the terminal, beside the result."""
    typer.echo(sentence, err=True)


def outline(value: object, indent: int = 0) -> Iterator[str]:
    """A JSON value as indented names and values; what is empty is left out."""
    margin = "  " * indent
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if inner in (None, [], {}, ""):
                continue
            if isinstance(inner, Mapping | list) and not _short(inner):
                yield f"{margin}{_words(name)}:"
                yield from outline(inner, indent + 1)
            else:
                yield f"{margin}{_words(name)}: {_plain(inner)}"
    elif isinstance(value, list):
        for item in value:
            rows = list(outline(item, indent + 1))
            yield f"{margin}- {rows[0].strip()}" if rows else f"{margin}-"
            yield from rows[1:]
    else:
        yield f"{margin}{_plain(value)}"


def json_rows(rows: Sequence[Row]) -> list[dict[str, Json]]:
    """The rows that a table shows, each as a program would read it."""
    return [row.as_json() for row in rows[:ROWS_SHOWN]]


def table(
    rows: Sequence[Mapping[str, object]], columns: Mapping[str, str], *, total: int | None = None
) -> Iterator[str]:
    """The first hundred rows in columns, each as wide as its widest value, so that nothing wraps or is cut."""
    shown = [[_plain(row.get(name)) for name in columns] for row in rows[:ROWS_SHOWN]]
    widths = [max(map(len, cells)) for cells in zip(columns.values(), *shown, strict=True)]
    for cells in [list(columns.values()), ["-" * width for width in widths], *shown]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
    more = (len(rows) if total is None else total) - len(shown)
    if more > 0:
        yield f"… and {more:,} more; --json prints them all."


@contextmanager
def progress(what: str, *, of_bytes: bool = False) -> Iterator[Advance | None]:
    """A bar with a rate and an end time on standard error, or None when nobody is watching.

    Call it with a description, what is done, and the total if that is known.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.DownloadColumn() if of_bytes else bars.MofNCompleteColumn(),
        bars.TransferSpeedColumn() if of_bytes else bars.TextColumn("{task.fields[rate]}"),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, rate="")
        step, began = what, time.monotonic()

        def advance(description: str, done: int, total: int | None) -> None:
            nonlocal step, began
            if description != step:  # each step has a rate and an end time of its own
                step, began = description, time.monotonic()
                bar.reset(task)
            rate = done / max(time.monotonic() - began, 0.001)
            bar.update(task, description=description, completed=done, total=total, rate=f"{rate:,.0f}/s")

        yield advance


def _short(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str | int) for item in value)


def _plain(value: object) -> str:
    match value:
        case None:
            return ""
        case True:
            return "yes"
        case False:
            return "no"
        case list():
            return ", ".join(map(_plain, value))
        case Mapping():
            return "; ".join(f"{_words(str(name))} {_plain(inner)}" for name, inner in value.items() if inner)
        case _:
            return str(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
