"""A version of the rules is its name and what its rules say: neither changes without the other, as with calendars.

What a digest covers is said in `ledger/rules/digests.py`; tests/rules/test_rule_digests.py has the rest of its tests.
After a rule changed on purpose give its document a new `rule_set` and its first day, so that what was judged by the
earlier one stays so. `python -m tests.rules.recorded_verdicts` writes the digests anew.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ledger.caller import Caller
from ledger.errors import Malformed
from ledger.recording import Ledger
from ledger.rules import catalogue, data_items
from ledger.rules.catalogue import BY_ID, RULES
from ledger.rules.digests import set_digest
from ledger.rules.rule import SOURCES, Rule, Source
from ledger.state.replay import event_of
from tests.conftest import RECORDS_MANAGER, Record
from tests.rules.recorded_verdicts import changed, digests_now, with_rule, written


def digest_with(rule: Rule) -> str:
    """The digest of a rule's set when this rule stands in the place of the one with its id."""
    found: str = with_rule(rule)[rule.source.rule_set]["digest"]
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.rule_set)
def test_no_rule_of_a_set_changes_without_a_new_version_name_g_11(source: Source):
    found = {source.rule_set: digests_now()[source.rule_set]}
    recorded = {source.rule_set: written()["rule_sets"][source.rule_set]}
    assert source.digest == found[source.rule_set]["digest"], (
        f"the rules of {source.rule_set} are no longer what that version says: {', '.join(changed(recorded, found))};"
        " give it a new rule_set and first day"
    )


def test_the_digest_notices_a_severity_a_sentence_a_check_and_a_table_that_changed(monkeypatch: pytest.MonkeyPatch):
    rule = BY_ID["DATA-08"]
    found = {digest_with(rule)}
    for otherwise in (
        dataclasses.replace(rule, severity="S3"),
        dataclasses.replace(rule, sentence="Another sentence"),
        dataclasses.replace(rule, check=data_items.free_text_unread),
    ):
        found.add(digest_with(otherwise))
    others = {name: known for name, known in written()["rule_sets"][rule.source.rule_set]["rules"].items()
              if name != rule.id}  # fmt: skip
    found.add(set_digest(rule.source, others))
    monkeypatch.setattr(data_items, "ETHNICITY", frozenset({"ethnicity"}))
    found.add(digest_with(rule))
    assert len(found) == 6


def test_every_rule_is_of_one_of_the_versions_and_each_has_its_own_digest():
    assert {rule.source for rule in RULES} == set(SOURCES)
    assert len({source.digest for source in SOURCES}) == len(SOURCES)
    assert catalogue.described(BY_ID["DATA-08"])["rule_set_digest"] == BY_ID["DATA-08"].source.digest


# The event.


def published(ledger: Ledger) -> list[Any]:
    from ledger.commands.reader import organisation_stream

    return [event_of(entry) for entry in ledger.history(organisation_stream("controller"))]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.rule_set)
def test_a_version_that_is_put_in_force_says_which_rules_it_is_of_g_11(ledger: Ledger, record: Record, source: Source):
    fields = {"organisation": "controller", "rule_set": source.rule_set, "valid_from": "2026-01-01"}
    record("publish-rule-set", by=RECORDS_MANAGER, **fields)

    assert [entry.digest for entry in published(ledger)] == [source.digest]


def test_a_version_this_program_does_not_have_has_no_digest(ledger: Ledger, record: Record):
    fields = {"organisation": "controller", "rule_set": "a set of the future", "valid_from": "2027-01-01"}
    record("publish-rule-set", by=RECORDS_MANAGER, **fields)

    assert [entry.digest for entry in published(ledger)] == [None]


def test_nobody_can_say_the_digest_of_a_version_themselves_ledg_04(record: Record):
    by = Caller(role="administrator", organisation="controller", subject="somebody", operator=True)
    fields = {"organisation": "controller", "rule_set": SOURCES[0].rule_set, "valid_from": "2026-01-01", "digest": "00"}
    with pytest.raises(Malformed, match="digest"):
        record("publish-rule-set", by=by, **fields)
