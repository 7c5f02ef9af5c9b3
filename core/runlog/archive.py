"""A run in one file and back: a .zip, which every system opens without tools, with a list of what must be in it.

Owns the way in and out, and the proof that nothing is lost on it. Must not delete a run (whoever does so calls `verify`
first) nor overwrite anything; what an archive holds is only believed by way of archive_file.py.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

import msgspec

from core.runlog import files
from core.runlog.archive_file import (
    BLOCK_BYTES,
    LIST_NAME,
    ArchivedFile,
    ArchiveError,
    ArchiveList,
    blocks_of,
    damaged,
    opened_zip,
    problem_of_name,
    read_list,
    refuse_bombs,
)
from core.runlog.run_directory import RunDirectory

SUFFIX: Final = ".zip"
_LEFT_FREE_BYTES: Final = 100_000_000
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)  # that a zip can tell

Told = Callable[[int, int], None]
"""Hears of progress: bytes done, of how many. What it raises ends the work, and nothing is left of it."""


def unheard(_done: int, _of: int) -> None:
    """Nobody asks how far it is."""


def archive(run_dir: Path, target: Path, told: Told = unheard) -> ArchiveList:
    """Put the run into `target`, which must not exist yet, read it again, and compare every byte with the run's.

    A run with links in it is refused. Raises ArchiveError; then there is no file.
    """
    run_dir = Path(os.path.realpath(run_dir))
    if os.path.lexists(target):
        raise ArchiveError(f"{target} is there already. Give another name, or move it first.")
    if problem := problem_of_name(run_dir.name, one_part=True, windows=False):
        raise ArchiveError(f"{run_dir} {problem}. Rename it first.")
    names, folders = _inside(run_dir)
    try:
        fd, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    except OSError as error:
        raise _cannot("write", target, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(fd, "wb") as file:
            size = 2 * sum((run_dir / name).stat().st_size for name in names)
            listed = _write(run_dir, names, folders, file, lambda done: told(done, max(done, size)))
            file.flush()
            files.sync_to_disk(file.fileno())
        verify(temporary, run_dir, lambda done, of: told(of + done, 2 * of))
        _put(temporary, target)
    except OSError as error:
        raise error if isinstance(error, ArchiveError) else _cannot_pack(run_dir, target, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    return listed


def verify(source: Path, run_dir: Path, told: Told = unheard) -> None:
    """Read the archive and the run: whatever differs is an ArchiveError. After this the run may go."""
    with opened_zip(source) as whole:
        listed = read_list(whole, source)
        if set(_inside(run_dir)[0]) != {file.path for file in listed.files}:
            raise _changed(run_dir)
        done = 0
        for file in listed.files:
            digest = hashlib.sha256()
            for block in blocks_of(whole, listed.run_id, file, source):
                digest.update(block)
                done += len(block)
                told(done, listed.size_bytes)
            if digest.hexdigest() != file.sha256:
                raise damaged(source, f"{file.path} is not as it was")
            if _hash_of(run_dir / file.path) != file.sha256:
                raise _changed(run_dir)


def unarchive(source: Path, logs_dir: Path, told: Told = unheard) -> RunDirectory:
    """Take the run out of the archive into `logs_dir`, as it was, its files' times included.

    A run of that name that is there already is never touched. Raises ArchiveError for that, and for an archive that is
    damaged or holds what no run does; then nothing is left of it.
    """
    with opened_zip(source) as whole:
        listed = read_list(whole, source)
        target = logs_dir / listed.run_id
        if os.path.lexists(target):
            raise ArchiveError(f"{target} is there already. Choose another folder, or rename that one first.")
        temporary = None
        try:
            logs_dir.mkdir(parents=True, exist_ok=True)
            refuse_bombs(whole, listed, source, shutil.disk_usage(logs_dir).free - _LEFT_FREE_BYTES)
            temporary = Path(tempfile.mkdtemp(prefix=".unarchive.", dir=logs_dir))
            made = temporary / "run"
            _extract(whole, listed, source, made, told)
            made.rename(target)
            files.sync_directory(logs_dir)
        except OSError as error:
            raise error if isinstance(error, ArchiveError) else _cannot("write", target, error) from error
        finally:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
    return RunDirectory(target)


def list_of(source: Path) -> ArchiveList:
    """What is in an archive, without unpacking it. Raises ArchiveError."""
    with opened_zip(source) as whole:
        return read_list(whole, source)


# --- details ----------------------------------------------------------------------------------------------------------


def _inside(run_dir: Path) -> tuple[list[str], list[str]]:
    """Every file of the run and every empty folder, by their paths below it."""
    names: list[str] = []
    empty: list[str] = []
    waiting = [run_dir]
    try:
        while waiting:
            folder = waiting.pop()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            if not entries and folder != run_dir:
                empty.append(folder.relative_to(run_dir).as_posix())
            for entry in entries:
                below = Path(entry.path).relative_to(run_dir).as_posix()
                if problem := problem_of_name(below, windows=False):
                    raise ArchiveError(f"{entry.path} {problem}. Rename it, or move it out of the run.")
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    names.append(below)
                else:
                    raise ArchiveError(f"{entry.path} is a link or no file. Move it out of the run.")
    except OSError as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError(
            f"Could not read {run_dir}: {error.strerror or error}. Check that it may be read."
        ) from error
    return sorted(names), sorted(empty)


def _write(
    run_dir: Path, names: list[str], folders: list[str], file: IO[bytes], told: Callable[[int], None]
) -> ArchiveList:
    listed: list[ArchivedFile] = []
    done = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as whole:
        for name in names:
            with (run_dir / name).open("rb") as source:
                found, digest, size = os.fstat(source.fileno()), hashlib.sha256(), 0
                with whole.open(_info(f"{run_dir.name}/{name}", found.st_mtime), "w", force_zip64=True) as packed:
                    while block := source.read(BLOCK_BYTES):
                        packed.write(block)
                        digest.update(block)
                        size += len(block)
                        told(done + size)
            done += size
            listed.append(ArchivedFile(name, size, found.st_mtime_ns, digest.hexdigest()))
        whole_list = ArchiveList(run_id=run_dir.name, files=listed, folders=folders)
        whole.writestr(_info(LIST_NAME, time.time()), msgspec.json.format(msgspec.json.encode(whole_list)))
    return whole_list


def _info(name: str, unix_s: float) -> zipfile.ZipInfo:
    """A zip's own times are local and in steps of two seconds: the list has the exact ones."""
    info = zipfile.ZipInfo(name, max(time.localtime(unix_s)[:6], _EARLIEST))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    return info


