"""Builds a command as the world's files hold it, with an id drawn from the seed."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from api.world.people import drawn_uuid, instant

Command = dict[str, Any]


def command(dice: Random, type_: str, at: datetime, **fields: object) -> Command:
    """A command of this type at an instant; fields that are None are left out."""
    head = {"id": str(drawn_uuid(dice)), "type": type_, "occurred_at": instant(at)}
    return {**head, **{name: value for name, value in fields.items() if value is not None}}
