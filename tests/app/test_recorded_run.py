"""A run in the window, live and looked at: the same picture at its end; the slider, playing and jumping; logs that are
damaged or still grow.
"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QImage

from app.desk import Desk
from app.player import Player
from core import events as ev
from core.events import SCHEMA_VERSION
from core.runlog.files import LogReadError
from core.runlog.lines import encode_event
from tests.app.test_replay import opened as opened_view
from tests.app.test_replay import state_of, written
from tests.projections.stories import Story, busy_session
from widgets.dialogs import ProblemDialog
from widgets.main_window import MainWindow


@pytest.fixture
def make(qtbot, qapp, tmp_path):
    """A window with its desk."""
    desks = []

    def open_one() -> tuple[MainWindow, Desk]:
        window = MainWindow(qapp, QSettings(str(tmp_path / "console.ini"), QSettings.Format.IniFormat))
        qtbot.addWidget(window, before_close_func=lambda window: window.close_now())
        window.resize(1280, 800)
        window.show()
        qtbot.waitUntil(lambda: window._painted)
        desk = Desk(window)
        window.privacy_wanted.connect(desk.set_private)
        desk.ticker.start()
        desks.append(desk)
        return window, desk

    yield open_one
    for desk in desks:
        desk.ticker.stop()


def session() -> list[ev.Event]:
    """With notes, alerts and an end."""
    story = busy_session()
    last_s = max(event.elapsed_s for event in story.events)
    story.at(last_s + 1).tell(ev.NoteAdded, text="noise next door", by="maria")
    story.at(last_s + 2).tell(ev.AlertRaised, alert="waits", text="P01 waits too long")
    story.at(last_s + 5).tell(ev.RunEnded, reason="drained", joined=5)
    return sorted(story.events, key=lambda event: event.elapsed_s)


def panel_drawn(qtbot, window: MainWindow, name: str) -> QImage:
    """One panel in a desk that fills the window."""
    for above in (window.run_bar, window.time_slider, window.banner, window.alert_line):
        above.hide()
    window.activateWindow()
    window.desk.go_to(name)
    panel = window.panels[name]
    panel.setFixedSize(600, 320)
    qtbot.waitUntil(panel.isVisible)
    qtbot.waitUntil(lambda: getattr(panel, "plot", panel) is not None)
    panel._drawn_version = -1
    panel.pull(window.session.shown.run.last_elapsed_s)
    window.setFocus()
    qtbot.wait(100)
    image, newer = panel.grab().toImage(), None
    while newer != image:
        qtbot.wait(100)
        image, newer = newer or image, panel.grab().toImage()
    return image


def test_at_its_end_a_live_run_looks_like_the_opened_one(qtbot, make, tmp_path):
    events = session()
    run = written(tmp_path, events[:40])
    live_window, live = make()
    live.show_live(run.path)
    with run.events_path.open("ab") as log:
        for event in events[40:]:
            log.write(encode_event(event))
            log.flush()
            if event.seq % 60 == 0:
                live.ticker.tick()
    qtbot.waitUntil(lambda: live.live.shown.run.state == "ended")
    window, desk = make()
    desk.show_recorded(run.path)
    qtbot.waitUntil(lambda: desk.seen.shown.run.state == "ended")
    desk.player.want(60.0)
    desk.ticker.tick()
    assert desk.seen.shown.run.state == "open"
    desk.player.want(1e9)
    desk.ticker.tick()
    assert state_of(desk.seen.shown) == state_of(live.live.shown)
    assert [tile.value() for tile in window.run_bar.tiles.values()] == [
        tile.value() for tile in live_window.run_bar.tiles.values()
    ]
    for each in (live, desk):
        each.ticker.stop()
    # The recorded run's chart has no limit to drag, and its person panel no buttons.
    for name in ("waitroom", "activity", "timeline", "pairs"):
        qtbot.waitUntil(
            lambda name=name: panel_drawn(qtbot, window, name) == panel_drawn(qtbot, live_window, name)
        )  # whichever is still being laid out


@pytest.fixture
def opened(qtbot, make, tmp_path):
    """A recorded run, read to its end."""
    window, desk = make()
    desk.show_recorded(written(tmp_path, session()).path)
    qtbot.waitUntil(lambda: desk.seen.read_to_end and window.time_slider.track.maximum() > 1000)
    return window, desk


def settled(qtbot, window: MainWindow) -> dict[str, QImage]:
    """The visible panels, once nothing in them changes any more."""

    def drawn() -> dict[str, QImage]:
        qtbot.wait(250)
        return {name: panel.grab().toImage() for name, panel in window.panels.items() if panel.isVisible()}

    for name in ("probes", "timeline"):
        qtbot.waitUntil(lambda name=name: window.panels[name].plot is not None)
    images, newer = drawn(), drawn()
    for _ in range(10):
        if images == newer:
            break
        images, newer = newer, drawn()
    return newer


def test_every_panel_goes_to_the_moment_and_back(qtbot, opened):
    window, desk = opened
    window.selection.choose("P05")
    before = settled(qtbot, window)
    window.time_slider.track.setValue(1200)
    qtbot.waitUntil(lambda: desk.seen.moment_s == 120.0)
    qtbot.waitUntil(lambda: window.run_bar.elapsed.text() == "2:00")
    assert window.run_bar.state.text() == "Doors open"
    assert window.panels["waitroom"].model.rowCount() == len(desk.seen.shown.waitroom.rows) > 0
    lines = window.panels["activity"].model
    assert lines.index(lines.rowCount() - 1, 0).data() == desk.seen.shown.activity.entries[-1].text
    story = window.panels["person"].story.model
    assert all(story.line(row).elapsed_s <= 120 for row in range(story.rowCount()))
    assert window.panels["probes"].plot._drawn == len(desk.seen.shown.probes)
    window.time_slider.track.setValue(window.time_slider.track.maximum())
    qtbot.waitUntil(lambda: desk.seen.moment_s is None)
    qtbot.waitUntil(lambda: window.run_bar.state.text() == "Ended")
    qtbot.waitUntil(lambda: settled(qtbot, window) == before)


@pytest.fixture
def player(tmp_path):
    """Without a window; time goes by as the test says (`now`)."""
    player = Player(opened_view(written(tmp_path, session())))
    now = player.now = [0.0]
    player._clock = lambda: now[0]
    return player


def test_it_plays_to_the_end_as_fast_as_asked_and_stops_there(player):
    player.want(10.0)
    player.move()
    player.play(20)
    for _ in range(5):
        player.now[0] += 0.5
        player.move()
    assert player.view.now_elapsed_s() == pytest.approx(60.0)
    player.play(100)
    player.now[0] += 30.0
    player.move()
    assert player.view.moment_s is None and player.speed == 0
    player.play(1)
    player.move()
    assert player.view.now_elapsed_s() == 0.0


def test_steps_go_through_every_time_at_which_anything_happened(player):
    times = sorted({event.elapsed_s for event in session()})
    player.want(times[3] + 0.01)
    player.move()
    seen = []
    for step in (-1, -1, 1, 1, 1):
        player.step(step)
        player.move()
        seen.append(player.view.now_elapsed_s())
    assert seen == [times[3], times[2], times[3], times[4], times[5]]


def test_alerts_notes_and_limits_are_told_for_the_whole_run_at_any_moment(player):
    player.want(10.0)
    player.move()
    moments = player.moments()
    assert {moment.kind for moment in moments} == {"alert", "note", "limit"}
    assert any("noise next door" in moment.text for moment in moments)
    assert moments == sorted(moments)


def test_privacy_keeps_the_moment_and_names_nobody(qtbot, opened):
    window, desk = opened
    desk.player.want(120.0)
    desk.ticker.tick()
    people = list(desk.seen.shown.participants.people)
    window.menus.private.trigger()
    qtbot.waitUntil(lambda: desk.seen.moment_s == 120.0)
    texts = [entry.text for entry in desk.seen.shown.activity.entries]
    assert texts and not [text for text in texts for name in people if name in text.split()]
    assert not [moment for moment in window.time_slider.track._moments if "noise" in moment.text]
    window.menus.private.trigger()


def test_an_earlier_moment_stays_while_the_run_grows_elsewhere(qtbot, make, tmp_path):
    events = session()
    run = written(tmp_path, events[:200])
    window, desk = make()
    desk.show_recorded(run.path)
    qtbot.waitUntil(lambda: desk.seen.read_to_end)
    desk.player.want(30.0)
    qtbot.waitUntil(lambda: desk.seen.moment_s == 30.0)
    seen = state_of(desk.seen.shown)
    end = window.time_slider.track.maximum()
    with run.events_path.open("ab") as log:
        log.write(b"".join(map(encode_event, events[200:])))
    qtbot.waitUntil(lambda: window.time_slider.track.maximum() > end)
    assert state_of(desk.seen.shown) == seen and desk.seen.moment_s == 30.0
    desk.player.want(1e9)
    qtbot.waitUntil(lambda: desk.seen.shown.run.state == "ended")


def test_a_log_that_is_begun_anew_is_read_anew(qtbot, make, tmp_path):
    run = written(tmp_path, session())
    _, desk = make()
    desk.show_recorded(run.path)
    qtbot.waitUntil(lambda: desk.seen.read_to_end)
    run.events_path.write_bytes(b"".join(map(encode_event, Story().begin().join("A").events)))
    qtbot.waitUntil(lambda: list(desk.seen.shown.participants.people) == ["A"])


def whole() -> bytes:
    return b"".join(map(encode_event, session()))


def newer() -> bytes:
    """Of a program yet to come, with lines of an older one among its own."""
    own = whole().replace(b'"schema_version":1', b'"schema_version":%d' % (SCHEMA_VERSION + 7), 1)
    return own + b'{"event_type":"coffee_served","seq":2}\n' + whole().splitlines(keepends=True)[-2]


LONG_LINE = b"x" * 10_000_000
LONG = b'{"event_type":"game_data","game_id":"g","scene_id":"meet","subject_id":"P01","data":"%s"}\n' % LONG_LINE
DAMAGED = {
    "torn": (lambda: whole()[:-30], "its last line is incomplete"),
    "truncated": (lambda: whole()[5_000:], "could not be read, the first is line 1"),
    "newer": (newer, "written by a newer Greenroom"),
    "empty": (lambda: b"", "there is no whole line in it"),
    "foreign": (lambda: b"2026-01-31 INFO started\n\x00\xff\xfe\n[1, 2]\n{}\n", "may not be a log of Greenroom's"),
    "strangers": (lambda: whole().replace(b'"participant_joined"', b'"somebody_came"'), "could not be shown"),
    "long lines": (lambda: whole() + LONG + LONG_LINE + b"\n" + LONG, "one line could not be read"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_log_opens_up_to_there_and_says_what_is_wrong(tmp_path, monkeypatch, damage):
    monkeypatch.setattr("app.run_view.TORN_AFTER_S", 0.0)
    content, said = DAMAGED[damage]
    run = written(tmp_path, [])
    run.events_path.write_bytes(content())
    view = opened_view(run)
    problems = view.wrong()
    assert said in problems.sentence
    assert str(run.events_path) in problems.details
    if damage in ("torn", "newer", "long lines"):
        assert len(view.shown.participants.people) > 10
    player = Player(view)
    for elapsed_s in (60.0, 1e9, 0.0, 30.0):
        player.want(elapsed_s)
        player.move()
        player.step(1)
        player.move()


def test_a_whole_log_is_not_blamed(tmp_path):
    assert opened_view(written(tmp_path, session())).wrong() == ("", "")


def test_what_is_wrong_is_said_in_the_window_with_details(qtbot, make, tmp_path, monkeypatch):
    monkeypatch.setattr("app.run_view.TORN_AFTER_S", 0.0)
    run = written(tmp_path, [])
    run.events_path.write_bytes(whole()[:-30])
    window, desk = make()
    desk.show_recorded(run.path)
    qtbot.waitUntil(lambda: "its last line is incomplete" in window.banner.text())
    assert "Recorded run" in window.banner.text()
    window.banner.details_wanted.emit()
    dialog = window.findChild(ProblemDialog)
    assert str(run.events_path) in dialog.details.toPlainText()
    dialog.close()


def test_single_events_that_cannot_be_read_any_more_are_said_to_be(tmp_path):
    view = opened_view(written(tmp_path, session()))
    shown = view.shown
    shown.story.wake()
    view.run.events_path.unlink()
    shown.kept._read.clear()
    assert "cannot be read" in shown.probes.describe(0)
    assert "cannot be read" in shown.activity.entry(0).text
    assert shown.story.moments("P01")[0].event.name == "cannot be read any more"
    assert "cannot be read" in shown.timeline.rejection(0)
    with pytest.raises(LogReadError):
        view.see(60.0)


def test_of_what_nobody_had_asked_for_there_is_nothing_once_the_log_is_gone(tmp_path):
    view = opened_view(written(tmp_path, session()))
    content = view.run.events_path.read_bytes()
    view.run.events_path.unlink()
    assert list(view.shown.story.moments("P01")) == [] and len(view.shown.match_lanes.lanes) == 0
    view.run.events_path.write_bytes(content)
    view.see(60.0)
    assert len(view.shown.probes) > 0


@pytest.fixture
def slow_to_catch_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody asked for yet is folded in as many steps as of a long log, a step at a time."""
    monkeypatch.setattr("app.replay.CATCH_UP_EVENTS", 2)
    monkeypatch.setattr("app.desk.CATCHING_UP_BUDGET_S", 0.0)


