"""Tables as one partitioned Parquet data set each: `{table}/experiment=…/run_id=…/part-0.parquet`.

Owns the layout ("hive": each folder's name is a column and its value, percent-encoded), which DuckDB, Spark, pyarrow
and pandas read as it is, whole or only the runs that a query asks for. So the two columns are in no file. Must not know
which tables there are.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.analysis.tables.columns import Column, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_AT_ONCE: Final = 20_000
_LONGEST: Final = 180  # file systems allow 255 bytes for "column=value"
NULL_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"  # how Hive, Spark, pyarrow and DuckDB write "no value"


class ParquetTables:
    """A folder with one data set a table. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, Any] = {}
        self._schemas: dict[str, pa.Schema] = {}

    def begin(self, table: str, columns: Sequence[Column], place: dict[str, str]) -> None:
        """Rows of `table` follow, of the run at `place` (column → value, each a level of folders)."""
        # Unless somebody imported it before: its own allocator takes 80 MB for what the system's does with 45.
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        import pyarrow.parquet as pq

        folder = self._folder.joinpath(table, *(f"{column}={folder_name(value)}" for column, value in place.items()))
        folder.mkdir(parents=True)
        schema = self._schemas[table] = arrow_schema(columns)
        self._writers[table] = pq.ParquetWriter(folder / "part-0.parquet", schema, compression="zstd")

    def write(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows, values in the order of the columns."""
        import pyarrow as pa

        schema = self._schemas[table]
        for some in _batches(rows):
            columns = zip(*some, strict=True)
            arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            self._writers[table].write_batch(pa.record_batch(arrays, schema=schema))

    def end(self, table: str) -> None:
        """No more rows of this table come of this run: each open file costs megabytes."""
        self._writers.pop(table).close()

    def close(self) -> None:
        """Everything is in the files after this."""
        while self._writers:
            self._writers.popitem()[1].close()


def folder_name(value: str) -> str:
    """A value as part of a folder's name, on every system: all but ASCII letters, digits, _ and - percent-encoded.

    What would become too long for a file system is cut, and ends in a digest of the whole.
    """
    if not value:
        return NULL_PARTITION
    encoded = "".join(map(_encoded, value))
    if len(encoded) <= _LONGEST:
        return encoded
    short = ""
    for character in value:
        if len(short) + len(_encoded(character)) > _LONGEST - 9:
            break
        short += _encoded(character)
    return f"{short}-{hashlib.sha256(value.encode()).hexdigest()[:8]}"


def _encoded(character: str) -> str:
    if character.isascii() and (character.isalnum() or character in "_-"):
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode())


def _batches(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    iterator = iter(rows)
    while some := list(itertools.islice(iterator, _ROWS_AT_ONCE)):
        yield some
