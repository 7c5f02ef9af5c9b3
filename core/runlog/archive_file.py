"""What an archived run looks like inside, and reading it without trusting it: it may come from anywhere.

Owns the list that every archive holds, and every check between an archive and the disk: names that lead elsewhere,
links, bombs, damage. Must not write anything.
"""

from __future__ import annotations

import contextlib
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import msgspec

LIST_NAME: Final = "greenroom_archive.json"
BLOCK_BYTES: Final = 1 << 20
_MOST_FILES: Final = 100_000
_MOST_LIST_BYTES: Final = 50_000_000
_LARGEST_RATIO: Final = 250  # a log shrinks to a tenth or so; nothing of ours to a 250th
_RATIO_COUNTS_FROM: Final = 50_000_000
_DEEPEST: Final = 16
_LONGEST_NAME: Final = 200
_NEVER_IN_NAMES: Final = frozenset("/\\\x7f") | {chr(code) for code in range(32)}
_NOT_IN_WINDOWS_NAMES: Final = frozenset('<>:"|?*')
_DEVICES: Final = frozenset(
    ("CON", "PRN", "AUX", "NUL", *(f"{name}{number}" for name in ("COM", "LPT") for number in range(1, 10)))
)


class ArchiveError(OSError):
    """A run could not be put into a file or taken out of one. The message names file, cause and what to do."""


class ArchivedFile(msgspec.Struct, frozen=True):
    """One file: `path` below the run's directory, with `/`; `mtime_ns` since 1970."""

    path: str
    size: int
    mtime_ns: int
    sha256: str


class ArchiveList(msgspec.Struct, frozen=True, kw_only=True):
    """What `greenroom_archive.json` says. `folders` are those without any file."""

    greenroom_archive: int = 1
    run_id: str
    files: list[ArchivedFile]
    folders: list[str] = []

    @property
    def size_bytes(self) -> int:
        """What the files take, unpacked."""
        return sum(file.size for file in self.files)


@contextlib.contextmanager
def opened_zip(source: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, open for reading; what is wrong with it while it is open is an ArchiveError, too."""
    try:
        with zipfile.ZipFile(source) as whole:
            yield whole
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise damaged(source, str(error) or "it ends too early") from error
    except FileNotFoundError as error:
        raise ArchiveError(f"There is no file {source}.") from error
    except OSError as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError(f"Could not read {source}: {error.strerror or error}.") from error


def read_list(whole: zipfile.ZipFile, source: Path) -> ArchiveList:
    """The archive's list, of which every name is safe, and which names exactly what is in it."""
    infos = whole.infolist()
    names = [info.filename for info in infos]
    if LIST_NAME not in names:
        raise ArchiveError(f"{source} is no archived run: there is no {LIST_NAME} in it. Nothing was unpacked.")
    if len(infos) > _MOST_FILES:
        raise _refused(source, f"it holds more than {_MOST_FILES} files")
    for info in infos:
        _check(info, source)
    try:
        with whole.open(LIST_NAME) as file:
            content = file.read(_MOST_LIST_BYTES + 1)
        if len(content) > _MOST_LIST_BYTES:
            raise _refused(source, f"its list is larger than {_MOST_LIST_BYTES} bytes")
        listed = msgspec.json.decode(content, type=ArchiveList)
    except (ValueError, RecursionError) as error:
        raise damaged(source, f"{LIST_NAME} cannot be read: {str(error)[:200]}") from error
    if listed.greenroom_archive != 1:
        raise ArchiveError(f"{source} was written by a newer Greenroom. Use that one to unpack it.")
    if any(file.size < 0 or not 0 <= file.mtime_ns < 2**62 for file in listed.files):
        raise _refused(source, "its list has a size or time in it that no file has")
    paths = [file.path for file in listed.files]
    for name in (listed.run_id, *paths, *listed.folders):
        if problem := problem_of_name(name, one_part=name is listed.run_id):
            raise _refused(source, f"{name[:80]!r} {problem}")
    if sorted(names) != sorted([LIST_NAME, *(f"{listed.run_id}/{path}" for path in paths)]):
        raise _refused(source, "what is in it is not what its list names")
    return listed


def refuse_bombs(whole: zipfile.ZipFile, listed: ArchiveList, source: Path, room_bytes: int) -> None:
    """Raise ArchiveError for what would fill the disk: by what the list says, which unpacking then holds it to."""
    size = listed.size_bytes
    packed = source.stat().st_size
    if sum(info.compress_size for info in whole.infolist()) > packed:
        raise _refused(source, "its files overlap")
    if size > _RATIO_COUNTS_FROM and size > _LARGEST_RATIO * packed:
        raise _refused(source, f"{packed:,} bytes would become {size:,}, as no run does")
    if size > room_bytes:
        raise ArchiveError(f"{source} needs {size:,} bytes and there is room for {max(0, room_bytes):,}. Free some.")


def blocks_of(whole: zipfile.ZipFile, run_id: str, file: ArchivedFile, source: Path) -> Iterator[bytes]:
    """The file's bytes, of which there are never more than its list says."""
    left = file.size
    with whole.open(f"{run_id}/{file.path}") as content:
        while block := _read(content, source):
            left -= len(block)
            if left < 0:
                raise damaged(source, f"{file.path} is larger than its list says")
            yield block
    if left:
        raise damaged(source, f"{file.path} is smaller than its list says")


def problem_of_name(name: str, *, one_part: bool = False, windows: bool = os.name == "nt") -> str:
    """Why a file or folder of this name cannot be unpacked, as what may follow the name; empty if it can."""
    parts = name.split("/")
    if len(parts) > (1 if one_part else _DEEPEST):
        return "lies too deep, or elsewhere"
    for part in parts:
        if part in ("", ".", "..") or part.startswith(" ") or len(part.encode("utf-8", "replace")) > _LONGEST_NAME:
            return "is no safe name"
        if not _NEVER_IN_NAMES.isdisjoint(part) or any("\ud800" <= character <= "\udfff" for character in part):
            return "has a character in it that a name cannot have everywhere"
        if windows and (
            not _NOT_IN_WINDOWS_NAMES.isdisjoint(part) or part[-1] in ". " or part.split(".")[0].upper() in _DEVICES
        ):
            return "cannot be a name in Windows"
    return ""


def damaged(source: Path, what: str) -> ArchiveError:
    """The error for an archive that is not as it was made."""
    return ArchiveError(f"{source} is damaged: {what}. Fetch it again from where it came.")


def _refused(source: Path, why: str) -> ArchiveError:
    return ArchiveError(f"{source} was not unpacked: {why}. Greenroom does not write such archives.")


def _check(info: zipfile.ZipInfo, source: Path) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or info.is_dir():
        raise _refused(source, f"{info.filename[:80]!r} is a link or no file")
    if info.flag_bits & 1:
        raise _refused(source, "it is locked with a password")


def _read(content: IO[bytes], source: Path) -> bytes:
    try:
        return content.read(BLOCK_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise damaged(source, str(error) or "it ends too early") from error
