r"""Tables as CSV files that spreadsheets and programs read alike.

Owns how a value becomes a cell. The files are UTF-8 with a byte order mark: without it Excel takes umlauts for two
letters each, and pandas, DuckDB, pyarrow and R's readr skip it. Lines end in CR LF (RFC 4180). Must not know which
tables there are.

A cell of text can never be a formula: wherever a text, or what follows a semicolon, tab or line break in it (at which
spreadsheets of some countries cut), begins with = + - @, tab, CR or an apostrophe, an apostrophe is put before that
place; `text_of` takes it away again. In columns of JSON the character is written as \u00XX instead, so that the cell
is the same JSON. Numbers stay numbers. A NUL, which most readers stop at, becomes U+FFFD. Parquet has it all exactly.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec

from core.analysis.tables.columns import Column, Kind

_CUTS: Final = ";\t\r\n"
_STARTS: Final = "=+\\-@\t\r'＝＋－＠"
_RISKY: Final = re.compile(f"(^|[{_CUTS}])(?=[{_STARTS}])")
_GUARDED: Final = re.compile(f"(^|[{_CUTS}])'")
_RISKY_IN_JSON: Final = re.compile(f"(?<=;)[{_STARTS}]")


class CsvTables:
    """A folder with one file a table; rows of several runs follow one another. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, TextIO] = {}
        self._writers: dict[str, Any] = {}
        self._cells: dict[str, tuple[Callable[[Any], str], ...]] = {}
        self._lead: tuple[str, ...] = ()

    def begin(self, table: str, columns: Sequence[Column], place: dict[str, str]) -> None:
        """Rows of `table` follow, of the run at `place`, whose values stand in the first columns."""
        if table not in self._files:
            file = (self._folder / f"{table}.csv").open("w", encoding="utf-8-sig", errors="replace", newline="")
            self._files[table], self._writers[table] = file, csv.writer(file, lineterminator="\r\n")
            self._writers[table].writerow([*place, *(column.name for column in columns)])
        self._cells[table] = (*(_text for _ in place), *(CELLS[column.kind] for column in columns))
        self._lead = tuple(place.values())

    def write(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows, values in the order of the columns."""
        cells, lead = self._cells[table], self._lead
        self._writers[table].writerows(
            [cell(value) for cell, value in zip(cells, (*lead, *row), strict=True)] for row in rows
        )

    def end(self, table: str) -> None:
        """Nothing: the file goes on with the next run."""

    def close(self) -> None:
        """Everything is in the files after this."""
        for file in self._files.values():
            file.close()


def text_of(cell: str) -> str:
    """The text that a cell of text stands for."""
    return _GUARDED.sub(r"\1", cell)


@lru_cache(maxsize=10_000)  # ids come again and again
def _text(value: str) -> str:
    return _RISKY.sub(r"\1'", value).replace("\0", "\ufffd")


def _json(value: str) -> str:
    """JSON that is the same JSON and no formula; "" stays empty."""
    if "\t" in value or "\r" in value or (value and value[0] not in '{["-0123456789tfn'):
        value = msgspec.json.format(value, indent=-1)  # blanks between its parts may stand before a number
    if ";" not in value:
        return value
    return _RISKY_IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", value)


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "true" if value else "false"


def _list(value: list[str]) -> str:
    return _json(msgspec.json.encode(value).decode())


CELLS: Final[dict[Kind, Callable[[Any], str]]] = {
    "text": _text, "json": _json, "number": _number, "whole": _number, "yes_no": _yes_no, "list": _list,
}  # fmt: skip
