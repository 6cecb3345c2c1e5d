"""The documents of meeting the service: contacts, sessions, transfers, the plan and what came of it, webchats.

They are a part of `documents`, which says who the person is; nothing here knows the ledger.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from api.world.papers import Document, Papers
from api.world.people import HELPLINE, Person, instant, postcode

_GOALS = ("Start a level 2 course", "Find part-time work", "Write a CV that shows recent work", "Become a care worker")
_ACTIONS = ("Book a place on the interview workshop", "Look up three local courses", "Ask two employers for a visit")
_SITUATIONS = ("Looking for work after caring at home.", "In part-time work and wants more hours.", "Has left college.")
_OUTCOMES = (1, 2, 3, 4, 5)


def sessions(person: Person, papers: Papers, advisers: list[UUID]) -> tuple[str, str, datetime] | None:
    """Contacts and booked sessions; gives the numbers of the one that was attended, if any."""
    first = person.registered + timedelta(days=3 + person.dice.randrange(9), minutes=20)
    if first > person.last - timedelta(days=6):
        first = person.registered + timedelta(hours=2)
    outcomes = {"attends": (True,), "missed_once": (False, True), "never_came": (False,)}[person.showing]
    seen = None
    for index, came in enumerate(outcomes):
        at = first + timedelta(days=5 * index)
        interaction = _interaction(person, papers, advisers, at - timedelta(minutes=15), kind=4 if came else 3)
        session = {
            "id": str(person.uuid()),
            "CustomerId": str(person.id),
            "InteractionId": interaction,
            "DateandTimeOfSession": instant(at),
            "VenuePostCode": postcode(person.dice),
            "SessionAttended": None,
            "ReasonForNonAttendance": None,
        }
        session = papers.write("sessions", at - timedelta(minutes=10), session)
        why = None if came else person.dice.choice((1, 2, 4))
        outcome = {"SessionAttended": came, "ReasonForNonAttendance": why}
        papers.write("sessions", at + timedelta(minutes=40), {**session, **outcome})
        seen = (interaction, str(session["id"]), at) if came else None
    if person.showing != "never_came" and person.chance(30):
        _transfer(person, papers, advisers)
    return seen


def _interaction(
    person: Person, papers: Papers, advisers: list[UUID], at: datetime, *, kind: int, channel: int = 0
) -> str:
    interaction = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "TouchpointId": person.organisation,
        "AdviserDetailsId": str(advisers[person.adviser]),
        "DateandTimeOfInteraction": instant(at),
        "Channel": channel or person.dice.choice((1, 1, 2, 4, 5)),
        "InteractionType": kind,
    }
    papers.write("interactions", at, interaction)
    return str(interaction["id"])


def _transfer(person: Person, papers: Papers, advisers: list[UUID]) -> None:
    at = person.registered + timedelta(minutes=30)
    called = _interaction(person, papers, advisers, at, kind=1, channel=2)
    transfer: Document = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "InteractionId": called,
        "OriginatingTouchpointId": HELPLINE,
        "TargetTouchpointId": person.organisation,
        "Context": "Wants to be called back about local courses.",
        "DateandTimeOfTransfer": instant(at + timedelta(minutes=4)),
        "RequestedCallbackTime": instant(at + timedelta(days=1)),
    }
    transfer = papers.write("transfers", at + timedelta(minutes=5), transfer, by=HELPLINE)
    if person.chance(70):
        accepted = {
            "DateandTimeofTransferAccepted": instant(at + timedelta(hours=20)),
            "ActualCallbackTime": instant(at + timedelta(hours=24)),
        }
        papers.write("transfers", at + timedelta(hours=24, minutes=5), {**transfer, **accepted})


def plan(person: Person, papers: Papers, interaction: str, session: str, seen: datetime) -> None:
    at = seen + timedelta(minutes=45)
    plan: Document = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "InteractionId": interaction,
        "SessionId": session,
        "DateActionPlanCreated": instant(at),
        "CustomerCharterShownToCustomer": True,
        "DateAndTimeCharterShown": instant(at),
        "CurrentSituation": person.dice.choice(_SITUATIONS),
    }
    plan = papers.write("actionplans", at, plan)
    sent = {"DateActionPlanSentToCustomer": instant(at + timedelta(minutes=20)), "ActionPlanDeliveryMethod": 2}
    papers.write("actionplans", at + timedelta(minutes=21), {**plan, **sent, "CustomerSatisfaction": 1})
    person.numbers["plan"] = UUID(str(plan["id"]))
    _action_and_goal(person, papers, str(plan["id"]), at)
    if person.ended is not None and person.chance(60):
        _outcome(person, papers, str(plan["id"]), session, at)


def _action_and_goal(person: Person, papers: Papers, plan: str, at: datetime) -> None:
    signposted = person.dice.choice((None, None, 3, 9, 11, 14, 15))
    action: Document = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "ActionPlanId": plan,
        "DateActionAgreed": instant(at),
        "DateActionAimsToBeCompletedBy": instant(at + timedelta(days=30)),
        "ActionSummary": person.dice.choice(_ACTIONS),
        "SignpostedTo": "An invented jobcentre" if signposted in (14, 15) else None,
        "SignpostedToCategory": signposted,
        "ActionType": person.dice.choice((2, 3, 4, 5)),
        "ActionStatus": 1,
        "PersonResponsible": 1,
    }
    action = papers.write("actions", at + timedelta(minutes=5), action)
    goal: Document = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "ActionPlanId": plan,
        "DateGoalCaptured": instant(at),
        "DateGoalShouldBeCompletedBy": instant(at + timedelta(days=90)),
        "GoalSummary": person.dice.choice(_GOALS),
        "GoalType": person.dice.choice((1, 2, 3)),
        "GoalStatus": 1,
    }
    goal = papers.write("goals", at + timedelta(minutes=6), goal)
    done = at + timedelta(days=person.dice.randrange(7, 60))
    if done < person.last - timedelta(hours=4) and person.chance(50):
        papers.write("actions", done, {**action, "ActionStatus": 3, "DateActionActuallyCompleted": instant(done)})
        papers.write("goals", done + timedelta(minutes=2), {**goal, "GoalStatus": 2, "DateGoalAchieved": instant(done)})


def _outcome(person: Person, papers: Papers, plan: str, session: str, at: datetime) -> None:
    claimed = person.between(at + timedelta(hours=1), person.last - timedelta(hours=4))
    outcome: Document = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "ActionPlanId": plan,
        "SessionId": session,
        "OutcomeType": person.dice.choice(_OUTCOMES),
        "OutcomeEffectiveDate": instant(at),
        "OutcomeClaimedDate": None,
        "IsPriorityCustomer": True,
        "ClaimedPriorityGroup": person.dice.choice((1, 2, 3)),
        "TouchpointId": person.organisation,
    }
    outcome = papers.write("outcomes", claimed, outcome)
    claim = {"OutcomeClaimedDate": instant(claimed + timedelta(hours=1))}
    outcome = papers.write("outcomes", claimed + timedelta(hours=1), {**outcome, **claim})
    if person.chance(8):
        papers.write("outcomes", claimed + timedelta(hours=2), {**outcome, "OutcomeClaimedDate": None})


def webchat(person: Person, papers: Papers, advisers: list[UUID]) -> None:
    at = person.registered + timedelta(hours=1)
    chat = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "InteractionId": _interaction(person, papers, advisers, at, kind=2, channel=3),
        "DigitalReference": f"wc{person.dice.randrange(10_000):04}",
        "WebChatStartDateandTime": instant(at),
        "WebChatEndDateandTime": instant(at + timedelta(minutes=9)),
        "WebChatDuration": "00:09:00",
        "WebChatNarrative": f"Adviser: Hello, how can I help. {person.given}: I want to change career.",
        "SentToCustomer": False,
    }
    papers.write("webchats", at + timedelta(minutes=10), chat)
