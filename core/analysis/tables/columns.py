"""The columns of each table and what they hold, for whatever reads or writes tables.

Owns the order and kinds of columns, taken from rows.py. Must not import pyarrow before a table is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

from core.analysis.tables import rows

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["text", "json", "number", "whole", "yes_no", "list"]


class Column(NamedTuple):
    """A column's name and what its cells hold: `json` is text that is JSON, `list` a list of texts."""

    name: str
    kind: Kind


_JSON: Final = frozenset(("data", "json"))
_ROWS: Final[dict[str, type[msgspec.Struct]]] = {
    "participants": rows.ParticipantRow,
    "waits": rows.WaitRow,
    "probes": rows.ProbeRow,
    "samples": rows.SampleRow,
    "matches": rows.MatchRow,
    "events": rows.EventRow,
}
_KINDS: Final[dict[type, Kind]] = {str: "text", float: "number", int: "whole", bool: "yes_no", list: "list"}


def _plain(hint: Any) -> type:
    """Float | None → float; list[str] → list; a Literal of words → str."""
    if get_origin(hint) is list:
        return list
    if isinstance(hint, type):
        return hint
    inner = next(part for part in get_args(hint) if part is not type(None))
    return str if isinstance(inner, str) else inner


def _columns(row: type[msgspec.Struct]) -> tuple[Column, ...]:
    hints = get_type_hints(row)
    return tuple(
        Column(name, "json" if name in _JSON else _KINDS[_plain(hints[name])]) for name in row.__struct_fields__
    )


COLUMNS: Final[dict[str, tuple[Column, ...]]] = {name: _columns(row) for name, row in _ROWS.items()}
"""By table: `participants`, `waits`, `probes`, `samples`, `matches`, `events`."""


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """The columns as pyarrow has them: text, float64, int64, bool, or a list of text."""
    import pyarrow as pa

    types = {
        "text": pa.string(), "json": pa.string(), "number": pa.float64(), "whole": pa.int64(), "yes_no": pa.bool_(),
        "list": pa.list_(pa.string()),
    }  # fmt: skip
    return pa.schema([pa.field(column.name, types[column.kind]) for column in columns])


def table_of(name: str, found: Iterable[Any]) -> pa.Table:
    """Rows of one kind as a pyarrow table."""
    import pyarrow as pa

    schema = arrow_schema(COLUMNS[name])
    kept = list(found)
    return pa.table({column: [getattr(row, column) for row in kept] for column in schema.names}, schema=schema)
