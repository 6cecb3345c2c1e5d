"""The people whom the routes, the pages and the command line are asked about: made once for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.authority.doors import Population
from tests.runtimes import Runtimes


@pytest.fixture(scope="package")
def population(runtimes: Runtimes) -> Iterator[Population]:
    with runtimes() as runtime:
        yield Population(runtime)
