"""Reports that had to be confirmed, and serving a person, in plain English: for the person, and for staff."""

from __future__ import annotations

from ledger.authority.rulings import NOT_SERVED
from projections.wording.codes import plainly
from projections.wording.parties import Names, organisation

WHY_CLAIMS = (
    "Anybody who works with your data may report what happened. A report by somebody who does not serve you, or about"
    " what another organisation did, waits until somebody entitled confirms it. What protects you counts at once. These"
    " reports are kept as long as your records and destroyed with them."
)
_BECAUSE_TO_PERSON = {
    NOT_SERVED: "it came from an organisation that does not serve you",
    "another programme": "it came from an organisation of another programme",
    "moves": "it would change which controller an organisation belongs to",
}
_BECAUSE_TO_STAFF = {
    "another's act": "It reports what another organisation did.",
    NOT_SERVED: "The organisation that sent it does not serve this person.",
    "another programme": "It came from another programme.",
    "moves": "It would move an organisation to another controller.",
}
_SERVING = {
    "registered": "it registered you",
    "referred": "you were referred to it and it accepted",
    "assigned": "the controller assigned you to it",
    "identity-shown": "you showed who you are",
    "acted": "the controller's records name it as having worked with you",
}
STATES = {"waiting": "Waiting", "confirmed": "Confirmed", "disputed": "Disputed"}
NOTICE = "Began to serve somebody you served"


def because_to_person(because: str, claimant: str, named: str | None, names: Names) -> str:
    """Why a report about the person had to be confirmed."""
    if because == "another's act":
        return f"it says what {organisation(named, names)} did, and came from {organisation(claimant, names)}"
    return _BECAUSE_TO_PERSON.get(because, plainly(because))


def because_to_staff(because: str | None) -> str:
    """The same for staff; its sender is not told."""
    return _BECAUSE_TO_STAFF.get(because, plainly(because)) if because else ""


def effect_to_person(*, taken: bool) -> str:
    """Whether a report counted at once."""
    return "it counted at once" if taken else "it did not count until it was confirmed"


def outcome_to_person(state: str, *, taken: bool, destroyed: bool) -> str:
    """How a report stands, and what that means for the person."""
    match state:
        case "confirmed":
            return "confirmed"
        case "disputed" if taken:
            return "disputed; what it did to protect you or record its sender's own act stays until that is decided"
        case "disputed":
            return "disputed, so it has no effect"
        case _ if destroyed:
            return "nobody answered it before its contents were destroyed"
        case _:
            return "waiting to be confirmed or disputed"


def serving_because(because: str) -> str:
    """Why an organisation began to serve the person."""
    return _SERVING.get(because, plainly(because))
