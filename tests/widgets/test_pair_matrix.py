"""The pair matrix' picture: what is kept between two paintings is what painting anew would give."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.projections.stories import Story
from widgets.pair_matrix import PairMatrix
from widgets.parts.exports import save_picture

NAMES = [f"Somebody {number:02d}" for number in range(30)]


def waiting() -> Story:
    story = Story().begin(150).join(*NAMES)
    for name in NAMES:
        story.wait(name, wait_s=900)
    for step, (a, b) in enumerate(pairwise(NAMES)):
        story.at(10 + step).propose(a, b).measured(a, b, 160.0 + 5 * step)
    return story


@pytest.fixture
def panel(qtbot, folded) -> PairMatrix:
    story = waiting()
    shown = folded(story)
    panel = PairMatrix(shown.waitroom, shown.pair_table, shown.run)
    panel.resize(700, 420)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: panel.plot is not None)
    with qtbot.waitExposed(panel):
        pass
    QApplication.processEvents()
    panel.pull(story.now_s)
    return panel


def picture(panel: PairMatrix) -> QImage:
    return panel.plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def test_kept_names_are_drawn_as_they_were_the_first_time(panel):
    first = picture(panel)
    assert panel.plot._names._upright
    assert picture(panel) == first


@pytest.mark.parametrize("change", ["scrolled", "chosen", "wider"])
def test_whatever_changes_looks_as_if_nothing_had_been_kept(panel, change):
    before = picture(panel)
    if change == "scrolled":
        panel.plot.horizontalScrollBar().setValue(panel.plot.cell_px * 3)
        panel.plot.verticalScrollBar().setValue(panel.plot.cell_px * 2)
    elif change == "chosen":
        panel.plot.mark(NAMES[7])
    else:
        panel.resize(1300, 900)
        QApplication.processEvents()
    kept = picture(panel)
    panel.plot._names = type(panel.plot._names)()
    panel.plot._image = None
    assert kept == picture(panel)
    assert kept != before


def test_names_stay_words_in_a_vector_picture(panel, tmp_path):
    picture(panel)
    save_picture(panel.plot, tmp_path / "pairs.svg")
    words = (tmp_path / "pairs.svg").read_text(encoding="utf-8")
    assert words.count("So…") >= 20  # those above are cut, and turned
