"""Pictures of every page and panel, in both themes, from a real session: `main.py demo` with an operator who acts.

    python -m tests.session_pictures [DIRECTORY, by default docs/pictures]

Owns what happens in that session and which pictures are taken. Asserts nothing: it is not a test. Takes about three
minutes; needs no display. Some recorded runs lie beside the demonstration's, for the pages that compare.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.runlog.run_notes import write_notes
from tests.end_to_end.stage import ConsoleProcess, end_engine_of
from tests.json_process import ROOT
from tests.waiting import wait_until

SMALL, LARGE = (1280, 800), (1920, 1080)
THEMES = ("light", "dark")
PANELS = ("waitroom", "probes", "pairs", "timeline", "person", "activity")
SETTLE_S = 1.0  # ten turns of the ticker that draws the panels
REPLAYED_TO_S = 64.0
WAITED, TRIES = 1, 5  # columns in the waitroom
WAITED_AT_MOST = "0:55"  # by whoever is chosen: they have to be there for all pictures of panels
OPERATOR = "Robin"
LIMITS_MS = (100, 150, 220)  # of the recorded runs
SIMULATED = [1, 2, 3]  # their rows in the list, newest first, below the demonstration's
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
                photograph(console, Photographer(console, folder), logs_dir)
            finally:
                end_engine_of(logs_dir)


def simulate(logs_dir: Path, limit_ms: int) -> None:
    """A recorded run: the same crowd at another limit."""
    command = [sys.executable, str(ROOT / "main.py"), "simulate", "quick_start", "--threshold", str(limit_ms), *CROWD]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*command, "--logs-dir", str(logs_dir)], check=True, **quiet)
    write_notes((logs_dir / "latest").resolve(), ["limits"], f"The same crowd at {limit_ms} ms.")


def photograph(console: ConsoleProcess, photographer: Photographer, logs_dir: Path) -> None:
    """The session, from its start to the window's end."""
    console.ask("resize", width=LARGE[0], height=LARGE[1])
    console.wait_for_run()
    operate(console)
    photographer.take("overview")
    for panel in PANELS:
        photographer.take(f"panel_{panel}", of=panel)
    console.ask("resize", width=SMALL[0], height=SMALL[1])
    photographer.take("session", prepare=lambda: console.ask("panel", panel="probes"))
    photographer.take("dialog_add_participants", of="dialog", prepare=lambda: open_anew(console, "add", "Bots"))
    photographer.take("dialog_keys", of="dialog", prepare=lambda: open_anew(console, "shortcuts"))
    console.ask("close_dialogs")
    console.ask("end", mode="now")
    console.wait_for(lambda shown: shown["run"]["state"] == "Ended")
    console.ask("back")
    runs = len(LIMITS_MS) + 1
    demo = console.wait_for(lambda shown: len(shown["previous_runs"]) == runs and shown["previous_runs"][0])
    photographer.take("start")
    photograph_pages(console, photographer)
    console.ask("page", page="session")
    console.ask("open_run", path=str(logs_dir / demo))
    console.wait_for(lambda shown: shown["run"]["state"] == "Ended")
    console.ask("moment", elapsed_s=REPLAYED_TO_S)
    photographer.take("recorded", prepare=lambda: console.ask("panel", panel="probes"))


def photograph_pages(console: ConsoleProcess, photographer: Photographer) -> None:
    """What is done before and after a session."""
    console.ask("page", page="experiment")
    time.sleep(SETTLE_S)
    console.ask("click", words="Check")
    wait_until(lambda: "Check again" in console.ask("buttons"))
    photographer.take("page_experiment")
    console.ask("page", page="runs")
    load(console)
    console.ask("rows", rows=SIMULATED[1:2])
    photographer.take("page_runs")
    console.ask("rows", rows=SIMULATED)
    console.ask("click", words="Compare")
    load(console)
    photographer.take("page_compare")
    console.ask("page", page="runs")
    console.ask("rows", rows=SIMULATED[1:2])
    console.ask("click", words="What if")
    load(console)
    photographer.take("page_what_if")


def load(console: ConsoleProcess) -> None:
    """Until what a page does in the background is done, and cannot be cancelled any more."""
    time.sleep(SETTLE_S)  # it has begun by then
    wait_until(lambda: not {"Cancel", "Stop"} & set(console.ask("buttons")), within_s=120)


def open_anew(console: ConsoleProcess, action: str, tab: str = "") -> None:
    """This dialog, and no other."""
    console.ask("close_dialogs")
    console.ask("dialog", action=action)
    if tab:
        console.ask("dialog_tab", words=tab)


def operate(console: ConsoleProcess) -> None:
    """What somebody at the desk does in the first minute and a half."""
    at(console, "0:25")
    console.ask("limit", limit_ms=120)
    at(console, "0:40")
    console.ask("wish", intent="add_note", fields={"text": "Room 2 opened the link late"})
    at(console, "0:55")
    console.ask("limit", limit_ms=170)
    at(console, "1:20")
    waiting = console.window()["run"]["waitroom"]
    staying = [row for row in waiting if row[WAITED] <= WAITED_AT_MOST]
    console.ask("choose", subject_id=max(staying, key=lambda row: int(row[TRIES]))[0])  # whose story is long


def at(console: ConsoleProcess, elapsed: str) -> None:
    """Until the run's clock shows this."""
    console.wait_for(lambda shown: shown["run"]["elapsed"] >= elapsed, within_s=120)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
