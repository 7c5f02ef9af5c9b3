"""The answer's figures against a plain look at everybody, under whatever may happen; rests; staff's own refusals."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from core import events as ev
from core.projections import why_words
from core.projections.shown import ShownRun
from tests.projections.stories import Story, full_waitroom


def shown_after(story: Story) -> ShownRun:
    shown = ShownRun()
    shown.replay(story.events)
    return shown


@pytest.mark.parametrize("seed", range(12))
def test_counting_by_tallies_equals_looking_at_each(seed: int) -> None:
    rng = random.Random(seed)
    scenes = [
        ev.SceneSummary("meet", "game", partners=rng.choice(["any", "same", "new"])),
        ev.SceneSummary("again", "game", partners=rng.choice(["any", "same", "new"])),
    ]
    story = Story().begin(
        150, scenes=scenes, measured_fresh_s=40.0, max_server_rtt_ms=rng.choice([None, 120]),
        group_hidden_tabs=rng.random() < 0.3, group_size=rng.choice([2, 2, 3]),
    )  # fmt: skip
    shown = shown_after(story)
    here: list[str] = []
    for turn in range(150):
        story = Story().at(float(turn))
        _something_happens(story, here, rng, turn)
        shown.replay(story.events)
        now_s = turn + rng.uniform(0, 3)
        for subject_id in list(shown.waitroom.rows)[:6]:
            answer = shown.why_not.answer(subject_id, now_s)
            looked_at = shown.why_not.candidates(subject_id, now_s, 10_000)
            assert answer.counts == Counter(other.standing for other in looked_at), (turn, subject_id)
            assert why_words.line(answer)
            assert why_words.sentences(answer).endswith(".")


def _something_happens(story: Story, here: list[str], rng: random.Random, turn: int) -> None:
    what = rng.choice(
        ["in", "in", "out", "rtt", "rtt", "slow", "fail", "lose", "back", "hide", "silent", "limit", "play"]
    )
    if what == "in":
        name = f"P{turn}"
        wanted = rng.sample(here, 1) if len(here) > 3 and rng.random() < 0.4 else []
        scene = rng.choice(["meet", "meet", "again"])
        story.join(name).rtt(name, rng.uniform(5, 150))
        story.tell(
            ev.WaitroomEntered, subject_id=name, scene_id=scene, wait_s=90.0, partners_wanted=wanted,
            partners_wait_s=20.0,
        )  # fmt: skip
        here.append(name)
    elif what == "limit":
        story.limit(rng.choice([100, 150, 200]))
    if len(here) < 2:
        return
    a, b = rng.sample(here, 2)
    if what == "out":
        here.remove(a)
        story.leave(a)
        story.tell(ev.WaitroomLeft, subject_id=a, scene_id="meet", reason="left")
    elif what == "rtt":
        story.rtt(a, rng.uniform(5, 150))
    elif what in ("slow", "fail"):
        reason = "slow" if what == "slow" else rng.choice(["unreachable", "timeout", "left"])
        story.tell(ev.ProbeStarted, probe_session_id="p", subject_a=a, subject_b=b)
        if rng.random() < 0.8:
            story.tell(
                ev.MatchRejected, group_id="g", scene_id="meet", subjects=[a, b], worst=[a, b], reason=reason,
                rtt_ms=rng.uniform(90, 260) if what == "slow" else None, max_p2p_rtt_ms=150,
                retry_after_s=rng.uniform(5, 60), rests_s={a: rng.uniform(1, 20)} if rng.random() < 0.4 else {},
            )  # fmt: skip
    elif what == "lose":
        story.lose(a)
    elif what == "back":
        story.back(a)
    elif what == "hide":
        story.tell(ev.VisibilityChanged, subject_id=a, hidden=rng.random() < 0.6)
    elif what == "silent":
        story.tell(ev.LivenessChanged, subject_id=a, silent=rng.random() < 0.6)
    elif what == "play":
        story.tell(ev.GameStarted, game_id="x", scene_id="meet", subjects=[a, b])


def test_who_rests_is_said_to_and_until_when() -> None:
    story = Story().begin(150).join("A", "B", "C").wait("A", "B", "C").propose("A", "B").at(10)
    story.failed("A", "B", reason="timeout", retry_after_s=20, rests_s={"B": 15.0})
    shown = shown_after(story)
    answer = shown.why_not.answer("B", 12)
    assert why_words.sentences(answer).startswith("Did not answer in a probe, so sits out for 0:13.")
    assert "Tried again in 13 s" in why_words.steps(answer)
    assert shown.why_not.answer("C", 12).counts == {"resting": 1, "free": 1}
    assert shown.why_not.answer("C", 25.5).counts == {"free": 2}


def test_refused_people_rest_no_longer_once_the_limit_moves() -> None:
    story = Story().begin(150).join("A", "B", "C").wait("A", "B", "C").propose("A", "B").at(10)
    story.failed("A", "B", reason="slow", rtt_ms=200.0, retry_after_s=20, rests_s={"B": 15.0})
    assert shown_after(story).why_not.answer("C", 12).counts == {"resting": 1, "free": 1}
    assert shown_after(story.limit(160)).why_not.answer("C", 12).counts == {"free": 2}


def test_a_page_without_webrtc_is_the_reason() -> None:
    story = Story().begin(150).join("A", "B").wait("A", "B").propose("A", "B")
    story.tell(
        ev.ProbeFailed, probe_session_id="p", subject_a="A", subject_b="B", reason="unreachable",
        peers=[ev.PeerEvidence("A", error="no_webrtc")],
    )  # fmt: skip
    story.tell(
        ev.MatchRejected, group_id="g1", scene_id="meet", subjects=["A", "B"], reason="unreachable", worst=["A", "B"]
    )
    why_not = shown_after(story).why_not
    assert (why_not.answer("A", 1).obstacle, why_not.answer("B", 1).obstacle) == ("no_webrtc", "")


def test_a_refusal_under_the_limit_is_the_matchmakers_own() -> None:
    story = Story().begin(150).join("A", "B").wait("A", "B").propose("A", "B")
    story.failed("A", "B", reason="slow", rtt_ms=90.0, retry_after_s=20)
    why_not = shown_after(story).why_not
    answer, (other,) = why_not.answer("A", 1), why_not.candidates("A", 1, 9)
    assert answer.counts == {"too_slow": 1}
    assert answer.would_do is None  # no limit would help
    assert why_words.candidate_text(other, answer.limit_ms) == "refused by the matchmaker"


def test_the_full_waitroom_in_lines() -> None:
    shown = shown_after(full_waitroom())
    lines = {subject: why_words.line(shown.why_not.answer(subject, 268.0)) for subject in shown.waitroom.rows}
    assert lines["P01"].startswith("2 too slow · 177 ms would do · 1 unreachable · 2 in a probe")
    assert lines["P07"] == "Tab in the background; chosen once they look again"
    assert lines["P08"] == "Page has not answered since 4:00"
    assert lines["P09"] == "Connection lost; place kept 0:10 more"
    assert lines["P11"] == "Being measured with P12"


@pytest.mark.parametrize("name", ["<b>x</b>", "x" * 10_000, "a\nb", "\u202eevil"])
def test_names_stay_plain_in_every_sentence(name: str) -> None:
    story = (
        Story()
        .begin(150)
        .join("A", name)
        .wait("A", name)
        .propose("A", name)
        .at(5)
        .measured("A", name, 200.0, retry_after_s=60)
    )
    answer = shown_after(story).why_not.answer("A", 10)
    told = " ".join([why_words.sentences(answer), *why_words.steps(answer)])
    assert len(told) < 400
    assert "\n" not in told
    assert "\u202e" not in told
