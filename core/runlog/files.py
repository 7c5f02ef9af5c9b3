"""The few file operations a run's records need, the same on Linux, macOS and Windows, with errors a lab can act on.

Owns opening for appending, writing whole, forcing to disk and replacing atomically. Must not know what is written.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from pathlib import Path
from typing import Literal

_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_WINDOWS_TRIES = 10
_WINDOWS_PAUSE_S = 0.01


class LogWriteError(OSError):
    """A record could not be written or forced to disk. The message names the file and the cause; `errno` is kept."""


class LogReadError(OSError):
    """A log that is there could not be opened or read. The message names the file, the cause and what to do."""


def kind_at(path: Path) -> Literal["file", "folder", "other", "nothing"]:
    """What is there, links followed. "nothing" also where nobody may look, or the name could be none: never raises."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return "nothing"
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"


def cause_of(error: OSError) -> str:
    """Why a file operation failed, in words: "the disk is full", "permission denied", …"""
    if error.errno in _FULL:
        return "the disk is full"
    if error.errno in _FORBIDDEN:
        return f"it is not writable ({error.strerror})"
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        return "a file stands where a folder is needed"
    return error.strerror or str(error)


def remedy_for(error: OSError) -> str:
    """What staff can do about it, as a sentence."""
    if error.errno in _FULL:
        return "Free some space or choose another logs folder."
    if error.errno in _FORBIDDEN:
        return "Allow this user to write there or choose another logs folder."
    return "Choose another logs folder (logging.logs_dir, or --logs-dir)."


def write_error(path: Path, error: OSError, doing: str = "write to") -> LogWriteError:
    """The LogWriteError for `error`, naming file, cause and remedy."""
    problem = LogWriteError(f"Could not {doing} {path}: {cause_of(error)}. {remedy_for(error)}")
    problem.errno = error.errno
    return problem


def open_append(path: Path, *, exclusive: bool = False, truncate: bool = False) -> int:
    """A descriptor whose every write lands at the end. `exclusive`: it must not exist; `truncate`: emptied first."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    flags |= os.O_EXCL if exclusive else 0
    flags |= os.O_TRUNC if truncate else 0
    return os.open(path, flags, 0o666)


def write_all(fd: int, data: bytes | bytearray) -> None:
    """Write all of `data`: one `os.write`, and more only where the system took less than it was given."""
    written = os.write(fd, data)
    while written < len(data):
        more = os.write(fd, data[written:])
        if more == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written += more


def can_be_synced(fd: int) -> bool:
    """Whether forcing to disk means anything: pipes and devices refuse it."""
    return stat.S_ISREG(os.fstat(fd).st_mode)


def must_be_in_place(fd: int, path: Path) -> None:
    """Raise LogWriteError unless the open file can still be found under its name.

    A system with POSIX files lets them be removed while they are written to, and every write then succeeds for nobody.
    """
    try:
        # A link count of 0 alone would do, had every network file system one; and so would the file's number.
        if os.path.samestat(path.stat(), os.fstat(fd)) or os.fstat(fd).st_nlink:
            return
    except (FileNotFoundError, NotADirectoryError):
        pass
    problem = LogWriteError(
        f"{path} is not there any more: it was moved, removed or replaced while it was written to. Leave the folder of "
        "a run alone until it has ended."
    )
    problem.errno = errno.ENOENT
    raise problem


def sync_to_disk(fd: int) -> None:
    """`fdatasync`, or `fsync` where there is none (macOS, Windows): what was written survives a power cut."""
    getattr(os, "fdatasync", os.fsync)(fd)


def sync_directory(path: Path) -> None:
    """Make new names in a directory survive a power cut, too; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some network file systems cannot sync a directory
            raise
    finally:
        os.close(fd)


def lacks_last_newline(path: Path) -> bool:
    """Whether the file ends in a torn line (an empty or missing file does not)."""
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except FileNotFoundError:
        return False


def replace_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put `content` at `path` atomically: a reader sees the old file or the new one, never half of one.

    `mode` is who may read it, where there are such modes; co-workers of the lab may read a run.
    """
    fd, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        try:
            if os.name != "nt":
                os.fchmod(fd, mode)
            write_all(fd, content)
            sync_to_disk(fd)
        finally:
            os.close(fd)
        _replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def _replace(source: Path, target: Path) -> None:
    """`os.replace`, tried again on Windows, where it is refused for the moment in which somebody reads the target."""
    for _ in range(_WINDOWS_TRIES if os.name == "nt" else 0):
        try:
            source.replace(target)
            return
        except PermissionError:
            time.sleep(_WINDOWS_PAUSE_S)
    source.replace(target)
