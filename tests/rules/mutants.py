"""The ways in which a module of rules is changed for a mutation run: one small change of its syntax tree at a time."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

Change = Callable[[ast.AST], None]
_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OTHER = {"any": "all", "all": "any", "min": "max", "max": "min"}


class Mutant(NamedTuple):
    """One change of a module: where, which, and the whole changed module."""

    line: int
    change: str
    tree: ast.Module


def mutants_of(text: str, unreached: frozenset[str]) -> Iterator[Mutant]:
    """Every mutant of a module's text, without the functions and tables named, which no check ever asks."""
    tree = ast.parse(text)
    tree.body = [node for node in tree.body if "RULES" not in _names_of(node)]
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if _names_of(node) & unreached or _is_docstring(node) or isinstance(node, ast.ImportFrom | ast.Import)
        for inner in ast.walk(node)
    }
    skipped |= {id(inner) for annotation in _annotations(tree) for inner in ast.walk(annotation)}
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in skipped:
            continue
        for name, change in _changes(node):
            changed = copy.deepcopy(tree)
            change(next(inner for index, inner in enumerate(ast.walk(changed)) if index == place))
            yield Mutant(getattr(node, "lineno", 0), name, ast.fix_missing_locations(changed))


def _names_of(node: ast.AST) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            named = (target.elts if isinstance(target, ast.Tuple) else [target] for target in targets)
            return {target.id for group in named for target in group if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
        case _:
            return set()


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _annotations(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        found = [getattr(node, name, None) for name in ("annotation", "returns")]
        yield from (annotation for annotation in found if isinstance(annotation, ast.AST))


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """The changes of one node, each with a name; a change is made in a copy of the node."""
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                flipped = _FLIPPED[type(op)]
                yield f"{type(op).__name__} to {flipped.__name__}", _set_item("ops", place, flipped())
        case ast.BoolOp(op=op):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield f"{type(op).__name__} to {type(other).__name__}", _set("op", other)
            for place in range(len(node.values)):
                yield f"operand {place} dropped: {ast.unparse(node.values[place])}", _drop("values", place)
        case ast.UnaryOp(op=ast.Not()):
            yield "not dropped", _negate("operand")
        case ast.If() | ast.IfExp():
            yield f"condition negated: {ast.unparse(node.test)}", _negate("test")
        case ast.comprehension(ifs=ifs):
            for place, condition in enumerate(ifs):
                yield f"filter dropped: {ast.unparse(condition)}", _drop("ifs", place)
        case ast.Return(value=value) if value is not None and ast.unparse(value) != "None":
            yield f"returns None and not {ast.unparse(value)}", _set("value", ast.Constant(None))
        case ast.Constant(value=bool() as value):
            yield f"{value} to {not value}", _set("value", not value)
        case ast.Constant(value=int() as value):
            yield f"{value} to {value + 1}", _set("value", value + 1)
            yield f"{value} to {value - 1}", _set("value", value - 1)
        case ast.Constant(value=str() as value) if value:
            yield f"{value!r} to another text", _set("value", f"{value}q7")
            yield from _shorter(value)
        case ast.Set(elts=elements) | ast.Tuple(elts=elements) | ast.List(elts=elements) if len(elements) > 1:
            for place, element in enumerate(elements):
                yield f"{ast.unparse(element)} dropped", _drop("elts", place)
        case ast.Dict(keys=keys):
            for place, key in enumerate(keys):
                yield f"entry {ast.unparse(key) if key else ''} dropped", _drop_entry(place)
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _OTHER:
            yield f"{name} to {_OTHER[name]}", _set("func", ast.Name(_OTHER[name], ast.Load()))
        case ast.Call(func=ast.Name(id="found"), args=arguments, keywords=keywords):
            for place, argument in enumerate(arguments):
                yield f"field {ast.unparse(argument)} dropped", _drop("args", place)
            for place, keyword in enumerate(keywords):
                yield f"{keyword.arg} dropped", _drop("keywords", place)
        case _:
            pass


def _shorter(value: str) -> Iterator[tuple[str, Change]]:
    """A text without one of its words, or a pattern without one of its alternatives or its optional parts."""
    if re.fullmatch(r"[a-z_0-9]+(?: [a-z_0-9]+){3,}", value.strip()):
        words = value.split()
        for place, word in enumerate(words):
            yield f"word {word} dropped", _set("value", f" {' '.join([*words[:place], *words[place + 1 :]])} ")
    for mark in ("|", "?"):
        for place in (found.start() for found in re.finditer(re.escape(mark), value)):
            end = min(
                [found for found in (value.find(stop, place + 1) for stop in "|)") if found > 0], default=len(value)
            )
            shorter = value[:place] + (value[end:] if mark == "|" else value[place + 1 :])
            try:
                re.compile(shorter)
            except re.error:
                continue
            yield f"pattern {value[place:end]!r} cut: {shorter!r}", _set("value", shorter)


def _set(name: str, value: object) -> Change:
    return lambda node: setattr(node, name, value)


def _set_item(name: str, place: int, value: object) -> Change:
    return lambda node: getattr(node, name).__setitem__(place, value)


def _drop(name: str, place: int) -> Change:
    return lambda node: getattr(node, name).__delitem__(place)


def _drop_entry(place: int) -> Change:
    def drop(node: ast.AST) -> None:
        _drop("keys", place)(node)
        _drop("values", place)(node)

    return drop


def _negate(name: str) -> Change:
    return lambda node: setattr(node, name, ast.UnaryOp(ast.Not(), getattr(node, name)))
