"""Who was put together, in a file per scene that a spreadsheet or a script can read without knowing the event log.

Owns `{scene_id}_matches.jsonl`. Must not decide anything and must not be read back by the engine: the event log is the
truth, this is a copy for people.
"""

from __future__ import annotations

import os
import urllib.parse
import weakref
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import msgspec

from core.clock import Clock, SystemClock
from core.runlog import files

MATCH_LOGS_DIR = "data/match_logs"

_LONGEST_STEM = 200
_WINDOWS_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))}


class ActivityLog(Protocol):
    """Whoever wants to hear of matches: called `log_activity("match_formed", details)` after the line is written."""

    def log_activity(self, event_type: str, details: dict[str, Any], /) -> object:
        """`details`: game_id, subjects [id], rtts_ms {id: ms | None}, matchmaker, scene_id, p2p_rtt_ms."""


@dataclass(frozen=True)
class MatchAssignment:
    """One group. `participants` is `[{"subject_id": …, "rtt_ms": server RTT in ms or None}]`; `timestamp` Unix seconds.

    `p2p_rtt_ms` is the worst pair's measured round trip (None: no probe was asked for); `max_p2p_rtt_ms` the threshold
    in force (None: none); `forced` says that the operator put the group together.
    """

    timestamp: float
    scene_id: str
    game_id: str
    participants: list[dict[str, Any]]
    matchmaker_class: str
    p2p_rtt_ms: float | None = None
    max_p2p_rtt_ms: int | None = None
    forced: bool = False


class MatchAssignmentLogger:
    """Appends one line a match to `{match_logs_dir}/{scene_id}_matches.jsonl`, on disk when `log_match` returns.

    With `force_later(path)`, called after each line, the disk is not waited for: whoever is called sees to it.

    One for all scenes, no threads. `admin_aggregator`, if given, is told of each match (see ActivityLog). Raises
    LogWriteError if the directory or the line cannot be written.
    """

    def __init__(
        self,
        admin_aggregator: ActivityLog | None = None,
        match_logs_dir: str | os.PathLike[str] = MATCH_LOGS_DIR,
        *,
        clock: Clock | None = None,
        force_later: Callable[[Path], None] | None = None,
    ) -> None:
        self.admin_aggregator = admin_aggregator
        self.match_logs_dir = Path(match_logs_dir)
        self._clock = clock if clock is not None else SystemClock()
        self._force_later = force_later
        self._paths: dict[str, Path] = {}
        self._fds: dict[Path, int] = {}
        weakref.finalize(self, _close_all, self._fds)
        try:
            self.match_logs_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise files.write_error(self.match_logs_dir, error, "make the folder") from error

    def log_match(
        self,
        scene_id: str,
        game_id: str,
        matched_candidates: Iterable[Any],
        matchmaker_class: str | type | object,
        *,
        p2p_rtt_ms: float | None = None,
        max_p2p_rtt_ms: int | None = None,
        forced: bool = False,
        timestamp: float | None = None,
    ) -> MatchAssignment:
        """Write one match and tell the aggregator.

        `matched_candidates` have `subject_id` and `rtt_ms` (attributes or keys); `matchmaker_class` is a name, a class
        or a matchmaker; `timestamp` (Unix seconds) is the clock's unless given.
        """
        assignment = MatchAssignment(
            timestamp=self._clock.time() if timestamp is None else timestamp,
            scene_id=scene_id,
            game_id=game_id,
            participants=[_participant(candidate) for candidate in matched_candidates],
            matchmaker_class=_class_name(matchmaker_class),
            p2p_rtt_ms=p2p_rtt_ms,
            max_p2p_rtt_ms=max_p2p_rtt_ms,
            forced=forced,
        )
        path = self._paths.get(scene_id)
        if path is None:
            path = self._paths[scene_id] = self.path_for(scene_id)
        self._append(path, msgspec.json.encode(assignment) + b"\n")
        if self.admin_aggregator is not None:
            self.admin_aggregator.log_activity("match_formed", _details(assignment))
        return assignment

    def path_for(self, scene_id: str) -> Path:
        """Where the matches of this scene are written; whatever the id holds, it is a file in `match_logs_dir`."""
        return self.match_logs_dir / f"{_file_stem(scene_id)}_matches.jsonl"

    def keep_only(self, game_ids: Container[str]) -> None:
        """Take out matches that came to nothing, because the engine was ended before it had written the event that
        follows each line here. Raises LogWriteError.
        """
        for path in sorted(self.match_logs_dir.glob("*_matches.jsonl")):
            try:
                lines = path.read_bytes().splitlines(keepends=True)
                kept = [line for line in lines if _game_in(line) in game_ids]
                if kept != lines:
                    files.replace_file(path, b"".join(kept))
            except OSError as error:
                raise files.write_error(path, error) from error

    def close(self) -> None:
        """Close the files; another match opens its scene's again. Twice does no harm."""
        _close_all(self._fds)

    def _append(self, path: Path, line: bytes) -> None:
        try:
            fd = self._fds.get(path)
            if fd is None:
                fd = self._open(path)
            files.write_all(fd, line)
            if self._force_later is not None:
                self._force_later(path)
            elif files.can_be_synced(fd):
                files.sync_to_disk(fd)
        except OSError as error:
            raise files.write_error(path, error) from error

    def _open(self, path: Path) -> int:
        """Kept open from the first match on; somebody's crash in the middle of a line stays on a line of its own."""
        torn = files.lacks_last_newline(path)
        fd = self._fds[path] = files.open_append(path)
        if torn:
            files.write_all(fd, b"\n")
        return fd


