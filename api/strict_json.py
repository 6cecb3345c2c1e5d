"""What a parser of JSON lets pass or refuses without saying where: a key that is named twice, half of a character.

Of a key that one object names twice the parser keeps the last value, so that one door would see another value than the
next. To look for one in every document costs as much as to parse it. So the keys of the parsed document are counted
against the text, and only where the counts differ is the text taken apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import orjson

_keys = re.compile(rb'"[ \t\r\n]*:').findall
_like_a_key = re.compile(r"[A-Za-z_][A-Za-z_]{0,59}[0-9]{0,2}").fullmatch
_surrogate = re.compile("[\ud800-\udfff]").search


class _Found(Exception):
    """Ends the parsing where something was found."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


def doubled_key(text: bytes, parsed: Any) -> str | None:  # noqa: ANN401 (JSON)
    """The first key that one object of a JSON text names twice; None when there is none. `parsed` is the text read."""
    # Single bytes are found ten times as fast as pairs, and these three stand in no JSON on one line.
    apart = b"\n" in text or b"\t" in text or b"\r" in text or b" :" in text
    written = len(_keys(text)) if apart else text.count(b'":')
    if written == _keys_of(parsed):
        return None
    return _first(text, _refuse_doubled)


def key_of_half_a_character(text: bytes) -> str | None:
    """The key whose value holds a lone surrogate, in a text that the parser refused; None when that is not why."""
    return _first(text, _refuse_surrogate)


def shown(key: str) -> str:
    """A key as a sentence may name it: one that is no field's may be personal data in the wrong place."""
    return f"field {key}" if _like_a_key(key) else "field with another name"


def is_json(text: bytes) -> bool:
    """Whether a text is one JSON value."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def depth(parsed: Any) -> int:  # noqa: ANN401 (JSON)
    """How deep lists and objects are nested: 0 for a text or a number."""
    deepest, waiting = 0, [(parsed, 0)]
    while waiting:
        value, above = waiting.pop()
        if isinstance(value, dict | list):
            deepest = max(deepest, above + 1)
            waiting += [(inner, above + 1) for inner in (value.values() if isinstance(value, dict) else value)]
    return deepest


def _keys_of(parsed: Any) -> int:  # noqa: ANN401 (JSON)
    count, waiting = 0, [parsed]
    while waiting:
        value = waiting.pop()
        if type(value) is dict:
            count += len(value)
            waiting += [inner for inner in value.values() if type(inner) is dict or type(inner) is list]
        elif type(value) is list:
            waiting += [inner for inner in value if type(inner) is dict or type(inner) is list]
    return count


_Pairs = Iterable[tuple[str, Any]]


def _first(text: bytes, look: Callable[[_Pairs], dict[str, Any]]) -> str | None:
    try:
        json.loads(text, object_pairs_hook=look, parse_constant=_no_constant)
    except _Found as found:
        return found.key
    except (ValueError, RecursionError):
        return None
    return None


def _no_constant(_: str) -> NoReturn:
    raise ValueError  # NaN and Infinity are no JSON


def _refuse_doubled(pairs: _Pairs) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise _Found(key)
        seen[key] = value
    return seen


def _refuse_surrogate(pairs: _Pairs) -> dict[str, Any]:
    made = dict(pairs)
    for key, value in made.items():
        texts = value if isinstance(value, list) else [value]
        if _surrogate(key) or any(isinstance(text, str) and _surrogate(text) for text in texts):
            raise _Found(key)
    return made
