"""The network, the browser and the folder for tests of the whole way through.

Must not hold expectations.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.end_to_end.stage import end_engine_of
from tests.one_host_lab import NoNetworkCard, one_host_lab

Lab = tuple[list[str], str]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    try:
        with one_host_lab() as prefix_and_address:
            yield prefix_and_address
    except NoNetworkCard as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def browser(lab: Lab) -> Iterator[Browser]:
    with Browser(prefix=lab[0]) as running:
        yield running


@pytest.fixture
def logs_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "logs"
    folder.mkdir()
    yield folder
    end_engine_of(folder)
