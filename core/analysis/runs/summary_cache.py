"""Figures of logs kept from one look to the next, in a SQLite file that may be deleted at any time.

Owns that file. What it holds counts only under the key it was stored with, so it can be old but never wrong; a file
that cannot be used costs time and nothing else. Must not know what the figures are.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

CACHE_FILE: Final = ".greenroom_index.sqlite"
_WAIT_S: Final = 1.0  # for another console that is writing
_TABLE: Final = "CREATE TABLE IF NOT EXISTS runs (path BLOB PRIMARY KEY, key TEXT NOT NULL, figures BLOB NOT NULL)"

Kept = tuple[str, bytes]


class SummaryCache:
    """Kept in the first of `places` that can be written to; where none can, nothing is kept.

    `version` is that of what is stored: a file of another version is emptied.
    """

    def __init__(self, places: Iterable[Path], version: int) -> None:
        self._version = version
        self._places = list(places)

    def load(self) -> dict[Path, Kept]:
        """Key and figures of every run that is kept."""
        for place in self._places:
            with contextlib.suppress(sqlite3.Error, OSError), contextlib.closing(_connect(place, "ro")) as connection:
                if connection.execute("PRAGMA user_version").fetchone() == (self._version,):
                    kept = connection.execute("SELECT path, key, figures FROM runs").fetchall()
                    return {Path(os.fsdecode(row[0])): row[1:] for row in kept if _is_ours(*row)}
        return {}

    def store(self, kept: Mapping[Path, Kept], gone: Collection[Path] = ()) -> Path | None:
        """Keep these, and no longer those that are gone. Returns where; None if it was not possible."""
        for place in self._places:
            try:
                try:
                    self._store(place, kept, gone)
                except sqlite3.OperationalError:  # read-only, locked, the disk full: as it is, it may serve others
                    continue
                except sqlite3.DatabaseError:  # broken, or no database: made anew
                    place.unlink()
                    self._store(place, kept, gone)
            except (sqlite3.Error, OSError):
                continue
            return place
        return None

    def _store(self, place: Path, kept: Mapping[Path, Kept], gone: Collection[Path]) -> None:
        with contextlib.closing(_connect(place, "rwc")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("PRAGMA user_version").fetchone() != (self._version,):
                connection.execute("DROP TABLE IF EXISTS runs")
                connection.execute(f"PRAGMA user_version = {int(self._version)}")
            connection.execute(_TABLE)
            rows = [(os.fsencode(path), key, figures) for path, (key, figures) in kept.items()]
            connection.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", rows)
            connection.executemany("DELETE FROM runs WHERE path = ?", [(os.fsencode(path),) for path in gone])
            connection.execute("COMMIT")


def _is_ours(path: object, key: object, figures: object) -> bool:
    """SQLite keeps whatever somebody puts into a column."""
    return isinstance(path, bytes) and isinstance(key, str) and isinstance(figures, bytes)


def _connect(place: Path, mode: str) -> sqlite3.Connection:
    """Opened, but its folder is not made: it is where the runs are, or app's."""
    return sqlite3.connect(f"{place.absolute().as_uri()}?mode={mode}", uri=True, timeout=_WAIT_S, isolation_level=None)
