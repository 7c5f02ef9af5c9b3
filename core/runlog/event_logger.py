"""The one writer of a run's log: an event is in the file when `append` or `log` returns.

Owns numbering, stamping and writing of events, and that a log which failed once never goes on as if it had not. Must
not interpret events: folds of them are projections.

Each event is one line, written with one `os.write` on a descriptor that stays open (DESIGN §6), and forced to disk by a
thread at most once a second, at a match and at the end. After a crash of the program everything written is there; after
a power cut at most the last second is missing.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.clock import Clock, SystemClock
from core.events import Event, MatchFormed, RunEnded
from core.runlog import files
from core.runlog.disk_sync import DiskSync
from core.runlog.files import LogWriteError
from core.runlog.lines import NotJsonError, encode_dict, encode_event
from core.runlog.run_directory import EVENTS_FILE, claim_events_file, point_latest
from core.runlog.tail import last_stamps, recent_lines

__all__ = ["EventLogger", "LogWriteError", "NotJsonError"]

DEFAULT_LOGS_DIR = "logs"
LEGACY_FILE = "run.jsonl"
_SYNC_AT_ONCE = frozenset({"match_formed", "run_ended"})
_SYNC_AT_ONCE_TYPES = frozenset({MatchFormed, RunEnded})


class EventLogger:
    """Writes events as JSON lines.

    Run mode, with `run_id` (and `logs_dir`, "logs" if not given): `{logs_dir}/{run_id}/events.jsonl`; earlier runs are
    kept, `{logs_dir}/latest` points at this one. A run id whose log exists already is never written into: the run gets
    `_2`, `_3`, … (`run_id` and `run_dir` say which), unless `resume` is set.

    Legacy mode, without `run_id`: one file, `output_file` or `{logs_dir}/run.jsonl`, cleared at start.

    `resume` continues an existing log in either mode: numbers and elapsed time go on after its last whole line, and a
    torn last line is closed with a newline, not removed.

    With `gather_bytes`, lines are written so many bytes at a time, and the last of them by `flush`, `sync`,
    `read_recent` and `close`: a simulation, which can be made again, has a fifteenth less to do like that.

    Attributes: `path` of the file; `run_dir` and `run_id` (None in legacy mode); `failure`, the LogWriteError that
    stopped this log, or None. May be used from several threads. Raises LogWriteError or RunDirectoryError (both
    OSError) if the file cannot be made.
    """

    def __init__(
        self,
        output_file: str | os.PathLike[str] | None = None,
        logs_dir: str | os.PathLike[str] | None = None,
        run_id: str | None = None,
        *,
        clock: Clock | None = None,
        fsync: bool = True,
        gather_bytes: int = 0,
        resume: bool = False,
    ) -> None:
        self._gather_bytes, self._gathered = gather_bytes, bytearray()
        self._closed = False
        self._clock: Clock = clock if clock is not None else SystemClock()
        self.run_id: str | None = None
        self.run_dir: Path | None = None
        self.failure: LogWriteError | None = None
        if run_id:
            self._fd = self._open_run(Path(logs_dir or DEFAULT_LOGS_DIR), run_id, resume)
        else:
            self.path = Path(output_file) if output_file else Path(logs_dir or DEFAULT_LOGS_DIR) / LEGACY_FILE
            self._fd = self._open_legacy(resume)
        self._close_fd = weakref.finalize(self, os.close, self._fd)
        self._lock = threading.Lock()
        on_disk = fsync and files.can_be_synced(self._fd)
        self._sync = DiskSync(self._fd, self._fail, path=self.path) if on_disk else None
        self._last_seq = 0
        self._start_s = self._clock.monotonic()
        if resume:
            self._continue_after_last_line()

    @property
    def elapsed_s(self) -> float:
        """What an event that is written at this moment carries."""
        return self._clock.monotonic() - self._start_s

    def append(self, event: Event) -> Event:
        """Stamp `seq`, `timestamp` and `elapsed_s` into the event, write it, and return it.

        Raises LogWriteError if it is not in the file, now and at every later call; NotJsonError, with nothing written
        and the log intact, if the event would not read back as it is.
        """
        self._lock.acquire()  # `with` takes twice as long, which is a hundredth of all a simulation does
        try:
            if self._closed or self.failure is not None:
                self._check_usable()
            event.seq = self._last_seq + 1
            event.timestamp = self._clock.time()
            event.elapsed_s = self.elapsed_s
            self._write(encode_event(event))
            self._last_seq = event.seq
            if self._sync is not None:
                self._sync.request(at_once=type(event) in _SYNC_AT_ONCE_TYPES)
        finally:
            self._lock.release()
        return event

    def log(self, event_type: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Write one line with `event_type`, `seq`, `timestamp`, `elapsed_s` and the keys of `data` at top level.

        For names and fields of one's own; the engine uses `append`. Returns what was written. Raises as `append`;
        NotJsonError also for a key that the log itself uses.
        """
        data = _checked(event_type, data)
        with self._lock:
            self._check_usable()
            stamps = {
                "seq": self._last_seq + 1,
                "timestamp": self._clock.time(),
                "elapsed_s": self.elapsed_s,
            }
            self._write(encode_dict(event_type, stamps, data))
            self._last_seq += 1
            if self._sync is not None:
                self._sync.request(at_once=event_type in _SYNC_AT_ONCE)
        return {"event_type": event_type, **stamps, **data}

    def read_recent(self, n: int) -> list[dict[str, Any]]:
        """The last `n` events as dicts, oldest first, read from the end of the file backwards."""
        with self._lock:
            self._write_gathered()
        return recent_lines(self.path, n)

    def flush(self) -> None:
        """Have what was written forced to disk within a second; returns immediately. `append` asks by itself."""
        with self._lock:
            self._check_usable()
            self._write_gathered()
            if self._sync is not None:
                self._sync.request()

    def force_too(self, path: Path) -> None:
        """Have this file, too, forced to disk when the log is the next time, before it; returns immediately."""
        if self._sync is not None:
            self._sync.also(path)

    def sync(self) -> None:
        """Force everything written to disk before returning: this waits for the disk. Raises LogWriteError."""
        with self._lock:
            self._check_usable()
            self._write_gathered()
            if self._sync is None:
                return
            try:
                files.sync_to_disk(self._fd)
            except OSError as error:
                self._fail(error)
                raise self._failed() from error

    def close(self) -> None:
        """Force the rest to disk, end the writer thread, close the file. Twice does no harm. Raises LogWriteError."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            failed_before = self.failure is not None
            try:
                if not failed_before:
                    self._write_gathered()
            finally:
                if self._sync is not None:
                    self._sync.finish()
                self._close_fd()
        if self.failure is not None and not failed_before:
            raise self._failed()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _open_run(self, logs_dir: Path, run_id: str, resume: bool) -> int:
        self.run_dir, fd = claim_events_file(logs_dir, run_id, resume=resume)
        self.run_id = self.run_dir.name
        self.path = self.run_dir / EVENTS_FILE
        try:
            point_latest(logs_dir, self.run_id)
        except OSError:
            os.close(fd)
            raise
        return fd

    def _open_legacy(self, resume: bool) -> int:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return files.open_append(self.path, truncate=not resume)
        except OSError as error:
            raise files.write_error(self.path, error, "open") from error

    def _continue_after_last_line(self) -> None:
        """Take up number and elapsed time; time that passed while nobody logged counts as elapsed."""
        if files.lacks_last_newline(self.path):
            self._write(b"\n")
        last = last_stamps(self.path)
        if last is not None:
            away_s = max(0.0, self._clock.time() - last.timestamp)
            self._last_seq = last.seq
            self._start_s = self._clock.monotonic() - last.elapsed_s - away_s

    def _write(self, line: bytes) -> None:
        if not self._gather_bytes:
            self._write_now(line)
            return
        self._gathered += line
        if len(self._gathered) >= self._gather_bytes:
            self._write_gathered()

    def _write_now(self, lines: bytes | bytearray) -> None:
        try:
            files.write_all(self._fd, lines)
        except OSError as error:
            self._fail(error)
            raise self._failed() from error

    def _write_gathered(self) -> None:
        lines, self._gathered = self._gathered, bytearray()
        if lines:
            self._write_now(lines)

    def _check_usable(self) -> None:
        if self.failure is not None:
            raise self._failed()
        if self._closed:
            raise LogWriteError(f"{self.path} is closed: nothing more can be written to it.")

    def _fail(self, error: OSError) -> None:
        if self.failure is None:
            self.failure = error if isinstance(error, LogWriteError) else files.write_error(self.path, error)

    def _failed(self) -> LogWriteError:
        """A new error for each raise, so that tracebacks do not pile up on one object."""
        assert self.failure is not None
        again = LogWriteError(*self.failure.args)
        again.errno = self.failure.errno
        return again


def _checked(event_type: str, data: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if not isinstance(event_type, str) or not event_type:
        raise NotJsonError(f"An event needs a name (text), not {event_type!r}.")
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise NotJsonError(f"{event_type}: the data must be a dict, not {type(data).__name__}.")
    return data