def _close_all(fds: dict[Path, int]) -> None:
    while fds:
        os.close(fds.popitem()[1])


def _participant(candidate: Any) -> dict[str, Any]:
    if hasattr(candidate, "subject_id"):
        return {"subject_id": candidate.subject_id, "rtt_ms": getattr(candidate, "rtt_ms", None)}
    return {"subject_id": candidate["subject_id"], "rtt_ms": candidate.get("rtt_ms")}


def _game_in(line: bytes) -> str:
    """Which game a line is of; empty for a torn one."""
    try:
        return msgspec.json.decode(line, type=_GameOf).game_id
    except (ValueError, RecursionError):
        return ""


class _GameOf(msgspec.Struct):
    game_id: str


def _class_name(matchmaker: str | type | object) -> str:
    if isinstance(matchmaker, str):
        return matchmaker
    return matchmaker.__name__ if isinstance(matchmaker, type) else type(matchmaker).__name__


def _details(assignment: MatchAssignment) -> dict[str, Any]:
    return {
        "game_id": assignment.game_id,
        "subjects": [participant["subject_id"] for participant in assignment.participants],
        "rtts_ms": {participant["subject_id"]: participant["rtt_ms"] for participant in assignment.participants},
        "matchmaker": assignment.matchmaker_class,
        "scene_id": assignment.scene_id,
        "p2p_rtt_ms": assignment.p2p_rtt_ms,
    }


def _file_stem(scene_id: str) -> str:
    """The scene id with whatever a file name cannot hold written as %XX; plain ids stay as they are."""
    if not isinstance(scene_id, str) or not scene_id:
        raise ValueError(f"A scene id must be text that is not empty, not {scene_id!r}.")
    stem = urllib.parse.quote(scene_id, safe=" ", errors="surrogatepass")
    if stem.startswith(".") or stem.split(".")[0].upper() in _WINDOWS_DEVICES:
        stem = stem.replace(".", "%2E")
    if len(stem) > _LONGEST_STEM:
        stem = f"{stem[:_LONGEST_STEM]}-{sha256(scene_id.encode(errors='surrogatepass')).hexdigest()[:12]}"
    return stem
