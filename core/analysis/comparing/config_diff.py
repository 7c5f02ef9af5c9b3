"""What differs in how runs were set up: every setting as a line, those that differ first of all.

Owns flattening an experiment and saying which lines differ. Must not judge whether a difference matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.analysis.summary import ThresholdStep
from core.projections import words

NOT_SET: Final = "not set"
NOT_KEPT: Final = "config.yaml is missing"
TEXT_LIMIT: Final = 200


@dataclass(frozen=True)
class ConfigRow:
    """One setting: its value in each run, as text."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether any two runs disagree; runs without a config.yaml say nothing."""
        return len({value for value in self.values if value != NOT_KEPT}) > 1


def flatten(config: Mapping[str, Any]) -> dict[str, str]:
    """`matching.group_size` → `2`, `scenes[welcome].button` → `Continue`: lists of things with an id go by it."""
    found: dict[str, str] = {}
    _flatten(config, "", found)
    return found


def _flatten(value: Any, name: str, found: dict[str, str]) -> None:
    if isinstance(value, Mapping) and value:
        for key, inside in value.items():
            _flatten(inside, f"{name}.{key}" if name else str(key), found)
    elif isinstance(value, list) and value:
        for number, inside in enumerate(value, start=1):
            mark = inside.get("id", number) if isinstance(inside, Mapping) else number
            _flatten(inside, f"{name}[{mark}]", found)
    else:
        found[name] = _text(value)


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return words.plain(" ".join(str(value).split()), TEXT_LIMIT) if str(value) and value not in ([], {}) else "empty"


def config_rows(configs: Sequence[Mapping[str, str]]) -> list[ConfigRow]:
    """A row for every setting of any run, in the order in which they come; `configs` are flat."""
    names = dict.fromkeys(name for config in configs for name in config)
    return [
        ConfigRow(name, tuple(config.get(name, NOT_SET) if config else NOT_KEPT for config in configs))
        for name in names
    ]


def threshold_text(steps: Sequence[ThresholdStep]) -> str:
    """The limit's history in a line: `150 ms, from 2:30 on 120 ms`."""
    if not steps:
        return "not recorded"
    later = [
        f"from {words.clock_text(step.elapsed_s)} on {words.limit_text(step.max_p2p_rtt_ms)}" for step in steps[1:]
    ]
    return ", ".join([words.limit_text(steps[0].max_p2p_rtt_ms), *later])
