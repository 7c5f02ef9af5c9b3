"""`resources/schema.json`: the experiment file's settings for editors that complete and check YAML while it is typed.

Owns making it from the types, and nothing else: run `python -m core.experiment.schema` after changing them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from core.experiment.experiment import Experiment

SCHEMA_FILE = Path(__file__).resolve().parents[2] / "resources" / "schema.json"


def build_schema() -> dict[str, Any]:
    """The JSON schema (2020-12) of an experiment file."""
    schema = msgspec.json.schema(Experiment)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Greenroom experiment file",
        **schema,
    }


def schema_as_text() -> str:
    """The schema as it stands in `resources/schema.json`."""
    return json.dumps(build_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_as_text(), encoding="utf-8", newline="\n")
