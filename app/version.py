"""Which version of Greenroom this is.

Owns finding it out: in a clone pyproject.toml says it, in an installed package its metadata do.
"""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

PROJECT_FILE = Path(__file__).resolve().parent.parent / "pyproject.toml"


def program_version() -> str:
    """The version, such as "0.1.0"."""
    if PROJECT_FILE.is_file():
        version: str = tomllib.loads(PROJECT_FILE.read_text(encoding="utf-8"))["project"]["version"]
        return version
    return metadata.version("greenroom")
