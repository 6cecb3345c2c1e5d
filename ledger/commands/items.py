"""Normalises the data items of a command to the codes of the catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ledger.codes.items import (
    IRRELEVANT,
    ITEM_NAMES,
    ITEMS,
    NHS_ITEMS,
    PRIORITY_GROUPS,
    SPECIAL,
    code_of,
    group_of,
)
from ledger.commands.declaration import Codes, Fields, known

ITEM_CODES: Codes = known(*ITEMS, *sorted(SPECIAL))
"""The codes of the guidance's items and of special categories; other items are recorded as written."""
GROUP_CODES: Codes = known(*PRIORITY_GROUPS)


def with_items(fields: Fields, *, groups: bool) -> dict[str, Any]:
    """The fields with items as the catalogue writes them.

    Which priority group somebody is in may tell their health, so the items say in clear that a group is meant and not
    which; which is kept where the event can seal it (`groups`), or where `values` say it.
    """
    written = dict(fields)
    items, stated = (
        tuple(_WRITTEN.get(item.strip().casefold(), item) for item in fields.get(name) or ())
        for name in ("items", "priority_groups")
    )
    meant = tuple(dict.fromkeys((*stated, *(group for item in items if (group := group_of(item))))))
    if items:
        rest = (item for item in items if code_of(item) != "D29")
        written["items"] = tuple(dict.fromkeys((*rest, "D29") if meant else items))
    if meant and groups:
        written["priority_groups"] = meant
    return written


def items_written(fields: Fields, _: datetime) -> Fields:
    """The fields of an event that cannot seal a priority group, with its items as the catalogue writes them."""
    return with_items(fields, groups=False)


_WRITTEN = {
    item.casefold(): item
    for item in (*ITEMS, *ITEM_NAMES.values(), *PRIORITY_GROUPS, *SPECIAL, *IRRELEVANT, *NHS_ITEMS)
}
