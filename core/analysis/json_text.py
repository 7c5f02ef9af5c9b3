"""JSON for programs, indented.

Owns one thing: names of files that are no Unicode, as Linux allows them. Must not know what is written.
"""

from __future__ import annotations

import json

import msgspec


def json_text(value: object) -> bytes:
    """`value` as JSON; in a name that is no Unicode, odd bytes are written so that Python reads them again."""
    try:
        return msgspec.json.format(msgspec.json.encode(value), indent=2)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(value), indent=2).encode()
