"""What a refresh must not cause: a second painting, or laying the window out anew because words have changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from tests.projections.stories import busy_session
from widgets.parts.steady import Steady
from widgets.parts.text import PlainLabel


class Watch(QObject):
    """How often each kind of event reaches a widget."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._seen: list[QEvent.Type] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        self._seen.append(event.type())
        return False

    def counted(self, kind: QEvent.Type, act: Callable[[], object]) -> int:
        self._seen.clear()
        act()
        QApplication.processEvents()
        QApplication.processEvents()
        return self._seen.count(kind)


@pytest.fixture
def busy(window, folded, qtbot):
    """A live session, everything drawn."""
    shown = folded(busy_session())
    window.show_run(shown, live=True)
    for name in ("probes", "timeline"):
        window.desk.go_to(name)
        qtbot.waitUntil(lambda name=name: window.panels[name].plot is not None)
    window.desk.go_to("pairs")
    window.refresh(shown.run.last_elapsed_s)
    desk = Watch(window.desk)
    qtbot.waitUntil(lambda: window.panels["pairs"].plot is not None)
    for _ in range(3):  # the layout is tidied by timers
        qtbot.wait(0)
        qtbot.waitUntil(lambda: desk.counted(QEvent.Type.LayoutRequest, QApplication.processEvents) == 0)
    return window, shown


def test_a_refresh_paints_a_chart_once(busy):
    window, shown = busy
    for name in ("probes", "timeline"):
        window.desk.go_to(name)
        QApplication.processEvents()
        panel, now_s = window.panels[name], shown.run.last_elapsed_s
        watch = Watch(panel.plot.viewport())
        painted = [
            watch.counted(QEvent.Type.Paint, lambda panel=panel, at_s=now_s + 30 * step: panel.pull(at_s))
            for step in (1, 2, 3)
        ]
        assert painted == [1, 1, 1]


def test_words_of_the_same_height_lay_nothing_out_anew(busy):
    window, _ = busy
    desk, sentence = Watch(window.desk), window.panels["pairs"].sentence
    says = (sentence.setText, lambda text: window.desk.note("waitroom", text))
    laid_out = [
        desk.counted(QEvent.Type.LayoutRequest, lambda say=say, text=text: say(text))
        for say in says
        for text in ("12 wait", "12 wait · 1 about to go", "9 wait", "10 wait", "11 wait")
    ]
    assert sum(laid_out) <= 1  # the window may have had a reason of its own


def test_a_sentence_takes_the_height_it_needs_and_keeps_it_until_the_width_is_another(qtbot):
    place = QWidget()
    qtbot.addWidget(place)
    sentence = Steady(PlainLabel(wrap=True))
    layout = QVBoxLayout(place)
    layout.addWidget(sentence)
    layout.addStretch(1)
    place.resize(200, 300)
    with qtbot.waitExposed(place):
        place.show()
    heights = []
    for text in ("one line", "many more words than would fit into one line of that width", "one line"):
        sentence.setText(text)
        QApplication.processEvents()
        assert sentence.label.heightForWidth(sentence.width()) <= sentence.height() == sentence.label.height()
        heights.append(sentence.height())
    assert heights[0] < heights[1] == heights[2]
    place.resize(400, 300)
    QApplication.processEvents()
    assert sentence.height() == heights[0]
