"""Processes compare the versions of views, so a version may hang on nothing but the view itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from projections.catalogue import VIEWS

ROOT = Path(__file__).parents[2]
SCRIPT = "from projections.catalogue import VIEWS; print(*(view.version for view in VIEWS))"
SURROUNDINGS = (
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "random", "PYTHONOPTIMIZE": "1"},
)


def versions_in(surroundings: dict[str, str]) -> list[str]:
    """The versions as a process of its own works them out."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **surroundings}
    done = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True, env=environment)
    return done.stdout.split()


def test_every_process_works_out_the_same_versions_whatever_its_hash_seed_zone_and_locale():
    assert [versions_in(surroundings) for surroundings in SURROUNDINGS] == [[view.version for view in VIEWS]] * 3
