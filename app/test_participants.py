"""Real participant pages in windows, for trying a session alone: the process of `main.py participants`.

Owns these windows and their QtWebEngine profiles, one off-the-record profile a participant, so that no two share a
token. Must not know the engine or the run: a page finds its own way by its link. QtWebEngine lives in this process only
(DESIGN §6).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from math import ceil, sqrt
from types import FrameType
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from PySide6.QtCore import QRect, Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from app import ctrl_c
from app.until_eof import call_at_eof

EXIT_FINE = 0
EXIT_NO_PAGE = 1
BEAT_MS = 200  # Python hears of signals only when Qt's loop hands over to it
LOOK_MS = 500
TURN_MS = 100  # between deleting pages and deleting their profiles
MINIMUM_WIDTH_PX = 360
MARGIN_PX = 6
WHO_AND_WHERE = (
    "[document.documentElement.dataset.subjectId, document.documentElement.dataset.phase].filter(Boolean).join(' · ')"
)


def run(count: int, url: str, autoplay: bool = False, until_eof: bool = False) -> int:
    """Open `count` participant pages of `url` side by side; returns an exit code once all windows are closed.

    `autoplay`: the pages press Continue and play by themselves, and say so when they join. SIGINT and SIGTERM (Ctrl-C,
    Ctrl-Break on Windows) end it in order, and with `until_eof` the end of standard input does. 1 if the page cannot be
    loaded, with a sentence on stderr.
    """
    ctrl_c.at_once()
    _prepare_web_engine()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)
    session = _Session(app, count, _with_autoplay(url) if autoplay else url)
    _end_on_signals(session.end)
    beat = QTimer()
    beat.timeout.connect(_let_python_run)
    if until_eof:
        forsaken = threading.Event()
        call_at_eof(forsaken.set)
        beat.timeout.connect(lambda: session.end() if forsaken.is_set() else None)
    beat.start(BEAT_MS)
    return app.exec() or session.exit_code


def _prepare_web_engine() -> None:
    """What Chromium has to be told before it starts, added to what the user's environment says already."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"  # as root it aborts otherwise
    # Pages of one machine would ask for each other by multicast names, which many lab networks do not carry.
    # Chromium's own log would tell of every connection that a partner closed; what a page cannot do, the page says.
    wanted = "--disable-features=WebRtcHideLocalIpsWithMdns --log-level=3"
    flags = os.environ.get("QTWEBENGINE_CHROMIUM_FLAGS", "")
    if wanted not in flags:
        os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = f"{flags} {wanted}".strip()


def _with_autoplay(url: str) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "autoplay"]
    return urlunsplit(parts._replace(path=parts.path or "/", query=urlencode([*query, ("autoplay", "1")])))


def _end_on_signals(end: Callable[[], None]) -> None:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        end()

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):  # SIGBREAK is Windows' only
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), on_signal)


def _let_python_run() -> None:
    """Nothing: that this is called is what lets the interpreter handle a signal."""


def tiles(count: int, screen: QRect) -> list[QRect]:
    """`count` rectangles that share `screen`, row by row; as near to upright pages as the screen allows."""
    most_columns = max(1, screen.width() // MINIMUM_WIDTH_PX)
    squarish = max(1, ceil(sqrt(count * screen.width() / max(1, screen.height()))))
    columns = min(count, most_columns, count if count <= 4 else squarish)
    rows = ceil(count / columns)
    width, height = screen.width() // columns, screen.height() // rows
    return [
        QRect(screen.x() + width * (i % columns), screen.y() + height * (i // columns), width, height).adjusted(
            MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX
        )
        for i in range(count)
    ]


class ParticipantWindow(QWidget):
    """One participant: a line that says who it is, and the page. `gone` is called once the window is closed."""

    def __init__(
        self, number: int, count: int, profile: QWebEngineProfile, gone: Callable[[ParticipantWindow], None]
    ) -> None:
        super().__init__()
        self.name = f"Test participant {number} of {count}"
        self.setWindowTitle(self.name)
        self.profile = profile
        self.subject = ""
        self._gone = gone
        self.header = QLabel(self.name)
        self.header.setTextFormat(Qt.TextFormat.PlainText)  # a subject id is a participant's text
        self.header.setContentsMargins(10, 6, 10, 6)
        self.header.setAccessibleName("Which test participant this is, its number in the study and where it is")
        self.view = QWebEngineView()
        self.view.setPage(QWebEnginePage(profile, self.view))
        self.view.page().renderProcessTerminated.connect(self._page_crashed)
        self.setFocusProxy(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.view, 1)

    def look(self) -> None:
        """Ask the page who it is and where; the answer comes in a later turn of the loop."""
        self.view.page().runJavaScript(WHO_AND_WHERE, self._seen)

    def _seen(self, who_and_where: object) -> None:
        if who_and_where and who_and_where != self.subject:
            self.subject = str(who_and_where)
            self.header.setText(f"{self.name} · {self.subject}")

    def _page_crashed(self, _status: QWebEnginePage.RenderProcessTerminationStatus, code: int) -> None:
        self.header.setText(f"{self.name} · the page's process ended ({code}); loading it again")
        self.view.reload()

    def take_down(self) -> None:
        """Delete page, view and window; the profile must outlive them by a turn of the loop."""
        self.view.page().deleteLater()
        self.view.deleteLater()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing a window is a participant closing the tab."""
        event.accept()
        self._gone(self)


class _Session:
    """All windows of this process, from opening to the last profile's end."""

    def __init__(self, app: QApplication, count: int, url: str) -> None:
        self.exit_code = EXIT_FINE
        self._app = app
        self._url = url
        self._ending = False
        self._windows = [ParticipantWindow(n, count, QWebEngineProfile(app), self._closed) for n in range(1, count + 1)]
        for window, place in zip(self._windows, tiles(count, app.primaryScreen().availableGeometry()), strict=True):
            window.view.loadFinished.connect(self._loaded)
            window.setGeometry(place)
            window.show()  # a page that is not shown counts as a background tab
            window.view.load(QUrl(url))
        self._looker = QTimer()
        self._looker.timeout.connect(self._look)
        self._looker.start(LOOK_MS)

    def _look(self) -> None:
        for window in self._windows:
            window.look()

    def _loaded(self, ok: bool) -> None:
        if ok or self._ending:
            return
        address = urlunsplit(urlsplit(self._url)._replace(query=""))
        print(
            f"greenroom: the participant page at {address} could not be loaded. Is a run's engine listening there? "
            "Start one with 'main.py serve EXPERIMENT', or check the address.",
            file=sys.stderr,
        )
        self.exit_code = EXIT_NO_PAGE
        self.end()

    def _closed(self, window: ParticipantWindow) -> None:
        if window not in self._windows:
            return
        self._windows.remove(window)
        profile = window.profile
        window.take_down()
        QTimer.singleShot(TURN_MS, profile.deleteLater)
        if not self._windows:
            self._ending = True
            QTimer.singleShot(2 * TURN_MS, self._app.quit)

    def end(self) -> None:
        """Close every window; the program ends with the last profile."""
        if self._ending:
            return
        self._ending = True
        self._looker.stop()
        for window in list(self._windows):
            window.close()
