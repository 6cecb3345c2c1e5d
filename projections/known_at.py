"""What was known at a moment: a prefix of the ledger, whatever the clocks of the hosts that wrote it.

"As known at T" is the longest prefix of which no entry was recorded after T (D49). So every entry that is
left out comes after one that was recorded later than T, and no answer holds an entry without those before it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import tuple_row

_BY_BLOCKS = b"SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off"
"""How to plan the last look: by the index of the latest times, which the planner would not choose."""


def position_at(connection: psycopg.Connection[Any], moment: datetime) -> int:
    """The last position of the longest prefix of the ledger whose latest recorded time is at most `moment`; or 0.

    Halving finds an entry in time whose next one is later. That is the end of the prefix, unless an entry before it was
    recorded later still, by a host whose clock was fast.
    """
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        in_time, late = 0, _head(cursor) + 1
        while late - in_time > 1:
            middle = (in_time + late) // 2
            row = cursor.execute(
                "SELECT recorded_at <= %s FROM ledger.event WHERE position = %s", [moment, middle]
            ).fetchone()
            if row == (True,):
                in_time = middle
            else:
                late = middle
        cursor.execute(_BY_BLOCKS)
        # The sum keeps PostgreSQL from walking the positions until one fits.
        earlier = cursor.execute(
            "SELECT min(position + 0) FROM ledger.event WHERE position <= %s AND recorded_at > %s", [in_time, moment]
        ).fetchone()
    return in_time if earlier is None or earlier[0] is None else int(earlier[0]) - 1


def _head(cursor: psycopg.Cursor[Any]) -> int:
    row = cursor.execute("SELECT position FROM ledger.head").fetchone()
    return int(row[0]) if row else 0
