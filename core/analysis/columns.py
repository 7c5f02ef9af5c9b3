"""The columns of each table and their types, for whatever reads or writes tables.

Owns the order and types of columns, taken from rows.py. Must not import pyarrow before a table is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin, get_type_hints

import msgspec

from core.analysis import rows

if TYPE_CHECKING:
    import pyarrow as pa

ROW_OF: Final[dict[str, type[msgspec.Struct]]] = {
    "participants": rows.ParticipantRow,
    "waits": rows.WaitRow,
    "probes": rows.ProbeRow,
    "samples": rows.SampleRow,
    "matches": rows.MatchRow,
    "events": rows.EventRow,
}


def columns_of(name: str) -> tuple[str, ...]:
    """The names of a table's columns, in order."""
    return ROW_OF[name].__struct_fields__


def schema_of(name: str) -> pa.Schema:
    """A table's columns and types for pyarrow: text, float64, int64, bool, or a list of text."""
    import pyarrow as pa

    hints = get_type_hints(ROW_OF[name])
    types = {str: pa.string(), float: pa.float64(), int: pa.int64(), bool: pa.bool_(), list: pa.list_(pa.string())}
    return pa.schema([pa.field(column, types[_plain(hints[column])]) for column in columns_of(name)])


def table_of(name: str, found: Iterable[Any]) -> pa.Table:
    """Rows of one kind as a pyarrow table."""
    import pyarrow as pa

    schema = schema_of(name)
    kept = list(found)
    return pa.table({column: [getattr(row, column) for row in kept] for column in schema.names}, schema=schema)


def _plain(hint: Any) -> type:
    """Float | None → float; list[str] → list; a Literal of words → str."""
    inner = [part for part in get_args(hint) if part is not type(None)]
    if isinstance(hint, type) and get_origin(hint) is None:
        return hint
    if get_origin(hint) is list:
        return list
    return str if isinstance(inner[0], str) else inner[0]
