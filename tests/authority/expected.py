"""Who may give which command about whom, and what becomes of it: written by hand from the sources, never from the code.

A row has six letters for each caller, one for each relation:

1. the caller's own act about a person it serves (in a register: its own entry),
2. an act of an organisation under it, about a person it serves (an entry of one under it),
3. another organisation's act, about a person it serves (another organisation's entry),
4. its own act about a person it does not serve,
5. its own act about a person of the other programme (an organisation of the other programme),
6. its own act about an id that is not on record (an organisation that is not registered yet).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LETTERS = {
    "E": "takes effect",
    "A": "takes effect at once, since it protects the person or is the caller's own act, and is listed as a claim",
    "W": "is recorded as a claim and waits until somebody entitled confirms it; until then it changes nothing",
    "G": "asks for a grant: opens nothing until a second person approves it, but an emergency 24 hours at once; the "
    "answer is that of an id nobody knows",
    "N": "is refused because nothing or something else is on record; the answer is that of an id nobody knows",
    "R": "is refused for the role",
    "Q": "is refused, and waits in the quarantine until the organisation is registered",
    "/": "cannot be: the command names nobody's act, or an entry in a register is about no person",
}
RELATIONS = (
    "own act, person served",
    "act of an organisation under it, person served",
    "another's act, person served",
    "own act, person not served",
    "own act, person of the other programme",
    "own act, id not on record",
)
CALLERS = (
    "case-worker", "records-manager", "importer", "administrator", "auditor", "contractor", "contractor-manager",
    "contractor's records-manager", "jobcentre-plus", "operator", "unregistered",
)  # fmt: skip
Cells = Mapping[str, str]
"""The six letters of each caller."""
Act = Literal[
    "organisation", "sent_by", "received_by", "referred_by", "referral", "share", "receipt", "finding", "assessment",
    "request", "claim", "recipient",
]  # fmt: skip
"""Whose act a command reports: the field that names it, or what the command refers to."""
NEVER, UNREGISTERED = "RRRRRR", "QQQQQQ"
BY_ROLE = {
    "recorders": {"case-worker", "records-manager", "importer", "contractor", "contractor-manager",
                  "contractor's records-manager", "jobcentre-plus"},
    "everybody": {"case-worker", "records-manager", "importer", "administrator", "contractor", "contractor-manager",
                  "contractor's records-manager", "jobcentre-plus"},
    "case work": {"case-worker", "records-manager", "contractor's records-manager"},
    "case work and contractors": {"case-worker", "records-manager", "contractor", "contractor-manager",
                                  "contractor's records-manager"},
    "readers": {"case-worker", "records-manager", "auditor", "contractor", "contractor-manager",
                "contractor's records-manager", "jobcentre-plus"},
    "keepers": {"records-manager", "administrator", "contractor's records-manager"},
}  # fmt: skip
"""Who may give a command at all. Nobody but an auditor is kept from reporting what the person wants; an auditor gives
commands about grants only."""
_CONTRACTORS = frozenset({"contractor", "contractor-manager", "contractor's records-manager"})


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is expected of one command."""

    cells: Cells
    act: Act | None = None


def _cells(by: str, *, controller: str, contractor: str, office: str, operator: str) -> dict[str, str]:
    """The letters of each caller from those of each side, and who may give the command at all."""
    of_side = {"jobcentre-plus": office, **dict.fromkeys(_CONTRACTORS, contractor)}
    cells = {caller: of_side.get(caller, controller) if caller in BY_ROLE[by] else NEVER for caller in CALLERS}
    return {**cells, "operator": operator, "unregistered": UNREGISTERED}


def _row(  # noqa: PLR0917 (a table of letters)
    act: Act | None, by: str, controller: str, contractor: str, office: str, operator: str
) -> Row:
    return Row(
        act=act, cells=_cells(by, controller=controller, contractor=contractor, office=office, operator=operator)
    )


def _changes(act: Act | None, by: str = "recorders") -> Row:
    """It changes, exposes or ends something: it waits unless the caller serves the person or is their controller."""
    return _row(act, by, *_unnamed(act, "EEEEWN", "EEWWWW", "WWWWWW", "EEEEEN"))


def _protects(act: Act | None, by: str = "everybody") -> Row:
    """It protects the person: it takes effect at once, whoever reports it."""
    return _row(act, by, *_unnamed(act, "EEEEAN", "EEAAAW", "AAAAAW", "EEEEEN"))


