"""A verdict depends on what was told, and on the customer, the registers and the rules of its day; on nothing since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import events as vocabulary
from ledger.codes.consent_scopes import SCOPES
from ledger.events import Event
from ledger.rules.rule import SOURCES
from ledger.state.history import DatedEvent
from ledger.state.registers import Registers
from tests.rules.test_rules import FULL, INFORMED, NHS, NHS_SHARE, SAM, judged
from tests.sharing import GOOD, command, good

events: Any = vocabulary  # what is not said of an event has its default
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = AT.date()
PURPOSES = (
    "NCS_SERVICE_DELIVERY", "FRAUD_PROTECTION", "PRIORITY_TARGETING", "PROGRESS_RESEARCH", "USER_RESEARCH",
    "CUSTOMER_SATISFACTION_SURVEY", "NCS_SERVICE_IMPROVEMENT",
)  # fmt: skip
NHS_PURPOSES = (
    "NHS_MARKETING", "NHS_THIRD_PARTY_OFFERS", "NHS_SIMILAR_SERVICES", "NHS_RECOMMENDATION", "NHS_INFORMATION_SERVICE",
)  # fmt: skip
ORGANISATIONS = ("jobcentre-plus", "asks-people", "knows-a-lot", "brings-people", "studies", "nhs", "comes-later")
ITEMS = ("D01", "D03", "D29", "PG5", "ethnicity", "health", "favourite_colour", "name")


# What is told: a share of every kind, a receipt, a record, a confirmation.


def commands_of(kind: str, always: dict[str, Any], **one_of: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Commands of a kind that say `always`, with some fields drawn; a field drawn as None is left unsaid."""
    fields = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in one_of.items()})
    return fields.map(lambda drawn: command(
        kind, SAM, at=AT.isoformat(), **{k: v for k, v in {**always, **drawn}.items() if v is not None}
    ))  # fmt: skip


