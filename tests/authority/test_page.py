"""The page an auditor reads is the matrix that is tested."""

from __future__ import annotations

from tests.authority.expected import CALLERS
from tests.authority.matrix import COLUMNS, PAGE, page


def test_the_page_about_authority_is_up_to_date():
    assert PAGE.read_text("utf-8") == page(), "write it with: python -m tests.authority.matrix"


def test_the_page_has_a_column_for_every_caller():
    assert {*COLUMNS} == {*CALLERS}