def _own_act(act: Act, office: str = "AAWAAW") -> Row:
    """What an organisation itself did with a person's data: its own report stands, another's waits."""
    return _row(act, "recorders", "EEEEWN", "EEWAAW", office, "EEEEEN")


def _unnamed(act: Act | None, *rows: str) -> tuple[str, ...]:
    """The same without the relations in which an act is somebody else's, where the command names nobody's."""
    return tuple(row if act else f"{row[0]}//{row[3:]}" for row in rows)


_BOOKKEEPING = _row("request", "recorders", "EEEEEN", "EEEEEW", "EEWEEW", "EEEEEN")
"""A step of who received the request: it decides nothing about the person, whoever they are."""
_DECIDES = _row("request", "case work", "EEEEWN", "EEEWWW", NEVER, "EEEEEN")
"""A step that decides about the person: it waits unless the caller serves them or is their controller."""
_DECIDES_GRANT = Row(
    cells={
        **dict.fromkeys(CALLERS, NEVER),
        **dict.fromkeys(("case-worker", "records-manager", "operator"), "E//ENN"),
        **dict.fromkeys(("contractor's records-manager", "unregistered"), "N//NNN"),
    },
)
"""A second person's decision, for the people of the controller's programme; nobody else learns that a grant exists."""
_OF_OFFICE = "EEWEEW"
"""An office's own referral, receipt or confirmation; Jobcentre Plus is on neither side of the partition."""
_OWN_ENTRY = _row("organisation", "keepers", "EEE/WE", "EEW/WW", NEVER, "EEE/EE")
"""What an organisation is responsible for itself: its domains, couriers, systems, contacts, periods."""
_ENTRY_OF_CONTROLLER = _row("organisation", "keepers", "EEE/WE", "WWW/WW", NEVER, "EEE/EE")
"""What decides over others: what an organisation is and belongs to, contracts, calendars, rules."""

