"""Who gets which answer about whom: written by hand from the sources, never from the code.

A row has five letters for each caller, one for each relation of a person to the caller's organisation: served by it,
served by an organisation under it, served by another, of the other programme, and not on record at all. In a list the
letter says whether a row about such a person is in the caller's answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.authority.expected import CALLERS

ANSWERS = {
    "Y": "answered, and of a list: rows about such people are in it",
    "F": "answered with facts only, without a name, until a grant allows more",
    "-": "answered as if they were not there: the same status, words, headers and number of statements",
    "X": "refused for the role, for want of a grant, or because the organisation is registered for no such role",
    "P": "answered to everybody, signed in or not; no person is in it",
}
PEOPLE = (
    "served by it", "served by an organisation under it", "served by another", "of the other programme",
    "not on record",
)  # fmt: skip
ROWS_BY_PROGRAMME = True
"""The database shows each controller the rows of its own programme; without that, lists would hold those of both."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is expected of one route, page or command of the command line."""

    cells: Mapping[str, str]
    body: str | None = None
    """What a POST sends: a search, a proposal or a form."""

    lists: bool = False
    """Whether it is a list or about nobody, so that a caller gets one answer, whomever it might be about."""

    mixed: bool = False
    """Whether a controller finds rows of both programmes in it while the database does not keep them apart."""

    def of(self, caller: str) -> str:
        """The five letters of a caller today."""
        cells = self.cells[caller]
        return cells if ROWS_BY_PROGRAMME or not self.mixed else cells.replace("YYY--", "YYYY-")

    def at_the_terminal(self, caller: str) -> str:
        """The letters of the operator in a caller's role, whose lists are of both programmes."""
        cells = self.of(caller)
        return cells.replace("YYY--", "YYYY-") if self.mixed else cells

    @property
    def public(self) -> bool:
        """Whether nobody need sign in for it."""
        return {*"".join(self.cells.values())} == {"P"}


_CASE_WORK = ("case-worker", "records-manager")
_CONTRACTORS = ("contractor", "contractor-manager", "contractor's records-manager")
_ORGANISATIONS = (*_CONTRACTORS, "jobcentre-plus")


def _answer(
    *, case_work: str, auditor: str, contractor: str, office: str = "XXXXX", others: str = "XXXXX",
    body: str | None = None, **more: str,
) -> Answer:  # fmt: skip
    """The letters of the controller's case work, the auditor, contractors, an office, and everybody else."""
    cells = {
        **dict.fromkeys(CALLERS, others),
        **dict.fromkeys(_CASE_WORK, case_work),
        **dict.fromkeys(_CONTRACTORS, contractor),
        "auditor": auditor,
        "jobcentre-plus": office,
        "operator": case_work,
    }
    return Answer(body=body, cells=cells | more)


def _list(**letters: str) -> Answer:
    every = {"operator": letters["case_work"].replace("YYY--", "YYYY-")}  # the operator's lists are of both programmes
    return replace(_answer(**(every | letters)), lists=True, mixed=True)


