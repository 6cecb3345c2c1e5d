"""What went where it should not have gone, and how it was assessed: not reportable, reported in time, late or not yet.

The number of an assessment follows from the share it is about, so it can be told beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from api.world.organisations import controller
from api.world.people import Caseload, Person, instant
from api.world.sharing import LIVE_LINK, TO_A_GUARD, WRONG_ADDRESS, Case, sharing
from api.world.writer import Command, command
from ledger.judging.case import assessment_id_of

GUIDED_FROM = date(2025, 1, 20)
"""Before the guidance none of its rules could be broken, so nothing was assessed."""
_ASSESSOR = "Morgan Privacy (invented)"


class _Mistake:
    """One share that went wrong and when it was noticed; dates its steps from then."""

    def __init__(self, load: Caseload, person: Person, case: Case, at: datetime, noticed_after: timedelta) -> None:
        self._dice = Random(f"mistake {person.id} {instant(at)}")
        self.noticed_at = at + noticed_after
        self.share = sharing(load, [person], case, at, became_aware_at=instant(self.noticed_at))
        assessment_id = assessment_id_of(UUID(self.share["id"]), self.share["id"])
        self._about = {"customer_id": str(person.id), "assessment_id": assessment_id}

    def __call__(self, type_: str, hours: int, **fields: object) -> Command:
        return command(self._dice, type_, self.noticed_at + timedelta(hours=hours), **self._about, **fields)

    def risk(self, hours: int, risk: str, effects: str, reason: str) -> Command:
        fields = {"risk": risk, "effects": effects, "reason": reason, "assessed_by": _ASSESSOR}
        return self("assess-breach-risk", hours, **fields)

    def controller_told(self, hours: int) -> Command:
        return self("notify-controller", hours, controller=controller(self.noticed_at), channel="telephone")


def _not_reportable(mistake: _Mistake) -> Iterator[Command]:
    yield mistake.controller_told(3)
    yield mistake.risk(20, "unlikely", "None that could be found", "It was in a locked cabinet for one night")
    remedy, reason = "It was fetched back the next morning", "A risk to anybody is unlikely"
    yield mistake("close-breach-assessment", 44, outcome="breach_not_reportable", remedy=remedy, reason=reason)


def _no_breach(mistake: _Mistake) -> Iterator[Command]:
    yield mistake.controller_told(2)
    yield mistake.risk(5, "none", "None", "The link had been closed before anybody opened it")
    yield mistake("close-breach-assessment", 30, outcome="no_breach", reason="Nobody saw anything")


def _reported(mistake: _Mistake) -> Iterator[Command]:
    yield mistake.controller_told(5)
    yield mistake.risk(8, "high", "Somebody could pass for the customer", "A stranger has name and telephone number")
    yield mistake("notify-regulator", 50, reference=f"IC-{mistake.share['id'][:6]}", phase=1)
    yield mistake("notify-people", 60, channel="telephone", message="We told you what went wrong and what to look for.")
    remedy = "The recipient confirmed in writing that it was deleted"
    yield mistake("close-breach-assessment", 400, outcome="breach_reported", remedy=remedy, reason="The risk was high")


def _reported_late(mistake: _Mistake) -> Iterator[Command]:
    yield mistake.controller_told(80)
    yield mistake.risk(90, "high", "Calls by somebody who knows all", "A stranger has name, number and plans")
    reference, why = f"IC-{mistake.share['id'][:6]}", "Nobody in the office knew whom to tell"
    yield mistake("notify-regulator", 120, reference=reference, phase=1, reason_late=why)


def _assessed(mistake: _Mistake) -> Iterator[Command]:
    yield mistake.controller_told(20)
    yield mistake.risk(30, "likely", "Unwanted letters", "It cannot be said who opened it")


def _just_assessed(mistake: _Mistake) -> Iterator[Command]:
    yield mistake.risk(4, "high", "Somebody could pass for the customer", "It was sent to a public list")


def _noticed(_: _Mistake) -> Iterator[Command]:
    yield from ()


_Story = Callable[[_Mistake], Iterator[Command]]
_STORIES: tuple[tuple[_Story, Case, int, timedelta], ...] = (
    (_not_reportable, TO_A_GUARD, 70, timedelta(hours=22)),
    (_reported, WRONG_ADDRESS, 60, timedelta(hours=2)),
    (_no_breach, LIVE_LINK, 50, timedelta(hours=3)),
    (_reported_late, WRONG_ADDRESS, 40, timedelta(days=3)),
    (_assessed, WRONG_ADDRESS, 12, timedelta(days=2)),
    (_noticed, WRONG_ADDRESS, 2, timedelta(hours=5)),
    (_just_assessed, WRONG_ADDRESS, 1, timedelta(hours=3)),
)
"""What became of it, what went wrong, how many days ago, and how long after that it was noticed."""
_OVER = 4
"""The first so many of them are over in any caseload."""


def commands_of(load: Caseload) -> Iterator[Command]:
    """The mistakes of a caseload; the caller puts them in order of time."""
    if load.recent:
        for turn, (story, case, days, noticed_after) in enumerate(_STORIES):
            if person := load.staying(days, -3 - turn):
                yield from _told(_Mistake(load, person, case, load.ago(days), noticed_after), story)
        return
    at = load.together + timedelta(days=9)
    people = [person for person in load.people if person.active(at)]
    if at.date() >= GUIDED_FROM and people:
        story, case, _, noticed_after = _STORIES[load.number % _OVER]
        yield from _told(_Mistake(load, load.dice.choice(people), case, at, noticed_after), story)


def _told(mistake: _Mistake, story: _Story) -> Iterator[Command]:
    yield mistake.share
    yield from story(mistake)
