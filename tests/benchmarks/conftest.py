"""When the benchmarks run, and where their table appears.

Must not measure. Named (`pytest tests/benchmarks`), they run; a plain `pytest` or `pytest tests` passes them by.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.table import Row, as_text

HERE = Path(__file__).parent
ROWS = pytest.StashKey[list[Row]]()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore what was not asked for by name."""
    named = [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]
    if collection_path.name == "test_all.py" and not any(HERE in (path, *path.parents) for path in named):
        return True
    return None


@pytest.fixture
def table(request: pytest.FixtureRequest) -> list[Row]:
    """Rows put here are printed at the end."""
    return request.config.stash.setdefault(ROWS, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One table, met or not."""
    rows = config.stash.get(ROWS, [])
    if rows:
        terminalreporter.section("measured")
        terminalreporter.write(as_text(rows))
