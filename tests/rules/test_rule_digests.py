"""Digests of rule sets: what changes them, what does not, and that the corpus sees every rule kept and broken."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ledger import events as vocabulary
from ledger.duties import catalogue as duties
from ledger.events import Json
from ledger.log.codec import canonical, event_from
from ledger.retention import schedule
from ledger.rules import catalogue
from ledger.rules.catalogue import BY_ID, RULES
from ledger.rules.digests import canonical_digest, declared, set_digest, source_of
from ledger.rules.facts import Share
from ledger.rules.rule import SOURCES, Found, Rule, Source, found
from ledger.state.registers import Registers
from tests.rules.corpus import Case, corpus, facts_of
from tests.rules.recorded_verdicts import changed, corpus_digest, digests, judged, known_facts, with_rule, written

events: Any = vocabulary  # what is not said of an event has its default
LEAST = 10
EARLIER = {
    "NCS-JCP/2025-01-20": "99de152b76e8cd75e9074ea39270bcce3c488b4d959de38682fa51a947eea50c",
    "NCS-notice/newer": "9045e97f447da2b43df5497f7348511ebdb0fe5d6b94ba6847fac285477bdb3d",
    "NCS-notice/older": "c75b5ce86b2ee424495eb369493a6045e3cec020eabc612384b04ff49276226f",
    "NHS-careers/2023-04-01": "1e8fa2f1ea76eecf55a7794f40e4babd15b582812877e360d7389979138b7337",
    "careers-strategy/2017-12-04": "9ada353ec0bacbc860f240f5c62534f4955e824de6eb757f413937a355de8490",
}
"""The digests that were published while a digest was of the text of the code."""


def differing(rule: Rule) -> list[str]:
    """What differs from the record when this rule stands in the place of the one with its id."""
    return changed(written()["rule_sets"], with_rule(rule))


def renamed(check: Callable[[Any], Found | None]) -> Callable[[Any], Found | None]:
    """The same check as a function of another name in another module."""

    def of_another_name(facts: Any) -> Found | None:
        return check(facts)

    of_another_name.__module__ = "somewhere.else"
    return of_another_name


# What the corpus is.


def test_every_checked_rule_is_broken_and_kept_ten_times_or_more_in_the_corpus():
    result = judged()
    checked = [rule.id for rule in RULES if rule.check is not None]
    assert [rule for rule in checked if len(result.verdicts[rule]) < LEAST] == []
    assert [rule for rule in checked if result.kept[rule] < LEAST] == []


def test_the_corpus_is_the_recorded_one():
    recorded = written()["corpus"]
    assert len(known_facts()) == recorded["cases"]
    assert corpus_digest() == recorded["digest"], (
        "the corpus changed, and with it the digests of rules that did not: let the digests of before be aliases"
    )


def test_the_same_seed_draws_the_same_cases_and_another_seed_others():
    assert corpus() == corpus()
    assert corpus_digest() != corpus_digest(corpus(seed=1))


def test_every_case_has_a_name_of_its_own():
    names = [case.name for case in corpus()]
    assert len(names) == len(set(names))


# What changes a digest.


def test_a_rename_changes_no_digest():
    moved = [rule if rule.check is None else dataclasses.replace(rule, check=renamed(rule.check)) for rule in RULES]
    try:
        Share.__name__ = Share.__qualname__ = "Renamed"
        found_anew = digests(moved)
    finally:
        Share.__name__ = Share.__qualname__ = "Share"

    assert changed(written()["rule_sets"], found_anew) == []
    assert {name: recorded["digest"] for name, recorded in found_anew.items()} == {
        source.rule_set: source.digest for source in SOURCES
    }


def test_what_a_rule_is_said_to_be_done_by_is_in_no_digest():
    assert differing(dataclasses.replace(BY_ID["CH-EMAIL-01"], how="otherwise", group="another")) == []


@pytest.mark.parametrize(
    "otherwise",
    [
        {"sentence": "another sentence"}, {"line": 1}, {"force": "MAY"}, {"status": "shown"},
        {"parameters": {"plans_at_most": 11}}, {"parameters": {}},
    ],
    ids=str,
)  # fmt: skip
def test_what_a_rule_declares_changes_its_digest_and_is_named(otherwise: dict[str, Any]):
    assert differing(dataclasses.replace(BY_ID["CH-EMAIL-01"], **otherwise)) == [
        "CH-EMAIL-01 of NCS-JCP/2025-01-20: says"
    ]


@pytest.mark.parametrize("otherwise", [{"severity": "S1"}, {"proposed": "warn"}], ids=str)
def test_a_severity_or_an_answer_that_changes_is_in_what_is_said_and_in_the_verdicts(otherwise: dict[str, Any]):
    assert differing(dataclasses.replace(BY_ID["CH-EMAIL-01"], **otherwise)) == [
        "CH-EMAIL-01 of NCS-JCP/2025-01-20: says",
        "CH-EMAIL-01 of NCS-JCP/2025-01-20: verdicts",
    ]


def one_case_otherwise(share: Share) -> Found | None:
    checked = BY_ID["CH-EMAIL-08"].check
    assert checked is not None
    return found("adviser") if share.people == 25 else checked(share)


@pytest.mark.parametrize(
    "check",
    [one_case_otherwise, lambda share: None, lambda share: found("way")],
    ids=["of one case", "that finds nothing", "with another field"],
)
def test_a_verdict_that_changes_changes_the_digest_and_the_rule_is_named(check: Callable[[Any], Found | None]):
    assert differing(dataclasses.replace(BY_ID["CH-EMAIL-08"], check=check)) == [
        "CH-EMAIL-08 of NCS-JCP/2025-01-20: verdicts"
    ]


def test_the_first_day_of_a_set_is_in_its_digest_and_its_aliases_are_not():
    source = SOURCES[0]
    for later, same in (({"in_force_from": date(2019, 1, 1)}, False), ({"aliases": ("00",)}, True)):
        other = dataclasses.replace(source, **later)
        of_set = {rule.id: written()["rule_sets"][source.rule_set]["rules"][rule.id] for rule in RULES
                  if rule.source is source}  # fmt: skip
        assert (set_digest(other, of_set) == source.digest) is same


def test_a_digest_is_of_canonical_json():
    value: dict[str, Json] = {"b": [1, None, True], "a": "café"}
    assert canonical_digest(value) == hashlib.sha256(canonical(value)).hexdigest()


def test_every_parameter_is_canonical_json_and_every_period_of_a_duty_is_one():
    for rule in RULES:
        canonical(declared(rule))
    for duty in duties.DUTIES:
        if duty.rule in BY_ID:
            assert duty.kind in BY_ID[duty.rule].parameters
    for line in schedule.SCHEDULE:
        if line.rule in BY_ID:
            assert f"{line.class_} after {line.clock}" in BY_ID[line.rule].parameters
    assert BY_ID["CH-EMAIL-01"].parameters == {"plans_at_most": 10}
    assert BY_ID["RET-JCP-01"].parameters == {"incorporate-email": {"working_days": 30}}


# Digests of before.


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.rule_set)
def test_an_event_that_carries_the_digest_of_before_is_of_the_same_set(source: Source):
    facts = {"organisation": "controller", "rule_set": source.rule_set, "valid_from": "2026-01-01",
             "digest": EARLIER[source.rule_set]}  # fmt: skip
    event: Any = event_from("rule-set-published", 1, facts)

    assert event.digest != source.digest
    assert source.has_digest(event.digest)
    assert source_of(event.digest) is source_of(source.digest) is source
    held = Registers().followed_by([event])
    rule = next(rule for rule in RULES if rule.source is source)
    assert rule.in_force(date(2026, 1, 1), held)
    assert not rule.in_force(date(2025, 12, 31), held)


def test_an_unknown_digest_is_of_no_set():
    assert source_of(None) is None
    assert source_of("00") is None


def test_a_rule_is_shown_with_the_digest_of_its_set_the_aliases_and_its_parameters():
    shown = catalogue.described(BY_ID["CH-EMAIL-01"])
    assert shown["rule_set_digest"] == BY_ID["CH-EMAIL-01"].source.digest
    assert shown["rule_set_aliases"] == [EARLIER["NCS-JCP/2025-01-20"]]
    assert shown["parameters"] == {"plans_at_most": 10}


def test_no_two_sets_share_a_digest_or_an_alias():
    known = [digest for source in SOURCES for digest in (source.digest, *source.aliases)]
    assert len(known) == len(set(known)) == 2 * len(SOURCES)


def test_a_case_says_what_the_facts_made_of_it_say():
    case = Case("one", "share", {"channel": "email", "people": 2, "items": ["D01"], "age_years": 17})
    share = facts_of(case)
    assert isinstance(share, Share)
    assert (share.channel, share.people, dict(share.items), share.age_years) == ("email", 2, {"D01": "D01"}, 17)