ROWS: Mapping[str, Row] = {
    # Who is registered, what is kept about them, and what was done for them.
    "register-customer": _row("organisation", "recorders", "NNNNWE", "NNWWWE", "WWWWWE", "NNNNNE"),
    "keep-record": _changes("organisation"),
    "correct-record": _changes("organisation"),
    "refer-customer": _row("referred_by", "recorders", "EEEEWN", "EEWWWW", _OF_OFFICE, "EEEEEN"),
    "accept-referral": _row("referral", "recorders", "EEEEWN", "EEWEEW", "WWWWWW", "EEEEEN"),
    "keep-appointment": _changes("organisation"),
    "miss-appointment": _changes("organisation"),
    "hold-interaction": _changes("organisation"),
    "inform-customer": _changes("organisation"),
    "end-service": _changes("organisation"),
    "resume-service": _changes("organisation"),
    # Who serves them: begun by the controller's assignment only, ended by whoever serves.
    "assign-customer": _row("organisation", "case work", "EEEEWN", "WWWWWW", NEVER, "EEEEEN"),
    "end-serving": _changes("organisation"),
    # Somebody at risk: a flag keeps a new beginning with the controller.
    "flag-at-risk": _protects(None, "recorders"),
    "lift-at-risk": _changes(None, "case work and contractors"),
    # Grants to read beyond one's own: asked for by who may read anybody at all, decided by a second person.
    "request-grant": _row(None, "readers", *("G//GGW",) * 3, "G//GGN"),
    "approve-grant": _DECIDES_GRANT,
    "refuse-grant": _DECIDES_GRANT,
    "end-grant": Row(
        cells={
            **_DECIDES_GRANT.cells,
            **dict.fromkeys(("auditor", "contractor", "contractor-manager", "jobcentre-plus"), "N//NNN"),
        }
    ),  # of somebody else's grant; who asked may end their own
    # Claims: answered by whom they name, and by who could have reported them.
    "confirm-claim": _row("claim", "recorders", "EEEENN", "EENEEN", "EENEEN", "EEEEEN"),
    "dispute-claim": _row("claim", "recorders", "EEEEEN", "EENEEN", "EENEEN", "EEEEEN"),
    # What the person wants.
    "give-consent": _changes("organisation"),
    "refuse-consent": _protects("organisation"),
    "withdraw-consent": _protects("organisation"),
    "ask-consent": _changes("organisation"),
    "expire-consent": _protects("organisation", "recorders"),
    "invalidate-consent": _protects("organisation", "recorders"),
    "contest-decision": _protects(None),
    "review-decision": _changes(None, "case work"),
    "restrict-processing": _protects("organisation", "case work"),
    "lift-restriction": _changes(None, "case work"),
    # Shares and receipts, and what became of them.
    "share-data": _own_act("sent_by", _OF_OFFICE),
    "receive-data": _own_act("received_by", _OF_OFFICE),
    "confirm-receipt": _own_act("share", _OF_OFFICE),
    "incorporate-data": _own_act("receipt"),
    "dispose-copy": _own_act("receipt"),
    "route-data": _own_act("receipt"),
    "pass-to-work-coach": _own_act("share", _OF_OFFICE),
    "chase-recipient": _changes("share"),
    "notify-recipient": _changes(None),
    "confirm-correction": _row("recipient", "recorders", "E//EWN", "E//WWW", _OF_OFFICE, "E//EEN"),
    # Findings and breaches: against whom they were raised.
    "find-late": _changes("receipt"),
    "assess-finding": _changes("finding", "case work"),
    "remediate-finding": _own_act("finding"),
    "close-finding": _changes("finding", "case work"),
    "assess-breach-risk": _changes("assessment", "case work"),
    # An assessment is of who sent, and what Jobcentre Plus sends is not the ledger's to assess.
    "notify-controller": _own_act("assessment", "//W//W"),
    "notify-regulator": _changes("assessment", "case work"),
    "notify-people": _changes("assessment", "case work"),
    "close-breach-assessment": _changes("assessment", "case work"),
    # Records: merged, held, kept for longer, destroyed, read.
    "merge-customers": _changes(None, "case work"),
    "unmerge-customers": _changes(None, "case work"),
    "place-hold": _protects(None, "case work"),
    "review-hold": _changes(None, "case work"),
    "lift-hold": _changes(None, "case work"),
    # Only what NHS Health Careers holds may be kept for longer (RET-NHS-03).
    "extend-retention": _row(None, "case work", "N//NWN", "N//WWW", NEVER, "N//NEN"),
    "destroy-records": Row(
        cells={
            **dict.fromkeys(CALLERS, NEVER),
            "records-manager": "E//ENN",
            "operator": "E//ENN",
            "unregistered": UNREGISTERED,
        },
    ),
    "read-personal-data": Row(
        cells={
            **dict.fromkeys(("case-worker", "records-manager", "auditor"), "E//ENN"),
            **dict.fromkeys(_CONTRACTORS, "E//NNN"),
            **dict.fromkeys(("importer", "administrator", "jobcentre-plus", "unregistered"), "N//NNN"),
            "operator": "E//EEN",
        }
    ),
    # Rights requests: received from anybody, decided by who serves the person or is their controller.
    "receive-request": _protects("organisation"),
    "acknowledge-request": _BOOKKEEPING,
    "confirm-fee": _BOOKKEEPING,
    "receive-clarification": _BOOKKEEPING,
    "withdraw-request": _BOOKKEEPING,
    "ask-identity": _DECIDES,
    "confirm-identity": _DECIDES,
    "ask-fee": _DECIDES,
    "ask-clarification": _DECIDES,
    "extend-time": _DECIDES,
    "withhold-item": _DECIDES,
    "decide-third-party": _DECIDES,
    "check-accuracy": _DECIDES,
    "prepare-report": _DECIDES,
    "send-response": _DECIDES,
    "refuse-request": _DECIDES,
    # The organisations' registers.
    "register-organisation": _ENTRY_OF_CONTROLLER,
    "register-office": _row("organisation", "keepers", "//E/WE", "//W/WW", NEVER, "//E/EE"),
    "start-contract": _ENTRY_OF_CONTROLLER,
    "end-contract": _ENTRY_OF_CONTROLLER,
    "sign-agreement": _ENTRY_OF_CONTROLLER,
    "publish-calendar": _ENTRY_OF_CONTROLLER,
    "publish-rule-set": _ENTRY_OF_CONTROLLER,
    "instruct-destruction": _row("organisation", "keepers", "ENN/RN", "RRR/RR", NEVER, "ENN/RN"),
    "recognise-line": _OWN_ENTRY,
    "nominate-contact": _OWN_ENTRY,
    "register-work-domain": _OWN_ENTRY,
    "approve-courier": _OWN_ENTRY,
    "register-system": _OWN_ENTRY,
    "publish-notice": _OWN_ENTRY,
    "set-item-profile": _OWN_ENTRY,
    "name-data-protection-officer": _OWN_ENTRY,
    "set-retention-period": _OWN_ENTRY,
    "cleanse-mailbox": _row("organisation", "recorders", "EEE/WE", "EEW/WW", "EEW/WW", "EEE/EE"),
}
"""Every command there is."""
