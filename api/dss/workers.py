"""Has an import's portions recorded by processes of their own, each with a ledger of its own; it knows no document.

A portion goes to whoever is ready for one, and what became of it comes back once it is committed. A worker that ends
takes one or two portions with it: they were recorded whole or not at all, and the same import again completes them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from api.dss.builder import Begun, Building, Portion, collecting_seldom
from api.dss.outcome import Tally
from ledger.errors import Fault, LedgerError
from ledger.recording import Opening

_ROOT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 5.0
_READY: Final = "ready"
_DONE: Final = "done"


class WorkerEnded(Fault):
    """A process of the import ended before its work was done, as if somebody had ended it."""


class _Failed(NamedTuple):
    """The one sentence a worker leaves behind: it crosses as text, so that nothing of a document can be in it."""

    sentence: str


_Said: TypeAlias = Literal["ready", "done"] | Tally | _Failed


class Workers:
    """Some processes that record, of which nobody is left when this is stopped."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._processes: dict[Connection, subprocess.Popen[bytes]] = {}

    @property
    def started(self) -> bool:
        return bool(self._processes)

    def start(self, opening: Opening, begun: Begun) -> None:
        """Begin the processes; they open the ledger and wait."""
        for _ in range(self._count):
            ours, theirs = Pipe()
            with theirs:
                # A group of its own, so that Ctrl-C reaches one process that then stops the others in order; and no
                # standard error, for an unforeseen traceback may quote what a person said.
                self._processes[ours] = subprocess.Popen(
                    [sys.executable, "-c", f"from api.dss.workers import serve; serve({theirs.fileno()})"],
                    cwd=_ROOT, pass_fds=[theirs.fileno()], process_group=0,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
            with suppress(OSError):  # should it be gone already, recording says so
                ours.send((opening, begun))

    def record(self, portions: Iterator[Portion]) -> Iterator[Tally]:
        """Have every portion recorded, in any order. Raises WorkerEnded or Fault once the others have finished."""
        upcoming = next(portions, None)
        failed: Fault | None = None
        working = set(self._processes)
        while working:
            for worker in cast("list[Connection]", wait(working)):
                match _said_by(worker):
                    case Tally() as tally:
                        yield tally
                    case "ready":
                        with suppress(OSError):  # it ended while it was being told, and has said so when asked next
                            worker.send(upcoming if failed is None else None)
                        upcoming = next(portions, None) if failed is None else None
                    case "done":
                        working.discard(worker)
                    case _Failed(sentence):
                        working.discard(worker)
                        failed = failed or Fault(sentence)
                    case None:
                        working.discard(worker)
                        failed = failed or WorkerEnded()
        if failed is not None:
            raise failed

    def stop(self) -> None:
        """End what is still there; a transaction under way is undone by the database."""
        for worker, process in self._processes.items():
            worker.close()
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()


def _said_by(worker: Connection) -> _Said | None:
    """What a worker says; None if it is gone."""
    try:
        return cast("_Said", worker.recv())
    except (EOFError, OSError):
        return None


def serve(descriptor: int) -> None:
    """The whole life of a worker: open the ledger, record what the parent sends, tell it what became of that."""
    # A parent that is gone or asks for no answer is nobody to complain to: the worker just ends.
    with suppress(EOFError, BrokenPipeError, ConnectionResetError), Connection(descriptor) as parent:
        parent.send(_lived(parent))


def _lived(parent: Connection) -> _Said:
    opening, begun = parent.recv()
    try:
        with closing(opening.open()) as ledger, collecting_seldom():
            for tally in Building(ledger, begun).record(_portions(parent)):
                parent.send(tally)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except LedgerError as failed:
        return _Failed(failed.sentence)
    except Exception as broken:  # noqa: BLE001 (whoever waits must be answered, and an exception may quote a person)
        return _Failed(f"A process of the import failed ({type(broken).__name__}).")
    return _DONE


def _portions(parent: Connection) -> Iterable[Portion]:
    while True:
        parent.send(_READY)
        portion = parent.recv()
        if portion is None:
            return
        yield portion
