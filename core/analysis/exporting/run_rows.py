"""The table `runs`: one row a run, with how it was set up and its figures.

Owns which facts stand in that row. The figures are those of metrics.py, under the same names. Must not count.
"""

from __future__ import annotations

import datetime
from typing import Any, Final

import msgspec

from core.analysis.comparing.metrics import METRICS
from core.analysis.tables.columns import Column
from core.analysis.tables.run_tables import RunTables

_FACTS: Final = (
    Column("run_id", "text"),
    Column("folder", "text"),
    Column("started_at", "number"),
    Column("started_utc", "text"),
    Column("duration_s", "number"),
    Column("status", "text"),
    Column("ended_reason", "text"),
    Column("simulated", "yes_no"),
    Column("program_version", "text"),
    Column("group_size", "whole"),
    Column("matchmaker", "text"),
    Column("max_p2p_rtt_ms", "whole"),  # at the start; `thresholds` has every change
    Column("thresholds", "json"),  # [[elapsed_s, ms or null], …]
    Column("events", "whole"),
    Column("bad_lines", "whole"),
    Column("problems", "json"),
    Column("config", "json"),  # config.yaml, secrets left out
)
_FIGURES: Final = tuple(Column(metric.name, "whole" if metric.statistic == "count" else "number") for metric in METRICS)
RUN_COLUMNS: Final = (*_FACTS, *_FIGURES)
SECRETS: Final = frozenset(("credential", "password", "token", "secret"))


def run_row(tables: RunTables) -> tuple[Any, ...]:
    """A run's values, in the order of RUN_COLUMNS."""
    from core.analysis.comparing.run_columns import columns_of

    columns = columns_of(tables)
    steps = [(step.elapsed_s, step.max_p2p_rtt_ms) for step in tables.thresholds]
    return (
        tables.run_id,
        "" if tables.source is None else tables.source.name,
        tables.started_at,
        _utc(tables.started_at),
        tables.duration_s,
        tables.status,
        tables.ended_reason,
        tables.simulated,
        tables.program_version,
        tables.group_size,
        tables.matchmaker,
        steps[0][1] if steps else None,
        as_json(steps),
        tables.event_count,
        tables.bad_lines,
        as_json(tables.problems),
        as_json(without_secrets(tables.config)),
        *(_whole(column, metric.of(columns)) for column, metric in zip(_FIGURES, METRICS, strict=True)),
    )


def _whole(column: Column, value: float | None) -> float | None:
    return int(value) if column.kind == "whole" and value is not None else value


def as_json(value: Any) -> str:
    """Compact JSON; what YAML knows and JSON does not (dates, sets) becomes text."""
    return msgspec.json.encode(value, enc_hook=str).decode()


def without_secrets(value: Any) -> Any:
    """A configuration without what opens doors, such as a TURN server's credential."""
    if isinstance(value, dict):
        return {str(key): without_secrets(item) for key, item in value.items() if str(key).lower() not in SECRETS}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def _utc(unix_s: float | None) -> str:
    """`2026-11-21T16:20:51Z`; "" for a time that is none."""
    if unix_s is None:
        return ""
    try:
        return datetime.datetime.fromtimestamp(unix_s, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""
