"""The benchmarks run from end to end and give the shape that others read; how fast they are is not a test's affair."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import bench
from api.settings import read_settings
from bench.measure import QUICK, Row
from ledger.errors import Malformed
from ledger.store import postgres

TINY = dataclasses.replace(
    QUICK, append_seconds=0.05, clients=(1, 2), world_customers=6, rival_events=20, readings=2,
    events_small=300, events_large=900, customers_small=20, customers_large=60,
)  # fmt: skip


@pytest.mark.parametrize("name", bench.BENCHMARKS)
def test_a_tiny_run_gives_rows_of_the_shape_that_was_promised(server: postgres.Server, tmp_path: Path, name: str):
    settings = read_settings({"LEDGER_DATABASE_URL": server.conninfo(), "LEDGER_HOME": str(tmp_path)})
    rows = bench.run(settings, only=[name], scale=TINY)["rows"]
    assert rows
    for row in rows:
        assert row.keys() == {"what", "rival", "ours_per_s", "rival_per_s", "ratio", "target", "ok"}
        assert row["ours_per_s"] > 0
        assert row["rival_per_s"] > 0


def test_a_benchmark_there_is_not_is_refused(tmp_path: Path):
    with pytest.raises(Malformed, match="there are append, command, judge, import"):
        bench.run(read_settings({"LEDGER_HOME": str(tmp_path)}), only=["sleep"])


@pytest.mark.parametrize(("target", "ok"), [(2.0, True), (2.1, False), (None, True)])
def test_a_row_is_ok_when_its_ratio_reaches_the_target(target: float | None, *, ok: bool):
    row = Row(what="a", rival="b", ours_per_s=20, rival_per_s=10, target=target)
    assert (row.as_json()["ratio"], row.as_json()["ok"]) == (2.0, ok)
