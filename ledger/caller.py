"""Who gives a command or asks a question: a role, an organisation and a person."""

from __future__ import annotations

from dataclasses import dataclass, field

CONTROLLER_ROLES = frozenset({"case-worker", "records-manager", "auditor", "administrator"})
"""The roles that count for an organisation registered as controller, or as working directly for it, on that day."""
CONTRACTOR_ROLES = frozenset({"contractor", "contractor-manager"})
"""A contractor's adviser, and the manager who sees the work of its advisers and sub-contractors."""
CONTRACTORS_RECORDS_MANAGER = "contractor-records-manager"
"""How entries name a contractor's records manager; no token has this role."""
OFFICE, IMPORTER = "jobcentre-plus", "importer"
ROLES = CONTROLLER_ROLES | CONTRACTOR_ROLES | {OFFICE, IMPORTER}
RECORDERS = frozenset({"case-worker", "records-manager", OFFICE, IMPORTER}) | CONTRACTOR_ROLES
"""The roles that record something about a person: an administrator sees no personal data, an auditor only reads."""
EVERYBODY = ROLES - {"auditor"}
"""The roles that record something."""
KEEPERS = frozenset({"records-manager", "administrator"})
"""The roles that keep the registers."""
_OPERATOR = "operator:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who gives a command: a role, an organisation and, sealed wherever it is written, a person."""

    role: str
    organisation: str
    subject: str
    operator: bool = False
    """Whether it came from the operator's own shell, which no token proves: every entry shows that."""
    name: str = field(default="", compare=False, repr=False)
    """The name their token gives them: compared with the names they read, and written nowhere."""

    @property
    def acting_as(self) -> str:
        """The role as entries show it: `operator:records-manager` from the operator's own shell."""
        return f"{_OPERATOR}{self.role}" if self.operator else self.role


def role_and_organisation(actor: str) -> tuple[str, str, bool]:
    """The role, the organisation and whether it was the operator's shell, of an entry's actor column."""
    acting_as, _, rest = actor.partition("@")
    operator = acting_as.startswith(_OPERATOR)
    return acting_as.removeprefix(_OPERATOR), rest.rpartition("/")[0], operator
