"""A recorded run made ready to be asked "what if": its script, its rules, and the matchmakers it can be asked of.

Owns reading the run's directory for that. Must not re-enact anything.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import yaml

from core.analysis.tables.run_source import RunSource, source_of
from core.analysis.what_if.answer import WhatIfError
from core.analysis.what_if.journeys import Rules
from core.analysis.what_if.script import Script
from core.analysis.what_if.worlds import Knowledge
from core.events import Event
from core.experiment.experiment import Matching, NoPartner, Timeouts
from core.matching.matchmaker import FIFOMatchmaker, GroupReunionMatchmaker, LatencyFIFOMatchmaker, Matchmaker
from core.runlog.archive_file import ArchiveError
from core.runlog.files import LogReadError
from core.runlog.log_lines import LogLines
from core.runlog.run_directory import RunDirectoryError

Make = Callable[[int | None], Matchmaker]
_Part = TypeVar("_Part", bound=msgspec.Struct)
NAMES = {"FIFOMatchmaker": "fifo", "LatencyFIFOMatchmaker": "latency_fifo"}


class Run(NamedTuple):
    """A run taken apart. `own_matchmaker` as on the command line, or the log's name for one of the staff's own."""

    path: Path
    name: str
    script: Script
    rules: Rules
    knowledge: Knowledge
    problems: tuple[str, ...] = ()  # of its log, in sentences

    @property
    def own_matchmaker(self) -> str:
        """The general matchmaker of the run."""
        assert self.script.started is not None
        return NAMES.get(self.script.started.matchmaker, self.script.started.matchmaker or "fifo")


def open_run(path: Path) -> Run:
    """A run's directory, its archive or events file. Raises WhatIfError with a sentence."""
    try:
        source = source_of(path)
        lines = LogLines(source.blocks())
        events = list(lines.events())
        rules = _rules(source)
    except (LogReadError, RunDirectoryError, ArchiveError) as problem:
        raise WhatIfError(str(problem)) from problem
    return run_of(events, path, rules)._replace(problems=tuple(lines.problems()))


def run_of(events: list[Event], path: Path, rules: Rules | None = None) -> Run:
    """The same of events that were read. `rules` None: as far as the log has them. Raises WhatIfError."""
    script = Script()
    script.replay(events)
    if script.started is None:
        raise WhatIfError(f"{path} does not begin as a run's log does, so nothing can be re-enacted.")
    if not any(scene.kind == "game" for scene in script.started.scenes):
        raise WhatIfError(f"{path} names no scene in which anybody is matched.")
    name = script.started.run_id or path.name
    return Run(path, name, script, _completed(rules or Rules(), script), Knowledge(script))


def _completed(rules: Rules, script: Script) -> Rules:
    """What the log itself says goes before a file beside it."""
    started = script.started
    assert started is not None
    timeouts = msgspec.structs.replace(rules.timeouts, wait_s=script.wait_s)
    if started.measured_fresh_s:
        timeouts = msgspec.structs.replace(timeouts, slow_fresh_s=started.measured_fresh_s)
    matching = rules.matching
    if started.max_server_rtt_ms is not None:
        matching = msgspec.structs.replace(matching, max_server_rtt_ms=started.max_server_rtt_ms)
    return msgspec.structs.replace(rules, timeouts=timeouts, matching=matching)


def _rules(source: RunSource) -> Rules:
    """Of the run's `config.yaml`; its defaults where there is none, or where a part of it cannot be read."""
    try:
        raw = yaml.safe_load(source.config_text() or "")
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return Rules()
    if not isinstance(raw, dict):
        return Rules()
    scenes = raw.get("scenes")
    lasts_s = {
        scene["id"]: float(scene["duration_s"])
        for scene in (scenes if isinstance(scenes, list) else [])
        if isinstance(scene, dict) and isinstance(scene.get("duration_s"), (int, float)) and "id" in scene
    }
    return Rules(
        matching=_part(raw.get("matching"), Matching),
        timeouts=_part(raw.get("timeouts"), Timeouts),
        no_partner=_part(raw.get("no_partner"), NoPartner),
        game_s=lasts_s,
    )


def _part(raw: Any, kind: type[_Part]) -> _Part:
    try:
        return msgspec.convert(raw or {}, kind)
    except msgspec.ValidationError:
        return kind()


def maker(run: Run, matchmaker: str, max_server_rtt_ms: float | None) -> Make:
    """Makes the general matchmaker by its name ("": the run's own). Raises WhatIfError."""
    wanted = matchmaker or run.own_matchmaker
    if wanted == "fifo":
        return FIFOMatchmaker
    if wanted == "latency_fifo":
        most_ms = max_server_rtt_ms if max_server_rtt_ms is not None else run.rules.matching.max_server_rtt_ms
        if most_ms is None:
            raise WhatIfError(
                "latency_fifo needs the most that two server RTTs may add up to, and this run had none: "
                "give it (--max-server-rtt on the command line)."
            )
        limit_ms = float(most_ms)
        return lambda max_p2p_rtt_ms: LatencyFIFOMatchmaker(limit_ms, max_p2p_rtt_ms)
    raise WhatIfError(
        f"{run.name} ran with a matchmaker of its own ({wanted}), which its log does not hold. "
        "Choose fifo or latency_fifo instead (--matchmaker on the command line)."
    )


def matchmakers_of(run: Run, make: Make, limit_ms: int | None) -> dict[str, Matchmaker]:
    """One a game scene: the general one, but where the experiment wants the same partners again, as the engine does."""
    assert run.script.started is not None
    return {
        scene.scene_id: GroupReunionMatchmaker(limit_ms) if scene.partners == "same" else make(limit_ms)
        for scene in run.script.started.scenes
        if scene.kind == "game"
    }
