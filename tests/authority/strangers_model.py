"""The model: who serves whom, and what a command of whom may change. Plain dictionaries, written from the issue.

It shares no code with the program: neither its sides, nor its rulings, nor its fold of who serves a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.authority.strangers_sides import (
    ACT_FIELDS,
    ANSWERING,
    BIND_EVERYBODY,
    CHANGE_SIDES,
    CONTROLLERS,
    GRANTS,
    OF_AN_OFFICE,
    OF_THE_CONTROLLER,
    OF_WHO_RECEIVED,
    OFFICES,
    OWN_ACTS,
    PROTECTING,
    READERS,
    REFERENCES,
    REGISTERS,
    SERVING_ACTS,
    WHO_ACTED,
    Body,
    Claim,
    Person,
    keeps_register,
    own,
    side,
)  # fmt: skip
from tests.authority.strangers_world import ENDED, GONE, LEFT, NCS, NHS, OF_NHS, ORGANISATIONS, SERVED_BY, Who


class Model:
    """Who serves whom, who received which request, and which reports wait."""

    def __init__(self, people: Iterable[str]) -> None:
        self.people = {
            person: Person(
                programme=NHS if place == OF_NHS else NCS,
                serving=set() if place in {LEFT, *GONE} else {*SERVED_BY[place]} - {ENDED},
                left=place in {LEFT, *GONE},
                ever={*SERVED_BY[place]},
                answers=SERVED_BY[place][0],
            )
            for place, person in enumerate(people)
        }
        self.requests: dict[str, dict[str, Any]] = {}
        self.claims: dict[str, Claim] = {}
        self.beside: dict[str, set[str | None]] = {}
        """Whom the claims about a record or a request name."""
        self.grants: dict[str, tuple[Who, str]] = {}
        """The emergencies in force, by their number: who reads whom."""
        self.registers = {*ORGANISATIONS, "controller"}
        """The organisations that have entries; the first one was there when the ledger was made."""
        self.approved = set[tuple[str, str, str, str]]()
        """What may be destroyed: the digest of a list that was approved, and whose records of which class and part."""
        self.instructed: set[str] = set()
        """The contractors that were instructed to destroy what they hold."""

    def may_read(self, who: Who, person: str) -> bool:
        """Whether somebody may read a person's record."""
        known = self.people.get(person)
        if known is None:
            return False
        if (who, person) in self.grants.values():
            return True
        if side(who) == "controller":
            return who.role in READERS and CONTROLLERS[who.organisation] == known.programme
        return side(who) == "contractor" and known.programme == NCS and who.organisation in known.serving

    def person_of(self, body: Body) -> str | None:
        """Whom a command is about, when it is somebody on record."""
        request = self.requests.get(str(body.get("request_id")))
        named = (request or {}).get("customer") or body.get("customer_id")
        return named if named in self.people else None

    def acts_of(self, body: Body) -> set[str]:
        """The organisation whose act a command reports."""
        named = next((body[name] for name in ACT_FIELDS if body.get(name)), None)
        return {named} if named else set()

    def parties_of(self, body: Body) -> set[str]:
        """The parties of what a command refers to: who shared, was found, or corrected what recipients are told of."""
        person = self.people.get(str(self.person_of(body)))
        of_matter = {"matter_id": ("matter",)} if body["type"] == "notify-recipient" else {}
        kinds = [(kind, str(body[name])) for name, names in {**REFERENCES, **of_matter}.items() if body.get(name)
                 for kind in names]  # fmt: skip
        if person is None or body["type"] in {"share-data", "receive-data"}:  # what begins with it has its own number
            return set()
        if body["type"] == "find-late" and body["subject_type"] in {"destroy-records", "set-retention-period"}:
            return {person.answers} if person.answers else set()
        kinds = [(kind, number.partition(">")[0]) for kind, number in kinds]  # what a recipient is to be told
        of_requests = {str(self.requests[number]["organisation"]) for kind, number in kinds
                       if kind == "matter" and number in self.requests}  # fmt: skip
        return of_requests.union(*(person.parties[kind].get(number, set()) for kind, number in kinds))

    def reports_own(self, who: Who, body: Body) -> bool:
        """Whether a command reports what the caller's side did, or was a party to."""
        every = (self.acts_of(body), self.parties_of(body))
        return all(acts & own(who) for acts in every if acts)

    def entitled(self, who: Who, body: Body) -> bool:
        """Whether what somebody reports takes effect as it stands."""
        type_, person = body["type"], self.people.get(str(self.person_of(body)))
        if type_ in GRANTS:
            return person is not None
        if type_ in REGISTERS:
            return keeps_register(who, body)
        if type_ == "read-personal-data":
            return self.may_read(who, str(body["customer_id"]))
        if type_ == "destroy-records":
            return person is not None and self._destroys(who, body, person)
        request = self.requests.get(str(body.get("request_id")))
        if request and type_ in OF_WHO_RECEIVED and request["organisation"] in own(who):
            return True
        if side(who) == "controller":
            both = [self.people[other] for other in self._others(body)] + ([person] if person else [])
            return all(known.programme == CONTROLLERS[who.organisation] for known in both)
        if not self.reports_own(who, body) or type_ in OF_THE_CONTROLLER:
            return False
        if person is None:
            return self._begins(who, body, request)
        if side(who) == "office":
            return type_ in OF_AN_OFFICE and body.get("recipient") in {None, *OFFICES}
        if type_ == "accept-referral":
            return person.referrals.get(str(body["referral_id"])) in own(who) - {ENDED}
        serves = [
            who.organisation in known.serving for known in (person, *map(self.people.get, self._others(body))) if known
        ]
        return all(serves)

    def _destroys(self, who: Who, body: Body, person: Person) -> bool:
        """Whether somebody destroys what is due: the controller's records manager, or who was instructed to."""
        rows = {(body["digest"], str(body["customer_id"]), row["class"], row["part"]) for row in body["destroyed"]}
        if who.role != "records-manager" or side(who) == "nobody" or not rows <= self.approved:
            return False
        if side(who) == "controller":
            return CONTROLLERS[who.organisation] == person.programme
        return who.organisation in self.instructed and all(row["rule"] == "DEST-01" for row in body["destroyed"])

    def _begins(self, who: Who, body: Body, request: Mapping[str, Any] | None) -> bool:
        if body["type"] == "receive-request":
            return not body.get("customer_id")
        if request is not None:
            return not body.get("customer_id") and request["organisation"] in own(who)
        return body["type"] == "register-customer"

    def _others(self, body: Body) -> set[str]:
        """The other records that a merge or its undoing changes."""
        if body["type"] == "unmerge-customers":
            return self.people[str(body["customer_id"])].joined if body.get("customer_id") in self.people else set()
        return {body["into"]} & {*self.people} if body["type"] == "merge-customers" else set()

    def touched(self, body: Body) -> set[str]:
        """Every record that a command may change."""
        person = self.person_of(body)
        named = {person} if person else set()
        return {*map(str, self._others(body))}.union(*map(self.same_person, named | self._others(body)))

    def same_person(self, person: str) -> set[str]:
        """Every record that counts as one person's with this one."""
        found, before = {person}, set[str]()
        while found != before:
            before = found
            found = before.union(*(self.people[known].joined for known in before))
        return found

    def claimed(self, who: Who, body: dict[str, Any], claim_id: str, about: str) -> None:
        """Something waits: remember it, and why."""
        acting = self.acts_of(body) or self.parties_of(body)
        because = "not served" if self.reports_own(who, body) else "another's act"
        because = "another programme" if side(who) == "controller" else because
        if body["type"] in REGISTERS and side(who) != "controller":
            because = "another's act"  # the controller's, even where it is about the caller's own organisation
        person = self.person_of(body)
        self.beside.setdefault(about, set()).add(str(body.get("customer_id")) if body.get("customer_id") else None)
        self.claims[claim_id] = Claim(who, body, about, person, because, min(acting, default=None))
        if body["type"] == "receive-request":
            # What took effect was received by who reported it, whoever else they name.
            self.requests.setdefault(about, {"organisation": who.organisation, "customer": person, "doubtful": True})

    def may_confirm(self, who: Who, claim: Claim) -> bool:
        """Whether somebody may confirm a claim: they could have recorded it themselves."""
        if side(who) == "nobody" or who.role in {"auditor", "administrator"}:
            return False
        if claim.because == "not served":
            if claim.body["type"] in REGISTERS:
                return self.entitled(who, claim.body)
            unnamed = {name: value for name, value in claim.body.items() if name not in ACT_FIELDS}
            return side(who) != "office" and self.entitled(who, unnamed)
        if claim.body["type"] in CHANGE_SIDES | BIND_EVERYBODY and side(who) == "controller":
            return CONTROLLERS[who.organisation] == NCS or self.entitled(who, claim.body)  # both are asked
        return self.entitled(who, claim.body) or (
            self.is_named(who, claim) and claim.body["type"] in OWN_ACTS | PROTECTING
        )

    def is_named(self, who: Who, claim: Claim) -> bool:
        """Whether a claim reports an act of an organisation that somebody answers for."""
        speaks = own(who) if who.role == "contractor-manager" else {who.organisation}
        return side(who) != "nobody" and claim.because != "not served" and claim.organisation in speaks

    def took_effect(self, who: Who, body: Body) -> None:
        """A command took effect: who serves the person now, and what is on record."""
        type_ = body["type"]
        if type_ == "instruct-destruction":
            self.instructed.add(body["contractor"])
        if type_ in REGISTERS:
            self.registers.add(body["organisation"])
            return
        if type_ == "request-grant":
            self.grants[str(body["grant_id"])] = (who, str(body["customer_id"]))
        if type_ in {"refuse-grant", "end-grant"}:
            self.grants.pop(str(body["grant_id"]), None)
        if type_ == "receive-request":
            request_id = str(body.get("request_id") or body["id"])
            known = self.requests.get(request_id, {})  # what is confirmed was received by who reported it
            organisation = known.get("organisation") or body.get("organisation") or who.organisation
            self.requests[request_id] = {"organisation": organisation, "customer": body.get("customer_id")}
            return
        if type_ == "confirm-identity" and body.get("customer_id"):
            self.requests[str(body["request_id"])]["customer"] = body["customer_id"]
        if type_ == "register-customer" and body["customer_id"] not in self.people:
            programme = NHS if body.get("programme") == NHS else NCS
            self.people[str(body["customer_id"])] = Person(programme=programme, serving=set())
        person = self.people.get(str(body.get("customer_id")))
        if person is not None and "request_id" not in body:
            self._serving(who, body, person)
            self.recorded(who, body)

    def may_decide(self, who: Who, body: Body) -> bool:
        """Whether somebody may approve, refuse or end a grant: the controller, or to end it who asked."""
        person = self.people[str(body["customer_id"])]
        asked = self.grants.get(str(body["grant_id"]), (None, ""))[0] == who and body["type"] == "end-grant"
        return asked or (side(who) == "controller" and CONTROLLERS[who.organisation] == person.programme)

    def recorded(self, who: Who, body: Body) -> None:
        """A share, a receipt, a correction or a restriction is on record, whoever reported it."""
        person = self.people[str(body["customer_id"])]
        if body["type"] in {"correct-record", "restrict-processing"}:
            acting = body.get("organisation") or (side(who) == "contractor" and body["type"] == "correct-record")
            number = body.get("correction_id") or body.get("restriction_id")
            person.parties["matter"][str(number)] = (
                {who.organisation if acting is True else acting} if acting else set()
            )
        adviser = who.organisation if who.role in {"contractor", "contractor-manager"} else None
        if body["type"] == "share-data":
            parties = {body.get("sent_by") or adviser, body["sent_to"]} - {None}
            person.parties["share"].setdefault(body["share_id"], parties)
        if body["type"] == "receive-data":
            parties = {body.get("received_by") or adviser} - {None}
            person.parties["receipt"].setdefault(body["receipt_id"], parties)

    def _serving(self, who: Who, body: Body, person: Person) -> None:
        type_, speaks_for_all = body["type"], side(who) == "controller"
        begins: list[Any] = []
        match type_:
            case "register-customer":
                begins = [body.get("organisation") or body.get("touchpoint") or who.organisation]
            case "refer-customer":
                person.referrals[body["referral_id"]] = body["referred_to"]
            case "accept-referral":
                begins = [person.referrals.get(body["referral_id"])]
            case "assign-customer":
                begins = [body["organisation"]]
            case "end-serving":
                person.serving.discard(body["organisation"])
            case "end-service":
                person.serving, person.left = set(), True
            case "resume-service" if speaks_for_all:
                begins = [body.get("organisation") or who.organisation]
            case "merge-customers":
                person.joined.add(body["into"])
                self.people[body["into"]].joined.add(str(body["customer_id"]))
            case "unmerge-customers":
                for other in person.joined:
                    self.people[other].joined.discard(str(body["customer_id"]))
                person.joined = set()
            case _ if type_ in SERVING_ACTS and speaks_for_all and not person.left:
                begins = [body.get(name) for name in WHO_ACTED.get(type_, ("organisation",))]
        if type_ in SERVING_ACTS | {"end-service", "register-customer"}:
            # Whoever did something with the person last answers for what is kept.
            person.ever |= {body[name] for name in ("organisation", "touchpoint") if body.get(name)}
        if type_ in ANSWERING:
            adviser = type_ == "register-customer" and who.role in {"contractor", "contractor-manager"}
            named = body.get("organisation") or body.get("touchpoint") or (who.organisation if adviser else None)
            person.answers = named or person.answers
        for code in filter(None, begins):
            person.serving |= {code} - {ENDED}  # whose contract is over serves nobody
            person.ever.add(code)
            person.left = False
