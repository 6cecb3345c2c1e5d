"""Rights requests of a few people of each caseload, told step by step as commands.

What a request does to the person's data is told with it: who had received it is told of a restriction, a correction or
an erasure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from api.world.corrections import corrected
from api.world.organisations import JOBCENTRE_PLUS
from api.world.people import Caseload, Person, drawn_uuid, instant
from api.world.sharing import EMAIL, sharing
from api.world.writer import Command, command

_LAW_IN_FORCE = datetime(2018, 5, 28, 10, tzinfo=UTC)
_ROUTES = ["controller", "commissioner", "court"]


def commands_of(load: Caseload) -> Iterator[Command]:
    """The stories of one caseload: all of them in one of the last year, and in any other two in turn."""
    stories = [story for pair in _STORIES for story in pair] if load.recent else _STORIES[load.number % len(_STORIES)]
    for person, story in zip(load.people, stories, strict=False):
        yield from story(_Telling(person, load))


class _Telling:
    """One request of one person: numbers its commands and dates its steps from the day it came."""

    def __init__(self, person: Person, load: Caseload) -> None:
        self.person, self.load = person, load
        self.dice = Random(f"requests {person.id}")
        self.request_id = str(drawn_uuid(self.dice))
        self.received_at = max(person.registered + timedelta(days=9, hours=1), _LAW_IN_FORCE)

    def received(self, kind: str, *, days_ago: int | None = None, asked: str, restrict: bool | None = None) -> Command:
        if days_ago is not None:
            now = datetime.combine(self.load.today, self.received_at.timetz())
            self.received_at = max(now - timedelta(days=days_ago), self.received_at)
        channel = self.dice.choice(("letter", "email", "telephone", "web form"))
        named = {"customer_id": str(self.person.id), "organisation": self.person.organisation}
        return self("receive-request", 0, kind=kind, channel=channel, asked=asked, restrict=restrict, **named)

    def __call__(self, type_: str, days: int, **fields: object) -> Command:
        return command(self.dice, type_, self._on(days), request_id=self.request_id, **fields)

    def about_the_person(self, type_: str, days: int, **fields: object) -> Command:
        """What is done with the person's data rather than with the request."""
        return command(self.dice, type_, self._on(days), customer_id=str(self.person.id), **fields)

    def shared_before(self) -> Command:
        """The share through which Jobcentre Plus has the data that the request is about."""
        return sharing(self.load, [self.person], EMAIL, self.received_at - timedelta(days=3))

    def corrected(self, days: int) -> Command:
        return corrected(self.dice, self.person, self._on(days), request_id=self.request_id)

    def notified(self, days: int, matter: str) -> Iterator[Command]:
        """Jobcentre Plus was told, and confirmed it."""
        about = {"matter_id": matter, "recipient": JOBCENTRE_PLUS}
        yield self.about_the_person("notify-recipient", days, **about, channel="email")
        by = f"Coach {self.person.fake.last_name()} (invented)"
        yield self.about_the_person("confirm-correction", days + 6, **about, confirmed_by=by)

    def _on(self, days: int) -> datetime:
        return self.received_at + timedelta(days=days, minutes=self.dice.randrange(60))


def _answered(step: _Telling) -> Iterator[Command]:
    """Identity, a question, more time, two decisions, a report: answered in time."""
    yield step.received("access", asked="Everything you hold about me.")
    yield step("acknowledge-request", 1, channel="letter")
    yield step("ask-identity", 2, channel="letter", reason="The address is not the one on record")
    yield step("confirm-identity", 6, method="three details of the record", confirmed_by="Alex Counselton")
    question = step(
        "ask-clarification", 8, reason="Records of several contractors over years", question="Which years do you mean?"
    )
    yield question
    yield step("receive-clarification", 12, clarification_id=question["id"], answer="All of them.")
    yield step("extend-time", 20, ground="complexity", reason="Records of several contractors must be read")
    yield step(
        "withhold-item",
        30,
        provision="EX-19",
        items=["note"],
        extent="the second sentence",
        reason="Advice of the legal team on a dispute",
        decided_by="Kim Guideford",
        told="One sentence of legal advice was left out.",
    )
    yield step(
        "decide-third-party",
        31,
        outcome="redact",
        items=["note"],
        consented=False,
        person="Another customer of the same adviser",
        type_of_information="A remark about their appointment",
        duty_of_confidentiality="They spoke to the adviser in confidence",
        steps_to_seek_consent="Asked by letter, no answer",
        capability_to_consent="Nothing speaks against it",
        express_refusal="None",
        decided_by="Kim Guideford",
        told="A remark about somebody else was blacked out.",
    )
    digest = hashlib.sha256(step.request_id.encode()).hexdigest()
    search = {"systems": "the data-sharing ledger", "why": "it names every share"}
    yield step("prepare-report", 33, digest=digest, format="html", search=search, prepared_by="Alex Counselton")
    yield step("send-response", 35, outcome="granted", channel="letter", digest=digest, message="Here is your copy.")


