"""Did a session go as it should? Everybody who could play did, nobody is stuck, and the log explains everybody else.

Owns the verdict on a run and its text. Must not know who a participant was made up to be: all is told from the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.projections import words
from core.projections.fates import FatesProjection
from core.projections.participants import Person


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Somebody who played no game, and why. `explained` is False where the log has no good reason."""

    subject_id: str
    why: str
    explained: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a session, if anything is.

    `expected`, `joined` and `played` count people; `stuck` names those who came to no end, `passed_over` groups that
    could have played, whole; `end` is how the run ended (RunEnded.reason), "" if it did not.
    """

    expected: int
    joined: int
    played: int
    unmatched: list[Unmatched]
    stuck: list[str]
    passed_over: list[list[str]]
    end: str

    @property
    def faults(self) -> list[str]:
        """A sentence for each thing that is wrong."""
        unexplained = [one.subject_id for one in self.unmatched if not one.explained]
        found = [
            (
                self.end != "drained",
                f"The run did not come to its end: {words.RUN_ENDS.get(self.end, 'it is still on')}.",
            ),
            (self.joined != self.expected, f"{self.joined} joined, where {self.expected} were to come."),
            (self.stuck, f"Stuck: {words.names(self.stuck)}."),
            (unexplained, f"Not explained by the log: {words.names(unexplained)}."),
            *((True, f"Could have played together, and did not: {words.names(group)}.") for group in self.passed_over),
        ]
        return [sentence for wrong, sentence in found if wrong]


def judge(fates: FatesProjection, expected: int) -> Verdict:
    """The verdict on a run whose log was folded to its end."""
    people = fates.people.people
    unmatched = [_unmatched(fates, person) for person in people.values() if not fates.games[person.subject_id]]
    groups = {frozenset((subject_id, *others)) for subject_id, others in fates.passed_over.items()}
    return Verdict(
        expected=expected,
        joined=len(people),
        played=len(people) - len(unmatched),
        unmatched=unmatched,
        stuck=[person.subject_id for person in people.values() if person.present],
        passed_over=sorted(sorted(group) for group in groups),
        end=fates.run.ended_reason or "",
    )


def _unmatched(fates: FatesProjection, person: Person) -> Unmatched:
    subject_id = person.subject_id
    if subject_id in fates.answers:
        return Unmatched(subject_id, fates.answers[subject_id], subject_id not in fates.passed_over)
    left_of_themselves = person.left_reason in ("left", "removed", "reconnect_timeout")
    why = words.LEFT_REASONS.get(person.left_reason or "", "came to no waitroom")
    return Unmatched(subject_id, why, left_of_themselves)


def as_text(verdict: Verdict) -> str:
    """For a terminal: who did not play and why."""
    lines = [f"{verdict.played} of {verdict.joined} played."]
    if verdict.unmatched:
        width = max(len(words.name(one.subject_id)) for one in verdict.unmatched)
        lines.append("The others, and why, from the log alone:")
        lines += [_line(one, width) for one in sorted(verdict.unmatched, key=lambda one: one.subject_id)]
    return "\n".join(lines)


def _line(one: Unmatched, width: int) -> str:
    return f"  {words.name(one.subject_id):<{width}}  {one.why if one.explained else f'UNEXPLAINED: {one.why}'}"


def faults_text(faults: Sequence[str]) -> str:
    """The end of it."""
    return "\n".join(faults) or _ALL_WELL


_ALL_WELL = "All is well: every group that could play did, everybody else is explained, and nobody is stuck."


def kinds_text(fates: FatesProjection, kinds: Sequence[str]) -> str:
    """How many of each kind played, where the ids say what kind somebody is: `slow-03` is a `slow` one."""
    lines = [f"  {'':<10} {'came':>5} {'played':>7} {'did not':>8}"]
    for kind in kinds:
        ids = [subject_id for subject_id in fates.people.people if subject_id.rpartition("-")[0] == kind]
        played = sum(fates.games[subject_id] > 0 for subject_id in ids)
        lines.append(f"  {kind:<10} {len(ids):>5} {played:>7} {len(ids) - played:>8}")
    return "\n".join(lines)
