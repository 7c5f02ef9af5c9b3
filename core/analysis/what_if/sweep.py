"""From a question to its answer: the run re-enacted under each limit, over several draws of what is not known.

Owns the figures and their intervals. Must not re-enact (reenactment.py) or estimate (pair_model.py) itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from core.analysis.summary import percentile
from core.analysis.what_if import answer as wi
from core.analysis.what_if.parts import Group, Stay
from core.analysis.what_if.recorded_run import Make, Run, maker, matchmakers_of, open_run
from core.analysis.what_if.reenactment import Reenactment
from core.analysis.what_if.worlds import World

LOW, HIGH = 0.05, 0.95
SAME_WITHIN_S: Final = 60.0  # a group formed again much earlier or later is another event


class Enacted(NamedTuple):
    """What came of one re-enactment."""

    figures: wi.Figures
    groups: list[Group]
    pairs: int
    estimated: int
    probes_estimated: int
    certain: bool


def enact(run: Run, world: World, make: Make, limit_ms: int | None, *, own: bool = False) -> Enacted:
    """Once. `own`: the limit begins there and moves as the run's did. Raises WhatIfError if it takes estimates and
    nothing was measured.
    """
    played = Reenactment(run.script, run.rules, world, matchmakers_of(run, make, limit_ms), own=own)
    try:
        played.play()
    except ValueError as problem:
        raise wi.WhatIfError(
            f"No pair was measured in {run.name}, so no limit can be judged by it; only “none” can be asked."
        ) from problem
    prober = played.prober
    figures = figures_of(played.groups, played.stays, prober.asked)
    estimated = sum(prober.pairs.values())
    certain = not estimated and run.knowledge.giving_up_per_s == 0
    return Enacted(figures, played.groups, len(prober.pairs), estimated, prober.estimated, certain)


def figures_of(groups: Sequence[Group], stays: Sequence[Stay], probes: int) -> wi.Figures:
    """Counted from groups and waits, whether they were recorded or re-enacted."""
    matched = {subject_id for group in groups for subject_id in group.subjects}
    waited_s = [stay.waited_s for stay in stays if stay.reason == "matched"]
    left_over = {stay.subject_id for stay in stays} - matched
    return wi.Figures(
        matches=len(groups),
        people_matched=len(matched),
        waited_s_median=percentile(waited_s, 0.5),
        waited_s_p95=percentile(waited_s, 0.95),
        left_over=len(left_over),
        gave_up=len({s.subject_id for s in stays if s.reason == "left" and s.subject_id in left_over}),
        timed_out=len({s.subject_id for s in stays if s.reason == "wait_timeout" and s.subject_id in left_over}),
        probes=probes,
    )


def range_of(values: Iterable[float | None]) -> wi.Range | None:
    """The median of the draws, and where another one would lie nine times out of ten; None if none of them has a value.

    The ends are quantiles of type 6 of Hyndman and Fan (1996): of n draws, the k-th smallest leaves k / (n + 1) of what
    may come below it. With fewer than 19 draws that is the smallest and the largest, which hold a little less.
    """
    known = sorted(value for value in values if value is not None)
    mid = percentile(known, 0.5)
    if mid is None:
        return None
    return wi.Range(mid, _quantile(known, LOW), _quantile(known, HIGH))


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = min(max(share * (len(ordered) + 1) - 1, 0.0), len(ordered) - 1.0)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def point(
    run: Run,
    worlds: Sequence[World],
    make: Make,
    limit_ms: int | None,
    on_draw: Callable[[int], None] = lambda _draws: None,
) -> wi.Point:
    """The run under one limit. Where nothing is left to chance, one re-enactment says it all.

    `on_draw(draws)` is called after each.
    """
    enacted: list[Enacted] = []
    for world in worlds:
        enacted.append(enact(run, world, make, limit_ms))
        on_draw(len(enacted))
        if enacted[-1].certain:
            enacted = enacted[-1:]
            break
    figures = [one.figures for one in enacted]
    size = len(enacted)

    def counted(name: str) -> wi.Range:
        values = range_of(getattr(one, name) for one in figures)
        assert values is not None
        return values

    probes = sum(one.figures.probes for one in enacted)
    return wi.Point(
        limit_ms=limit_ms,
        matches=counted("matches"),
        people_matched=counted("people_matched"),
        waited_s_median=range_of(one.waited_s_median for one in figures),
        waited_s_p95=range_of(one.waited_s_p95 for one in figures),
        left_over=counted("left_over"),
        gave_up=counted("gave_up"),
        pairs=sum(one.pairs for one in enacted) / size,
        estimated=sum(one.estimated for one in enacted) / size,
        probes_estimated=sum(one.probes_estimated for one in enacted) / probes if probes else 0.0,
        misjudged=misjudged(run, limit_ms),
        draws=size,
    )


def misjudged(run: Run, limit_ms: int | None) -> float | None:
    """The share of measured pairs that, held back, the model puts on the wrong side of a limit."""
    if limit_ms is None or len(run.knowledge.measured) < 2:
        return None
    held_back = run.knowledge.model.held_back
    wrong = sum((one.estimated_ms > limit_ms) != (one.measured_ms > limit_ms) for one in held_back)
    return wrong / len(held_back)


def model_error(run: Run) -> wi.ModelError | None:
    """On pairs held back; None if nothing was measured."""
    measured = run.knowledge.measured
    if not measured:
        return None
    model = run.knowledge.model
    errors = [one.estimated_ms - one.measured_ms for one in model.held_back]
    sizes = sorted(abs(error) for error in errors)
    within = sum(abs(one.estimated_ms - one.measured_ms) <= 1.6449 * one.sd_ms for one in model.held_back)
    tried = [session for sessions in run.script.sessions.values() for session in sessions if not session.cut_short]
    return wi.ModelError(
        pairs=len(measured),
        median_abs_ms=percentile(sizes, 0.5) or 0.0,
        low_ms=percentile(errors, LOW) or 0.0,
        high_ms=percentile(errors, HIGH) or 0.0,
        within=within / len(errors) if errors else 0.0,
        people=len({name for a, b, _ in measured for name in (a, b)}),
        failed_share=sum(session.rtt_ms is None for session in tried) / len(tried) if tried else 0.0,
    )


def likeness(run: Run, worlds: Sequence[World]) -> wi.Likeness | None:
    """The run as it was, against its log; None if its own matchmaker is not at hand."""
    assert run.script.started is not None
    try:
        again = enact(run, worlds[0], maker(run, "", None), run.script.started.max_p2p_rtt_ms, own=True)
    except wi.WhatIfError:
        return None
    left = list(again.groups)
    moved_s = [0.0]
    same = 0
    for group in run.script.groups:
        near = [one for one in left if one[1:] == group[1:] and abs(one.formed_s - group.formed_s) <= SAME_WITHIN_S]
        if near:
            best = min(near, key=lambda one: abs(one.formed_s - group.formed_s))
            left.remove(best)
            moved_s.append(abs(best.formed_s - group.formed_s))
            same += 1
    return wi.Likeness(groups=len(run.script.groups), same=same, others=len(left), moved_s=max(moved_s))


def begin(run: Run, question: wi.Question, worlds: Sequence[World]) -> wi.WhatIf:
    """Everything but the points. Raises WhatIfError if there is nothing to re-enact."""
    script, started = run.script, run.script.started
    assert started is not None
    if not script.groups and not script.stays:
        raise wi.WhatIfError(f"Nobody waited in {run.name}, so there is nothing to re-enact.")
    limits = [started.max_p2p_rtt_ms, *(act.value for act in script.acts if act.deed == "threshold")]
    return wi.WhatIf(
        run=run.name,
        path=str(run.path),
        experiment=started.experiment,
        matchmaker=question.matchmaker or run.own_matchmaker,
        own_matchmaker=run.own_matchmaker,
        limits=[limit for index, limit in enumerate(limits) if index == 0 or limit != limits[index - 1]],
        happened=figures_of(script.groups, script.stays, sum(map(len, script.sessions.values()))),
        likeness=likeness(run, worlds),
        error=model_error(run),
        people=sum(act.deed == "join" for act in script.acts),
        measured_pairs=len(run.knowledge.measured),
        giving_up_per_min=60 * run.knowledge.giving_up_per_s,
        notes=[*_notes(run), *_without_effect(run, question)],
    )


def _notes(run: Run) -> list[str]:
    """What was assumed, for those who read the figures."""
    script = run.script
    notes = ["The run was simulated: nobody took part."] if script.started and script.started.simulated else []
    notes.append("Each limit holds from start to end; what the operator did besides is done again at the same time.")
    if run.knowledge.giving_up_per_s > 0:
        mean_min = 1 / run.knowledge.giving_up_per_s / 60
        notes.append(f"Who has to wait longer than they did gives up after {mean_min:.1f} more minutes on average.")
    else:
        notes.append("Nobody gave up waiting in this run, so nobody does here.")
    if not script.ended:
        notes.append("The log has no end yet: everything is counted up to its last event.")
    elif not script.cut_off:
        notes.append("The run's end met nobody waiting, so the doors stay open for those who wait, an hour at most.")
    else:
        notes.append("The run ends when it ended.")
    if not run.knowledge.measured:
        notes.append("Nothing was measured, so only “none” can be asked.")
    notes += [f"Of its log: {problem}." for problem in run.problems]
    return notes


def _without_effect(run: Run, question: wi.Question) -> list[str]:
    """What was asked for and changes nothing."""
    wanted = question.matchmaker or run.own_matchmaker
    if question.max_server_rtt_ms is None or wanted == "latency_fifo":
        return []
    return [f"The most that two server RTTs may add up to was given, but {wanted} does not look at it."]


def limits_of(answer: wi.WhatIf, question: wi.Question) -> list[int | None]:
    """What is asked of this run, in order, “none” last."""
    wanted = {*question.limits, *(answer.limits if question.with_own else ())}
    if not answer.measured_pairs:
        wanted &= {None}
    return sorted(wanted, key=lambda limit_ms: (limit_ms is None, limit_ms or 0))


def ask(question: wi.Question, tell: wi.Tell) -> None:
    """Answer, telling as it comes: of each run Started, then Reached for each limit; or Refusal."""
    done, ahead = 0, len(question.paths) * len(question.limits)
    for path in question.paths:
        ahead -= len(question.limits)
        try:
            run = open_run(Path(path))
            worlds = [World(run.knowledge, seed) for seed in range(1, question.seeds + 1)]
            make = maker(run, question.matchmaker, question.max_server_rtt_ms)
            answer = begin(run, question, worlds)
        except wi.WhatIfError as problem:
            tell(wi.Refusal(path, str(problem)))
            continue
        limits = limits_of(answer, question)
        answer = msgspec.structs.replace(answer, path=path)
        tell(wi.Started(answer, len(limits)))
        for number, limit_ms in enumerate(limits):
            reached = point(run, worlds, make, limit_ms, partial(_tell_draw, tell, path, limit_ms, question.seeds))
            done += 1
            tell(wi.Reached(path, reached, done, done + len(limits) - number - 1 + ahead))


def _tell_draw(tell: wi.Tell, path: str, limit_ms: int | None, of: int, done: int) -> None:
    tell(wi.Drawn(path, limit_ms, done / of))
