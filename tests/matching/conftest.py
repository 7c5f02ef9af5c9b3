"""The playbook as a fixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.matching.playbook import Playbook


@pytest.fixture
def playbook(tmp_path: Path) -> Iterator[Callable[..., Playbook]]:
    """Make a run: `playbook(max_p2p_rtt_ms=100, wait_s=60)`."""
    books: list[Playbook] = []

    def make(**settings: Any) -> Playbook:
        books.append(Playbook(tmp_path / str(len(books)), **settings))
        return books[-1]

    yield make
    for book in books:
        book.logger.close()


@pytest.fixture(params=[2, 3, 5])
def size(request: pytest.FixtureRequest) -> int:
    """How many play together: the rules hold for groups of any size."""
    return int(request.param)
