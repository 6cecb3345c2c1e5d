"""Rights requests of a few people of each caseload, told step by step as commands; nobody else's dice are touched."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from api.world.people import Caseload, Person, drawn_uuid, instant

Command = dict[str, Any]
_ROUTES = ["controller", "commissioner", "court"]


def commands_of(load: Caseload) -> Iterator[Command]:
    """The stories of one caseload; one in three has the long one, from receipt to an answer with items left out."""
    stories = _STORIES[load.number % len(_STORIES)]
    for person, story in zip(load.people, stories, strict=False):
        yield from story(_Telling(person, load))


class _Telling:
    """One request of one person: numbers its commands and dates its steps from the day it came."""

    def __init__(self, person: Person, load: Caseload) -> None:
        self.person, self.load = person, load
        self.dice = Random(f"requests {person.id}")
        self.number = str(drawn_uuid(self.dice))
        self.received_at = person.registered + timedelta(days=9, hours=1)

    def received(self, kind: str, *, days_ago: int | None = None, asked: str) -> Command:
        if days_ago is not None:
            now = datetime.combine(self.load.today, self.received_at.timetz())
            self.received_at = max(now - timedelta(days=days_ago), self.received_at)
        channel = self.dice.choice(("letter", "email", "telephone", "web form"))
        named = {"customer_id": str(self.person.id), "organisation": self.person.organisation}
        return self("receive-request", 0, kind=kind, channel=channel, asked=asked, **named)

    def __call__(self, type_: str, days: int, **said: object) -> Command:
        at = self.received_at + timedelta(days=days, minutes=self.dice.randrange(60))
        head = {"id": str(drawn_uuid(self.dice)), "type": type_, "occurred_at": instant(at)}
        return {**head, "request_id": self.number, **said}


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
        record_id="advice-1",
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
        record_id="session-2",
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
    digest = hashlib.sha256(step.number.encode()).hexdigest()
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


_Story = Callable[[_Telling], Iterator[Command]]
_STORIES: tuple[tuple[_Story, ...], ...] = ((_answered, _open), (_refused, _withdrawn), (_late, _overdue))
