"""What the operator asks for and the run cannot do any more: refused by the real engine, and the reason is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt

from core import events as ev
from tests.widgets import test_operator_acts
from tests.widgets.test_operator_acts import Lab, waiting

lab = test_operator_acts.lab


def refused(lab: Lab) -> str:
    """What the window says, once; nothing of it came into the log."""
    banner = lab.window.banner
    assert banner.isVisible()
    assert banner.text().startswith("Not done: ")
    return banner.text().removeprefix("Not done: ")


def test_what_was_asked_of_somebody_who_has_left_meanwhile(lab: Lab, qtbot: Any):
    wishes = {"message": "Hello", "exclude": "", "extend": "5", "send": "", "remove": ""}
    for action, typed in wishes.items():
        waiting(lab, action)
        lab.choose(action)
        dialog = lab.click(action)
        if typed:
            qtbot.keyClicks(dialog.field, typed)
        lab.book.leave(action)
        before = len(lab.book.log)
        lab.window.banner.hide()
        lab.agree(dialog)
        assert refused(lab) == f"{action} does not take part any more"
        assert [event for event in lab.book.log[before:] if isinstance(event, ev.OperatorActed)] == []


def test_a_match_by_hand_whose_partner_has_left(lab: Lab, qtbot: Any):
    waiting(lab, "a", "b", "c")
    lab.choose("a")
    dialog = lab.click("match")
    qtbot.keyClick(dialog.field, Qt.Key.Key_End)
    lab.book.leave("c")
    lab.agree(dialog)
    assert refused(lab) == "c does not take part any more"
    assert lab.book.all(ev.MatchFormed) == []


def test_a_game_that_has_ended_by_itself(lab: Lab):
    waiting(lab, "a", "b")
    lab.book.measure("a", "b", 40.0)
    lab.choose("a")
    dialog = lab.click("end_game")
    lab.book.wait(200.0)
    before = len(lab.book.all(ev.GameEnded))
    assert before == 1
    lab.agree(dialog)
    assert "game" in refused(lab)
    assert len(lab.book.all(ev.GameEnded)) == before


def asks_to_note(lab: Lab, qtbot: Any) -> None:
    lab.window.operator.note.trigger()
    dialog = lab.question()
    qtbot.keyClicks(dialog.field, "too late")
    lab.book.engine.end_now("ended_now", by="somebody else")
    lab.agree(dialog)


def asks_everybody_to_wait_longer(lab: Lab, _qtbot: Any) -> None:
    lab.window.operator.extend_all.trigger()
    dialog = lab.question()
    lab.book.leave("asks_everybody_to_wait_longer")
    lab.book.leave("acknowledges_what_is_over")
    lab.agree(dialog)


def tells_everybody(lab: Lab, qtbot: Any) -> None:
    lab.window.operator.message_all.trigger()
    dialog = lab.question()
    qtbot.keyClicks(dialog.field, "Hello")
    lab.book.leave("tells_everybody")
    lab.agree(dialog)


def acknowledges_what_is_over(lab: Lab, _qtbot: Any) -> None:
    lab.book.engine.record(ev.AlertRaised(alert="x", text="Look", severity="warning"))
    lab.look()
    lab.book.engine.record(ev.AlertCleared(alert="x"))
    lab.window.operator.acknowledge.trigger()
    lab.look()


def test_what_was_asked_of_the_run(lab: Lab, qtbot: Any):
    asked: tuple[tuple[Callable[[Lab, Any], None], str], ...] = (
        (acknowledges_what_is_over, "x"),
        (asks_everybody_to_wait_longer, "nobody is waiting"),
        (tells_everybody, "nobody is here to read it"),
        (asks_to_note, "there is no run under way"),
    )
    for ask, reason in asked:
        waiting(lab, ask.__name__)
        lab.window.banner.hide()
        ask(lab, qtbot)
        assert reason in refused(lab).casefold(), ask.__name__
    # Someone else has ended the run a moment ago; the window may not know yet.
    for wish, fields in (("pause_matching", {"paused": True}), ("set_intake", {"open": False}),
                         ("set_threshold", {"max_p2p_rtt_ms": 90}), ("end_run", {"mode": "drain"})):  # fmt: skip
        lab.window.banner.hide()
        lab._answer(wish, fields)
        assert refused(lab) == "there is no run under way"


def test_a_limit_that_is_none(lab: Lab):
    lab.window.threshold_wanted.emit(0)
    assert "from 1 to 60000 ms" in refused(lab)
    assert lab.book.all(ev.ThresholdChanged) == []
