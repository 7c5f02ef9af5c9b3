"""A run that may be gone on with: found in the logs folder, read, and checked before anything is written.

Owns what stands in the way, in words. Must not change the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from core import events as ev
from core.experiment.loader import LoadedExperiment, settings_as_yaml
from core.runlog.files import LogReadError
from core.runlog.follower import Follower
from core.runlog.lines import BrokenLineError, decode_event, decode_header
from core.runlog.run_directory import RunDirectory
from core.server.wire import Refused

OF_THIS_COMPUTER = frozenset({"server", "logging"})  # settings that may be others when the run goes on


@dataclass(frozen=True)
class Interrupted:
    """Where it is, and all its engine wrote."""

    directory: RunDirectory
    events: list[ev.Event]

    @property
    def game_ids(self) -> frozenset[str]:
        """Of every match the log knows."""
        return frozenset(event.game_id for event in self.events if isinstance(event, ev.MatchFormed))


def interrupted_run(loaded: LoadedExperiment, logs_dir: Path, run_id: str) -> Interrupted:
    """The run of this name in the folder. Raises Refused if it cannot be gone on with, OSError if it cannot be read."""
    if Path(run_id).name != run_id:
        raise Refused(f"{run_id[:100]!r} is no run's name; give one such as run_20260131_142500")
    directory = RunDirectory.open(logs_dir / run_id)
    follower = Follower(directory.events_path)
    events = follower.poll()
    _check_log(directory.run_id, follower, events)
    _check_settings(directory, loaded)
    return Interrupted(directory, events)


def port_of(directory: RunDirectory) -> int | None:
    """Behind which people's pages look for the engine; None if the log does not say. Raises LogReadError."""
    links: list[str] = []
    try:
        with directory.events_path.open("rb") as log:
            for number, line in enumerate(log):  # a look at each takes a tenth of decoding it
                if number == 0 or b'"run_resumed"' in line:
                    links = _links_in(line) or links
    except OSError as error:
        raise LogReadError(f"Could not read {directory.events_path}: {error.strerror or error}.") from error
    return urlsplit(links[0]).port if links else None


def _links_in(line: bytes) -> list[str]:
    try:
        event = decode_event(line)
    except BrokenLineError:
        return []  # what is wrong with the log is said when it is to be gone on with
    return event.links if isinstance(event, ev.RunStarted | ev.RunResumed) else []


def _check_log(run_id: str, follower: Follower, events: list[ev.Event]) -> None:
    first = events[0] if events else None
    if not isinstance(first, ev.RunStarted):
        raise Refused(f"{run_id} cannot be gone on with: its log does not begin with the start of a run")
    if follower.schema_version != ev.SCHEMA_VERSION:
        raise Refused(f"{run_id} cannot be gone on with: it was written by another version of Greenroom")
    if first.simulated:
        raise Refused(f"{run_id} cannot be gone on with: nobody took part in it, it was simulated")
    if any(isinstance(event, ev.RunEnded) for event in reversed(events)):
        raise Refused(f"{run_id} has ended in order; start a new run")
    for number, problem in _damaged(follower):
        raise Refused(f"{run_id} cannot be gone on with: line {number} of its log is damaged ({problem})")


def _damaged(follower: Follower) -> list[tuple[int, str]]:
    """Lines that are no events, but for those in which an earlier engine broke off: another has gone on behind them."""
    if not follower.bad_lines:
        return []
    lines = follower.path.read_bytes().split(b"\n")
    return [(number, problem) for number, problem in follower.bad_lines if not _is_resumption(lines[number])]


def _is_resumption(line: bytes) -> bool:
    try:
        return decode_header(line).event_type == "run_resumed"
    except BrokenLineError:
        return False


def _check_settings(directory: RunDirectory, loaded: LoadedExperiment) -> None:
    """A run keeps its rules to the end. OSError if those it began with cannot be read."""
    try:
        began_with = yaml.safe_load(directory.config_path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refused(f"{directory.config_path} cannot be read: {str(error).splitlines()[0]}") from error
    now = yaml.safe_load(settings_as_yaml(loaded.experiment))
    others = sorted(name for name in _names(began_with, now) if began_with.get(name) != now.get(name))
    if others:
        raise Refused(
            f"{directory.run_id} was begun with other settings than {loaded.path} holds now: {', '.join(others)}. "
            f"Give the experiment as it was; {directory.config_path} holds its settings."
        )


def _names(began_with: Any, now: dict[str, Any]) -> set[str]:
    if not isinstance(began_with, dict):
        raise Refused("the run's config.yaml holds no settings")
    return (began_with.keys() | now.keys()) - OF_THIS_COMPUTER
