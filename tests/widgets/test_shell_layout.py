"""The window at the smallest supported size, and the run bar at smaller ones: nothing cut, nothing on top."""

from __future__ import annotations

from itertools import combinations
from typing import TypeVar, get_args

import msgspec
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QLabel, QTabBar, QWidget

from core import events as ev
from core.projections import why_words
from core.projections.why_not import STANDINGS, Answer, Candidate, Obstacle
from tests.projections.stories import Story, busy_session, full_waitroom
from widgets.desk import DOCKS
from widgets.parts.giving_row import GivingRow
from widgets.parts.kept_lines import fitting
from widgets.parts.text import ElidedLabel
from widgets.waitroom_cells import MARGIN, WaitroomTable
from widgets.waitroom_model import STATE, TRIES, WHY

Kind = TypeVar("Kind", bound=QWidget)
WIDTHS = (900, 1000, 1100, 1280, 1600, 1920)


@pytest.fixture
def busy(window, folded, qtbot):
    """A live session, everything drawn once."""
    shown = folded(busy_session())
    now_s = shown.run.last_elapsed_s
    shown.apply(ev.EngineHealth(loop_lag_ms=4.0, disk_free_bytes=50_000_000_000, elapsed_s=now_s))
    window.show_run(shown, live=True)
    qtbot.waitUntil(lambda: window.panels["timeline"].plot is not None)
    window.refresh(now_s)
    return window, shown


