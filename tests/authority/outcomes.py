"""What becomes of a command, observed by recording it: one letter of the matrix."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ledger.caller import Caller
from ledger.commands.catalogue import COMMANDS, body_of, example_of
from ledger.commands.invented import CONTROLLER, JOBCENTRE_PLUS, OFFICE
from ledger.commands.reader import organisation_stream
from ledger.errors import NotAllowed, Refused, UnregisteredOrganisation
from ledger.events import BreachAssessmentOpened
from ledger.recording import Ledger
from tests.authority.expected import ROWS
from tests.authority.people import ANOTHER, CALLER, OF_NHS_ENGLAND, ORGANISATIONS, UNDER, Situation


def observed_rows(ledger: Ledger, name: str) -> dict[str, str]:
    """The letters of one command for every caller.

    The callers of an organisation share a situation as long as the outcome is the expected one; otherwise the caller
    gets one of its own, and that outcome counts. Whoever is refused for the role or the organisation needs none of its
    own either: nothing was looked up.
    """
    row = ROWS[name]
    seen = dict.fromkeys(row.cells, "")
    for relation in range(1, 7):
        letters = _letters(ledger, name, {caller: cells[relation - 1] for caller, cells in row.cells.items()}, relation)
        for caller, letter in letters.items():
            seen[caller] += letter
    return seen


def _letters(ledger: Ledger, name: str, expected: Mapping[str, str], relation: int) -> dict[str, str]:
    """The letter of one command for every caller in one relation, the refused first: they leave all as it was."""
    shared: dict[str, Situation] = {}
    used = set[str]()
    letters = dict[str, str]()
    for caller in sorted(expected, key=lambda caller: "RQNWGAE/".index(expected[caller])):
        by = CALLER[caller]
        if expected[caller] == "/":
            letters[caller] = "/"
            continue
        if expected[caller] in "RQ" and shared and by.organisation not in shared:
            situation = replace(next(iter(shared.values())), organisation=by.organisation, on_record=True)
            letters[caller] = observed(ledger, situation, by)
        if letters.get(caller) == expected[caller]:
            continue
        if by.organisation not in shared:
            shared[by.organisation] = _situation(ledger, name, by, relation)
        letters[caller] = observed(ledger, shared[by.organisation], by)
        if letters[caller] != expected[caller] and by.organisation in used:
            letters[caller] = observed(ledger, _situation(ledger, name, by, relation), by)
        if letters[caller] in "EAG":
            used.add(by.organisation)
    return letters


def _situation(ledger: Ledger, name: str, by: Caller, relation: int) -> Situation:
    return Situation(
        ledger=ledger, kind=COMMANDS[name], act=ROWS[name].act, organisation=by.organisation, relation=relation
    )


def observed(ledger: Ledger, situation: Situation, by: Caller) -> str:
    """The letter of one command of one caller."""
    body = situation.body()
    streams = {uuid.UUID(situation.person), uuid.UUID(str(body.get("request_id") or situation.person))}
    return _letter(ledger, body, by, streams)


def observed_entries(ledger: Ledger, name: str) -> dict[str, str]:
    """The letters of one entry in a register for every caller. They are about the same organisations, and no harm:
    what an organisation is stays what it was.
    """
    seen = dict.fromkeys(ROWS[name].cells, "")
    for relation in range(1, 7):
        for caller, cells in ROWS[name].cells.items():
            by = CALLER[caller]
            code = _entered(by.organisation, relation)
            body = {
                **body_of(COMMANDS[name], example_of(COMMANDS[name])),
                "id": str(uuid.uuid4()),
                "organisation": code,
            }
            known = ORGANISATIONS.get(code, {"kind": "prime", "part_of": JOBCENTRE_PLUS})
            if name == "register-organisation":
                body |= known
            if "part_of" in body:
                body["part_of"] = known.get("part_of", CONTROLLER)
            letter = cells[relation - 1]
            seen[caller] += "/" if letter == "/" else _letter(ledger, body, by, {organisation_stream(code)})
    return seen


def _entered(organisation: str, relation: int) -> str:
    """The organisation whose register it is; of another programme an office, whose entry changes nobody else's."""
    return {2: UNDER[organisation], 3: OFFICE if organisation != JOBCENTRE_PLUS else ANOTHER, 5: OF_NHS_ENGLAND,
            6: f"new-{uuid.uuid4().hex[:8]}"}.get(relation, organisation)  # fmt: skip


def _letter(ledger: Ledger, body: dict[str, Any], by: Caller, streams: set[uuid.UUID]) -> str:
    before = _events(ledger, streams)
    try:
        receipt = ledger.record(body, by)
    except UnregisteredOrganisation:
        return "Q"
    except NotAllowed:
        return "R"
    except Refused:
        return "N"
    grew = _events(ledger, streams) > before
    assert grew or receipt.waiting or "claim_id" in body, "a command that was recorded is on record somewhere"
    if not receipt.waiting:
        return "E"
    if body["type"] == "request-grant" and grew:
        return "G"
    return "A" if grew else "W"


def _events(ledger: Ledger, streams: set[uuid.UUID]) -> int:
    """How much is on record there; the assessment that a grave claim opens changes nothing for the person."""
    entries = [entry for stream in streams for entry in ledger.recorder.history(stream)]
    return sum(entry.type != BreachAssessmentOpened.NAME for entry in entries)
