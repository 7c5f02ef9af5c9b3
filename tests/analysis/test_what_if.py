"""What-if: figures by hand, estimates against what really happens under the other limit, words, files, odd runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core import events as ev
from core.analysis.reports import what_if_html
from core.analysis.what_if import answer as wi
from core.analysis.what_if import sweep as what_if_sweep
from core.analysis.what_if import text as what_if_text
from core.analysis.what_if.parts import Group, Session, Stay, lasts_s
from core.analysis.what_if.recorded_run import maker, open_run, run_of
from core.analysis.what_if.script import Script
from core.analysis.what_if.worlds import Knowledge, Prober, World
from core.clock import VirtualClock
from tests.analysis.what_if_runs import ONE_GAME, TROUBLED, simulated


def knowing(**sessions: list[Session]) -> World:
    """A world in which the log says this of the pairs `a_b`."""
    script = Script()
    for pair, each in sessions.items():
        a, b = pair.split("_")
        script.sessions[a, b] = each
    return World(Knowledge(script), 1)


@pytest.fixture(scope="module")
def at_100(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated(tmp_path_factory.mktemp("run"), participants=120)


@pytest.fixture(scope="module")
def answers(at_100: Path) -> list[wi.WhatIf]:
    return asked(wi.Question(paths=[str(at_100)], limits=[60, 150, None], seeds=4))


def asked(question: wi.Question) -> list[wi.WhatIf]:
    found: dict[str, wi.WhatIf] = {}
    for news in heard(question):
        if isinstance(news, wi.Started):
            found[news.answer.path] = news.answer
        elif isinstance(news, wi.Reached):
            found[news.path].points.append(news.point)
    return list(found.values())


def heard(question: wi.Question) -> list[wi.News]:
    news: list[wi.News] = []
    what_if_sweep.ask(question, news.append)
    return news


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_figures_are_counted_as_one_would_by_hand() -> None:
    groups = [Group(10.0, "task", frozenset("ab")), Group(20.0, "task", frozenset("cd"))]
    stays = [
        Stay("a", 4.0, "matched"), Stay("b", 2.0, "matched"), Stay("c", 12.0, "matched"), Stay("d", 6.0, "matched"),
        Stay("e", 60.0, "wait_timeout"), Stay("f", 30.0, "left"), Stay("g", 5.0, ""), Stay("a", 9.0, "left"),
    ]  # fmt: skip
    assert what_if_sweep.figures_of(groups, stays, 7) == wi.Figures(
        matches=2, people_matched=4, waited_s_median=5.0, waited_s_p95=pytest.approx(11.1), left_over=3, gave_up=1,
        timed_out=1, probes=7,
    )  # fmt: skip


def test_a_range_is_the_middle_and_nine_tenths() -> None:
    assert what_if_sweep.range_of(map(float, range(1, 100))) == wi.Range(50.0, 5.0, 95.0)
    assert what_if_sweep.range_of([4.0, 9.0, 2.0, 3.0]) == wi.Range(3.5, 2.0, 9.0)
    assert what_if_sweep.range_of([3.0, None]) == wi.Range(3.0, 3.0, 3.0)
    assert what_if_sweep.range_of([None]) is None


def test_a_pair_is_asked_as_often_as_it_was_and_then_as_last() -> None:
    first, second = Session(1.0, 80.0), Session(1.2, 90.0)
    world = knowing(a_b=[first, second])
    assert [world.outcome("b", "a", time)[:2] for time in range(4)] == [one[:2] for one in (first, *[second] * 3)]


def test_a_probe_that_was_cut_short_takes_longer_than_it_did_and_ends_as_the_next() -> None:
    cut, whole = Session(3.0, None, "left", {}, True), Session(1.0, 80.0)
    world = knowing(a_b=[cut, whole])
    assert world.outcome("a", "b", 0)[:2] == (pytest.approx(3.05), 80.0)
    assert world.known("a", "b")
    assert not knowing(a_b=[cut], c_d=[whole]).known("a", "b")


@pytest.mark.parametrize(("now_s", "takes_s"), [(10.0, 2.0), (10.3, 1.7), (9.6, 2.4), (10.6, 2.0), (90.0, 2.0)])
def test_what_begins_when_it_began_ends_when_it_ended(now_s: float, takes_s: float) -> None:
    assert lasts_s(Session(2.0, 80.0, began_s=10.0), now_s) == pytest.approx(takes_s)
    assert lasts_s(Session(2.0, 80.0), now_s) == 2.0


def test_the_rate_of_giving_up_is_those_who_did_over_all_time_waited() -> None:
    script = Script()
    entered = [ev.WaitroomEntered(subject_id=s, scene_id="task", elapsed_s=0.0) for s in "abc"]
    left = [
        ev.ParticipantLeft(subject_id="a", reason="left", elapsed_s=30.0),
        ev.WaitroomLeft(subject_id="a", scene_id="task", reason="left", waited_s=30.0, elapsed_s=30.0),
        ev.WaitroomLeft(subject_id="b", scene_id="task", reason="matched", waited_s=10.0, elapsed_s=10.0),
        ev.RunEnding(elapsed_s=60.0),
    ]
    script.replay([*entered, *sorted(left, key=lambda event: event.elapsed_s)])
    # a waited 30 s and left, b 10 s until matched, c still waits at 60 s.
    assert Knowledge(script).giving_up_per_s == pytest.approx(1 / 100)


def test_a_cancelled_probe_reports_once_and_says_why() -> None:
    clock, told = VirtualClock(), []
    prober = Prober(knowing(a_b=[Session(2.0, 80.0)], a_c=[Session(2.0, None, "timeout", {"c": False})]), clock)

    def hear(a: str, b: str, rtt_ms: float | None) -> None:
        told.append((clock.monotonic(), a, b, rtt_ms, prober.failure, dict(prober.at_fault)))

    prober.create_probe("b", "a", hear)
    prober.create_probe("a", "c", hear)
    clock.advance(1.0)
    prober.cancel("b")
    clock.advance(5.0)
    assert told == [(1.0, "b", "a", None, "left", {}), (2.0, "a", "c", None, "timeout", {"c": False})]
    assert (prober.asked, prober.estimated, prober.failure) == (2, 0, None)


# --- against what really happens --------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit_ms", [60, 150])
def test_estimates_agree_with_the_same_crowd_under_that_limit(
    at_100: Path, answers: list[wi.WhatIf], tmp_path: Path, limit_ms: int
) -> None:
    text = ONE_GAME.replace("max_p2p_rtt_ms: 100", f"max_p2p_rtt_ms: {limit_ms}")
    truth = open_run(simulated(tmp_path, text, participants=120)).script
    figures = what_if_sweep.figures_of(truth.groups, truth.stays, 0)
    [reached] = [one for one in answers[0].points if one.limit_ms == limit_ms]
    assert reached.estimated > 20
    assert abs(reached.matches.mid - figures.matches) <= 2
    assert abs(reached.left_over.mid - figures.left_over) <= 4
    assert reached.waited_s_median is not None
    assert reached.waited_s_median.mid == pytest.approx(figures.waited_s_median, rel=0.5)


def test_the_point_of_the_runs_own_limit_is_added_and_is_what_happened(answers: list[wi.WhatIf]) -> None:
    [answer] = answers
    assert [one.limit_ms for one in answer.points] == [60, 100, 150, None]
    assert (answer.limits, answer.happened_at) == ([100], 100)
    own = answer.points[1]
    assert (own.matches.mid, own.left_over.mid) == (answer.happened.matches, answer.happened.left_over)
    assert (own.estimated, own.draws) == (0, 1)
    assert answer.likeness is not None
    assert answer.likeness.same == answer.likeness.groups == answer.happened.matches


def test_the_error_is_small_for_a_crowd_that_is_made_as_the_model_says(answers: list[wi.WhatIf]) -> None:
    error = answers[0].error
    assert error is not None
    assert error.median_abs_ms < 2
    assert error.low_ms < 0 < error.high_ms
    assert 0.8 < error.within < 1


# --- odd runs ---------------------------------------------------------------------------------------------------------


def test_where_nothing_was_measured_only_no_limit_can_be_asked(tmp_path: Path) -> None:
    path = simulated(tmp_path, ONE_GAME.replace("max_p2p_rtt_ms: 100", "max_p2p_rtt_ms: null"), participants=20)
    [answer] = asked(wi.Question(paths=[str(path)], limits=[100, None], seeds=2))
    assert [one.limit_ms for one in answer.points] == [None]
    assert answer.error is None
    assert "Not a single pair was measured" in wi.error_text(answer.error)
    assert answer.likeness is not None
    assert answer.likeness.same == answer.happened.matches == 10


def test_a_run_that_is_on_is_asked_as_far_as_its_log_goes(at_100: Path, tmp_path: Path) -> None:
    (tmp_path / "run_live").mkdir()
    log = (at_100 / "events.jsonl").read_bytes()
    cut = log[: len(log) // 2]
    (tmp_path / "run_live" / "events.jsonl").write_bytes(cut)
    [answer] = asked(wi.Question(paths=[str(tmp_path / "run_live")], limits=[], seeds=2))
    assert "no end yet" in " ".join(answer.notes)
    assert "Of its log: the last line is torn" in " ".join(answer.notes)
    assert answer.likeness is not None
    assert answer.likeness.same == answer.likeness.groups > 10
    assert answer.likeness.others <= 1  # a group whose probe was under way when the log was cut


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (b"", "does not begin"),
        (b'{"event_type":"run_started","run_id":"r","scenes":[]}\n', "no scene in which"),
        (b'{"event_type":"run_started","run_id":"r","scenes":[{"scene_id":"g","kind":"game"}]}\n', "Nobody waited"),
        (b'nonsense\n{"event_type":"note_added","text":"hi"}\n', "does not begin"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(tmp_path: Path, lines: bytes, sentence: str) -> None:
    (tmp_path / "events.jsonl").write_bytes(lines)
    [news] = heard(wi.Question(paths=[str(tmp_path)], limits=[100]))
    assert isinstance(news, wi.Refusal)
    assert sentence in news.sentence


def test_a_matchmaker_of_the_staffs_own_is_not_run_from_a_log(at_100: Path) -> None:
    run = open_run(at_100)
    assert run.script.started is not None
    run.script.started.matchmaker = "OurMatchmaker"
    with pytest.raises(wi.WhatIfError, match="matchmaker of its own"):
        maker(run, "", None)
    assert maker(run, "fifo", None)(100).max_p2p_rtt_ms == 100
    with pytest.raises(wi.WhatIfError, match="--max-server-rtt"):
        maker(run, "latency_fifo", None)
    assert what_if_sweep.likeness(run, [World(run.knowledge, 1)]) is None


def test_a_wider_server_limit_lets_more_be_proposed(at_100: Path) -> None:
    def matches(most_ms: float) -> float:
        question = wi.Question(
            paths=[str(at_100)], limits=[100], matchmaker="latency_fifo", max_server_rtt_ms=most_ms, seeds=2
        )
        return asked(question)[0].points[0].matches.mid

    assert matches(40.0) < matches(1_000.0)
    unheard = asked(wi.Question(paths=[str(at_100)], limits=[100], max_server_rtt_ms=40.0, seeds=1))[0].notes[-1]
    assert "fifo does not look at it" in unheard


def test_a_broken_config_is_no_reason_to_refuse(at_100: Path, tmp_path: Path) -> None:
    events = open_run(at_100)
    log = tmp_path / "run_x"
    log.mkdir()
    (log / "events.jsonl").write_bytes((at_100 / "events.jsonl").read_bytes())
    (log / "config.yaml").write_text("matching: [1, 2\n")
    assert open_run(log).rules.timeouts.wait_s == events.rules.timeouts.wait_s == 200
    (log / "config.yaml").write_text("timeouts: {wait_s: soon}\nscenes: 7\n")
    assert open_run(log).rules.timeouts.slow_fresh_s == events.rules.timeouts.slow_fresh_s


def test_an_older_log_without_ids_of_a_probes_start_still_counts() -> None:
    started = ev.RunStarted(run_id="r", max_p2p_rtt_ms=100, scenes=[ev.SceneSummary("g", "game")])
    probe = ev.ProbeCompleted(
        probe_session_id="probe-1", subject_a="b", subject_b="a", rtt_ms=80.0, accepted=True, prepare_s=0.5,
        connect_s=0.25, measure_s=1.0, elapsed_s=9.0,
    )  # fmt: skip
    run = run_of([started, probe], Path("r"))
    assert run.script.sessions["a", "b"] == [Session(pytest.approx(1.75), 80.0, began_s=pytest.approx(7.25))]


# --- words and files --------------------------------------------------------------------------------------------------


def test_the_table_says_what_happened_and_what_is_estimated(answers: list[wi.WhatIf]) -> None:
    text = what_if_text.as_text(answers[0])
    lines = text.splitlines()
    assert lines[1].split()[:3] == ["limit", "matches", "people"]
    assert lines[2].startswith("happened: 100 ms")
    assert "The run was simulated: nobody took part." in lines
    assert lines[3].startswith("60 ms")
    assert " of " in lines[3]
    assert "Estimates against" in text
    assert "groups form again" in text


def test_the_csv_holds_the_same_figures_and_no_formula(answers: list[wi.WhatIf]) -> None:
    evil = msgspec.structs.replace(answers[0], run="=cmd()")
    rows = list(csv.DictReader(io.StringIO(what_if_text.as_csv([evil]))))
    assert [row["source"] for row in rows] == ["recorded", *["re-enacted"] * 4]
    assert rows[0]["run"] == "'=cmd()"
    assert float(rows[2]["matches"]) == answers[0].happened.matches == float(rows[0]["matches"])
    assert [row["limit_ms"] for row in rows[1:]] == ["60", "100", "150", "none"]
    assert float(rows[1]["held_back_error_ms_median"]) == answers[0].error.median_abs_ms  # type: ignore[union-attr]


def test_the_page_stands_alone_and_escapes_what_people_wrote(answers: list[wi.WhatIf]) -> None:
    page = what_if_html.as_html([msgspec.structs.replace(answers[0], run="<script>x", experiment="<b>")], 0.0)
    assert "<script" not in page
    assert "&lt;script&gt;x" in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<svg") == 4
    assert page.count("<circle") == 4


def test_news_can_be_sent_to_another_process(at_100: Path) -> None:
    sent = heard(wi.Question(paths=[str(at_100), "/nowhere"], limits=[100], seeds=1))
    coded = [msgspec.json.decode(msgspec.json.encode(news), type=wi.News) for news in sent]
    assert coded == sent
    assert [type(news) for news in sent] == [wi.Started, wi.Drawn, wi.Reached, wi.Refusal]
    assert isinstance(sent[2], wi.Reached)
    assert (sent[2].done, sent[2].of) == (1, 2)


RANGES: list[tuple[wi.Range | None, dict[str, Any], str]] = [
    (wi.Range(41.0, 38.0, 43.0), {}, "41 (38–43)"),
    (wi.Range(41.0, 41.0, 41.0), {}, "41"),
    (wi.Range(3.04, 2.96, 3.1), {"digits": 1}, "3.0 (3.0–3.1)"),
    (None, {}, "–"),
]


@pytest.mark.parametrize(("value", "how", "text"), RANGES)
def test_a_range_in_words(value: wi.Range | None, how: dict[str, Any], text: str) -> None:
    assert wi.range_text(value, **how) == text


TALES: list[tuple[Callable[[], str], str]] = [
    (lambda: wi.likeness_text(None), "not at hand"),
    (lambda: wi.likeness_text(wi.Likeness(groups=0, same=0, others=0, moved_s=0)), "nor when re-enacted"),
    (lambda: wi.likeness_text(wi.Likeness(groups=4, same=3, others=2, moved_s=1.26)), "3 of its 4 groups"),
]


@pytest.mark.parametrize(("tell", "words"), TALES)
def test_how_like_the_run_it_is_in_words(tell: Callable[[], str], words: str) -> None:
    assert words in tell()


def test_troubles_and_giving_up_are_part_of_the_crowd_that_comes_again(tmp_path: Path) -> None:
    path = simulated(tmp_path, participants=60, crowd=TROUBLED)
    [answer] = asked(wi.Question(paths=[str(path)], limits=[50], seeds=4))
    assert answer.giving_up_per_min > 0
    strict = answer.points[0]
    assert strict.draws == 4
    assert strict.gave_up.mid >= answer.happened.gave_up
    assert strict.matches.mid < answer.happened.matches