def shares(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    drawn = st.fixed_dictionaries({}, optional={
        "purpose": st.sampled_from([None, *PURPOSES]),
        "lawful_basis": st.sampled_from([None, "A6-1-a", "A6-1-c", "A6-1-e", "A6-1-f"]),
        "special_condition": st.sampled_from(["A9-2-a", "A9-2-f", "A9-2-g"]),
        "items": st.lists(st.sampled_from(ITEMS), min_size=1, max_size=4),
        "consented_items": st.just({"D29": "equality_monitoring"}),
        "sent_to": st.sampled_from(ORGANISATIONS),
        "contract": st.sampled_from(["contract-1", "contract-of-later", None]),
        "agreement": st.sampled_from(["agreement-1", "agreement-of-later", None]),
        "controller": st.sampled_from(["controller-one", "comes-later"]),
        "notice": st.sampled_from(["notice-2", "notice-of-later"]),
        "automated_decision": st.just(True),
        "recipient_addresses": st.lists(st.sampled_from(["a@dwp.gov.uk", "a@office.dwp.gov.uk"]), min_size=1),
        "called_line": st.sampled_from(["01632 960001", "01632 960002"]),
        "courier": st.sampled_from(["careful-couriers", "couriers-of-later"]),
        "system_id": st.sampled_from(["bookings", "bookings-of-later"]),
    })  # fmt: skip
    return drawn.map(lambda changed: command("share-data", SAM, at=AT.isoformat(), **good(kind, **changed)))


NHS_SHARES = commands_of(
    "share-data", NHS_SHARE, purpose=NHS_PURPOSES, contact_channel=["email", "post", "telephone"],
    sent_to=ORGANISATIONS, notice=["notice-2", "notice-of-later"],
)  # fmt: skip
RECEIPTS = commands_of(
    "receive-data", {"received_from": "brings-people", "channel": "email", "items": ["D01"]},
    received_from=ORGANISATIONS, received_by=["prime-north"], channel=["email", "post", None],
)  # fmt: skip
KEEPINGS = st.sampled_from([
    ("diversitydetails", {"Ethnicity": 31}), ("diversitydetails", {"PrimaryLearningDifficultyOrDisability": 4}),
    ("contacts", {"EmailAddress": "sam@carter.example"}), ("contacts", {"Password": "never"}),
]).map(lambda kept: command("keep-record", SAM, at=AT.isoformat(), collection=kept[0], values=kept[1]))  # fmt: skip
CONFIRMATIONS = commands_of("confirm-receipt", {"share_id": "share-1"})
BODIES = st.one_of(*(shares(kind) for kind in GOOD), NHS_SHARES, RECEIPTS, KEEPINGS, CONFIRMATIONS)


# What happened before and after it, to this record and to another one of the same person.

_STATES = (events.ConsentGiven, events.ConsentRefused, events.ConsentWithdrawn, events.ConsentExpired)


def happening(since: datetime) -> st.SearchStrategy[list[DatedEvent]]:
    """Something about each of most consents, and a few other things, all in the year that begins then."""
    moments = st.integers(0, 364 * 24 * 60).map(lambda minutes: since + timedelta(minutes=minutes))
    consents = st.fixed_dictionaries({}, optional={
        scope: st.tuples(moments, st.sampled_from(_STATES), st.booleans()) for scope in SCOPES
    }).map(lambda drawn: [
        (at, kind(scope=scope, explicit=True) if kind is events.ConsentGiven and explicit else kind(scope=scope))
        for scope, (at, kind, explicit) in drawn.items()
    ])  # fmt: skip
    other = st.lists(st.tuples(moments, st.sampled_from([
        events.ProcessingRestricted(restriction_id="r", items=()),
        events.ProcessingRestricted(restriction_id="i", items=("D01", "name")),
        events.RestrictionLifted(restriction_id="r"),
        events.ObjectionRaised(objection_id="o"),
        events.ObjectionDecided(objection_id="o", outcome="overridden"),
        events.CustomerInformed(benefits_explained=True),
        events.CustomerReferred(referred_by="brings-people"),
        events.DataReceived(received_from="comes-later"),
        events.DataShared(share_id="share-1", channel="courier"),
        events.ServiceEnded(),
    ])), max_size=4)  # fmt: skip
    return st.tuples(consents, other).map(lambda both: [*both[0], *both[1]])


BEFORE = st.tuples(st.sampled_from([(), INFORMED, NHS]), happening(AT - timedelta(days=364))).map(
    lambda both: (*both[0], *(dated for dated in both[1] if dated[0] <= AT))
)
SINCE = happening(AT + timedelta(microseconds=1))


# What was entered in the registers later, and holds from a later day or until the day itself or a later one.

LATER_DAYS = st.integers(1, 400).map(lambda days: (DAY + timedelta(days=days)).isoformat())
LAST_DAYS = st.integers(0, 400).map(lambda days: (DAY + timedelta(days=days)).isoformat())
_ENTRIES: tuple[tuple[Any, dict[str, Any]], ...] = (
    *((events.OrganisationRegistered, {"organisation": code, "kind": kind})
      for code in (*ORGANISATIONS, "prime-north") for kind in ("research company", "introducer", "Jobcentre Plus")),
    (events.OrganisationRegistered, {"organisation": "comes-later", "kind": "controller"}),
    (events.AgreementSigned, {"organisation": "controller-one", "agreement": "agreement-of-later"}),
    (events.ContractStarted, {"organisation": "prime-north", "contract": "contract-of-later"}),
    (events.WorkDomainRegistered, {"organisation": "jobcentre-plus", "domain": "office.dwp.gov.uk"}),
    (events.LineRecognised, {"organisation": "jobcentre-plus", "line": "+441632960002"}),
    (events.CourierApproved, {"organisation": "prime-north", "courier": "couriers-of-later",
                              "signature_on_delivery": True}),
    (events.SystemRegistered, {"organisation": "prime-north", "system_id": "bookings"}),
    (events.SystemRegistered, {"organisation": "prime-north", "system_id": "bookings-of-later", "data_flow": "f",
                               "impact_assessment": "d", "assurance": "a", "review_on": "2028-01-01",
                               "contract_compliant": True}),
    (events.ItemProfileSet, {"organisation": "prime-north", "office": "Testford", "items": ("D01",)}),
    (events.NoticePublished, {"organisation": "controller-one", "notice": "notice-of-later",
                              "automated_decisions": True, "purposes": PURPOSES}),
)  # fmt: skip
ENTRIES = st.one_of(
    st.tuples(st.sampled_from(_ENTRIES), LATER_DAYS).map(lambda entry: entry[0][0](**entry[0][1], valid_from=entry[1])),
    LAST_DAYS.map(lambda day: events.ContractEnded(organisation="prime-north", contract="contract-1", valid_until=day)),
)
SETS = {source.rule_set: (source.in_force_from or date(2017, 12, 4)).isoformat() for source in SOURCES}
ENDS = st.fixed_dictionaries({}, optional=dict.fromkeys(SETS, LAST_DAYS))


def published(ends: dict[str, str]) -> list[Event]:
    """That these rule sets hold from the day of their document until a last day."""
    return [
        events.RuleSetPublished(organisation="controller-one", rule_set=name, valid_from=SETS[name], valid_until=end)
        for name, end in ends.items()
    ]


@settings(max_examples=300, deadline=None)
@given(body=BODIES, before=st.tuples(BEFORE, BEFORE), since=st.tuples(SINCE, SINCE), ends=ENDS,
       entered=st.lists(ENTRIES, max_size=12))  # fmt: skip
def test_nothing_that_happens_or_is_entered_later_changes_a_verdict(
    body: dict[str, Any],
    before: tuple[Sequence[DatedEvent], Sequence[DatedEvent]],
    since: tuple[list[DatedEvent], list[DatedEvent]],
    ends: dict[str, str],
    entered: list[Event],
):
    """Of every kind of fact, market research and NHS Health Careers among them: LEDG-03, CONSENT-06, RESTRICT-01."""
    own, others = [[*earlier, *more] for earlier, more in zip(before, since, strict=True)]
    later = FULL.followed_by([*entered, *published(ends)])

    first = judged(body, history=tuple(before[0]), others=[before[1]])
    assert judged(body, history=tuple(own), others=[others], held=later) == first


@settings(max_examples=150, deadline=None)
@given(body=BODIES, before=BEFORE, ends=ENDS, days=st.sampled_from([1, 2, 400]))
def test_a_rule_set_that_ended_before_the_day_finds_nothing_and_the_others_all_they_found(
    body: dict[str, Any], before: Sequence[DatedEvent], ends: dict[str, str], days: int
):
    first = judged(body, history=tuple(before))
    ended = {name: (DAY - timedelta(days=days)).isoformat() for name in ends}

    found = judged(body, history=tuple(before), held=FULL.followed_by(published(ended)))

    assert found == {rule: broken for rule, broken in first.items() if broken.rule.source.rule_set not in ends}


@settings(max_examples=50, deadline=None)
@given(body=BODIES, before=BEFORE)
def test_no_rule_finds_anything_before_the_day_of_its_document(body: dict[str, Any], before: Sequence[DatedEvent]):
    for source in SOURCES:
        if source.in_force_from is None:
            continue
        day_before = (source.in_force_from - timedelta(days=1)).isoformat()
        found = judged({**body, "occurred_at": f"{day_before}T10:00:00Z"}, history=tuple(before), held=Registers())
        assert not [broken for broken in found.values() if broken.rule.source is source]
