"""What a run is called in tables of several: by its id, which is the second it began in, so that two may have the same.

Owns telling those apart. Must not read runs.
"""

from __future__ import annotations

from collections.abc import Container, Iterable


def own_name(run_id: str, taken: Container[str]) -> str:
    """The id; where another run has it already, with `~2`, `~3`, … behind it."""
    name, again = run_id, 1
    while name in taken:
        again += 1
        name = f"{run_id}~{again}"
    return name


def own_names(run_ids: Iterable[str]) -> tuple[str, ...]:
    """A name for each run, in the order in which they are given."""
    names: dict[str, None] = {}
    for run_id in run_ids:
        names[own_name(run_id, names)] = None
    return tuple(names)
