"""A mutation run over the checks: which small changes of the rules no case of the corpus sees.

`python -m tests.rules.mutations` changes one module after another in its own process, judges the corpus after every
change until a verdict differs, and prints the changes that no verdict showed: they are in `docs/rule-mutations.md` with
the reason. Full names of modules, such as `ledger.rules.consent`, limit the run to those. The whole run takes about
half an hour of one processor; no test starts it.
"""

from __future__ import annotations

import ast
import importlib
import random
import sys
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.rules.bases import basis_of
from ledger.rules.catalogue import RULES
from ledger.rules.facts import Facts
from ledger.rules.rule import Broken, Rule, applying, broken_by
from tests.rules.corpus import Case, corpus, facts_of
from tests.rules.mutants import Mutant, mutants_of
from tests.rules.worlds import WORLDS, registers_of

ALONE = (
    "ledger.rules.scope", "ledger.rules.data_items", "ledger.rules.channel_system", "ledger.rules.channel_email",
    "ledger.rules.channel_telephone", "ledger.rules.channel_post", "ledger.rules.channels", "ledger.rules.security",
    "ledger.rules.inform", "ledger.rules.consent", "ledger.rules.recipients", "ledger.rules.sources",
    "ledger.rules.retention", "ledger.rules.further_rights",
)  # fmt: skip
"""Modules whose checks no other module calls: only their own rules are judged."""
SHARED = (
    "ledger.rules.channel_hand", "ledger.rules.purposes", "ledger.rules.bases", "ledger.rules.fitting_consents",
    "ledger.codes.consent_scopes", "ledger.codes.channels",
)  # fmt: skip
"""Modules whose functions other checks call too: every rule is judged."""
OF_FACTS = (
    "ledger.rules.parties", "ledger.codes.items", "ledger.names", "ledger.rules.facts", "ledger.rules.rule",
)  # fmt: skip
"""Modules that facts are made with: every rule is judged, on facts made anew for each mutant."""
UNREACHED = frozenset({
    "_CODES", "CARRIED_BY", "_BY_SHORT_NAME", "_BY_COLUMN", "ETHNIC_GROUP", "HEALTH", "_IN_SHORT", "COLUMNS",
    "NAMES_OF_ITEMS", "items_named", "items_in_field", "is_field",
    "may_overlap", "_known", "each_once", "_by_name", "UNITED_KINGDOM", "is_abroad", "WITHDRAWN_BY",
    "WITHDRAWN_FROM_NHS_BY", "CONSENT_CHANNELS", "OTHER_CHANNEL", "channel_of", "SCOPES", "_COMPANIES", "_OTHERS",
    "_CONTACT", "Scope", "RESEARCH", "BASES", "name_in", "_NAME_FIELDS", "SOURCES", "DIGESTS", "Source", "GUIDANCE",
    "NOTICE", "EARLIER_NOTICE", "NHS_POLICY", "STRATEGY", "ANSWERS", "Rule", "Broken", "_RulesKey", "Asked", "KIND",
    "Severity", "Answer", "Status",
})  # fmt: skip
"""What no check calls: names for reports, forms, pages and exports, and declarations, which the digest covers."""

Verdicts = tuple[Broken, ...]


class Run:
    """The corpus, in an order that finds differences early, with the verdicts before any change."""

    def __init__(self) -> None:
        cases = list(corpus())
        random.Random(1).shuffle(cases)
        self.cases: Sequence[Case] = cases
        self.facts: Sequence[Facts] = [facts_of(case) for case in cases]
        self.before: Sequence[Verdicts] = [
            broken_by(facts, applying(facts, facts.registers.day, RULES).rules) for facts in self.facts
        ]

    def survived(self, module: str) -> bool:
        """Whether every verdict is as before while a changed module stands in for this one."""
        own = [rule for rule in RULES if rule.check is not None and rule.check.__module__ == module]
        alone = module in ALONE
        ids = {rule.id for rule in own}
        forget()
        for case, facts, before in zip(self.cases, self.facts, self.before, strict=True):
            try:
                known = facts_of(case) if module in OF_FACTS else facts
                rules: Sequence[Rule] = own if alone else RULES
                found = broken_by(known, applying(known, known.registers.day, rules).rules)
            except Exception:  # noqa: BLE001 (a change that breaks the program is seen)
                return False
            expected = [broken for broken in before if broken.rule.id in ids] if alone else before
            if _plain(found) != _plain(expected):
                return False
        return True