PERSON = _answer(case_work="YYY--", auditor="FFF--", contractor="Y----", office="-----", others="-----")
"""A person's record: for their controller's case work and for whoever serves them; of a contractor's manager too, who
sees the work of advisers and sub-contractors but not more people."""
FACTS = replace(PERSON, cells={**PERSON.cells, "auditor": "YYY--"})
"""What has neither names nor contents in it, whoever asks."""
WHOLE = _answer(case_work="YYY--", auditor="XXX--", contractor="Y----", office="-----", others="-----")
"""What is nothing without names and contents: an auditor needs a grant for it."""
SEARCH = replace(PERSON, cells={**PERSON.cells, "auditor": "-----"}, body="search")
"""Whoever must not see a name finds nobody by it."""
PROPOSAL = _answer(
    case_work="YYY--", auditor="XXXXX", contractor="Y----", office="-----", others="-----", body="proposal",
    administrator="XXXXX",
)  # fmt: skip
"""What the rules say to a share, for who may report it and reads the person."""
WORK = _list(case_work="YYY--", auditor="YYY--", contractor="YY---", office="-----")
"""What was found and what is owed: facts without names; a contractor's and its sub-contractors'."""
OWN = _list(case_work="YYY--", auditor="YYY--", contractor="Y----", office="-----")
"""Facts without names, of what an organisation itself received, sent or keeps."""
COUNTS = _list(case_work="YYYYY", auditor="YYYYY", contractor="YYYYY", office="YYYYY")
"""Numbers about whatever the caller's lists hold; no person is in them."""
LOG = _list(case_work="YYYY-", auditor="YYYY-", contractor="XXXXX")
"""The facts of the one log of both programmes, which whoever checks its proofs must have whole; no name is in it."""
QUARANTINE = _list(case_work="YYYY-", auditor="YYYY-", contractor="Y----", office="-----", administrator="YYYY-")
"""Lines that wait, without what they say: an organisation's own, or all for the controller's side."""
SIGNED_IN = _list(case_work="YYYYY", auditor="YYYYY", contractor="YYYYY", office="YYYYY", others="YYYYY")
"""No person is in it: the first page, an empty form."""
DESTRUCTION = replace(
    _list(case_work="XXXXX", auditor="XXXXX", contractor="XXXXX",
          **{"records-manager": "YYY--", "operator": "YYY--"}), mixed=False,
)  # fmt: skip
"""The list of a run, for the controller's records manager."""
RUN = replace(
    _answer(case_work="XXXXX", auditor="XXXXX", contractor="XXXXX",
            **{"records-manager": "YYYYY", "operator": "YYYYY"}), body="run",
)  # fmt: skip
SERVING = _answer(
    case_work="XXXXX",
    auditor="XXXXX",
    contractor="YYY--",
    body="shown",
    **{"contractor's records-manager": "XXXXX"},
)
"""Beginning to serve by identity shown: whoever matches and is of the programme, and else the one answer "no match"."""
SERVING_FORM = replace(
    _answer(case_work="XXXXX", auditor="XXXXX", contractor="Y----", **{"contractor's records-manager": "XXXXX"}),
    lists=True,
)
"""The empty form, with who else began to serve the organisation's people."""
NOTICES = _answer(case_work="YYY--", auditor="YYY--", contractor="Y----", office="-----")
"""Who else began to serve an organisation's people; the controller names the organisation."""
CLAIMS = replace(
    _list(case_work="YYY--", auditor="YYY--", contractor="Y----", office="-----", **{"contractor-manager": "YY---"}),
    mixed=False,
)
"""Reports of another's act that wait: for the controller, for whom they name, and for that organisation's manager."""
CLAIM = _answer(
    case_work="YYY--", auditor="-----", contractor="Y----", office="-----", **{"contractor-manager": "YY---"}
)
"""One of them with what it says, for whoever may answer it."""
ATTEMPTS = _list(case_work="YYYY-", auditor="YYYY-", contractor="XXXXX")
"""What the staff of the controller's programme were refused, whosever record it was; no name is in it."""
GRANTS = _list(case_work="YYY--", auditor="YYY--", contractor="XXXXX")
"""Who asked to read whom; neither name nor reason is in it."""
GRANTS_PAGE = _list(case_work="YYY--", auditor="YYY--", contractor="-----", office="-----", others="-----")
"""The same below a form, which everybody gets."""
ASKING = _answer(case_work="YYYYY", auditor="YYYYY", contractor="YYYYY", office="YYYYY", body="grant")
"""Asking for a grant opens nothing, and is answered alike whether anybody is on record."""
ACCESS_REVIEW = _list(case_work="YYYYY", auditor="YYYYY", contractor="XXXXX")
"""Who had access in a quarter, by pseudonym; nobody's record is in it."""
COMMANDS_ROUTE = Answer(cells=dict.fromkeys(CALLERS, "YYYYY"), body="command", lists=True)
"""What becomes of each command is the other half of the matrix."""
EVERYBODY = Answer(cells=dict.fromkeys(CALLERS, "PPPPP"), lists=True)
EVERYBODY_POSTS = replace(EVERYBODY, body="form")
OWN_SESSION = replace(SIGNED_IN, body="form")

