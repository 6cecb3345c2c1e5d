"""Who is on which side, and which commands are whose, as issue and documentation say it. Plain sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.authority.strangers_world import ENDED, NCS, NHS, Who

Body = Mapping[str, Any]
CONTROLLERS = {"controller-one": NCS, "nhs-england": NHS}
CONTRACTORS = ("prime-north", "sub-north", "prime-south", ENDED)
UNDER = {"prime-north": {"sub-north"}, "jobcentre-plus": {"testford"}}
OFFICES = {"jobcentre-plus", "testford"}
CONTROLLERS_ROLES = {"case-worker", "records-manager", "auditor", "administrator", "importer"}
CONTRACTORS_ROLES = {"contractor", "contractor-manager", "records-manager"}
READERS = {"case-worker", "records-manager", "auditor"}

PROTECTING = {
    "refuse-consent", "withdraw-consent", "expire-consent", "invalidate-consent", "restrict-processing", "place-hold",
    "contest-decision", "receive-request", "flag-at-risk",
}  # fmt: skip
OWN_ACTS = {
    "share-data", "receive-data", "confirm-receipt", "incorporate-data", "dispose-copy", "route-data",
    "pass-to-work-coach", "remediate-finding", "notify-controller",
}  # fmt: skip
OF_AN_OFFICE = {
    "refer-customer", "confirm-receipt", "receive-data", "share-data", "confirm-correction", "pass-to-work-coach",
}  # fmt: skip
OF_WHO_RECEIVED = {"acknowledge-request", "confirm-fee", "receive-clarification", "withdraw-request"}
OF_THE_CONTROLLER = {
    "assign-customer", "register-organisation", "register-office", "start-contract", "end-contract", "sign-agreement",
    "publish-calendar", "publish-rule-set",
}  # fmt: skip
REGISTERS = OF_THE_CONTROLLER - {"assign-customer"} | {
    "recognise-line", "nominate-contact", "register-work-domain", "approve-courier", "register-system",
    "publish-notice", "set-item-profile", "name-data-protection-officer", "set-retention-period", "cleanse-mailbox",
    "instruct-destruction",
}  # fmt: skip
BIND_EVERYBODY = {"publish-calendar", "publish-rule-set"}
CHANGE_SIDES = {"register-organisation", "register-office", "start-contract", "end-contract"}
"""Entries that would change what those who play are, or whom they serve; the play confirms none."""
SERVING_ACTS = {
    "keep-record", "correct-record", "keep-appointment", "miss-appointment", "hold-interaction", "inform-customer",
    "give-consent", "share-data", "receive-data",
}  # fmt: skip
ANSWERING = {"register-customer", "hold-interaction", "keep-appointment", "miss-appointment", "end-service"}
ACT_FIELDS = ("sent_by", "received_by", "referred_by", "organisation")
REFERENCES = {"share_id": ("share",), "receipt_id": ("receipt",), "finding_id": ("finding",),
              "assessment_id": ("assessment",), "subject_id": ("share", "receipt", "assessment", "matter")}  # fmt: skip

KINDS = ("share", "receipt", "finding", "assessment", "matter")


BY_TOUCHPOINT = ("organisation", "touchpoint")
WHO_ACTED = {
    "share-data": ("sent_by",), "receive-data": ("received_by",), "keep-record": BY_TOUCHPOINT,
    "correct-record": BY_TOUCHPOINT, "hold-interaction": BY_TOUCHPOINT,
}  # fmt: skip
GRANTS = {"request-grant", "approve-grant", "refuse-grant", "end-grant"}


def side(who: Who) -> str:
    """On which side somebody is: controller, contractor, office or nobody."""
    if who.organisation in CONTROLLERS and who.role in CONTROLLERS_ROLES:
        return "controller"
    if who.organisation in CONTRACTORS and who.role in CONTRACTORS_ROLES:
        return "contractor"
    return "office" if who.organisation in OFFICES and who.role == "jobcentre-plus" else "nobody"


def own(who: Who) -> set[str]:
    """The organisations whose acts somebody reports."""
    return set(OFFICES) if who.organisation in OFFICES else {who.organisation, *UNDER.get(who.organisation, ())}


@dataclass
class Person:
    """What the model knows of one person."""

    programme: str
    serving: set[str]
    left: bool = False
    ever: set[str] = field(default_factory=set)
    referrals: dict[str, str] = field(default_factory=dict)
    """Those that somebody entitled made, and whom to."""
    parties: dict[str, dict[str, set[str]]] = field(default_factory=lambda: {k: {} for k in KINDS})
    """By kind and number: the organisations that a share, receipt, finding or assessment concerns."""
    answers: str | None = None
    """Who did something with the person last, and so answers for what is kept."""
    joined: set[str] = field(default_factory=set)
    """The person's other records."""


@dataclass
class Claim:
    """A report that waits."""

    who: Who
    body: dict[str, Any]
    about: str
    person: str | None
    because: str
    organisation: str | None


def keeps_register(who: Who, body: Body) -> bool:
    """Whether an entry in a register takes effect: of one's own organisation, or of the controller's programme."""
    type_, code = body["type"], body["organisation"]
    if side(who) == "controller":
        of_nhs = {code == "nhs-england", body.get("part_of") == "nhs-england"} if type_ in CHANGE_SIDES else set()
        if who.organisation == "nhs-england":
            return code == "nhs-england" and type_ not in BIND_EVERYBODY
        if type_ == "instruct-destruction":
            return code == who.organisation and body["contractor"] == ENDED
        return code != "nhs-england" and True not in of_nhs
    return code in own(who) and type_ not in OF_THE_CONTROLLER
