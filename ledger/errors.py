"""Every way the ledger says no, as one tree; it knows no HTTP and no database.

LedgerError
├── Refused                 the caller asked for something that may not be (HTTP 4xx, exit 2)
│   ├── Malformed           the command cannot be read
│   ├── UnknownCustomer / UnknownRequest   no such stream
│   ├── AlreadyRegistered / NotRegistered / …   the state that forbids the command
│   ├── CommandReused       the same command id with other content
│   ├── ConcurrentChange    somebody else changed the stream first
│   ├── Destroyed           new data under a destroyed class (a fence)
│   ├── Held                destruction under a hold
│   ├── RecordIncomplete    a view cannot apply an entry of this record
│   ├── DigestChanged       the destruction list is not the one that was previewed
│   ├── NotAllowed          the caller's role does not permit it
│   │   ├── AnotherController   another controller answers for these records
│   │   ├── ByGrantOnly          an auditor without a grant
│   │   └── UnregisteredOrganisation   the caller's organisation is on no side today
│   ├── UnknownClaim        no such claim, or not for this organisation
│   ├── NoMatch             identity shown matches nobody, or nobody who may be named
│   ├── TooManyMisses       identity shown matched nobody too often
│   └── NotSignedIn         no valid token
└── Fault                   the machine is not in order (HTTP 503, exit 2)
    ├── KeyFileMissing / KeyFileUnreadable / WrongKey
    ├── WrongSchema         the database is of another version
    ├── DatabaseUnreachable / DatabaseReadOnly / DiskFull / OutcomeUnknown
    ├── ClockWrong          this host's clock and the database's differ
    ├── Tampered            what was read is not what was written
    ├── CalendarEnded       a deadline lies beyond the bank-holiday list
    ├── ProjectionStopped   a view stopped at an event it cannot apply
    └── ViewInUse           a backup or a long reading keeps a view from being replaced

The docstring of a class is the sentence the caller may read, so no class can be undocumented.
No sentence ever carries personal data: identifiers, field names and rule ids only.
"""

from __future__ import annotations


class LedgerError(Exception):
    """The ledger could not do what was asked."""

    rule_id: str | None = None

    def __init__(self, sentence: str | None = None, *, rule_id: str | None = None, **evidence: object) -> None:
        self.sentence = sentence or (type(self).__doc__ or "").strip()
        self.rule_id = rule_id or type(self).rule_id
        self.evidence = evidence
        super().__init__(self.sentence)


class Refused(LedgerError):
    """The ledger does not permit this."""


class Malformed(Refused):
    """The command cannot be read: check its type, its fields and its dates."""


class UnknownCustomer(Refused):
    """No customer with this id is known to the ledger."""


class AlreadyRegistered(Refused):
    """This customer is already registered."""


class NotRegistered(Refused):
    """This customer is not registered, so nothing can be recorded about them yet."""

    rule_id = "TRACE-02"


class UnknownRequest(Refused):
    """No rights request with this id is known to the ledger."""


class RequestIsClosed(Refused):
    """This request has already been answered, refused or withdrawn."""


class NotOfThisKind(Refused):
    """A request of this kind has no such step."""


class UnknownReference(Refused):
    """The command refers to something this customer's history does not contain."""


class AlreadyDone(Refused):
    """This has already been recorded for this customer."""


class NotAssessed(Refused):
    """A finding is assessed before it is closed."""

    rule_id = "LEDG-05"


class ServiceIsEnded(Refused):
    """This customer's service has already ended."""


class ServiceNotEnded(Refused):
    """This customer's service has not ended, so it cannot be resumed."""


class NotConsent(Refused):
    """Consent is an act, such as said, ticked or signed; visiting a page, silence or a pre-ticked box is none."""

    rule_id = "CONSENT-12"


class CommandReused(Refused):
    """This command id was already used for a command with other content."""

    rule_id = "LEDG-21"


class ConcurrentChange(Refused):
    """This customer's record changed while the command was being decided; send it again."""


class Destroyed(Refused):
    """Records of this class were destroyed for this customer; nothing new may be kept under it."""

    rule_id = "LEDG-15"


class Held(Refused):
    """A hold is in force, so these records may not be destroyed."""

    rule_id = "DEST-03"


class RecordIncomplete(Refused):
    """This record is incomplete because of an entry a view cannot apply; an operator has to decide about it."""


class DigestChanged(Refused):
    """The list of records due has changed since it was previewed; preview it again."""


class NotLate(Refused):
    """This duty has been done, or its day has not passed yet."""


class NotDue(Refused):
    """These records are not due for destruction on that date."""

    rule_id = "RET-GEN-02"


class NotAllowed(Refused):
    """Your role does not permit this."""


class AnotherController(NotAllowed):
    """Another controller answers for these records: act for an organisation that is that controller or works for it."""

    rule_id = "PARTY-06"


class ByGrantOnly(NotAllowed):
    """An auditor reads facts; names and contents only by a grant, which a second person approves."""


class UnregisteredOrganisation(NotAllowed):
    """Your organisation is not registered for this role today, so it reads nothing, and what it reports waits."""

    rule_id = "PARTY-01"


class UnknownClaim(Refused):
    """No claim with this id waits for your organisation's answer."""


class NoMatch(Refused):
    """What was given lets you serve nobody on record; check it with the person, register them or ask the controller."""


class TooManyMisses(Refused):
    """Details that match nobody were given too often; wait before you try again."""

    def __init__(self, *, retry_after: int) -> None:
        """`retry_after` is in seconds."""
        minutes = -(-retry_after // 60)
        again = "a minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__(f"Details that match nobody were given too often; try again in {again}.")
        self.retry_after = retry_after


class NotSignedIn(Refused):
    """A valid bearer token is needed."""


class Fault(LedgerError):
    """The ledger is not in order."""


class KeyFileMissing(Fault):
    """The key file is missing although sealed records exist; restore it from its backup."""


class KeyFileUnreadable(Fault):
    """The key file must be 32 bytes, base64, and readable by its owner only (mode 0600)."""


class WrongKey(Fault):
    """The key file is not the one this ledger's keys were wrapped with."""


class WrongSchema(Fault):
    """The database is of another version than this program; run `ledger migrate`."""


class ReadingRefused(Fault):
    """The database does not take who is reading, or the reading took too long; nothing was shown. Try again."""


class DatabaseUnreachable(Fault):
    """The database cannot be reached; nothing was recorded."""


class DatabaseReadOnly(Fault):
    """The database is a standby or set to read-only, so nothing was recorded; give the URL of one that takes writes."""


class OutcomeUnknown(Fault):
    """The connection was lost while committing; send the same command again, its id makes that safe."""


class DiskFull(Fault):
    """The database's disk is full; nothing was recorded."""


class ClockWrong(Fault):
    """This host's clock is over 60 seconds from the database's; set both by a time server, then send this again."""


class Tampered(Fault):
    """What was read is not what was written."""


class CalendarEnded(Fault):
    """The date lies outside the bank-holiday calendar this program comes with; install a newer one."""


class ProjectionStopped(Fault):
    """A view stopped at an event it cannot apply; the events are safe and the view must be mended."""


class ViewInUse(Fault):
    """A backup or another long reading keeps a view from being replaced; the old tables stay. Try again afterwards."""
