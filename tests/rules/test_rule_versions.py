"""A version of the rules is its name and what its rules say: neither changes without the other, as with calendars.

A digest covers what the rules of one document declare, the code of their checks, and every function and table of ours
that this code names; what all checks are given (shares, registers, standing) belongs to the program and not to a rule.
After a rule changed on purpose give its document a new `rule_set` and its first day, so that what was judged by the
earlier one stays so. `python -m tests.test_rule_versions` prints what the digests are now.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import inspect
import re
import sys
import textwrap
import types
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import pytest

from ledger.caller import Caller
from ledger.errors import Malformed
from ledger.recording import Ledger
from ledger.rules import catalogue, data_items
from ledger.rules.catalogue import BY_ID, RULES
from ledger.rules.rule import SOURCES, Rule, Source
from ledger.state.replay import event_of
from tests.conftest import RECORDS_MANAGER, Record

DECLARED = ("id", "line", "sentence", "force", "status", "proposed", "severity")


def digest_of(source: Source, rules: Iterable[Rule] = RULES) -> str:
    """The SHA-256 of what the rules of one document say and how they are checked."""
    said: dict[str, str] = {"in force from": str(source.in_force_from)}
    for rule in rules:
        if rule.source.rule_set == source.rule_set:
            said[rule.id] = plain([rule.judges.__name__, *(getattr(rule, name) for name in DECLARED)])
            if rule.check is not None:
                said |= {f"{rule.id} {name}": text for name, text in named_by(rule.check)}
    return hashlib.sha256(plain(said).encode()).hexdigest()


def named_by(check: Any, seen: AbstractSet[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """The code of a function, and of everything of ours that it names: functions, and tables by what is in them."""
    name = f"{check.__module__}.{check.__qualname__}"
    if name in seen:
        return
    yield name, code_of(check)
    cells = dict(zip(check.__code__.co_freevars, (one.cell_contents for one in check.__closure__ or ()), strict=True))
    for word in sorted({*words_of(check.__code__), *cells}):
        value = cells.get(word, check.__globals__.get(word))
        if isinstance(value, types.FunctionType) and value.__module__.startswith("ledger."):
            yield from named_by(value, seen | {name})
        elif value is not None and not isinstance(value, type | types.ModuleType | types.FunctionType):
            yield f"{name} {word}", plain(value)


def words_of(code: types.CodeType) -> set[str]:
    inner = (one for one in code.co_consts if isinstance(one, types.CodeType))
    return set(code.co_names).union(*map(words_of, inner))


def code_of(function: Any) -> str:
    """The lines of a function without its docstring and comments, however deep they are set."""
    text = textwrap.dedent(inspect.getsource(function))
    lines = text.splitlines()
    first = next((one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef)), None)
    if first is not None and ast.get_docstring(first) is not None:
        said = first.body[0]
        lines[said.lineno - 1 : said.end_lineno] = []
    return "\n".join(line for line in (re.sub(r"  #.*$", "", one).strip() for one in lines) if line)


def plain(value: Any) -> str:
    """A value in words that are the same on every Python and in every process."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(sorted(f"{plain(name)}: {plain(one)}" for name, one in value.items())) + "}"
    if isinstance(value, AbstractSet):
        return "{" + ", ".join(sorted(map(plain, value))) + "}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(map(plain, value)) + ")"
    if isinstance(value, re.Pattern):
        return f"{value.pattern!r} {value.flags}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain({one.name: getattr(value, one.name) for one in dataclasses.fields(value)})
    return value.__qualname__ if callable(value) else repr(value)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.rule_set)
def test_no_rule_of_a_set_changes_without_a_new_version_name_g_11(source: Source):
    assert source.digest == digest_of(source), (
        f"the rules of {source.rule_set} are no longer what that version says: give it a new rule_set and first day,"
        f" and the digest {digest_of(source)}"
    )


def test_the_digest_notices_a_severity_a_sentence_a_check_and_a_table_that_changed(monkeypatch: pytest.MonkeyPatch):
    rule = BY_ID["DATA-08"]
    found = {digest_of(rule.source)}
    for changed in (
        dataclasses.replace(rule, severity="S3"),
        dataclasses.replace(rule, sentence="Another sentence"),
        dataclasses.replace(rule, check=data_items.free_text_unread),
    ):
        found.add(digest_of(rule.source, [changed if one is rule else one for one in RULES]))
    found.add(digest_of(rule.source, [one for one in RULES if one is not rule]))
    monkeypatch.setattr(data_items, "ETHNICITY", frozenset({"ethnicity"}))
    found.add(digest_of(rule.source))
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
    said = {"organisation": "controller", "rule_set": source.rule_set, "valid_from": "2026-01-01"}
    record("publish-rule-set", by=RECORDS_MANAGER, **said)

    assert [one.digest for one in published(ledger)] == [source.digest]


def test_a_version_this_program_does_not_have_has_no_digest(ledger: Ledger, record: Record):
    said = {"organisation": "controller", "rule_set": "a set of the future", "valid_from": "2027-01-01"}
    record("publish-rule-set", by=RECORDS_MANAGER, **said)

    assert [one.digest for one in published(ledger)] == [None]


def test_nobody_can_say_the_digest_of_a_version_themselves_ledg_04(record: Record):
    by = Caller(role="administrator", organisation="controller", subject="somebody")
    said = {"organisation": "controller", "rule_set": SOURCES[0].rule_set, "valid_from": "2026-01-01", "digest": "00"}
    with pytest.raises(Malformed, match="digest"):
        record("publish-rule-set", by=by, **said)


if __name__ == "__main__":
    for each in SOURCES:
        sys.stdout.write(f'{each.rule_set}: digest="{digest_of(each)}"\n')
