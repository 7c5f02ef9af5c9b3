"""Experiment files read and written for the page that edits them: nothing of anybody's is lost on the way.

Owns line ends, atomic writing, copies of examples, and seeing that somebody else has written. Must not judge a text.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.experiment.edits import CannotEditError, set_value
from core.experiment.loader import FILE_NAME, RESOURCES
from core.experiment.problems import ExperimentError
from core.experiment.source import read_text

_LINE_END = re.compile("\r\n|\r|\n")
BOM = b"\xef\xbb\xbf"


class FileError(Exception):
    """A file cannot be read, written or copied; the message says which, why, and what to do."""


@dataclass(frozen=True)
class OpenFile:
    """A file as it was read: `data` is what is on the disk, `text` the same with line feeds alone."""

    path: Path
    data: bytes
    text: str

    @property
    def bundled(self) -> bool:
        """Whether it comes with Greenroom."""
        return self.path.is_relative_to(RESOURCES)

    @property
    def title(self) -> str:
        """What to call it: its folder, if the file has the usual name."""
        return self.path.parent.name if self.path.name == FILE_NAME else self.path.name

    def changed_on_disk(self) -> bool:
        """Whether another program has written it since. A file that has gone counts as changed by nobody."""
        try:
            return self.path.read_bytes() != self.data
        except OSError:
            return False


def read(path: Path) -> OpenFile:
    """Raises FileError."""
    try:
        read_text(path)  # says what is wrong with a file that is no text
        data = path.read_bytes()
        text = data.removeprefix(BOM).decode("utf-8")
    except ExperimentError as error:
        raise FileError(str(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read ({error}).") from error
    return OpenFile(path, data, _LINE_END.sub("\n", text))


def write(path: Path, text: str, before: OpenFile | None) -> OpenFile:
    """Write `text` in one go: whoever reads sees the old file or the new one. Lines that `before` had, too, keep their
    line ends; others get its usual one. Raises FileError.
    """
    data = (BOM if before is not None and before.data.startswith(BOM) else b"") + _with_line_ends(text, before)
    try:
        _replace(path, data)
    except OSError as error:
        raise FileError(
            f"{path} cannot be written ({error.strerror or error}). Nothing was changed; Save as… writes elsewhere."
        ) from error
    return OpenFile(path, data, text)


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, name)
        else:
            umask = os.umask(0)
            os.umask(umask)
            Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _with_line_ends(text: str, before: OpenFile | None) -> bytes:
    old = before.data.removeprefix(BOM).decode("utf-8") if before is not None else ""
    ends = _LINE_END.findall(old)
    usual = max(set(ends), key=ends.count, default="\n")
    if set(ends) <= {usual}:
        return text.replace("\n", usual).encode("utf-8")
    old_lines, new_lines = _LINE_END.sub("\n", old).split("\n"), text.split("\n")
    of_line = [usual] * len(new_lines)
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for start, new_start, size in matcher.get_matching_blocks():
        for offset in range(size):
            if start + offset < len(ends):
                of_line[new_start + offset] = ends[start + offset]
    last = len(new_lines) - 1
    return "".join(line + (of_line[i] if i < last else "") for i, line in enumerate(new_lines)).encode("utf-8")


def keep_theirs(path: Path) -> Path:
    """Copy what is in the file beside it, under a name nobody has. Raises FileError."""
    kept = name_for_theirs(path)
    try:
        shutil.copy2(path, kept)
    except OSError as error:
        raise FileError(
            f"{kept} cannot be written ({error.strerror or error}), so {path} was left as it is."
        ) from error
    return kept


def name_for_theirs(path: Path) -> Path:
    """`experiment.theirs.yaml`, with a number if there is one already."""
    names = (f"{path.stem}.theirs{number}{path.suffix}" for number in ("", *map(str, range(2, 10_000))))
    return next(path.with_name(name) for name in names if not path.with_name(name).exists())


def copy_folder(source: Path, target: Path) -> Path:
    """Copy the folder of an experiment file to `target`, which must not be there; the file's new path.
    Raises FileError.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        leaving = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source.parent, target, ignore=leaving, copy_function=shutil.copyfile)  # and no read-only marks
    except FileExistsError as error:
        raise FileError(f"There is a {target} already. Give another name.") from error
    except (OSError, shutil.Error) as error:
        raise FileError(f"{target} cannot be made ({error}). Choose another folder.") from error
    return target / source.name


def copy_example(source: Path, target: Path, text: str | None) -> Path:
    """An example in a folder of its own, with its name, and with `text` as its file. Raises FileError."""
    path = copy_folder(source, target)
    file = read(path)
    text = file.text if text is None else text
    with contextlib.suppress(CannotEditError):  # its text may be somebody's own by now
        text = set_value(text, ("name",), target.name)
    write(path, text, file)
    return path