ROUTES: Mapping[str, Answer] = {
    "POST /v1/entries": COMMANDS_ROUTE,
    "POST /v1/proposals": PROPOSAL,
    "POST /v1/customers/search": SEARCH,
    "GET /v1/customers/{customer_id}": PERSON,
    "GET /v1/customers/{customer_id}/history": PERSON,
    "GET /v1/customers/{customer_id}/provenance": FACTS,
    "GET /v1/customers/{customer_id}/subject-access-report": WHOLE,
    "GET /v1/customers/{customer_id}/consents": FACTS,
    "GET /v1/customers/{customer_id}/portable-copy": WHOLE,
    "POST /v1/serving": SERVING,
    "GET /v1/serving": NOTICES,
    "GET /v1/claims": CLAIMS,
    "GET /v1/claims/{claim_id}": CLAIM,
    "GET /v1/attempts": ATTEMPTS,
    "GET /v1/grants": GRANTS,
    "GET /v1/access-review": ACCESS_REVIEW,
    "GET /v1/requests/{request_id}": PERSON,
    "GET /v1/requests": OWN,
    "GET /v1/requests/counts": COUNTS,
    "GET /v1/findings": WORK,
    "GET /v1/breaches": WORK,
    "GET /v1/obligations": WORK,
    "GET /v1/shares": OWN,
    "GET /v1/retention/due": OWN,
    "GET /v1/retention/exceptions": OWN,
    "GET /v1/retention/hold-reviews": OWN,
    "GET /v1/retention/compared": OWN,
    "GET /v1/quarantine": QUARANTINE,
    "GET /v1/events": LOG,
    "GET /healthz": EVERYBODY,
    "GET /readyz": EVERYBODY,
    "GET /metrics": EVERYBODY,
    "GET /openapi.json": EVERYBODY,
    "GET /static": EVERYBODY,
}
"""Every route for programs."""
PAGES: Mapping[str, Answer] = {
    "GET /sign-in": EVERYBODY,
    "POST /sign-in": EVERYBODY_POSTS,
    "GET /sign-in/provider": EVERYBODY,
    "GET /sign-in/return": EVERYBODY,
    "POST /sign-out": EVERYBODY_POSTS,
    "GET /signed-out": EVERYBODY,
    "GET /": SIGNED_IN,
    "GET /search": SIGNED_IN,
    "POST /search": SEARCH,
    "GET /customers/{customer_id}": PERSON,
    "GET /customers/{customer_id}/history": PERSON,
    "GET /customers/{customer_id}/provenance": PERSON,
    "GET /customers/{customer_id}/provenance.json": FACTS,
    "GET /customers/{customer_id}/report": WHOLE,
    "GET /customers/{customer_id}/consents.json": FACTS,
    "GET /customers/{customer_id}/portable-copy.json": WHOLE,
    "GET /customers/{customer_id}/portable-copy.csv": WHOLE,
    "GET /serve": SERVING_FORM,
    "POST /serve": SERVING,
    "GET /claims": CLAIMS,
    "GET /claims/{claim_id}": CLAIM,
    "POST /claims/{claim_id}": replace(CLAIM, body="answer"),
    "GET /attempts": ATTEMPTS,
    "GET /grants": GRANTS_PAGE,
    "POST /grants": ASKING,
    "GET /access-review": ACCESS_REVIEW,
    "GET /access-review.csv": ACCESS_REVIEW,
    "GET /requests/{request_id}": PERSON,
    "GET /requests": OWN,
    "GET /findings": WORK,
    "GET /breaches": WORK,
    "GET /obligations": WORK,
    "GET /due": OWN,
    "GET /due/compared": OWN,
    "GET /exceptions": OWN,
    "GET /destruction": DESTRUCTION,
    "POST /destruction": RUN,
    "GET /rules": COUNTS,
    "GET /rules/{rule_id}": COUNTS,
}
"""Every page of a browser."""

TERMINAL = ("case-worker", "records-manager", "administrator", "contractor", "jobcentre-plus")
"""In which roles the operator is tried at a terminal. The operator's own shell is trusted with the keys, so what counts
is that each role sees there what it sees elsewhere; but the operator's lists of facts are of both programmes."""
NO_PERSON = Answer(cells=dict.fromkeys(CALLERS, "PPPPP"))
"""The operator's own work; no person is in what it prints, at most the id of a record."""
COMMAND_LINE: Mapping[str, Answer] = {
    "customer": PERSON,
    "history": PERSON,
    "sar": WHOLE,
    "provenance": PERSON,
    "consents": FACTS,
    "portable-copy": WHOLE,
    "request": PERSON,
    "search": SEARCH,
    "propose": PROPOSAL,
    "begin-serving": SERVING,
    "claims": CLAIMS,
    "claim": CLAIM,
    "attempts": ATTEMPTS,
    "grants": GRANTS,
    "access-review": ACCESS_REVIEW,
    "requests": OWN,
    "findings": WORK,
    "breaches": WORK,
    "obligations": WORK,
    "due": OWN,
    "quarantine": QUARANTINE,
    "destroy": DESTRUCTION,
    "record": COMMANDS_ROUTE,
    "import dss": COMMANDS_ROUTE,
    "demo": NO_PERSON,
    "serve": NO_PERSON,
    "migrate": NO_PERSON,
    "commands": NO_PERSON,
    "rules": NO_PERSON,
    "project": NO_PERSON,
    "rebuild": NO_PERSON,
    "poison": NO_PERSON,
    "verify": NO_PERSON,
    "token": NO_PERSON,
    "sessions": NO_PERSON,
    "generate": NO_PERSON,
    "bench": NO_PERSON,
}
"""Every command of the command line."""