def _refused(step: _Telling) -> Iterator[Command]:
    yield step.received("erasure", asked="Delete my records.")
    yield step("ask-fee", 3, amount_pence=1_000, reason="The same request for the fourth time this year")
    yield step("confirm-fee", 9, received_on=instant(step.received_at + timedelta(days=8))[:10])
    yield step(
        "refuse-request",
        20,
        provision="ART-17-3",
        reason="The data is still necessary for the public task",
        routes=_ROUTES,
        decided_by="Kim Guideford",
    )


def _withdrawn(step: _Telling) -> Iterator[Command]:
    yield step.received("objection", asked="Do not send anything to the Jobcentre.")
    yield step("withdraw-request", 5, channel="telephone", reason="It was explained on the telephone")


def _late(step: _Telling) -> Iterator[Command]:
    yield step.received("rectification", asked="My postcode is wrong.")
    yield step("send-response", 44, outcome="granted", channel="email", message="It has been put right.")


def _open(step: _Telling) -> Iterator[Command]:
    """Still open today, within its month, and holding the person's records."""
    yield step.received("access", days_ago=12, asked="Who got my action plan?")


def _overdue(step: _Telling) -> Iterator[Command]:
    yield step.received("complaint", days_ago=50, asked="Nobody tells me who has my data.")


def _put_right(step: _Telling) -> Iterator[Command]:
    """Restricted while it was looked into; the check found a mistake, and whoever had the data heard of both."""
    yield step.shared_before()
    yield step.received("rectification", asked="That is not my number. Stop using it until then.", restrict=True)
    yield from step.notified(3, step.request_id)
    correction = step.corrected(8)
    yield correction
    steps = "Rang the number, and compared it with the letter of June"
    yield step("check-accuracy", 9, outcome="corrected", corrections=[correction["id"]], steps=steps)
    yield step("send-response", 14, outcome="granted", channel="letter", message="Your number has been put right.")
    yield from step.notified(16, correction["id"])


def _left_as_it_was(step: _Telling) -> Iterator[Command]:
    yield step.received("rectification", asked="I never missed an appointment.")
    fields = {"steps": "Read the diary of that week", "reason": "The diary and the adviser both say so"}
    yield step("check-accuracy", 15, outcome="not_corrected", **fields)
    yield step("send-response", 18, outcome="not_upheld", channel="letter", message="The entry is right as it is.")


def _upheld(step: _Telling) -> Iterator[Command]:
    yield step.received("objection", asked="Do not send my plan to the Jobcentre again.")
    yield step("send-response", 16, outcome="granted", channel="letter", message="We shall not send it again.")


def _overridden(step: _Telling) -> Iterator[Command]:
    yield step.received("objection", asked="I do not want you to keep notes.")
    yield step(
        "refuse-request",
        24,
        provision="ART-21-1",
        reason="Without notes nobody could advise you, and a court may ask for them",
        routes=_ROUTES,
        decided_by="Kim Guideford",
    )


def _pending(step: _Telling) -> Iterator[Command]:
    yield step.received("objection", days_ago=9, asked="Do not use my data for surveys about me.")


def _restricted(step: _Telling) -> Iterator[Command]:
    """Granted, told to whoever had the data, and lifted after the person had been told that it would be."""
    yield step.shared_before()
    yield step.received("restriction", asked="Keep my records, I need them in court, but do not use them.")
    yield step("send-response", 6, outcome="granted", channel="letter", message="Your records are kept and not used.")
    yield from step.notified(9, step.request_id)
    told_at = instant(step.received_at + timedelta(days=46))
    yield step.about_the_person(
        "lift-restriction", 50, restriction_id=step.request_id, person_told_at=told_at, reason="The court has decided"
    )


def _still_restricted(step: _Telling) -> Iterator[Command]:
    """The controller itself restricted what should not have been collected, and does so still."""
    yield step.about_the_person(
        "restrict-processing",
        20,
        ground="unlawful_processing",
        items=["D14"],
        organisation=step.person.organisation,
        reason="It was written down without need, and the customer prefers it kept",
    )


def _erased_in_part(step: _Telling) -> Iterator[Command]:
    yield step.shared_before()
    yield step.received("erasure", asked="Delete everything you know of me.")
    fields = "What research and monitoring need is erased; the record of your advice is kept."
    classes = ["research_contact", "equality"]
    yield step("send-response", 20, outcome="partly_granted", classes=classes, channel="letter", message=fields)
    yield from step.notified(24, step.request_id)


_Story = Callable[[_Telling], Iterator[Command]]
_STORIES: tuple[tuple[_Story, _Story], ...] = (
    (_answered, _open),
    (_refused, _withdrawn),
    (_late, _overdue),
    (_put_right, _upheld),
    (_left_as_it_was, _overridden),
    (_restricted, _pending),
    (_erased_in_part, _still_restricted),
)
