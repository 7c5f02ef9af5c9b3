"""Values as they are written into an experiment file.

Owns the choice between plain words, quotes and blocks of lines, so that what is written reads back as what was meant.
Must not know where in a file a value goes, nor any setting.
"""

from __future__ import annotations

from typing import Any

import yaml

from core.experiment.source import parse_yaml

STEP = 2
_QUOTES = ("'", '"')


def in_line(value: Any, *, inside_flow: bool = False, style: str | None = None) -> str:
    """`value` in one line: `150`, `null`, `"a: b"`, `[a, b]`, `{urls: x}`. `inside_flow`: between brackets, where
    commas end a plain text. `style`: the quotes that were there, if any.
    """
    if isinstance(value, dict):
        pairs = (
            f"{in_line(str(name), inside_flow=True)}: {in_line(one, inside_flow=True)}" for name, one in value.items()
        )
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(in_line(one, inside_flow=True) for one in value) + "]"
    if isinstance(value, str):
        return _text(value, inside_flow, style)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(_number(value))


def after_name(value: Any, indent: int, style: str | None = None) -> tuple[str, list[str]]:
    """What follows `name:` in a group indented by `indent`: the rest of that line, and the lines below it."""
    if isinstance(value, dict) and value:
        return "", group_lines(value, indent + STEP)
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return "", [line for item in value for line in item_lines(item, indent + STEP)]
    block = _block(value, indent + STEP, style) if isinstance(value, str) else None
    return block or (in_line(value, style=style), [])


def group_lines(group: dict[str, Any], indent: int) -> list[str]:
    """A group of settings, one below the other."""
    lines: list[str] = []
    for name, value in group.items():
        rest, below = after_name(value, indent)
        lines += [f"{' ' * indent}{in_line(str(name))}:{' ' if rest else ''}{rest}", *below]
    return lines


def item_lines(item: Any, indent: int) -> list[str]:
    """An entry of a list, with its dash at `indent`."""
    if not isinstance(item, dict) or not item:
        return [f"{' ' * indent}- {in_line(item)}"]
    lines = group_lines(item, indent + STEP)
    return [f"{' ' * indent}- {lines[0].lstrip()}", *lines[1:]]


def _text(text: str, inside_flow: bool, style: str | None) -> str:
    if style not in _QUOTES and _reads_back(text, inside_flow):
        return text
    quotes = style if style in _QUOTES and "\n" not in text else '"'
    written: str = yaml.dump(text, Dumper=yaml.SafeDumper, default_style=quotes, allow_unicode=True, width=1_000_000)
    return written.rstrip("\n")


def _reads_back(text: str, inside_flow: bool) -> bool:
    """Whether it can stand there without quotes."""
    if not text or text != text.strip() or not text.isprintable():
        return False
    try:
        _, read = parse_yaml(f"k: [{text}]" if inside_flow else f"k: {text}")
    except (yaml.YAMLError, RecursionError):
        return False
    return bool(read == {"k": [text] if inside_flow else text})


def _block(text: str, indent: int, style: str | None) -> tuple[str, list[str]] | None:
    """Text of several lines below `|`; None where that would not read back as it is."""
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    lines = body.split("\n")
    if not body or ends > 1 or (len(lines) == 1 and style not in ("|", ">")):
        return None
    if lines[0].startswith((" ", "\t")) or not lines[0] or not all(line.isprintable() for line in lines):
        return None
    if any(line != line.rstrip() and not line.strip() for line in lines):
        return None
    return ("|" if ends else "|-"), [f"{' ' * indent}{line}" if line else "" for line in lines]


def _number(value: Any) -> Any:
    """Whole seconds are written without `.0`."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
