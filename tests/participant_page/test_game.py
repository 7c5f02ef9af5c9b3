""" "Meet in the middle" between real pages: over their own DataChannels, by the engine, and after a reload."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import Page
from tests.participant_page.conftest import Engine, Opener

PATH = "document.querySelector('[data-root]')?.dataset.path"
MET = "document.querySelector('.mm-met').textContent"
HINT = "document.querySelector('.mm-hint').textContent"
CENTRE = (
    "(() => { const r = document.querySelector('canvas').getBoundingClientRect();"
    " return [r.x + r.width / 2, r.y + r.height / 2] })()"
)
NO_DIRECT_WAY = "RTCPeerConnection.prototype.setRemoteDescription = () => new Promise(() => {})"


def begin(
    engine: Engine, open_page: Opener, *, path: str = "p2p", players: int = 2, **options: Any
) -> tuple[Page, ...]:
    pages = tuple(open_page(**options) for _ in range(players))
    engine.show_game(players)
    for page in pages:
        page.wait_for(f"{PATH} === '{path}'")
    return pages


def go_to_the_middle(page: Page) -> None:
    page.wait_for("document.querySelector('.mm-overlay').hidden")
    page.mouse(*page.eval(CENTRE))


def meet_in_the_first_ring(pages: tuple[Page, ...]) -> None:
    for page in pages:
        go_to_the_middle(page)
    for page in pages:
        page.wait_for(f"{MET} === '1'")


def play_to_the_end(engine: Engine, players: int) -> list[dict[str, Any]]:
    """Have pages that play by themselves do so until the time is up; their summaries. On a machine that has hardly come
    to playing by then they get more time, in another game.
    """
    for number, remaining_s in enumerate((6.0, 20.0, 60.0), 1):
        engine.show_game(players, remaining_s=remaining_s, game_id=f"g{number}")
        finished = engine.wait_heard("game_finished", players * number)[-players:]
        assert sorted(subject for subject, _ in finished) == ["S1", "S2", "S3"][:players]
        told = [message["data"] for _, message in engine.heard("game_data") if message["data"]["kind"] == "summary"]
        summaries = told[players * (number - 1) :]
        if all(one["score"] > 0 and one["path"] == "p2p" and one["moves_direct"] > 50 for one in summaries):
            break
    return summaries


def assert_nearly_the_same_score(summaries: list[dict[str, Any]]) -> None:
    """Of a score in the last moment a page whose time is up already is not told."""
    scores = [summary["score"] for summary in summaries]
    assert 0 < max(scores) <= min(scores) + 1


def test_two_people_score_over_their_own_channel(engine: Engine, open_page: Opener) -> None:
    pages = begin(engine, open_page)
    before = len(engine.heard("game_message"))  # on a busy machine the engine relays until there is a channel
    meet_in_the_first_ring(pages)
    records = engine.wait_heard("game_data", 2)
    assert sorted(subject for subject, _ in records) == ["S1", "S2"]
    for _, message in records:
        assert message["data"]["kind"] == "score"
        assert message["data"]["score"] == 1
        assert message["data"]["path"] == "p2p"
        assert 0 <= message["data"]["you_arrived_after_ms"] <= message["data"]["met_after_ms"]
    moves = [payload for _, payload in engine.heard("game_message")[before:] if payload.get("e", {}).get("k") == "d"]
    assert moves == []


def test_three_people_score_only_when_all_are_in(engine: Engine, open_page: Opener) -> None:
    first, second, third = begin(engine, open_page, players=3)
    go_to_the_middle(first)
    go_to_the_middle(second)
    for page in (first, second):
        page.wait_for(f"{HINT} === 'You are in. Wait for your partners.'")
    third.wait_for(f"{HINT} === 'Your partners are in the ring. Join them!'")
    assert engine.heard("game_data") == []
    go_to_the_middle(third)
    records = engine.wait_heard("game_data", 3)
    assert sorted(subject for subject, _ in records) == ["S1", "S2", "S3"]
    assert {message["data"]["score"] for _, message in records} == {1}
    assert {message["data"]["path"] for _, message in records} == {"p2p"}
    by_subject = {subject: message["data"] for subject, message in records}
    assert by_subject["S3"]["you_arrived_after_ms"] >= by_subject["S3"]["partner_arrived_after_ms"]
    assert by_subject["S1"]["you_arrived_after_ms"] <= by_subject["S1"]["partner_arrived_after_ms"]


def test_three_people_play_to_the_end_with_one_summary_each(engine: Engine, open_page: Opener) -> None:
    for _ in range(3):
        open_page("?autoplay=1")
    summaries = play_to_the_end(engine, 3)
    assert len(summaries) == 3
    assert_nearly_the_same_score(summaries)


def test_of_three_people_one_may_load_the_page_again(engine: Engine, open_page: Opener) -> None:
    pages = begin(engine, open_page, players=3)
    meet_in_the_first_ring(pages)
    pages[0].reload()
    pages[0].wait_for(f"{PATH} === 'p2p' && {MET} === '1'")
    for page in pages:
        page.wait_for(f"{PATH} === 'p2p' && document.querySelector('.mm-way').textContent === 'Direct'")
    assert [m["data"]["score"] for _, m in engine.heard("game_data")] == [1, 1, 1]


def test_without_a_direct_way_the_engine_relays(engine: Engine, open_page: Opener) -> None:
    meet_in_the_first_ring(begin(engine, open_page, path="server", before=NO_DIRECT_WAY))
    assert {message["data"]["path"] for _, message in engine.wait_heard("game_data", 2)} == {"server"}


def test_relay_only_takes_no_direct_way_although_there_is_one(engine: Engine, open_page: Opener) -> None:
    pages = open_page(), open_page()
    engine.show_game(ice_transport_policy="relay")
    for page in pages:
        page.wait_for(f"{PATH} === 'server'")


def test_a_reload_comes_back_into_the_same_game(engine: Engine, open_page: Opener) -> None:
    pages = begin(engine, open_page)
    meet_in_the_first_ring(pages)
    for page, subject in zip(pages, ("S1", "S2"), strict=True):
        view = {"phase": "game", "scene_id": "task", "title": "Meet", "game_id": "g1", "game": "meet_in_the_middle"}
        page.reload()
        page.wait_for(f"{PATH} === 'p2p' && {MET} === '1'")
        assert page.eval("parseInt(document.querySelector('.mm-clock').textContent)") <= 597
        assert view["phase"] == page.eval("document.documentElement.dataset.phase"), subject
    for page in pages:
        page.wait_for(f"{PATH} === 'p2p' && document.querySelector('.mm-way').textContent === 'Direct'")
    assert [m["data"]["score"] for _, m in engine.heard("game_data")] == [1, 1]


def test_a_lost_engine_does_not_stop_the_game(engine: Engine, open_page: Opener) -> None:
    pages = begin(engine, open_page)
    engine.ask("cut")
    for page in pages:
        page.wait_for("!document.getElementById('lost').hidden")
    meet_in_the_first_ring(pages)
    engine.ask("listen")
    assert len(engine.wait_heard("game_data", 2)) == 2
    for page in pages:
        assert page.eval(MET) == "1"


def test_the_keyboard_steers(engine: Engine, open_page: Opener) -> None:
    """To the right from home leads through the first ring; the page says that we are in, however short."""
    page, _ = begin(engine, open_page)
    page.wait_for("document.querySelector('.mm-overlay').hidden")
    page.eval(
        "(window.hints = [], new MutationObserver(() => hints.push(document.querySelector('.mm-hint').textContent))"
        ".observe(document.querySelector('.mm-hint'), {childList: true}), 1)"
    )
    for key, back in {"D": "A", "Left": "Right", "Right": "Left", "A": "D"}.items():
        # A machine whose processors others want may draw no picture while the player is in the ring: once more, then.
        for _ in range(5):
            if leads_through_the_ring(page, key):
                break
            leads_through_the_ring(page, back)
        else:
            pytest.fail(f"{key} does not steer; the page shows: {page.text()}")


def leads_through_the_ring(page: Page, key: str) -> bool:
    page.eval("hints.length = 0")
    page.key(key, down=True)
    try:
        page.wait_for("hints.length >= 2 && hints.some((hint) => hint.startsWith('You are in'))", timeout_s=10)
    except RuntimeError:
        return False
    finally:
        page.key(key, down=False)
    return True


def test_time_runs_out_with_a_summary_and_one_finish_each(engine: Engine, open_page: Opener) -> None:
    open_page("?autoplay=1")
    open_page("?autoplay=1")
    summaries = play_to_the_end(engine, 2)
    assert len(summaries) == 2
    assert_nearly_the_same_score(summaries)
    for summary in summaries:
        assert summary["simulated"] is True
        assert summary["path"] == "p2p"
        assert summary["peer_rtt_ms"] > 0
        assert summary["moves_direct"] > 50 > summary["moves_by_server"]


def test_a_game_that_is_not_there_is_told(engine: Engine, open_page: Opener) -> None:
    pages = open_page(), open_page()
    for name in ("no_such_game", "../main"):
        engine.show_game(game=name, game_id=name)
        pages[0].wait_for("document.querySelector('.game [data-problem]')?.hidden === false")
        assert "could not be loaded" in pages[0].text(".game")


def test_a_partners_nonsense_is_survived(engine: Engine, open_page: Opener) -> None:
    pages = begin(engine, open_page)
    for nonsense in (
        None, 7, "x", [], {}, {"kind": "relay"}, {"kind": "relay", "e": {"k": "d", "d": None}},
        {"kind": "relay", "e": {"k": "d", "d": {"t": "move", "x": "NaN", "y": {}, "score": 1e9}}},
        {"kind": "signal", "type": "offer", "me": "a", "you": "b", "payload": "sdp"},
    ):  # fmt: skip
        engine.ask("emit", subject="S1", event="game_message", data={"from": 1, "payload": nonsense})
    meet_in_the_first_ring(pages)