def test_a_log_that_goes_away_before_all_of_it_was_folded_is_told(qtbot, make, tmp_path, slow_to_catch_up):
    run = written(tmp_path, session())
    window, desk = make()
    desk.ticker.stop()
    desk.show_recorded(run.path)
    while desk.seen.poll():
        pass
    assert desk.seen.replay.lags
    run.events_path.unlink()
    assert list(desk.seen.shown.story.moments("P01")) == []
    desk.ticker.tick()
    qtbot.waitUntil(lambda: "cannot be read any more" in window.banner.text())


def _two_wait() -> list[ev.Event]:
    story = Story().begin(80).join("P01", "P02").wait("P01", "P02")
    return story.at(3).propose("P01", "P02").at(4).probe("P01", "P02", 1).at(5).measured("P01", "P02", 120.0).events


def test_what_is_not_folded_yet_is_waited_for_not_folded_while_somebody_clicks(make, tmp_path, slow_to_catch_up):
    run = written(tmp_path, _two_wait())
    window, desk = make()
    desk.ticker.stop()
    desk.show_recorded(run.path)
    while desk.seen.poll():  # the first turn may not have come to the end
        pass
    person, timeline, pairs = (window.panels[name] for name in ("person", "timeline", "pairs"))
    shown, now_s = desk.seen.shown, desk.seen.now_elapsed_s()
    window.selection.choose("P01")
    timeline.by_match_button.setChecked(True)
    for panel in (person, timeline, pairs):
        panel.refresh(now_s)
    assert len(shown.waitroom.rows) > 1
    assert all(projection.asleep for projection in shown.late)
    for note in (person.story._empty, timeline._empty, pairs._empty):
        assert "still being read from the log: " in note.text() and not note.isHidden()
    while desk.seen.catch_up():
        pass
    desk._draw()
    assert timeline._shown is shown.match_lanes
    for panel in (person, timeline, pairs):
        panel.refresh(now_s)
    assert person.story.model.rowCount() > 0
    for note in (person.story._empty, timeline._empty, pairs._empty):
        assert note.isHidden()
