"""Real web pages for tests: QtWebEngine in a process of its own, so that no browser has to be installed.

Owns the driver's side: open, evaluate, wait, click, take pictures. Must not import Qt (tests/browser_process.py does).

    with Browser(prefix=prefix) as browser:
        page = browser.open("http://10.99.0.1:8765/", width=390, height=844)
        page.wait_for("document.documentElement.dataset.phase === 'page'")
        page.click("button[type=submit]")
        page.screenshot(tmp_path / "page.png")
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.json_process import JsonProcess
from tests.waiting import PATIENCE_S

# Without it pages ask for each other by multicast names; with it they name the lab's addresses, and nothing leaves.
NO_MDNS = "--disable-features=WebRtcHideLocalIpsWithMdns"


class Browser(JsonProcess):
    """Any number of pages, each with an off-the-record profile of its own. `dark` is the system's colour scheme."""

    def __init__(self, *, prefix: Sequence[str] = (), dark: bool = False, flags: Sequence[str] = ()) -> None:
        scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
        super().__init__(
            "tests.browser_process",
            prefix=prefix,
            environment={
                "QT_QPA_PLATFORM": "offscreen",
                "QTWEBENGINE_CHROMIUM_FLAGS": " ".join(["--disable-gpu", NO_MDNS, scheme, *flags]),
            },
        )

    def open(self, url: str, *, width: int = 800, height: int = 600, before: str = "") -> Page:
        """A new page, as a new visitor, once it has loaded or failed to. `before`: JavaScript to run before its own.

        Where nothing is said of its size it is small: a game is drawn without a graphics card here.
        """
        return Page(self, self.ask("open", url=url, width=width, height=height, before=before))


class Page:
    """One page of a `Browser`. JavaScript given here runs in the page; its value comes back as JSON."""

    def __init__(self, browser: Browser, number: int) -> None:
        self.browser = browser
        self.number = number

    def eval(self, js: str) -> Any:
        """The value of the expression `js` (no promises)."""
        return self.browser.ask("eval", page=self.number, js=js)

    def wait_for(self, js: str, *, timeout_s: float = PATIENCE_S) -> Any:
        """Wait until the expression `js` is truthy and return it; else `RuntimeError` saying what the page shows."""
        return self.browser.ask("wait_for", page=self.number, js=js, timeout_s=timeout_s + 10, within_s=timeout_s)

    def click(self, selector: str) -> None:
        """Click the element, which must be there."""
        self.eval(f"(document.querySelector({json.dumps(selector)}).click(), true)")

    def text(self, selector: str = "body") -> str:
        """What a reader sees of the element."""
        return str(self.eval(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def mouse(self, x: float, y: float) -> None:
        """Move the mouse to a place in the page, in CSS pixels, as the window system would."""
        self.browser.ask("mouse", page=self.number, x=x, y=y)

    def key(self, name: str, *, down: bool) -> None:
        """Press or release a key, by its name in `Qt.Key` without `Key_` ("Up", "W")."""
        self.browser.ask("key", page=self.number, key=name, down=down)

    def resize(self, width: int, height: int) -> None:
        """Change the window's size."""
        self.browser.ask("resize", page=self.number, width=width, height=height)

    def show(self, visible: bool) -> None:
        """Bring the page to the front, or hide it as a background tab is hidden."""
        self.browser.ask("show", page=self.number, visible=visible)

    def screenshot(self, path: Path) -> None:
        """Save a picture of the window as PNG."""
        self.browser.ask("screenshot", page=self.number, path=str(path))

    def reload(self) -> None:
        """As the reload button does; returns once loaded."""
        self.browser.ask("reload", page=self.number)

    def close(self) -> None:
        """As closing the tab does."""
        self.browser.ask("close", page=self.number)
