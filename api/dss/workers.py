"""Records an import's portions in worker processes, each with a ledger of its own; it knows no document.

A portion goes to a worker that is ready, and its tally comes back once it is committed. The one or two portions of a
worker that dies were recorded completely or not at all; running the same import again completes them.
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
    """The sentence of a worker's failure; sent as text, so that it cannot contain anything of a document."""

    sentence: str


_Message: TypeAlias = Literal["ready", "done"] | Tally | _Failed


class Workers:
    """A pool of worker processes; `stop` ends all of them."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._processes: dict[Connection, subprocess.Popen[bytes]] = {}

    @property
    def started(self) -> bool:
        return bool(self._processes)

    def start(self, opening: Opening, begun: Begun) -> None:
        """Start the processes; they open the ledger and wait for portions."""
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
        """Record every portion, in any order, and yield its tally. After a failure the other workers finish first.

        Raises WorkerEnded, or Fault with the sentence of the failed worker.
        """
        upcoming = next(portions, None)
        failed: Fault | None = None
        working = set(self._processes)
        while working:
            for worker in cast("list[Connection]", wait(working)):
                match _message_of(worker):
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
        """Terminate the remaining processes; the database rolls back an open transaction."""
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


def _message_of(worker: Connection) -> _Message | None:
    """The next message of a worker; None when it has died."""
    try:
        return cast("_Message", worker.recv())
    except (EOFError, OSError):
        return None


def serve(descriptor: int) -> None:
    """Run a worker: open the ledger, record the portions the parent sends, return their tallies."""
    # Without a parent there is nobody to report to, so the worker just ends.
    with suppress(EOFError, BrokenPipeError, ConnectionResetError), Connection(descriptor) as parent:
        parent.send(_work_until_done(parent))


def _work_until_done(parent: Connection) -> _Message:
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
