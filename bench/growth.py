"""Ledgers that are large in no time, to measure reading by: every row is there, but their proofs are void."""

from __future__ import annotations

import psycopg

_INTO = """
INSERT INTO ledger.event (position, id, stream, version, type, type_version, class, part, occurred_at, recorded_at,
                          actor, facts, commitment, previous, leaf)
"""

_MULTIPLY = (
    _INTO
    + """
SELECT e.position + c.number * %(events)s, gen_random_uuid(),
       md5(e.stream || ' ' || c.number || ' of ' || %(events)s)::uuid, e.version, e.type, e.type_version, e.class,
       e.part, e.occurred_at, e.recorded_at, e.actor, e.facts, e.commitment, e.previous, e.leaf
FROM generate_series(1, %(copies)s) AS c (number) CROSS JOIN ledger.event AS e
WHERE e.position <= %(events)s AND e.position + c.number * %(events)s <= %(upto)s
ORDER BY c.number, e.position
"""
)

_LEAVERS = (
    _INTO
    + """
SELECT 2 * n + v, gen_random_uuid(), md5('leaver' || n)::uuid, v,
       (ARRAY['customer-registered', 'service-ended'])[v], 1, (ARRAY['identity', 'payment_evidence'])[v], '', day, day,
       'system', '{"organisation": "0000000101"}', sha256('sealed'), CASE v WHEN 2 THEN sha256('before') END,
       sha256('leaf')
FROM generate_series(0, %(customers)s - 1) AS n CROSS JOIN generate_series(1, 2) AS v
CROSS JOIN LATERAL (
    SELECT timestamptz '2016-01-01 12:00Z' + make_interval(days => (n::bigint * 7919 %% 3900)::integer)) AS d (day)
ORDER BY n, v
"""
)


def multiply(conninfo: str, upto: int) -> int:
    """Copy every event under other customers' ids until there are `upto`; returns how many there are."""
    with psycopg.connect(conninfo) as connection:
        row = connection.execute("SELECT position FROM ledger.head").fetchone()
        events = int(row[0]) if row else 0
        if 0 < events < upto:
            parameters = {"events": events, "upto": upto, "copies": upto // events}
            connection.execute(_MULTIPLY.encode(), parameters)
            connection.execute("UPDATE ledger.head SET position = %s", [upto])
            events = upto
    _analyse(conninfo)
    return events


def leavers(conninfo: str, customers: int) -> int:
    """Fill an empty ledger with customers who registered and left, on days spread over ten years."""
    with psycopg.connect(conninfo) as connection:
        connection.execute(_LEAVERS.encode(), {"customers": customers})
        connection.execute("UPDATE ledger.head SET position = %s", [2 * customers])
    _analyse(conninfo)
    return 2 * customers


def _analyse(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) ledger.event")
