"""Staff's own matchmaker: read from the Python file that the experiment names, and asked with care.

Owns that nothing in that file can stop a run. Reading it fails with a sentence before the run; whatever it does wrong
while the run is on is reported once, and the longest waiting are chosen for that try. Must not guard against what
cannot be caught: a matchmaker that never answers holds up everybody.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from core.matching.matchmaker import FIFOMatchmaker, MatchCandidate, Matchmaker

Answer = TypeVar("Answer")
MODULE = "greenroom_matchmaker_file"
MESSAGE_LIMIT = 300


class MatchmakerFileError(Exception):
    """The file cannot be used. The message names file and line, what was found and what is allowed."""


class _WrongAnswer(Exception):
    """What staff's matchmaker answered is no answer: its `kind`, and what was found in words."""

    def __init__(self, kind: str, found: str = "") -> None:
        super().__init__(kind + found)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class MatchmakerFile:
    """A file that was read, and the one matchmaker in it."""

    path: Path
    matchmaker: type[Matchmaker]


def read_matchmaker_file(path: Path) -> MatchmakerFile:
    """Run the file and find its one subclass of `Matchmaker`. Raises MatchmakerFileError."""
    module = _run(path)
    found = {
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Matchmaker) and value.__module__ == MODULE
    }
    if len(found) != 1:
        names = f"{len(found)}: {', '.join(sorted(cls.__name__ for cls in found))}" if found else "none"
        raise MatchmakerFileError(
            f"{path}: found {names}; allowed is exactly one class that begins like `class MyMatchmaker(Matchmaker):`, "
            "after `from core.matching.matchmaker import Matchmaker`."
        )
    (matchmaker,) = found
    if inspect.isabstract(matchmaker):
        raise MatchmakerFileError(
            f"{path}, line {inspect.getsourcelines(matchmaker)[1]}: found {matchmaker.__name__} without a method "
            "find_match; allowed is one with `def find_match(self, arriving, waiting, group_size):`."
        )
    _try_to_make(matchmaker, path)
    return MatchmakerFile(path, matchmaker)


def _run(path: Path) -> ModuleType:
    """The file as a module. Compiled here, so that no __pycache__ appears beside the experiment."""
    module = ModuleType(MODULE)
    module.__file__ = str(path)
    sys.modules[MODULE] = module  # dataclasses look their own module up
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    except OSError as problem:
        raise MatchmakerFileError(f"{path}: cannot be read ({problem.strerror or problem}).") from problem
    # Whoever wrote the file is not us: anything may be raised in it, and sys.exit(), too, must not end the program.
    except (Exception, SystemExit) as problem:
        raise MatchmakerFileError(f"{_place(problem, path)}: it cannot be run: {_words(problem)}.") from problem
    return module


def _try_to_make(matchmaker: type[Matchmaker], path: Path) -> None:
    try:
        matchmaker(None)
    # As above: a constructor of staff's may raise anything.
    except (Exception, SystemExit) as problem:
        raise MatchmakerFileError(
            f"{_place(problem, path)}: {matchmaker.__name__}(max_p2p_rtt_ms) cannot be made: {_words(problem)}. "
            "Allowed is a class without a constructor of its own, or with one that takes max_p2p_rtt_ms and hands "
            "it on by super().__init__(max_p2p_rtt_ms)."
        ) from problem


def _place(problem: BaseException, path: Path) -> str:
    """`file, line n`: the deepest line of the file that the problem came through."""
    if isinstance(problem, SyntaxError) and problem.filename == str(path):
        return f"{path}, line {problem.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == str(path)]
    return f"{path}, line {lines[-1]}" if lines else str(path)


def _words(problem: BaseException) -> str:
    """`ValueError: what it says`, on one line; also for an exception that cannot say what it is."""
    text = " ".join(traceback.format_exception_only(problem)[-1].split())
    return text.rstrip(".") if len(text) <= MESSAGE_LIMIT else text[: MESSAGE_LIMIT - 1] + "…"


