"""The page an auditor reads is the matrix that is tested."""

from __future__ import annotations

import re
from pathlib import Path

from tests.authority.expected import CALLERS
from tests.authority.matrix import COLUMNS, PAGE, page


def test_the_page_about_authority_is_up_to_date():
    assert PAGE.read_text("utf-8") == page(), "write it with: python -m tests.authority.matrix"


def test_the_page_has_a_column_for_every_caller():
    assert {*COLUMNS} == {*CALLERS}


def test_every_test_that_the_page_about_threats_names_exists():
    root = Path(__file__).parents[2]
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (root / "docs" / "threats.md").read_text("utf-8"))
    assert named
    for file, test in named:
        assert f"def {test}(" in (root / file).read_text("utf-8"), (file, test)
