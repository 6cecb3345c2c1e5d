"""What a destruction leaves as proof: a certificate for each class that went, and the result of the whole run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from ledger.clocks import instant_text
from ledger.events import CLASSES, Json
from projections.retention.read import DueRow, Instruction

METHOD = "key, ciphertext and search tokens were deleted; ids, dates and codes remain in the ledger"


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """What is left of one class of a customer's records: proof that it was destroyed, when, by whom and why."""

    customer_id: UUID
    class_: str
    part: str
    events: int
    destroyed_at: datetime
    rule: str
    because: int
    due_by: date | None
    by_role: str
    by_organisation: str
    position: int
    remains: tuple[str, ...]
    """The classes that are still kept about the customer."""

    def as_json(self) -> dict[str, Json]:
        """The certificate as the outside contract has it."""
        return {
            "customer_id": str(self.customer_id),
            "class": self.class_,
            "part": self.part,
            "label": CLASSES[self.class_],
            "events": self.events,
            "destroyed_at": instant_text(self.destroyed_at),
            "rule": self.rule,
            "because": self.because,
            "due_by": self.due_by.isoformat() if self.due_by else None,
            "by_role": self.by_role,
            "by_organisation": self.by_organisation,
            "position": self.position,
            "remains": [*self.remains],
            "method": METHOD,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Destruction:
    """What a run destroyed, or a preview says it would, and what it had to leave."""

    on: date
    digest: str
    destroyed: int
    held: int
    exceptions: int
    dry_run: bool
    customers: int
    late: int
    """How many are destroyed after their last day; each leaves a finding (RET-GEN-02)."""
    by_class: Mapping[str, int]
    """How many parts of each class went, or would go: what came from Jobcentre Plus is a class of its own (DEST-02)."""
    certificates: tuple[Certificate, ...] = ()
    rows: tuple[DueRow, ...] = ()
    """What the digest of a preview covers and no hold keeps, in the order of the due list."""
    instruction: Instruction | None = None
    """The controller's instruction that is carried out, if it is one (DEST-01)."""
    copies_left: Mapping[str, int] = field(default_factory=dict)
    """Emails and papers that whoever was instructed still has to put away, delete or destroy, by kind of duty."""
    copies_found: int = 0
    """How many of them this run recorded a finding for (DEST-02)."""

    incomplete: Mapping[UUID, str] = field(default_factory=dict)
    """Whose records are refused destruction since a view cannot show them as a whole, each with the sentence."""

    def as_json(self) -> dict[str, Json]:
        """The result shape of the outside contract."""
        return {
            "on": self.on.isoformat(),
            "digest": self.digest,
            "destroyed": self.destroyed,
            "held": self.held,
            "exceptions": self.exceptions,
            "dry_run": self.dry_run,
            "certificates": [certificate.as_json() for certificate in self.certificates],
            "customers": self.customers,
            "late": self.late,
            "by_class": dict(sorted(self.by_class.items())),
            **({"rows": [row.as_json() for row in self.rows]} if self.dry_run else {}),
            **self._incomplete_as_json(),
            **self._instructed_as_json(),
        }

    def _incomplete_as_json(self) -> dict[str, Json]:
        if not self.incomplete:
            return {}
        return {
            "incomplete": [
                {"customer_id": str(record), "why": sentence} for record, sentence in self.incomplete.items()
            ]
        }

    def _instructed_as_json(self) -> dict[str, Json]:
        if self.instruction is None:
            return {}
        return {
            "instruction": self.instruction.as_json(),
            "copies_left": dict(self.copies_left),
            "copies_found": self.copies_found,
        }