def _plain(verdicts: Sequence[Broken]) -> list[Any]:
    return [
        (broken.rule.id, broken.severity, broken.answer, broken.fields, broken.items, broken.way_out)
        for broken in verdicts
    ]


def forget() -> None:
    """Forget what the registers remember of answers, and whatever else is kept from one question to the next."""
    for world in WORLDS:
        for on in registers_of(world)._days.values():
            on._answers.clear()
    basis_of.cache_clear()


def _of_rules() -> Mapping[str, types.ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.startswith("ledger.") and module is not None}


@contextmanager
def standing_in(module: types.ModuleType, tree: ast.Module) -> Iterator[None]:
    """The changed module in the place of the module: code of functions, and tables wherever they were imported."""
    made: dict[str, Any] = {"__name__": module.__name__, "__file__": module.__file__, "__package__": module.__package__}
    exec(compile(tree, str(module.__file__), "exec"), made)  # noqa: S102 (our own text, changed by a mutator)
    undo: list[Any] = []
    try:
        for name, new in made.items():
            old = vars(module).get(name)
            if old is None or name.startswith("__") or old is new:
                continue
            for before, after in _functions(old, new):
                undo.append((before, before.__code__))
                before.__code__ = after.__code__
            if name not in UNREACHED and not isinstance(old, type) and not callable(old) and old != new:
                for place in _of_rules().values():
                    for other, value in list(vars(place).items()):
                        if value is old:
                            undo.append((place, other, old))
                            setattr(place, other, new)
        yield
    finally:
        for step in reversed(undo):
            if len(step) == 2:
                step[0].__code__ = step[1]
            else:
                setattr(*step)


def _functions(old: Any, new: Any) -> Iterator[tuple[Any, Any]]:
    """The functions of ours behind a name, with those that take their place: of a class, its methods."""
    old, new = getattr(old, "__wrapped__", old), getattr(new, "__wrapped__", new)
    if isinstance(old, types.FunctionType) and isinstance(new, types.FunctionType):
        yield old, new
    elif isinstance(old, type) and isinstance(new, type) and old.__module__ == new.__module__:
        for name, method in vars(old).items():
            after = vars(new).get(name)
            if not isinstance(method, types.FunctionType) or not isinstance(after, types.FunctionType):
                continue
            if method.__code__.co_filename == after.__code__.co_filename:
                yield method, after


def main(modules: Sequence[str]) -> None:
    """Try every mutant of these modules, and print those that no verdict shows."""
    run, began = Run(), time.process_time()
    tried, survivors = 0, 0
    for name in modules:
        module = importlib.import_module(name)
        text = Path(str(module.__file__)).read_text(encoding="utf-8")
        with standing_in(module, ast.parse(text)):
            assert run.survived(name), (
                f"{name} stands in for itself and a verdict differs, so the run would show nothing"
            )
        of_module: list[Mutant] = []
        of_this = 0
        for mutant in mutants_of(text, UNREACHED):
            of_this += 1
            try:
                with standing_in(module, mutant.tree):
                    seen = not run.survived(name)
            except Exception:  # noqa: BLE001 (a module that cannot be loaded is seen)
                seen = True
            if not seen:
                of_module.append(mutant)
        forget()
        tried += of_this
        survivors += len(of_module)
        for mutant in of_module:
            sys.stdout.write(f"{name}:{mutant.line}: {mutant.change}\n")
        sys.stdout.write(f"{name}: {of_this} mutants, {len(of_module)} survived\n")
        sys.stdout.flush()
    spent = time.process_time() - began
    sys.stdout.write(f"{tried} mutants of {len(modules)} modules, {survivors} survived, {spent:.0f} s\n")


if __name__ == "__main__":
    main(sys.argv[1:] or [*ALONE, *SHARED, *OF_FACTS])
