"""What another limit or matchmaker would have meant for recorded runs: curves, a table, and what they rest on.

Owns the page and the answers it was told so far. Must not read a run or re-enact one: it says what is asked and is told
the answer piece by piece. Imports pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from core.analysis.what_if import answer as wi
from core.analysis.what_if import text as what_if_text
from core.projections import words
from widgets.parts.banner import Banner
from widgets.parts.exports import ExportButton
from widgets.parts.notes import EmptyNote, Legend
from widgets.parts.text import PlainLabel
from widgets.what_if.answer_table import AnswerTable
from widgets.what_if.curves import Curve
from widgets.what_if.form import Form

DRAW_EVERY_MS = 200


class WhatIfPage(QWidget):
    """Signals: `ask_wanted(Question)`, `cancel_wanted()`."""

    ask_wanted = Signal(object)
    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answers: dict[str, wi.WhatIf] = {}
        self._order: list[str] = []
        self.banner = Banner()
        self.form = Form()
        self.curves = [
            Curve("matches", self.tr("Matches")),
            Curve("left_over", self.tr("Left over: waited, and were in no match")),
            Curve("waited_s_median", self.tr("Matched in, median, s")),
            Curve("waited_s_p95", self.tr("Matched in, 95th percentile, s")),
        ]
        self.table = AnswerTable()
        self.about = PlainLabel(wrap=True)
        self.legend = Legend(
            [
                ("diamond", "text", self.tr("what happened, as recorded")),
                ("circle", "muted", self.tr("re-enacted, all pairs measured")),
                ("ring", "muted", self.tr("re-enacted, some pairs estimated")),
                ("square", "info", self.tr("band: nine of ten draws")),
            ]
        )
        self._picture = QWidget()
        self._picture.setAccessibleName(self.tr("What if: figures against the RTT limit"))
        self.export = ExportButton("what_if", self._whole_picture, self._csv_rows)
        self.export.setText(self.tr("Save"))
        self.export.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(DRAW_EVERY_MS)
        self._redraw.timeout.connect(self._draw)
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()
        self.show_done()

    def _lay_out(self) -> None:
        grid = QGridLayout(self._picture)
        grid.setContentsMargins(12, 8, 12, 4)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        for place, curve in enumerate(self.curves):
            line, side = place // 2 * 2, place % 2
            grid.addWidget(PlainLabel(curve.accessibleName(), name="cardTitle"), line, side)
            grid.addWidget(curve, line + 1, side)
            grid.setRowStretch(line + 1, 1)
        grid.addWidget(self.legend, 4, 0, 1, 2)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(12, 4, 12, 8)
        column.addWidget(self.about)
        column.addWidget(self.table, 1)
        answers = QSplitter(Qt.Orientation.Vertical)
        answers.addWidget(self._picture)
        answers.addWidget(below)
        answers.setSizes([430, 300])
        answers.setChildrenCollapsible(False)
        empty = QWidget()
        EmptyNote(
            self.tr(
                "Choose runs: mark them on the Runs page and press What if there, or add their folders here. Their "
                "people then come again under other limits, and you see how many would be matched, and how fast."
            ),
            empty,
        )
        self._stack.addWidget(empty)
        self._stack.addWidget(answers)
        middle = QWidget()
        rows = QVBoxLayout(middle)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.banner)
        rows.addWidget(self._stack, 1)
        self.form.add_below(self.export)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.form)
        splitter.addWidget(middle)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([270, 1000])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _connect(self) -> None:
        self.form.ask_wanted.connect(self.ask_wanted)
        self.form.cancel_wanted.connect(self.cancel_wanted)
        self.form.told.connect(self.show_problem)
        self.table.chosen.connect(self._mark)
        for curve in self.curves:
            curve.chosen.connect(self.table.choose)

    # --- what the app does --------------------------------------------------------------------------------------------

    def choose(self, paths: Sequence[str]) -> None:
        """Ask about these runs, at once."""
        self.form.choose(paths)
        self.form.ask.click()

    def offer(self, path: str) -> None:
        """The run that is open on the session page; "" if none is."""
        self.form.offer(path)

    def show_asked(self, question: wi.Question) -> None:
        """An answer is under way: what was there is gone."""
        self.answers, self._order = {}, list(question.paths)
        self.banner.hide()
        self.form.show_progress(0, 0)
        self._draw()

    def show_news(self, news: wi.News) -> None:
        """One more piece of the answer; drawn a moment later, with what else has come by then."""
        if isinstance(news, wi.Refusal):
            self.show_problem(news.sentence)
        elif isinstance(news, wi.Started):
            self.answers[news.answer.path] = msgspec.structs.replace(news.answer, points=[])
            self.form.name_run(news.answer.path, news.answer.run)
            self.form.show_progress(0, news.limits)
        elif isinstance(news, wi.Drawn):
            self.form.show_share(news.share)
            return
        elif news.path in self.answers:
            self.answers[news.path].points.append(news.point)
            self.form.show_progress(news.done, news.of)
        if not self._redraw.isActive():
            self._redraw.start()

    def show_done(self) -> None:
        """Nothing more will come."""
        self.form.show_done()
        self._redraw.stop()
        self._draw()

    def show_problem(self, text: str) -> None:
        """Why something was not answered."""
        self.banner.say(words.plain(text, 500), "error")

    # --- drawing ------------------------------------------------------------------------------------------------------

    @property
    def shown(self) -> list[wi.WhatIf]:
        """The answers there are, in the order in which the runs were chosen."""
        return [self.answers[path] for path in self._order if path in self.answers]

    def _draw(self) -> None:
        answers = self.shown
        self._stack.setCurrentIndex(1 if answers else 0)
        self.export.setEnabled(any(answer.points for answer in answers))
        places = {path: place for place, path in enumerate(self._order)}
        for curve in self.curves:
            curve.show_answers(answers, places)
        self.table.show_answers(answers, places)
        self._say_what_it_rests_on()

    def _say_what_it_rests_on(self) -> None:
        """Of the run whose row is chosen, else of the first."""
        answers = self.shown
        chosen = self.answers.get(self.table.chosen_path() or "", answers[0] if answers else None)
        self.about.setText("" if chosen is None else self._rests_on(chosen))

    def _rests_on(self, answer: wi.WhatIf) -> str:
        """What a run's curve rests on, in words."""
        most = max(answer.points, key=lambda p: p.estimated, default=None)
        estimates = (
            ""
            if most is None or not round(most.estimated)
            else self.tr(" Up to {} (at {}).").format(wi.estimates_text(most), wi.limit_text(most.limit_ms))
        )
        told = [wi.error_text(answer.error) + estimates, wi.likeness_text(answer.likeness)]
        if len(self.answers) > 1:
            told[0] = f"{wi.letter_of(self._order.index(answer.path))}  {words.plain(answer.run)}: {told[0]}"
        return "\n".join([*told, " ".join(answer.notes)])

    def _mark(self, _path: str, limit: object) -> None:
        self._say_what_it_rests_on()
        for curve in self.curves:
            curve.mark(limit)

    def _whole_picture(self) -> QWidget | None:
        return self._picture if self.shown else None

    def _csv_rows(self) -> Iterable[Sequence[object]]:
        return [what_if_text.HEADINGS, *(row for answer in self.shown for row in what_if_text.csv_rows(answer))]
