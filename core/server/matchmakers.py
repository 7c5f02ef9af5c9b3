"""Which matchmaker a game scene gets, by the experiment file.

Owns that choice, and that staff's own matchmaker is read before a run. Must not match anybody.
"""

from __future__ import annotations

from collections.abc import Callable

from core.experiment.checks import matchmaker_file
from core.experiment.experiment import Experiment, GameScene, Matching
from core.experiment.loader import LoadedExperiment
from core.experiment.problems import ExperimentError
from core.matching.custom import GuardedMatchmaker, MatchmakerFile, MatchmakerFileError, read_matchmaker_file
from core.matching.matchmaker import FIFOMatchmaker, GroupReunionMatchmaker, LatencyFIFOMatchmaker, Matchmaker


def read_staffs_matchmaker(loaded: LoadedExperiment) -> MatchmakerFile | None:
    """The matchmaker in the Python file that the experiment names; None if it names none. Raises ExperimentError."""
    matching = loaded.experiment.matching
    if matching.matchmaker != "custom":
        return None
    path = matchmaker_file(matching.matchmaker_file, loaded.directory)
    if isinstance(path, str):
        raise ExperimentError(f"{loaded.path}, matching.matchmaker_file: {path}")
    try:
        return read_matchmaker_file(path)
    except MatchmakerFileError as problem:
        raise ExperimentError(str(problem)) from problem


def matchmaker_for(
    scene: GameScene, experiment: Experiment, staffs: MatchmakerFile | None, on_failure: Callable[[str], None]
) -> Matchmaker:
    """A new matchmaker for this scene; `on_failure(sentence)` hears of what staff's own one does wrong."""
    if scene.partners == "same":
        return GroupReunionMatchmaker(experiment.matching.max_p2p_rtt_ms)
    return _general(experiment.matching, staffs, on_failure)


def matchmaker_name(matching: Matching, staffs: MatchmakerFile | None) -> str:
    """How the run's matchmaker is called in the log."""
    return _general(matching, staffs, lambda _sentence: None).logged_as()


def _general(matching: Matching, staffs: MatchmakerFile | None, on_failure: Callable[[str], None]) -> Matchmaker:
    if matching.matchmaker == "custom":
        if staffs is None:
            raise ValueError("an experiment with `matchmaker: custom` needs what read_staffs_matchmaker returns")
        return GuardedMatchmaker(staffs, matching.max_p2p_rtt_ms, on_failure)
    if matching.matchmaker == "latency_fifo" and matching.max_server_rtt_ms is not None:
        return LatencyFIFOMatchmaker(matching.max_server_rtt_ms, matching.max_p2p_rtt_ms)
    return FIFOMatchmaker(matching.max_p2p_rtt_ms)