def _put(temporary: Path, target: Path) -> None:
    """Give it its name, unless somebody took that meanwhile."""
    if os.name != "nt":
        temporary.chmod(0o644)
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise ArchiveError(f"{target} is there already. Give another name, or move it first.") from None
    except OSError:  # no such links on this disk
        temporary.rename(target)
    files.sync_directory(target.parent)


def _extract(whole: zipfile.ZipFile, listed: ArchiveList, source: Path, made: Path, told: Told) -> None:
    made.mkdir()
    for folder in listed.folders:
        (made / folder).mkdir(parents=True, exist_ok=True)
    done, of = 0, listed.size_bytes
    for file in listed.files:
        target, digest = made / file.path, hashlib.sha256()
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as unpacked:
            for block in blocks_of(whole, listed.run_id, file, source):
                unpacked.write(block)
                digest.update(block)
                done += len(block)
                told(done, of)
        if digest.hexdigest() != file.sha256:
            raise damaged(source, f"{file.path} is not as it was")
        os.utime(target, ns=(file.mtime_ns, file.mtime_ns))


def _hash_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def _changed(run_dir: Path) -> ArchiveError:
    return ArchiveError(f"{run_dir} changed while it was being archived. Try again when nothing writes to it.")


def _cannot_pack(run_dir: Path, target: Path, error: OSError) -> ArchiveError:
    """Whether it is the run that failed, or the new file, is in the name that the system gives."""
    if isinstance(error.filename, str | os.PathLike) and Path(error.filename).is_relative_to(run_dir):
        return _unreadable(error.filename, error)
    return _cannot("write", target, error)


def _unreadable(path: str | os.PathLike[str], error: OSError) -> ArchiveError:
    return ArchiveError(f"Could not read {path}: {error.strerror or error}. Check that it may be read.")


def _cannot(doing: str, path: Path, error: OSError) -> ArchiveError:
    return ArchiveError(f"Could not {doing} {path}: {files.cause_of(error)}. Choose another place, or free some space.")