class WindowsShown(QObject):
    """Every widget that appears as a window of its own while this watches the application."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(watched)
        return False


@pytest.mark.parametrize("live", [True, False], ids=["live", "recorded"])
def test_no_part_of_a_run_is_a_window_even_for_a_moment(qtbot, qapp, window, folded, live):
    watch = WindowsShown()
    qapp.installEventFilter(watch)
    window.show_run(folded(busy_session()), live=live)
    qtbot.waitUntil(lambda: window.panels["timeline"].plot is not None)
    qapp.removeEventFilter(watch)
    assert watch.seen == []
    assert window.isActiveWindow()  # such a window would take the keys away


def words_of(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""


def is_cut(widget: QWidget) -> bool:
    """Whether its words do not fit into it, or it does not fit into what it lies in."""
    if not words_of(widget) or isinstance(widget, ElidedLabel):
        return False
    inside = QRect(widget.mapTo(widget.window(), QPoint()), widget.size())
    if not widget.visibleRegion().boundingRect().contains(widget.rect()) or not widget.window().rect().contains(inside):
        return True
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.heightForWidth(widget.width()) > widget.height()
    needed = widget.sizeHint() if isinstance(widget, QAbstractButton) else widget.minimumSizeHint()
    return needed.width() > widget.width() or needed.height() > widget.height() + 1


def is_behind(widget: QWidget) -> bool:
    """Whether it lies in a panel that another one covers."""
    parent = widget
    while parent is not None and not isinstance(parent, QDockWidget):
        parent = parent.parentWidget()
    return parent is not None and parent.visibleRegion().isEmpty()


def seen_in(root: QWidget, kind: type[Kind]) -> list[Kind]:
    return [widget for widget in root.findChildren(kind) if widget.isVisible() and not is_behind(widget)]


def reasons_cut_in(table: WaitroomTable) -> list[str]:
    """Answers to "why not matched?" of which not even the shortest words fit."""
    room, metrics = table.columnWidth(WHY) - 2 * MARGIN, table.fontMetrics()
    answers = [table.model().cell_at(row, WHY).lines for row in range(table.model().rowCount())]
    return [lines[-1] for lines in answers if fitting(lines, room, metrics) not in lines]


def cut_in(root: QWidget) -> list[str]:
    widgets = [*seen_in(root, QLabel), *seen_in(root, QAbstractButton)]
    cut = [f"{type(widget).__name__} “{words_of(widget)}”" for widget in widgets if is_cut(widget)]
    given_up = [f"{type(row).__name__} without “{label.text()}”" for row in seen_in(root, GivingRow)
                for label in row.findChildren(QLabel) if label.text() and not label.isVisible()]  # fmt: skip
    reasons = [f"reason “{words}”" for table in seen_in(root, WaitroomTable) for words in reasons_cut_in(table)]
    return cut + given_up + reasons


def nothing_gets_cut(qtbot, root: QWidget, where: object = "") -> None:
    """Once Qt has laid out what was changed, of which it tells nobody."""

    def check() -> None:
        assert (where, cut_in(root)) == (where, [])

    qtbot.waitUntil(check)


@pytest.mark.parametrize("size", [(1280, 720), (1280, 800), (1920, 1080)])
def test_nothing_is_cut_in_any_panel(qtbot, busy, size):
    window, shown = busy
    window.resize(*size)
    qtbot.waitUntil(lambda: window.size().toTuple() == size)
    for step, name in enumerate(DOCKS):
        window.desk.go_to(name)
        qtbot.waitUntil(window.desk.docks[name].isVisible)
        window.refresh(shown.run.last_elapsed_s + step)
        nothing_gets_cut(qtbot, window, name)


@pytest.fixture
def full(window, folded, qtbot):
    """A live session with somebody for each answer, at the smallest size."""
    shown = folded(full_waitroom())
    window.resize(1280, 720)
    window.show_run(shown, live=True)
    window.refresh(shown.run.last_elapsed_s)
    qtbot.waitUntil(lambda: window.panels["waitroom"].table.verticalScrollBar().isVisible())  # which takes some room
    return window, shown


def test_the_measure_does_see_what_is_cut(qtbot, full):
    window, _ = full
    nothing_gets_cut(qtbot, window)
    window.run_bar.buttons.end.setFixedWidth(60)
    window.panels["timeline"].title_legend().setFixedWidth(300)
    window.panels["waitroom"].table.setColumnWidth(TRIES, 100)
    qtbot.waitUntil(lambda: len(cut_in(window)) > 3)
    found = " ".join(cut_in(window))
    for cut in ("“End run”", "BarLegend without “on a page”", "reason “Page not answering”"):
        assert cut in found


def test_there_are_words_for_any_room_and_room_for_any_number(qtbot, full):
    window, shown = full
    table, chart = window.panels["waitroom"].table, window.panels["probes"]
    room, advance = table.columnWidth(WHY) - 2 * MARGIN, table.fontMetrics().horizontalAdvance
    for answer in answers_of_all_sorts(shown.why_not.answer("P13", 268.0)):
        forms = why_words.in_brief(answer)
        assert advance(forms[-1]) <= room, forms
        assert [*forms] == sorted(forms, key=advance, reverse=True)
    assert "Page not answering" in painted_in(table)
    assert not any("…" in line for line in painted_in(table))
    table.setColumnWidth(STATE, 40)
    assert why_words.line(shown.why_not.answer("P08", shown.run.last_elapsed_s)) in painted_in(table)
    chart.legend.set_counts([10_412, 8_046, 1_014])
    chart._under_way.setText("120 under way")
    qtbot.waitUntil(lambda: chart.legend.sizeHint().width() > 350)
    nothing_gets_cut(qtbot, window)


def test_who_is_about_to_go_and_in_how_long_is_whole_and_so_are_the_headings(full):
    table = full[0].panels["waitroom"].table
    bold = QFont(table.font())
    bold.setBold(True)
    assert QFontMetrics(bold).horizontalAdvance("tab hidden · 0:13") + 12 + 6 <= table.columnWidth(STATE) - 2 * MARGIN
    head = table.horizontalHeader()
    for column in (column for column in range(table.model().columnCount()) if not table.isColumnHidden(column)):
        words = table.model().headerData(column, Qt.Orientation.Horizontal)
        assert head.fontMetrics().horizontalAdvance(words) <= table.columnWidth(column) - 2 * MARGIN + 1, words


def answers_of_all_sorts(plain: Answer) -> list[Answer]:
    """Whatever may keep somebody, and however many wait."""
    counts = {"free": 2}
    changes = [
        *({"obstacle": obstacle, "counts": {}} for obstacle in get_args(Obstacle)),
        *({"counts": {standing: 999}} for standing in STANDINGS),
        {"counts": counts, "partners_needed": 11}, {"counts": counts, "clash": ("P01", "P02")},
        {"counts": {}, "doors_open": False},
        {"counts": {"too_slow": 999}, "would_do": Candidate("P01", "too_slow", 59_999.5)},
    ]  # fmt: skip
    return [msgspec.structs.replace(plain, **change) for change in changes]


def painted_in(table: WaitroomTable) -> set[str]:
    table.delegate._lines.forget()
    table.grab()
    return {text.text() for text, *_ in table.delegate._lines._kept.values()}


@pytest.mark.parametrize("loud", [False, True], ids=["quiet", "loud"])
def test_nothing_in_the_run_bar_lies_on_anything_else(qtbot, busy, loud):
    window, shown = busy
    bar, now_s = window.run_bar, shown.run.last_elapsed_s
    if loud:
        shown.apply(ev.EngineHealth(loop_lag_ms=812.0, elapsed_s=now_s))
        shown.apply(ev.MatchingPaused(paused=True, elapsed_s=now_s))
        window.menus.private.setChecked(True)
    for step, width in enumerate(WIDTHS, start=1):
        window.resize(width, 720)
        window.refresh(now_s + step)
        qtbot.waitUntil(lambda width=width: bar.width() == width)
        nothing_gets_cut(qtbot, bar, width)
        seen = [child for child in bar.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
                if child.isVisible()]  # fmt: skip
        for one, other in combinations(seen, 2):
            assert not one.geometry().intersects(other.geometry()), (width, one, other)
        assert all(bar.rect().contains(child.geometry()) for child in seen), width
        assert bar.buttons.end.isVisible()
        assert bar.health.isVisible()
        assert bool(bar.health.text()) or not loud


def test_a_wide_window_has_three_columns_and_a_narrow_one_tabs(qtbot, busy):
    window, _ = busy
    docks = window.desk.docks
    window.resize(1920, 1080)
    qtbot.waitUntil(lambda: docks["pairs"].isVisible() and docks["probes"].isVisible())
    qtbot.waitUntil(lambda: docks["pairs"].x() > docks["probes"].x() > docks["waitroom"].x())
    assert docks["probes"] not in window.desk.tabifiedDockWidgets(docks["pairs"])
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: docks["probes"] in window.desk.tabifiedDockWidgets(docks["pairs"]))
    assert not docks["probes"].visibleRegion().isEmpty()  # the one in front


def test_a_layout_somebody_made_stays_at_any_width(qtbot, busy):
    window, _ = busy
    docks = window.desk.docks
    qtbot.mouseClick(docks["activity"].titleBarWidget().findChildren(QAbstractButton)[-1], Qt.MouseButton.LeftButton)
    assert docks["activity"].isHidden()
    window.resize(1920, 1080)
    qtbot.wait(50)
    assert docks["activity"].isHidden()
    qtbot.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert docks["activity"].isVisible()
    qtbot.waitUntil(lambda: docks["pairs"].x() > docks["probes"].x())


def test_each_panel_is_reached_by_its_key_wherever_it_is(qtbot, busy):
    window, _ = busy
    window.activateWindow()
    for number, name in enumerate(DOCKS, start=1):
        panel = window.desk.docks[name].widget()
        if panel is None:
            continue
        window.desk.docks[name].hide()
        qtbot.keyClick(window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda name=name: not window.desk.docks[name].visibleRegion().isEmpty())
        focused = window.focusWidget()
        assert focused is panel or panel.isAncestorOf(focused), name


def test_another_run_has_legends_of_its_own_and_no_other(busy, folded):
    window, _ = busy
    window.show_run(folded(Story().begin()), live=True)
    legends = window.desk.docks["probes"].titleBarWidget().findChildren(GivingRow)
    assert legends == [window.panels["probes"].title_legend()]


def test_tabs_have_a_name_for_screen_readers(qtbot, busy):
    window, _ = busy
    qtbot.waitUntil(lambda: any(bar.isVisible() for bar in window.desk.findChildren(QTabBar)))
    qtbot.waitUntil(lambda: all(bar.accessibleName() for bar in window.desk.findChildren(QTabBar)))


def test_going_to_another_panel_before_the_first_tick_asks_the_engine_for_nothing(qtbot, window, folded):
    window.activateWindow()
    wanted = []
    window.threshold_wanted.connect(wanted.append)
    window.show_run(folded(busy_session()), live=True)
    window.panels["probes"].limit.field.setFocus()
    qtbot.waitUntil(window.panels["probes"].limit.field.hasFocus)
    window.desk.go_to("activity")
    qtbot.waitUntil(lambda: not window.panels["probes"].limit.field.hasFocus())
    assert wanted == []


def test_the_sessions_tab_has_the_room_its_words_need_and_no_more(qtbot, busy):
    window, _ = busy
    tabs = window.pages.tabs
    assert tabs.tabText(0) == "Session · on"
    qtbot.waitUntil(lambda: tabs.width() >= tabs.sizeHint().width())
    with_more_words = tabs.width()
    window.show_empty()
    assert tabs.tabText(0) == "Session"
    qtbot.waitUntil(lambda: tabs.width() < with_more_words)
    assert tabs.width() == tabs.sizeHint().width()
    rest = tabs.tabRect(0).width() - tabs.fontMetrics().horizontalAdvance("Session")
    assert rest <= tabs.tabRect(1).width() - tabs.fontMetrics().horizontalAdvance("Experiment") + 12  # bold is wider
