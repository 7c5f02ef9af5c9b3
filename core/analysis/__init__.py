"""Pure functions over projections and events of finished runs.

`from core.analysis import load_run` is the door for analysts: a run as typed tables (run_tables.py; docs/analysis.md).
Importing this package loads nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.analysis.tables.run_tables import RunTables, load_run, tables_of

__all__ = ["RunTables", "load_run", "tables_of"]


def __getattr__(name: str) -> Any:
    """Load run_tables.py once one of its names is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from core.analysis.tables import run_tables as tables

    return getattr(tables, name)
