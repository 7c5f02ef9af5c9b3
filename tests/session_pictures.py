"""Pictures of every page and panel, in both themes, from a real session: `main.py demo` with an operator who acts.

    python -m tests.session_pictures [DIRECTORY, by default docs/pictures]

Owns what happens in that session and which pictures are taken. Asserts nothing: it is not a test. Takes about three
minutes; needs no display. Some recorded runs lie beside the demonstration's, for the pages that compare.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.end_to_end.stage import ConsoleProcess, end_engine_of
from tests.json_process import ROOT

SMALL, LARGE = (1280, 800), (1920, 1080)
THEMES = ("light", "dark")
PANELS = ("waitroom", "probes", "pairs", "timeline", "person", "activity")
PAGES = ("experiment", "runs", "compare", "what_if")
DIALOGS = {"add": "add_participants", "show_links": "links", "settings": "settings", "shortcuts": "keys"}
SETTLE_S = 1.0  # ten turns of the ticker that draws the panels
TRIES = 5  # its column in the waitroom
OPERATOR = "Robin"
LIMITS_MS = (100, 150, 220)  # of the recorded runs
CROWD = ("--participants", "90", "--arrivals-per-min", "9", "--rtt", "30:240", "--patience-s", "420", "--seed", "7")


class Photographer:
    """Takes pictures of a console into a folder, each in every theme."""

    def __init__(self, console: ConsoleProcess, folder: Path) -> None:
        self._console, self._folder = console, folder

    def take(self, name: str, of: str = "window", prepare: Callable[[], object] = lambda: None) -> None:
        """`{name}_{theme}.png`; `prepare` is done after each change of theme."""
        for theme in THEMES:
            self._console.ask("theme", choice=theme)
            prepare()
            time.sleep(SETTLE_S)
            path = self._folder / f"{name}_{theme}.png"
            self._console.ask("picture", path=str(path.absolute()), of=of)
            sys.stdout.write(f"{path} {path.stat().st_size / 1000:.0f} kB\n")
            sys.stdout.flush()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="greenroom_") as name:
        lab = Path(name)
        logs_dir = lab / "logs"
        for limit_ms in LIMITS_MS:
            simulate(logs_dir, limit_ms)
        (lab / "settings.ini").write_text(f"[operator]\nname={OPERATOR}\n", encoding="utf-8")
        with ConsoleProcess(lab, "demo", "--logs-dir", str(logs_dir)) as console:
            try:
                photograph(console, Photographer(console, folder))
            finally:
                end_engine_of(logs_dir)


def simulate(logs_dir: Path, limit_ms: int) -> None:
    """A recorded run: the same crowd at another limit."""
    command = [sys.executable, str(ROOT / "main.py"), "simulate", "quick_start", "--threshold", str(limit_ms), *CROWD]
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    subprocess.run(
        [*command, "--logs-dir", str(logs_dir)],
        check=True,
        env=quiet,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def photograph(console: ConsoleProcess, photographer: Photographer) -> None:
    """The session, from its start to the window's end."""
    console.ask("resize", width=LARGE[0], height=LARGE[1])
    console.wait_for_run()
    operate(console)
    photographer.take("overview")
    for panel in PANELS:
        photographer.take(f"panel_{panel}", of=panel)
    console.ask("resize", width=SMALL[0], height=SMALL[1])
    photographer.take("session", prepare=lambda: console.ask("panel", panel="probes"))
    for action, name in DIALOGS.items():
        photographer.take(f"dialog_{name}", of="dialog", prepare=lambda action=action: open_anew(console, action))
    console.ask("close_dialogs")
    for page in PAGES:
        if console.ask("page", page=page):
            photographer.take(f"page_{page}")
    console.ask("page", page="session")
    console.ask("end", mode="now")
    console.wait_for(lambda shown: shown["run"]["state"] == "Ended")
    photographer.take("ended")
    console.ask("back")
    console.wait_for(lambda shown: shown["start_page"])
    photographer.take("start")


def open_anew(console: ConsoleProcess, action: str) -> None:
    """This dialog, and no other."""
    console.ask("close_dialogs")
    console.ask("dialog", action=action)


def operate(console: ConsoleProcess) -> None:
    """What somebody at the desk does in the first minute and a half."""
    at(console, "0:25")
    console.ask("limit", limit_ms=120)
    at(console, "0:40")
    console.ask("note", text="Room 2 opened the link late")
    at(console, "0:55")
    console.ask("limit", limit_ms=170)
    at(console, "1:20")
    waiting = console.window()["run"]["waitroom"]
    console.ask("choose", subject_id=max(waiting, key=lambda row: int(row[TRIES]))[0])  # whose story is long


def at(console: ConsoleProcess, elapsed: str) -> None:
    """Until the run's clock shows this."""
    console.wait_for(lambda shown: shown["run"]["elapsed"] >= elapsed, within_s=120)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