class GuardedMatchmaker(Matchmaker):
    """Staff's matchmaker as the game manager asks it.

    `on_failure(sentence)` is called once for each kind of failure (what was asked, what went wrong, on which line).
    """

    def __init__(
        self, file: MatchmakerFile, max_p2p_rtt_ms: int | None, on_failure: Callable[[str], None] = lambda _text: None
    ) -> None:
        super().__init__(max_p2p_rtt_ms)
        self._file, self._on_failure = file, on_failure
        self._stand_in = FIFOMatchmaker(max_p2p_rtt_ms)
        self._staffs: Matchmaker | None = None
        self._reported: set[tuple[str, str]] = set()
        self._logged_as = file.matchmaker.__name__

    def logged_as(self) -> str:
        """Staff's class, or the stand-in if that made the last choice."""
        return self._logged_as

    def find_match(
        self, arriving: MatchCandidate, waiting: Sequence[MatchCandidate], group_size: int
    ) -> list[MatchCandidate] | None:
        """As staff's matchmaker chooses; the longest waiting if it fails or its answer is none."""
        self._logged_as = self._file.matchmaker.__name__

        def stand_in() -> list[MatchCandidate] | None:
            self._logged_as = self._stand_in.logged_as()
            return self._stand_in.find_match(arriving, waiting, group_size)

        return self._ask(
            "find_match",
            lambda staffs: _checked_group(
                staffs.find_match(arriving, waiting, group_size), arriving, waiting, group_size
            ),
            stand_in,
        )

    def should_reject_for_rtt(self, measured_rtt_ms: float | None) -> bool:
        """As staff's matchmaker judges; by the threshold alone if it fails."""
        return self._ask(
            "should_reject_for_rtt",
            lambda staffs: _checked_verdict(staffs.should_reject_for_rtt(measured_rtt_ms)),
            lambda: Matchmaker.should_reject_for_rtt(self, measured_rtt_ms),
        )

    def _ask(self, method: str, ask: Callable[[Matchmaker], Answer], stand_in: Callable[[], Answer]) -> Answer:
        try:
            return ask(self._made())
        except _WrongAnswer as wrong:
            self._report(method, wrong.kind, f"{self._file.path}", f"gave a wrong answer: {wrong}")
        # The one place where any exception is taken: the code behind it is staff's, may raise anything, and must not
        # end the session of those who wait. It is reported, never lost.
        except (Exception, SystemExit) as problem:  # noqa: BLE001
            place = _place(problem, self._file.path)
            self._report(method, f"{type(problem).__name__} {place}", place, f"failed: {_words(problem)}")
        return stand_in()

    def _made(self) -> Matchmaker:
        """Staff's matchmaker, with the threshold in force."""
        if self._staffs is None:
            self._staffs = self._file.matchmaker(self.max_p2p_rtt_ms)
        self._staffs.max_p2p_rtt_ms = self.max_p2p_rtt_ms
        return self._staffs

    def _report(self, method: str, kind: str, place: str, what: str) -> None:
        if (method, kind) in self._reported:
            return
        self._reported.add((method, kind))
        instead = "the longest waiting are chosen" if method == "find_match" else "max_p2p_rtt_ms alone decides"
        self._on_failure(f"{place}: {self._file.matchmaker.__name__}.{method} {what}. When it does, {instead}.")


def _checked_group(
    group: Any, arriving: MatchCandidate, waiting: Sequence[MatchCandidate], group_size: int
) -> list[MatchCandidate] | None:
    """`group` if it is one. Raises _WrongAnswer."""
    if group is None:
        return None
    if not isinstance(group, list | tuple) or not all(isinstance(member, MatchCandidate) for member in group):
        raise _WrongAnswer("allowed is a list of the candidates it was given, or None")
    subjects = {member.subject_id for member in group}
    if len(subjects) != len(group):
        raise _WrongAnswer("somebody is in the group twice")
    if len(group) != group_size:
        raise _WrongAnswer(f"allowed is a group of {group_size}, or None", f"; it had {len(group)} members")
    if arriving not in group:
        raise _WrongAnswer("`arriving` is not in the group")
    if not all(member is arriving or member == arriving or member in waiting for member in group):
        raise _WrongAnswer("somebody in the group is not in `waiting`")
    return list(group)


def _checked_verdict(verdict: Any) -> bool:
    if verdict is not None and verdict in (True, False):  # also numpy's
        return bool(verdict)
    raise _WrongAnswer("allowed is True or False", f", not {type(verdict).__name__}")
