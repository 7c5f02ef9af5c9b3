"""A folder that appears whole or not at all.

Owns its name until it is whole, and what says that it is an export. Must not write tables.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import msgspec

from core.runlog import files

MARK: Final = "greenroom_export.json"  # written last: a folder without it was copied in part


class ExportError(OSError):
    """Nothing was exported. The message says why, where and what to do."""


class ExportFolder:
    """`with ExportFolder(target) as part:` fill `part`; in the end it becomes `target`, or goes if anything failed.

    Raises ExportError if `target` is there already: an empty folder may be, and with `replace` an earlier export in
    which nothing else lies.
    """

    def __init__(self, target: Path, *, replace: bool = False) -> None:
        self.target = target.absolute()
        self._replace = replace
        self._part: Path | None = None
        self.says: dict[str, Any] = {}  # what `greenroom_export.json` will hold

    def __enter__(self) -> Path:
        try:
            self._check()
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._part = Path(tempfile.mkdtemp(prefix=f".{self.target.name[:100]}.part_", dir=self.target.parent))
        except OSError as error:
            raise self._cannot(error) from error
        return self._part

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        part, self._part = self._part, None
        assert part is not None
        try:
            if kind is None:
                self._become(part)
        except OSError as problem:
            raise self._cannot(problem) from problem
        finally:
            shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ExportError):
            raise self._cannot(error) from error

    def _check(self) -> None:
        """Nothing of anybody else's is ever replaced."""
        if not os.path.lexists(self.target):
            return
        if self.target.is_symlink() or not self.target.is_dir():
            raise ExportError(f"{self.target} is there already and no folder. Give the name of a new folder.")
        if not any(self.target.iterdir()):
            return
        if not is_export(self.target):
            raise ExportError(f"{self.target} holds something else. Give the name of a new folder.")
        if not self._replace:
            raise ExportError(
                f"{self.target} holds an earlier export. Give the name of a new folder, or --replace to replace it."
            )

    def _become(self, part: Path) -> None:
        """The parts' names are on disk before the folder has its own."""
        part.chmod(0o755)
        names = sorted(path.relative_to(part).as_posix() for path in part.rglob("*") if path.is_file())
        (part / MARK).write_bytes(msgspec.json.format(msgspec.json.encode({**self.says, "files": names})) + b"\n")
        self._check()
        if not self.target.is_dir():
            part.rename(self.target)
            return
        earlier = part.with_name(f"{part.name}.earlier")
        self.target.rename(earlier)
        try:
            part.rename(self.target)
        except OSError:
            earlier.rename(self.target)
            raise
        shutil.rmtree(earlier, ignore_errors=True)

    def _cannot(self, error: OSError) -> ExportError:
        if isinstance(error, ExportError):
            return error
        return ExportError(
            f"Could not write {self.target}: {files.cause_of(error)}. Give another folder, or make room there."
        )


def is_export(folder: Path) -> bool:
    """Whether an export lies there, and nothing but what it wrote."""
    try:
        named = msgspec.json.decode((folder / MARK).read_bytes(), type=dict[str, Any]).get("files")
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    except (OSError, ValueError):
        return False
    return isinstance(named, list) and found - {MARK} <= {str(name) for name in named}
