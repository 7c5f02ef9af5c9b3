"""`data/` of a run: what scenes collected, a file per scene, one JSON line a record.

Owns those files. They are a fold of the log (`game_data`, `page_completed`), there for scripts that do not want to
read it whole. Must not be read back by the engine.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from core import events as ev
from core.runlog import files
from core.runlog.lines import as_line
from core.runlog.tail import recent_lines


class SceneData:
    """Appends each record as it comes; one that is there already (`take_up`) is not written again. Raises LogWriteError
    if it cannot.
    """

    def __init__(self, data_dir: Path) -> None:
        self._dir = data_dir
        self._newest_seq: dict[str, int] = {}  # of the scenes whose files were taken up

    def take_up(self, scene_ids: Iterable[str]) -> None:
        """Go on with the files of an engine that was ended: all events follow once more. Raises LogReadError."""
        for scene_id in scene_ids:
            path = self._path(scene_id)
            if files.lacks_last_newline(path):
                self._write(path, b"\n")
            for newest in recent_lines(path, 1):
                self._newest_seq[scene_id] = newest["seq"]

    def takes(self, event_type: type[ev.Event]) -> bool:
        """Whether events of this type may hold a record."""
        return event_type in (ev.GameData, ev.PageCompleted)

    def apply(self, event: ev.Event) -> None:
        """Write the record an event holds, if it holds one."""
        if isinstance(event, ev.GameData):
            self._append(event.scene_id, event, game_id=event.game_id, data=event.data)
        elif isinstance(event, ev.PageCompleted) and event.data is not None:
            self._append(event.scene_id, event, game_id=None, data=event.data)

    def _append(self, scene_id: str, event: ev.GameData | ev.PageCompleted, **fields: Any) -> None:
        if event.seq <= self._newest_seq.get(scene_id, 0):
            return
        record = {"timestamp": event.timestamp, "seq": event.seq, "subject_id": event.subject_id, **fields}
        self._write(self._path(scene_id), as_line(msgspec.json.encode(record)))

    def _path(self, scene_id: str) -> Path:
        return self._dir / f"{scene_id}.jsonl"  # the loader lets only plain names be scene ids, never paths

    def _write(self, path: Path, line: bytes) -> None:
        try:
            fd = files.open_append(path)
            try:
                files.write_all(fd, line)
            finally:
                os.close(fd)
        except OSError as error:
            raise files.write_error(path, error) from error
