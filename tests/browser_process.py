"""The other side of tests/browser.py: QtWebEngine pages that do what JSON lines on stdin ask.

Owns the pages. Must not be imported by a test. Ends when stdin closes, taking pages down in the order of DESIGN §7.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

if hasattr(os, "geteuid") and os.geteuid() == 0:
    os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"  # Chromium refuses to be root inside its sandbox

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile, QWebEngineScript
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication

LOOK_EVERY_MS = 30


class Reply:
    """The one answer to one ask: a value or an error."""

    def __init__(self, number: int) -> None:
        self._number = number

    def value(self, value: Any) -> None:
        print(json.dumps({"id": self._number, "answer": value}), flush=True)

    def error(self, text: str) -> None:
        print(json.dumps({"id": self._number, "error": text}), flush=True)


def _first_script(source: str) -> QWebEngineScript:
    script = QWebEngineScript()
    script.setSourceCode(source)
    script.setInjectionPoint(QWebEngineScript.InjectionPoint.DocumentCreation)
    script.setWorldId(QWebEngineScript.ScriptWorldId.MainWorld)
    return script


class LoudPage(QWebEnginePage):
    """Passes what the page writes to its console on to stderr, where a failing test shows it."""

    def javaScriptConsoleMessage(self, level: Any, message: str, line: int, source: str) -> None:  # noqa: N802 (Qt's name)
        print(f"[page console] {message} ({source}:{line})", file=sys.stderr, flush=True)


class Pages(QObject):
    """Every open page by its number, and the asks that can be made of them."""

    line_read = Signal(str)
    stdin_closed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self._app = app
        self._views: dict[int, QWebEngineView] = {}
        self._profiles: dict[int, QWebEngineProfile] = {}
        self.line_read.connect(self._asked)
        self.stdin_closed.connect(self._end)
        threading.Thread(target=self._read_stdin, name="stdin", daemon=True).start()

    def _read_stdin(self) -> None:
        for line in sys.stdin:
            self.line_read.emit(line)
        self.stdin_closed.emit()

    def _asked(self, line: str) -> None:
        ask = json.loads(line)
        reply = Reply(ask.pop("id"))
        try:
            getattr(self, f"ask_{ask.pop('ask')}")(reply, **ask)
        except (AttributeError, KeyError, TypeError, OSError) as problem:
            reply.error(f"{type(problem).__name__}: {problem}")

    # --- asks -------------------------------------------------------------------------------------------------------

    def ask_open(self, reply: Reply, url: str, width: int, height: int, before: str) -> None:
        number = len(self._profiles)
        profile = QWebEngineProfile(self._app)
        view = QWebEngineView()
        view.setPage(LoudPage(profile, view))
        if before:
            view.page().scripts().insert(_first_script(before))
        view.resize(width, height)
        view.show()
        self._profiles[number], self._views[number] = profile, view
        self._once_loaded(view, lambda: reply.value(number))
        view.load(QUrl(url))

    def ask_reload(self, reply: Reply, page: int) -> None:
        view = self._views[page]
        self._once_loaded(view, lambda: reply.value(True))
        view.reload()

    def _once_loaded(self, view: QWebEngineView, then: Callable[[], None]) -> None:
        def loaded(_ok: bool) -> None:
            view.loadFinished.disconnect(loaded)
            then()

        view.loadFinished.connect(loaded)

    def ask_eval(self, reply: Reply, page: int, js: str) -> None:
        def evaluated(result: dict[str, Any]) -> None:
            if "value" in result:
                reply.value(result["value"])
            else:
                reply.error(f"JavaScript: {result.get('error', 'no answer')} in: {js[:200]}")

        self._run(page, js, evaluated)

    def ask_wait_for(self, reply: Reply, page: int, js: str, within_s: float) -> None:
        deadline_s = time.monotonic() + within_s

        def looked(result: dict[str, Any]) -> None:
            if result.get("truthy"):
                reply.value(result["value"])
            elif time.monotonic() < deadline_s:
                QTimer.singleShot(LOOK_EVERY_MS, lambda: self._run(page, js, looked))
            else:
                self._run(page, "document.body.innerText", lambda shown: gave_up(result, shown.get("value")))

        def gave_up(result: dict[str, Any], shown: str | None) -> None:
            reply.error(f"within {within_s:g} s never true: {js} (last: {result}); the page shows: {shown}")

        self._run(page, js, looked)

    def _run(self, page: int, js: str, then: Callable[[dict[str, Any]], None]) -> None:
        """Evaluate as JSON both ways: Qt's own conversion loses null, NaN and nesting."""
        wrapped = (
            f"(() => {{ try {{ const it = ({js}); return JSON.stringify({{value: it ?? null, truthy: Boolean(it)}}) }}"
            " catch (problem) { return JSON.stringify({error: String(problem)}) } })()"
        )
        self._views[page].page().runJavaScript(wrapped, lambda text: then(json.loads(text) if text else {}))

    def ask_mouse(self, reply: Reply, page: int, x: float, y: float) -> None:
        target = self._views[page].focusProxy()
        place = QPointF(x, y)
        no_button = Qt.MouseButton.NoButton
        moved = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            target.mapToGlobal(place),
            no_button,
            no_button,
            Qt.KeyboardModifier.NoModifier,
        )
        self._app.sendEvent(target, moved)
        reply.value(True)

    def ask_key(self, reply: Reply, page: int, key: str, down: bool) -> None:
        kind = QEvent.Type.KeyPress if down else QEvent.Type.KeyRelease
        text = key.lower() if len(key) == 1 else ""
        event = QKeyEvent(kind, Qt.Key[f"Key_{key}"], Qt.KeyboardModifier.NoModifier, text)
        view = self._views[page]
        view.activateWindow()  # keys go to the page in front
        view.setFocus()
        self._app.sendEvent(view.focusProxy(), event)
        reply.value(True)

    def ask_resize(self, reply: Reply, page: int, width: int, height: int) -> None:
        self._views[page].resize(width, height)
        reply.value(True)

    def ask_show(self, reply: Reply, page: int, visible: bool) -> None:
        self._views[page].setVisible(visible)
        reply.value(True)

    def ask_screenshot(self, reply: Reply, page: int, path: str) -> None:
        if not self._views[page].grab().save(path, "PNG"):
            raise OSError(f"cannot write {path}")
        reply.value(True)

    def ask_close(self, reply: Reply, page: int) -> None:
        self._drop(self._views.pop(page))
        reply.value(True)

    # --- the end ----------------------------------------------------------------------------------------------------

    def _drop(self, view: QWebEngineView) -> None:
        page = view.page()
        view.close()
        page.deleteLater()
        view.deleteLater()

    def _end(self) -> None:
        for view in self._views.values():
            self._drop(view)
        self._views.clear()
        QTimer.singleShot(50, self._drop_profiles)  # a turn of the loop after their pages

    def _drop_profiles(self) -> None:
        for profile in self._profiles.values():
            profile.deleteLater()
        QTimer.singleShot(50, self._app.quit)


def main() -> int:
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    pages = Pages(app)
    code = app.exec()
    del pages
    return code


if __name__ == "__main__":
    sys.exit(main())
