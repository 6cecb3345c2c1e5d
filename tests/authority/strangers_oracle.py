"""What the controller sees of a person before and after a command, and which differences the model does not allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.authority.strangers_model import Model
from tests.authority.strangers_sides import OF_WHO_RECEIVED, OWN_ACTS, PROTECTING, Body, own, side
from tests.authority.strangers_world import Who

Seen = dict[str, dict[Any, Any]]
"""By aspect: every item of it by its key."""
_STATEMENTS = PROTECTING | {"give-consent", "ask-consent", "lift-restriction", "confirm-identity"}
_NO_ACCESS_LOG = "access_log"
"""A class that every reading adds to."""


def seen(view: Mapping[str, Any]) -> Seen:
    """The protected state of a person, of the controller's answer."""
    kept = {(row["class"], row["part"]): row for row in view["retention"] if row["class"] != _NO_ACCESS_LOG}
    found = view["findings"]
    return {
        "names": {"": view["person"]},
        "registration": {name: view[name] for name in ("registered_at", "organisation", "introduced_by", "programme")},
        "consents": {scope: consent["state"] for scope, consent in view["consents"].items()},
        "ended": {name: view[name] for name in ("service_ended_at", "service_end_reason")},
        "contact": {"": (view["last_interaction_at"], view["appointments"])},
        "referrals": {row["referral_id"]: (row["to"], row["status"]) for row in view["referrals"]},
        "restrictions": {row["restriction_id"]: row["lifted_at"] for row in view["restrictions"]},
        "objections": {row["objection_id"]: row["outcome"] for row in view["objections"]},
        "destroyed": {(row["class"], row["part"]): row["destroyed_at"] for row in view["destroyed"]},
        "merges": {row["merge_id"]: row["customer_id"] for row in (*view["merged_from"], view["merged_into"]) if row},
        "shares": {
            (way, row["organisation"]): row["count"] for way in ("shared_with", "received_from") for row in view[way]
        },
        "holds": {row["hold_id"]: row.get("review_on") for row in view["holds"]},
        "due": {key: (row["destroy_by"], row["rule"], row["exception"]) for key, row in kept.items()},
        "held": {(*key, hold): True for key, row in kept.items() for hold in row["held_by"]},
        "duties": {
            row["obligation_id"]: (row["owner"], row["due_on"], row["state"]) for row in view["obligations"]["rows"]
        },
        "findings": {row["finding_id"]: (row["organisation"], row["severity"], row["state"]) for row in found["rows"]},
        "breaches": {
            row["assessment_id"]: (row["organisation"], row["risk"], row["outcome"])
            for row in found["breach_assessments"]
        },
    }


Change = tuple[str, Any, Any, Any]
"""The aspect, the key, what it was and what it is; None where it is not there."""


def changes(before: Seen, after: Seen) -> list[Change]:
    """Every difference."""
    return [
        (aspect, key, was, now)
        for aspect in before
        for key in (*before[aspect], *(key for key in after[aspect] if key not in before[aspect]))
        if (was := before[aspect].get(key)) != (now := after[aspect].get(key))
    ]


def forbidden(model: Model, who: Who, body: Body, made: list[Change], *, entitled: bool) -> list[Change]:
    """The changes that the model does not allow to this command of somebody."""
    allowed = _allowed(model, who, body, entitled=entitled)
    return [change for change in made if not allowed(*change)]


def _allowed(model: Model, who: Who, body: Body, *, entitled: bool) -> Callable[[str, Any, Any, Any], bool]:
    type_, mine = body["type"], own(who)
    reports_own = model.reports_own(who, body)

    def concerns_own(was: Any, now: Any) -> bool:
        # An own act that names no organisation; or a task that nobody's name is on, which accuses nobody.
        nobody = {None} if type_ in OWN_ACTS | {"find-late"} else set()
        return all(state is None or state[0] in mine | nobody for state in (was, now))

    def of_controller(aspect: str, *_: Any) -> bool:
        return aspect != "destroyed" or type_ == "destroy-records"

    def of_who_serves(aspect: str, _: Any, was: Any, now: Any) -> bool:
        if aspect in {"findings", "breaches"} and was is None and type_ in _STATEMENTS:
            return True  # what the person wanted since a day judges every share since then
        if aspect in {"findings", "breaches"}:  # what another organisation did is not theirs to say, nor to settle
            return concerns_own(was, now)
        return aspect not in {"destroyed", "registration"} or type_ == "register-customer"

    def of_own_act(aspect: str, key: Any, was: Any, now: Any) -> bool:
        if aspect == "duties" and type_ == "share-data" and owed_to_the_person(str(key), was, now):
            return True
        if aspect == "duties" and was is None and now[0] == body.get("sent_to"):
            return True  # whoever is to have received a share is asked to confirm it
        if aspect in {"findings", "breaches", "duties"}:
            return concerns_own(was, now)
        if aspect == "due" and was is not None and now is not None:
            # What it received itself: putting it into the record says from when it is kept, never for less time.
            own = key == ("received_from_jcp", body.get("receipt_id"))
            return own and (was[0] is None or (now[0] is not None and now[0] >= was[0]))
        return aspect == "shares" or (aspect in {"due", "held"} and was is None)

    def owed_to_the_person(key: str, was: Any, now: Any) -> bool:
        """A disclosure, whoever made it: the person must hear sooner of what was received (Art. 14(3)), and who got the
        data must hear of a correction (Art. 19). It protects the person."""
        if key.startswith("notify-recipient:") and was is None:
            return True
        return key.startswith("inform-customer:") and None not in (was, now) and now[1] <= was[1]

    def of_office(aspect: str, key: Any, was: Any, now: Any) -> bool:
        return (
            of_own_act(aspect, key, was, now)
            or (aspect == "referrals" and was is None)
            or (
                aspect == "duties"
                and (was is None or type_ in {"confirm-receipt", "confirm-correction", "pass-to-work-coach"})
            )
        )

    def protecting(aspect: str, key: Any, was: Any, now: Any) -> bool:
        match aspect:
            case "consents":
                return key == body.get("scope") and now != "given"
            case "findings" | "breaches":
                return was is None and concerns_own(was, now)
            case "holds" | "held" | "restrictions" | "objections" | "duties" | "due":
                return was is None
            case _:
                return False

    def of_own_request(aspect: str, key: Any, was: Any, now: Any) -> bool:
        return aspect in {"holds", "held", "restrictions", "objections", "duties"}

    def of_another(aspect: str, _: Any, was: Any, now: Any) -> bool:
        if aspect == "duties":
            return was is None and now[0] in {None, "controller-one", "nhs-england"}
        return aspect == "breaches" and was is None and now[0] in {None, "controller-one", "nhs-england"}

    def nothing(*_: Any) -> bool:
        return False

    if entitled and type_ == "destroy-records":
        return of_controller
    if entitled and "request_id" in body and type_ in OF_WHO_RECEIVED:
        return of_own_request
    if entitled:
        return {"controller": of_controller, "contractor": of_who_serves, "office": of_office}[side(who)]
    if type_ in PROTECTING:
        return protecting
    refers_to_own = type_ in {"share-data", "receive-data"} or bool(model.parties_of(body))
    if type_ in OWN_ACTS and reports_own and refers_to_own and side(who) != "controller":
        return of_own_act
    return of_another if not reports_own and "customer_id" in body else nothing
