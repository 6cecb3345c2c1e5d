"""What we claim about speed, measured beside what others would use, in the same run on the same server.

`run` is behind `ledger bench`. Each row holds two rates and their ratio, medians of several runs. It makes databases of
its own on the server the settings name and drops them again; the ledger's own database is never touched.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from api.casework.runtime import database
from api.settings import Settings
from bench import append, dss_import, due_list, judging, reading, rebuild, report, verify
from bench.measure import FULL, QUICK, Room, Row, Scale
from ledger.errors import Malformed

Benchmark = Callable[[Room, Scale], Iterable[Row]]
BENCHMARKS: dict[str, Benchmark] = {
    "append": append.rows,
    "command": append.whole_commands,
    "judge": judging.rows,
    "import": dss_import.rows,
    "rebuild": rebuild.rows,
    "verify": verify.rows,
    "report": report.rows,
    "due": due_list.rows,
    "pages": reading.rows,
}

Notify = Callable[[str], None]


def run(
    settings: Settings,
    *,
    quick: bool = False,
    only: Sequence[str] = (),
    events: int | None = None,
    notify: Notify = lambda _: None,
    scale: Scale | None = None,
) -> dict[str, Any]:
    """Measure everything, or what `only` names, and return `{"rows": […]}`.

    `events` is how large the ledger of the rebuild and of the report gets. Raises Malformed for a name there is not.
    """
    unknown = [name for name in only if name not in BENCHMARKS]
    if unknown:
        raise Malformed(f"There is no benchmark of that name; there are {', '.join(BENCHMARKS)}.")
    scale = scale or (QUICK if quick else FULL)
    if events is not None:
        scale = scale.of_events(events)
    rows: list[dict[str, Any]] = []
    with database(settings) as conninfo, tempfile.TemporaryDirectory(prefix="ledger-bench-") as directory:
        for name in only or BENCHMARKS:
            notify(f"measuring {name}")
            for row in BENCHMARKS[name](Room(conninfo=conninfo, directory=Path(directory), settings=settings), scale):
                rows.append(row.as_json())
                notify(row.sentence())
    return {"rows": rows}
