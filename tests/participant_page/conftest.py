"""A network that leads nowhere, a scripted engine in it, and a browser with as many pages as a test wants.

Owns what all page tests share. Must not hold expectations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser import Browser, Page
from tests.json_process import JsonProcess
from tests.one_host_lab import NoNetworkCard, one_host_lab


class Engine(JsonProcess):
    """The scripted engine (wire_server.py) with the asks that tests make most."""

    def __init__(self, prefix: list[str], host: str) -> None:
        self._host, self.url = host, ""
        super().__init__("tests.participant_page.wire_server", [host], prefix=prefix)

    def begin(self) -> None:
        """As if it had just been started; at another address."""
        self.url = f"http://{self._host}:{self.ask('begin')}/"

    def show(self, subject: str, **view: Any) -> None:
        """Send a view, as the engine does."""
        self.ask("show", subject=subject, view=view)

    def show_game(self, players: int = 2, **changes: Any) -> None:
        """Send the players of a game their views; `changes` to the usual ones."""
        for player, subject in enumerate(["S1", "S2", "S3"][:players]):
            view = {
                "phase": "game", "scene_id": "task", "title": "Meet", "game_id": "g1", "game": "meet_in_the_middle",
                "settings": {}, "player": player, "players": players, "remaining_s": 597.0, "duration_s": 600.0,
                "seed": 7, "ice_servers": [], "html": "",
            }  # fmt: skip
            self.show(subject, **{**view, **changes})

    def heard(self, event: str) -> list[tuple[str, Any]]:
        """What pages sent under this name so far: `(subject_id, data)`."""
        return [(subject, data) for subject, data in self.ask("heard", event=event)]

    def wait_heard(self, event: str, count: int = 1) -> list[tuple[str, Any]]:
        """The same, once there are at least `count`."""
        return [(who, data) for who, data in self.ask("wait_heard", event=event, count=count)]


Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def lab() -> Iterator[tuple[list[str], str]]:
    try:
        with one_host_lab() as prefix_and_address:
            yield prefix_and_address
    except NoNetworkCard as problem:
        pytest.skip(str(problem))


@pytest.fixture(scope="session")
def browser(lab: tuple[list[str], str]) -> Iterator[Browser]:
    with Browser(prefix=lab[0]) as browser:
        yield browser


@pytest.fixture(scope="session")
def engine_process(lab: tuple[list[str], str]) -> Iterator[Engine]:
    with Engine(*lab) as engine:
        yield engine


@pytest.fixture
def engine(engine_process: Engine) -> Engine:
    engine_process.begin()
    return engine_process


@pytest.fixture
def open_page(browser: Browser, engine: Engine) -> Iterator[Opener]:
    """Opens pages of the scripted engine; `phase` is awaited, None for not at all. Closed after the test."""
    pages: list[Page] = []

    def open_one(query: str = "", *, phase: str | None = "page", **options: Any) -> Page:
        page = browser.open(engine.url + query, **options)
        pages.append(page)
        if phase is not None:
            page.wait_for(f"document.documentElement.dataset.phase === '{phase}'")
        return page

    yield open_one
    for page in pages:
        page.close()
