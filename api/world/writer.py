"""A command as the world's files hold it: numbered from the seed and dated; it knows nobody's story."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from api.world.people import drawn_uuid, instant

Command = dict[str, Any]


def told(dice: Random, type_: str, at: datetime, **said: object) -> Command:
    """One command; what is None is not said."""
    head = {"id": str(drawn_uuid(dice)), "type": type_, "occurred_at": instant(at)}
    return {**head, **{name: value for name, value in said.items() if value is not None}}
