"""The engine's own suite for recorders and factories, run against ours; what cannot apply is listed with its reason.

The suite stores arbitrary bytes under arbitrary topics, with versions from 0. `Carrying` puts them into our envelope,
as a fact, and takes them out again; everything else is the recorder's own work.
"""

from __future__ import annotations

import base64
import importlib
import sys
import unittest
import uuid
from collections.abc import Callable, Sequence
from typing import Any, cast
from unittest import TestCase

import orjson
import pytest
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    Notification,
    StoredEvent,
    Subscription,
)
from eventsourcing.utils import Environment

from ledger.log.codec import envelope, hex_or_none
from ledger.log.merkle import leaf_hash
from ledger.store.recorder import EventMapper, Factory, PollingSubscription, Recorder, environment, open_recorder

# The suite asks for the library's cipher on PyCryptodome; its other one, on `cryptography`, is the one we have.
sys.modules["eventsourcing.cipher"] = importlib.import_module("eventsourcing.cryptography")
from eventsourcing.tests import persistence as library  # noqa: E402

NO_TRACKING = (
    "Views keep their position in their own tables, in the transaction of their rows; there is no tracking table."
)
EXCEPTIONS = {
    "TestOurFactory.test_create_aggregate_recorder": "There is one table of events, and it has one order; the only"
    " recorder is the application recorder.",
    "TestOurFactory.test_create_tracking_recorder": NO_TRACKING,
    "TestOurFactory.test_create_process_recorder": NO_TRACKING,
    "TestOurFactory.test_mapper_with_wrong_cipher_key": "One key over whole events could never be destroyed for one"
    " person; payloads are sealed by the vault, and the mapper has no cipher to get wrong.",
}


class Carrying(ApplicationRecorder):
    """Carries foreign states through our recorder; nothing is remembered here."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        last: dict[Any, bytes | None] = {}
        inside = []
        for foreign in stored_events:
            if foreign.originator_id not in last:
                stored = self.recorder.history(cast("uuid.UUID", foreign.originator_id))
                last[foreign.originator_id] = stored[-1].leaf if stored else None
            made = _enclosed(foreign, last[foreign.originator_id])
            last[foreign.originator_id] = leaf_hash(made.state)
            inside.append(made)
        return self.recorder.insert_events(inside)

    def select_events(
        self, originator_id: Any, *, gt: int | None = None, lte: int | None = None, **order: Any
    ) -> Sequence[StoredEvent]:
        found = self.recorder.select_events(
            originator_id, gt=None if gt is None else gt + 1, lte=None if lte is None else lte + 1, **order
        )
        return [StoredEvent(e.originator_id, e.originator_version - 1, e.topic, _taken_out(e.state)) for e in found]

    def select_notifications(self, *args: Any, **kwargs: Any) -> Sequence[Notification]:
        return [
            Notification(n.originator_id, n.originator_version - 1, n.topic, _taken_out(n.state), n.id)
            for n in self.recorder.select_notifications(*args, **kwargs)
        ]

    def max_notification_id(self) -> int | None:
        return self.recorder.max_notification_id()

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        return PollingSubscription(cast("Recorder", self), gt=gt, topics=topics)


class CarryingWithoutPositions(Carrying):
    """What the suite expects of a recorder that only knows streams: it answers an insert with nothing."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> None:
        super().insert_events(stored_events)


def _enclosed(foreign: StoredEvent, previous: bytes | None) -> StoredEvent:
    version = foreign.originator_version + 1
    state = envelope(
        id_=str(uuid.uuid4()), stream=str(foreign.originator_id), version=version, type_=foreign.topic, type_version=1,
        class_=None, part="", occurred_at="2026-11-22T09:00:00.000000Z", recorded_at="2026-11-22T09:00:00.000000Z",
        actor="test", facts=orjson.dumps({"state": base64.b64encode(foreign.state).decode()}),
        commitment=None, previous=hex_or_none(previous),
    )  # fmt: skip
    return StoredEvent(foreign.originator_id, version, foreign.topic, state)


def _taken_out(state: bytes) -> bytes:
    return base64.b64decode(orjson.loads(state)["facts"]["state"])


class OnOurDatabase(TestCase):
    """Gives each case of the suite a recorder on an empty database, and closes it."""

    # The suite begins streams at 0 in some cases and here in the others; in our streams no version may be missing.
    INITIAL_VERSION = 0

    @pytest.fixture(autouse=True)
    def _database(self, database: str) -> None:
        self.database = database

    def opened(self) -> Recorder:
        recorder = open_recorder(self.database)
        self.addCleanup(recorder.close)
        return recorder


class TestAsAnAggregateRecorder(OnOurDatabase, library.AggregateRecorderTestCase):
    def create_recorder(self) -> AggregateRecorder:
        return CarryingWithoutPositions(self.opened())


class TestAsAnApplicationRecorder(OnOurDatabase, library.ApplicationRecorderTestCase[Carrying]):
    def create_recorder(self) -> Carrying:
        return Carrying(self.opened())

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestPositionsDoNotInterleave(OnOurDatabase, library.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> ApplicationRecorder:
        return Carrying(self.opened())


class TestOurFactory(OnOurDatabase, library.InfrastructureFactoryTestCase[Factory]):
    def setUp(self) -> None:
        self.env = Environment("", environment(self.database))
        super().setUp()

    def expected_factory_class(self) -> type[Factory]:
        return Factory

    def expected_application_recorder_class(self) -> type[ApplicationRecorder]:
        return Recorder

    def expected_aggregate_recorder_class(self) -> Any:
        raise NotImplementedError

    expected_tracking_recorder_class = tracking_recorder_subclass = expected_aggregate_recorder_class
    expected_process_recorder_class = expected_aggregate_recorder_class

    def test_the_mapper_is_ours(self) -> None:
        assert type(self.factory.mapper(transcoder=self.transcoder)) is EventMapper


CASES = (TestAsAnAggregateRecorder, TestAsAnApplicationRecorder, TestPositionsDoNotInterleave, TestOurFactory)


def _skipping(reason: str) -> Callable[[TestCase], None]:
    def skipped(self: TestCase) -> None:
        """Not applicable; the reason is listed."""

    return unittest.skip(reason)(skipped)


def _skip_the_exceptions() -> None:
    for case in CASES:
        for exception, reason in EXCEPTIONS.items():
            if exception.startswith(f"{case.__name__}."):
                setattr(case, exception.split(".")[1], _skipping(reason))


_skip_the_exceptions()


def test_the_exceptions_are_exactly_the_cases_that_are_skipped():
    replaced, theirs = set(), set()
    for case in CASES:
        suite = next(parent for parent in case.__mro__ if parent.__module__ == library.__name__)
        for name in unittest.defaultTestLoader.getTestCaseNames(suite):
            theirs.add(f"{case.__name__}.{name}")
            if getattr(case, name) is not getattr(suite, name):
                assert getattr(case, name).__unittest_skip__
                replaced.add(f"{case.__name__}.{name}")
    assert replaced == set(EXCEPTIONS)
    assert len(theirs) - len(replaced) >= 11


def test_the_factory_is_found_by_the_name_of_its_module(database: str):
    factory = InfrastructureFactory.construct(Environment("", environment(database)))
    assert type(factory) is Factory
    factory.close()
