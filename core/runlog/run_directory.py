"""A run's own directory: made, named, described in `run.json`, found again.

Owns names and places (DESIGN §3, "Run directory") and `latest`. Must not write events, and must not remove or reuse
anything of an earlier run.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from core.events import SCHEMA_VERSION
from core.runlog import files

if TYPE_CHECKING:
    from core.clock import Clock

EVENTS_FILE = "events.jsonl"
MANIFEST_FILE = "run.json"
CONFIG_FILE = "config.yaml"
LATEST_LINK = "latest"
LATEST_TEXT = "latest.txt"

RunStatus = Literal["running", "ended", "failed"]

_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_RUN_ID = re.compile(r"(?P<base>run_\d{8}_\d{6})(?:_(?P<again>\d+))?")


class RunDirectoryError(OSError):
    """A run's directory cannot be made, written or read. The message names path, cause and remedy; `errno` is kept."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`run.json`. Times are Unix seconds. `status` "running" means that nobody ended the run: it may have crashed."""

    run_id: str
    schema_version: int = SCHEMA_VERSION
    program_version: str = ""
    experiment: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    status: RunStatus = "running"
    reason: str = ""
    simulated: bool = False


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One run in a list. `status` is "unknown" without a readable manifest, and `problem` then says why."""

    run_id: str
    path: Path
    status: Literal["running", "ended", "failed", "unknown"] = "unknown"
    started_at: float | None = None
    ended_at: float | None = None
    experiment: str = ""
    program_version: str = ""
    schema_version: int | None = None
    reason: str = ""
    events_bytes: int = 0
    problem: str = ""
    simulated: bool = False


class RunDirectory:
    """The places of one run: `.path`, `.run_id`, `.events_path`, `.match_logs_dir`, `.data_dir`, `.config_path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run_id = path.name
        self.events_path = path / EVENTS_FILE
        self.manifest_path = path / MANIFEST_FILE
        self.config_path = path / CONFIG_FILE
        self.match_logs_dir = path / "match_logs"
        self.data_dir = path / "data"

    @classmethod
    def create(cls, logs_dir: str | os.PathLike[str], *, clock: Clock, run_id: str | None = None) -> RunDirectory:
        """Make a new directory, with `match_logs` and `data` in it, named after the clock's time or `run_id`.

        A name that is taken gets `_2`, `_3`, … Two programs that ask at the same moment get two directories. Raises
        RunDirectoryError. Does not touch `latest`: the EventLogger does, when there is a log to point at.
        """
        logs_path = Path(logs_dir)
        first = _checked_run_id(run_id) if run_id else _run_id_at(clock.time())
        run = cls(_make_free(logs_path, first))
        try:
            run.match_logs_dir.mkdir()
            run.data_dir.mkdir()
            files.sync_directory(logs_path)
        except OSError as error:
            raise _cannot("make", run.path, error) from error
        return run

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> RunDirectory:
        """An existing run: its directory, a link to it (`latest`), `latest.txt`, or its events file.

        Raises RunDirectoryError if it is none, or may not be looked into.
        """
        given = Path(path)
        if given.name == LATEST_TEXT or (given.name == LATEST_LINK and files.kind_at(given) == "nothing"):
            given = latest(given.parent) or given
        if given.name == EVENTS_FILE and files.kind_at(given) == "file":
            given = given.parent
        there = _stat(given)
        if there is None or not stat.S_ISDIR(there.st_mode):
            what = "does not exist" if there is None else "is a file"
            raise RunDirectoryError(f"{given} {what}. Give the directory of a run, such as logs/run_20260131_142500.")
        found = given.resolve()
        if _stat(found / EVENTS_FILE) is None and _stat(found / MANIFEST_FILE) is None:
            raise RunDirectoryError(
                f"{given} is not a run: it holds neither {EVENTS_FILE} nor {MANIFEST_FILE}. "
                "Give the directory of a run, such as logs/run_20260131_142500."
            )
        return cls(found)

    def write_manifest(self, **fields: Any) -> Manifest:
        """Write `run.json` anew, atomically: what it says already, changed by `fields` (see Manifest).

        Raises RunDirectoryError if it cannot be written, TypeError or ValueError for a field that Manifest has not.
        """
        known = msgspec.structs.asdict(self.manifest()) if self.manifest_path.exists() else {"run_id": self.run_id}
        manifest = msgspec.convert(msgspec.structs.asdict(Manifest(**(known | fields))), Manifest)
        try:
            files.replace_file(self.manifest_path, msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        except OSError as error:
            raise _cannot("write", self.manifest_path, error) from error
        return manifest

    def manifest(self) -> Manifest:
        """What `run.json` says. Raises RunDirectoryError if it is missing, unreadable or broken."""
        try:
            return msgspec.json.decode(self.manifest_path.read_bytes(), type=Manifest)
        except OSError as error:
            raise RunDirectoryError(
                f"Could not read {self.manifest_path}: {error.strerror}. The events may still open without it."
            ) from error
        except (ValueError, RecursionError) as error:
            raise RunDirectoryError(
                f"{self.manifest_path} is not a manifest: {str(error)[:200]}. The events may still open without it."
            ) from error


def new_run_id(logs_dir: str | os.PathLike[str], now_unix_s: float) -> str:
    """`run_YYYYMMDD_HHMMSS` in local time, or the first of `…_2`, `…_3`, … that is free in `logs_dir`.

    Somebody else may take it before it is used: `RunDirectory.create` names and makes in one step.
    """
    return next(name for name in _names_from(_run_id_at(now_unix_s)) if not os.path.lexists(Path(logs_dir) / name))


def claim_events_file(logs_dir: Path, run_id: str, *, resume: bool = False) -> tuple[Path, int]:
    """The run's directory and an open descriptor of its events file, which did not exist before (or is resumed).

    If the log of that run id exists, the next free of `_2`, `_3`, … is made instead. Raises RunDirectoryError.
    """
    for name in _names_from(_checked_run_id(run_id)):
        run_dir = logs_dir / name
        try:
            run_dir.mkdir(parents=True, exist_ok=True)
            return run_dir, files.open_append(run_dir / EVENTS_FILE, exclusive=not resume)
        except FileExistsError as error:
            if not run_dir.is_dir():
                raise _cannot("make", run_dir, error) from error
        except OSError as error:
            raise _cannot("open", run_dir / EVENTS_FILE, error) from error
    raise AssertionError("the names never run out")


def point_latest(logs_dir: str | os.PathLike[str], run_id: str) -> None:
    """Make `{logs_dir}/latest` a relative symlink to the run, atomically; `latest.txt` where links are refused.

    Only one of the two is left, so that they cannot contradict each other. Something else of the name `latest`, such as
    a folder, is left alone. Raises RunDirectoryError if neither can be written.
    """
    logs_path = Path(logs_dir)
    link, text = logs_path / LATEST_LINK, logs_path / LATEST_TEXT
    try:
        if _replace_link(link, run_id):
            text.unlink(missing_ok=True)
            return
        files.replace_file(text, run_id.encode() + b"\n")
        if link.is_symlink():
            link.unlink()
    except OSError as error:
        raise _cannot("write", text, error) from error


def latest(logs_dir: str | os.PathLike[str]) -> Path | None:
    """The directory of the newest run as `latest` or `latest.txt` names it; None if there is none (any more)."""
    logs_path = Path(logs_dir)
    try:
        link = logs_path / LATEST_LINK
        name = link.readlink().name if link.is_symlink() else (logs_path / LATEST_TEXT).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    found = logs_path / name
    return found if _SAFE_NAME.fullmatch(name) and found.is_dir() else None


def list_runs(logs_dir: str | os.PathLike[str], newest: int | None = None) -> list[RunSummary]:
    """Every run in `logs_dir`, newest first; a run that cannot be read is listed with its `problem`.

    `newest`: only so many, by the time in their names, or when their directory was last changed; the others are not
    looked into. A logs folder that does not exist holds no runs; one that cannot be read raises RunDirectoryError.
    """
    try:
        with os.scandir(logs_dir) as entries:
            found = [entry for entry in entries if not entry.is_symlink() and entry.is_dir()]
            if newest is not None:
                found.sort(key=_age_at_a_glance, reverse=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunDirectoryError(
            f"Could not read the logs folder {logs_dir}: {error.strerror}. Give another one with --logs-dir."
        ) from error
    runs = (path for entry in found if _looks_like_run(path := Path(entry.path)))
    return sorted(map(_summary, itertools.islice(runs, newest)), key=_age, reverse=True)


def time_in_name(run_id: str) -> float | None:
    """When a run of this name began, Unix seconds; None if the name does not say."""
    match = _RUN_ID.fullmatch(run_id)
    try:
        return time.mktime(time.strptime(match["base"], "run_%Y%m%d_%H%M%S")) if match else None
    except (ValueError, OverflowError):
        return None


# --- details ----------------------------------------------------------------------------------------------------------


def _summary(path: Path) -> RunSummary:
    run = RunDirectory(path)
    try:
        events_bytes = run.events_path.stat().st_size
    except OSError:
        events_bytes = 0  # no event was written, or it cannot be seen: opening the run says which
    try:
        manifest = run.manifest()
    except RunDirectoryError as error:
        return RunSummary(
            run_id=path.name,
            path=path,
            started_at=time_in_name(path.name),
            events_bytes=events_bytes,
            problem=str(error),
        )
    return RunSummary(
        run_id=path.name,
        path=path,
        status=manifest.status,
        started_at=manifest.started_at if manifest.started_at is not None else time_in_name(path.name),
        ended_at=manifest.ended_at,
        experiment=manifest.experiment,
        program_version=manifest.program_version,
        schema_version=manifest.schema_version,
        reason=manifest.reason,
        events_bytes=events_bytes,
        simulated=manifest.simulated,
    )


def _age(run: RunSummary) -> tuple[float, str, int]:
    """Sort key: when it started, then the name, with `_10` after `_9`."""
    match = _RUN_ID.fullmatch(run.run_id)
    base, again = (match["base"], int(match["again"] or 1)) if match else (run.run_id, 0)
    return (run.started_at or 0.0, base, again)


def _age_at_a_glance(entry: os.DirEntry[str]) -> tuple[float, int]:
    at, match = time_in_name(entry.name), _RUN_ID.fullmatch(entry.name)
    try:
        return (entry.stat().st_mtime if at is None else at, int(match["again"] or 1) if match else 0)
    except OSError:
        return (0.0, 0)


def _looks_like_run(path: Path) -> bool:
    """A directory that holds a run, or has the name of one and cannot be looked into."""
    try:
        return (path / EVENTS_FILE).exists() or (path / MANIFEST_FILE).exists()
    except OSError:
        return _RUN_ID.fullmatch(path.name) is not None


def _stat(path: Path) -> os.stat_result | None:
    """None if there is nothing. Raises RunDirectoryError if that cannot be told."""
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise RunDirectoryError(
            f"Could not open {path}: {error.strerror or error}. Check its name, and that it and its folder may be read."
        ) from error


def _run_id_at(now_unix_s: float) -> str:
    return time.strftime("run_%Y%m%d_%H%M%S", time.localtime(now_unix_s))


def _checked_run_id(run_id: str) -> str:
    if not _SAFE_NAME.fullmatch(run_id) or run_id in (LATEST_LINK, LATEST_TEXT):
        raise RunDirectoryError(
            f"{run_id!r} cannot name a run. Use letters, digits, '_', '-' and '.' (not first), at most 100 of them, "
            f"and not {LATEST_LINK!r}."
        )
    return run_id


def _names_from(first: str) -> Iterator[str]:
    """`first`, then `first_2`, `first_3`, …"""
    yield first
    again = 2
    while True:
        yield f"{first}_{again}"
        again += 1


def _make_free(logs_path: Path, first: str) -> Path:
    """Make the first directory that is not there yet; `mkdir` decides, so nobody can get in between."""
    try:
        logs_path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot("make the logs folder", logs_path, error) from error
    for name in _names_from(first):
        try:
            (logs_path / name).mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise _cannot("make", logs_path / name, error) from error
        return logs_path / name
    raise AssertionError("the names never run out")


def _replace_link(link: Path, run_id: str) -> bool:
    """Whether `link` points at the run now. False where links are refused or something else has the name."""
    temporary = link.with_name(f".{LATEST_LINK}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        temporary.symlink_to(run_id, target_is_directory=True)
    except (OSError, NotImplementedError):
        return False
    try:
        if link.exists() and not link.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        temporary.replace(link)
    except OSError:  # Windows also refuses to replace a link to a folder
        temporary.unlink(missing_ok=True)
        return False
    return True


def _cannot(doing: str, path: Path, error: OSError) -> RunDirectoryError:
    problem = RunDirectoryError(f"Could not {doing} {path}: {files.cause_of(error)}. {files.remedy_for(error)}")
    problem.errno = error.errno
    return problem
