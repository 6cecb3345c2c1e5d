"""Records many commands with several threads, so that they are committed together; it knows no file and no format.

Commands about one customer, or about people who were in one share, keep their order: they are carried out one after
the other by one thread. What is entered in a register comes before what is judged by it. What is in hand at a time is
bounded; beyond it only whom a request is about is remembered, until it is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from typing import Any

from api.entries import Outcome, record_one
from ledger.caller import Caller
from ledger.errors import Refused
from ledger.recording import Ledger

THREADS = 16
IN_HAND = 4_000

_CLOSING = frozenset({"send-response", "refuse-request", "withdraw-request"})
_NONE: Mapping[str, str] = {}

Command = dict[str, Any]
Numbered = tuple[int, Command]


def record_side_by_side(
    ledger: Ledger,
    commands: Iterable[Command],
    by: Callable[[Command], Caller],
    *,
    threads: int = THREADS,
    in_hand: int = IN_HAND,
) -> Iterator[Outcome]:
    """The outcome of each command, in no particular order; `by` says who gives it. Raises Fault."""
    numbered = enumerate(commands, start=1)
    open_requests: dict[str, str] = {}
    with ThreadPoolExecutor(threads, thread_name_prefix="recording") as pool:
        while some := list(islice(numbered, in_hand)):
            registers = [item for item in some if item[1].get("organisation") and not _names_customers(item[1])]
            entered = {number for number, _ in registers}
            for phase in (registers, [item for item in some if item[0] not in entered]):
                groups = strands(phase, open_requests)
                jobs = [pool.submit(_one_after_the_other, ledger, together, by) for together in groups]
                for job in as_completed(jobs):
                    yield from job.result()
            _follow(open_requests, some)


def _names_customers(command: Command) -> bool:
    return "customer_id" in command or "customers" in command


def _follow(open_requests: dict[str, str], commands: Iterable[Numbered]) -> None:
    """Keep who each open request is about: a later step of it writes to the person's records as well."""
    for _, command in commands:
        request = _request(command)
        if request is None:
            continue
        if str(command.get("type")) in _CLOSING:
            open_requests.pop(request, None)
        elif command.get("customer_id"):
            open_requests[request] = str(command["customer_id"]).lower()


def strands(commands: Iterable[Numbered], open_requests: Mapping[str, str] = _NONE) -> list[list[Numbered]]:
    """The commands in groups that have nobody in common, each group in its order; the largest group first.

    `open_requests` says whom requests are about that were received before these commands.
    """
    leader: dict[str, str] = {}

    def find(number: str) -> str:
        while (next_ := leader.setdefault(number, number)) != number:
            leader[number] = leader[next_]
            number = leader[number]
        return number

    commands = list(commands)
    for _, command in commands:
        first, *others = _about(command)
        if first in open_requests:
            others.append(open_requests[first])
        for other in others:
            leader[find(other)] = find(first)
    groups: dict[str, list[Numbered]] = {}
    for numbered in commands:
        groups.setdefault(find(_about(numbered[1])[0]), []).append(numbered)
    return sorted(groups.values(), key=len, reverse=True)


def _about(command: Command) -> list[str]:
    """Whom or what a command is about, however badly it is made: at least one text.

    An instruction to a contractor comes after what is entered about that contractor's contract.
    """
    people = command.get("customers")
    if isinstance(people, list) and people:
        return [str(person.get("customer_id") if isinstance(person, dict) else None).lower() for person in people]
    request = _request(command)
    if request is not None:
        return [request, *([str(command["customer_id"]).lower()] if command.get("customer_id") else [])]
    named = [command.get("customer_id") or command.get("organisation"), command.get("contractor")]
    return [str(code).lower() for code in named if code] or ["none"]


def _request(command: Command) -> str | None:
    number = command.get("request_id") or (command.get("id") if command.get("type") == "receive-request" else None)
    return None if number is None else str(number).lower()


def _one_after_the_other(ledger: Ledger, commands: list[Numbered], by: Callable[[Command], Caller]) -> list[Outcome]:
    return [_outcome(ledger, number, command, by) for number, command in commands]


def _outcome(ledger: Ledger, number: int, command: Command, by: Callable[[Command], Caller]) -> Outcome:
    try:
        return record_one(ledger, command, by(command), line=number)
    except Refused as refused:
        return Outcome(line=number, type=str(command.get("type")), refused=refused)
