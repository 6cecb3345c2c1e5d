"""What every command asks in the same way: options, the caller and the open runtime; it knows no single command."""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from api.casework.runtime import Runtime
    from api.incoming import Numbered
    from api.settings import Settings
    from ledger.caller import Caller
    from ledger.events import Json

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]
Role = Annotated[str, typer.Option("--role", help="The role you act in.", metavar="ROLE")]
Organisation = Annotated[str, typer.Option("--organisation", help="The organisation you act for.", metavar="CODE")]
CustomerId = Annotated[str, typer.Argument(help="The customer's id, a UUID.", metavar="ID")]
OnDay = Annotated[str | None, typer.Option("--on", help="Any date; today when left out.", metavar="DATE")]
Out = Annotated[
    Path | None, typer.Option("--out", help="Write to this file, readable by you only.", metavar="FILE", dir_okay=False)
]

CASE_WORKER, RECORDS_MANAGER = "case-worker", "records-manager"
CONTROLLER = "controller"
"""The organisation an operator acts for unless they say another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calling:
    """The command that runs: its verb, the record it names, and who gives it, once that is known."""

    verb: str = "none"
    about: UUID | None = None
    by: Caller | None = None


CALLING: ContextVar[Calling] = ContextVar("calling", default=Calling())  # noqa: B039 (it is frozen)


def caller(role: str, organisation: str) -> Caller:
    """The operator at the terminal: their login is the subject, sealed wherever it is written. Raises Malformed."""
    from ledger.caller import ROLES, Caller
    from ledger.errors import Malformed

    if role not in ROLES:
        raise Malformed(f"The role must be one of {', '.join(sorted(ROLES))}.")
    if not organisation:
        raise Malformed("The organisation must be named.")
    by = Caller(role=role, organisation=organisation, subject=_login(), operator=True)
    CALLING.set(replace(CALLING.get(), by=by))
    return by


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user has a number and no name
        return f"user {os.getuid()}"


def settings() -> Settings:
    from api.settings import read_settings

    return read_settings()


@contextmanager
def opened_runtime() -> Iterator[Runtime]:
    """The runtime of this process's settings, open; it is closed again on SIGTERM too."""
    from api.casework.attempts import notice
    from api.casework.runtime import opened
    from ledger.errors import LedgerError

    with opened(settings()) as runtime:
        try:
            yield runtime
        except LedgerError as refused:
            calling = CALLING.get()
            if calling.by is not None:
                notice(runtime.ledger, refused, calling.by, route=f"ledger {calling.verb}", about=calling.about)
            raise


@contextmanager
def texts_in(file: str) -> Iterator[Iterator[Numbered]]:
    """The JSON texts of a file, or of standard input for `-`. Raises FileUnreadable and NotNdjson."""
    from api.entries import LONGEST_BODY_BYTES
    from api.incoming import Incoming

    with Incoming(file, longest=LONGEST_BODY_BYTES) as incoming:
        yield iter(incoming)


def object_in(file: str) -> dict[str, Json]:
    """The one JSON object of a file, or of standard input for `-`, which may be gzip. Raises Malformed."""
    from api.entries import LONGEST_BODY_BYTES, read_object
    from api.incoming import TooLargeUnpacked, plain
    from ledger.errors import Malformed

    try:
        with contextlib.nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as opened:
            content = opened.read(LONGEST_BODY_BYTES + 1)
    except OSError as unreadable:
        raise Malformed(f"The file {Path(file).name} cannot be read: {_reason(unreadable)}.") from None
    if len(content) > LONGEST_BODY_BYTES:
        raise TooLargeUnpacked
    return read_object(plain(content, most_bytes=LONGEST_BODY_BYTES))


def write_out(content: bytes, out: Path | None) -> None:
    """Write to a new file of mode 0600, or to standard output: it is personal data. Raises Malformed."""
    from ledger.errors import Malformed

    if out is None:
        sys.stdout.buffer.write(content if content.endswith(b"\n") else content + b"\n")
        sys.stdout.buffer.flush()
        return
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(descriptor, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as failed:
        raise Malformed(f"The file {out.name} cannot be written: {_reason(failed)}.") from None


def _reason(failed: OSError) -> str:
    return (failed.strerror or "unknown reason").lower()
