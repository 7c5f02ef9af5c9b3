"""The files of one run: its directory, its manifest, the loggers that write into it.

Owns making them before the first event and completing them after the last. Must not write events itself, nor decide
when a run begins or ends.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from pathlib import Path

from core.clock import Clock
from core.experiment.loader import LoadedExperiment, settings_as_yaml
from core.runlog.event_logger import EventLogger
from core.runlog.match_logger import MatchAssignmentLogger
from core.runlog.run_directory import RunDirectory
from core.server.scene_data import SceneData

GATHER_BYTES = 1 << 16


class RunFiles:
    """`directory`, `logger`, `match_logger` and `scene_data` (a fold) of a run that begins or goes on."""

    def __init__(self, directory: RunDirectory, clock: Clock, logger: EventLogger) -> None:
        self.directory, self._clock, self.logger = directory, clock, logger
        # Nobody waits for the disk: the event log's writer thread forces a match's line there with the match's event.
        self.match_logger = MatchAssignmentLogger(
            match_logs_dir=directory.match_logs_dir, clock=clock, force_later=logger.force_too
        )
        self.scene_data = SceneData(directory.data_dir)

    @classmethod
    def create(
        cls,
        loaded: LoadedExperiment,
        logs_dir: Path,
        *,
        clock: Clock,
        program_version: str,
        simulated: bool = False,
        gathered: bool = False,
    ) -> RunFiles:
        """Of a new run. `simulated` marks it as one that nobody took part in. `gathered`: its lines are written many at
        a time, and the system decides when they reach the disk: for what nobody is shown meanwhile and can be made
        again. Raises OSError, with a sentence, if anything cannot be written.
        """
        directory = RunDirectory.create(logs_dir, clock=clock)
        directory.config_path.write_text(settings_as_yaml(loaded.experiment), encoding="utf-8")
        directory.write_manifest(
            program_version=program_version,
            experiment=loaded.experiment.name,
            started_at=clock.time(),
            status="running",
            simulated=simulated,
        )
        logger = EventLogger(
            logs_dir=logs_dir, run_id=directory.run_id, clock=clock,
            fsync=not gathered, gather_bytes=GATHER_BYTES if gathered else 0,
        )  # fmt: skip
        return cls(directory, clock, logger)

    @classmethod
    def reopen(
        cls, directory: RunDirectory, *, clock: Clock, game_ids: Container[str], scene_ids: Iterable[str]
    ) -> RunFiles:
        """Of a run whose engine was ended in the midst of it: what it left half done beside the log is mended.
        `game_ids`: of every match in the log. Raises OSError, with a sentence.
        """
        directory.write_manifest(status="running", ended_at=None, reason="")
        logger = EventLogger(logs_dir=directory.path.parent, run_id=directory.run_id, clock=clock, resume=True)
        try:
            run = cls(directory, clock, logger)
            run.match_logger.keep_only(game_ids)
            run.scene_data.take_up(scene_ids)
        except OSError:
            logger.close()
            raise
        return run

    @property
    def run_id(self) -> str:
        """The run's name."""
        return self.directory.run_id

    def complete(self, *, reason: str, failed: bool) -> None:
        """Put everything on disk and say in the manifest how it ended. Raises LogWriteError, RunDirectoryError."""
        self.match_logger.close()
        self.logger.close()
        self.directory.write_manifest(
            ended_at=self._clock.time(), status="failed" if failed else "ended", reason=reason
        )
