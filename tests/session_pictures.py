"""Pictures of the console during a real session, in a network that leads nowhere: real engine, real pages, and bots.

    python -m tests.session_pictures [DIRECTORY, by default docs/pictures]

Owns the session's story: four pages play by themselves and measure over WebRTC; thirty bots come one after the other,
whose answers to probes are made up (and marked so in the log), for no single machine's network is as various as a real
crowd's; and the operator moves the RTT limit. Asserts nothing: it is not a test. Takes about a minute and a half.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.end_to_end.stage import ConsoleProcess, end_engine_of
from tests.json_process import ROOT
from tests.one_host_lab import one_host_lab

WIDTH, HEIGHT = 1280, 800
BOTS = "30 --webrtc simulated --rtt-ms 30:260 --no-webrtc-rate 0.07 --arrivals-per-min 30 --reading-s 3 --seed 7"
LIMITS_MS = (("0:25", 120), ("0:50", 180))  # what the operator sets, and when


@contextmanager
def running(*arguments: str, prefix: Sequence[str]) -> Iterator[None]:
    """`main.py …`, until the block ends."""
    process = subprocess.Popen(
        [*prefix, sys.executable, str(ROOT / "main.py"), *arguments],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, one_host_lab() as (prefix, _address), ExitStack() as crowd:
        folder = Path(name)
        logs_dir = folder / "logs"
        console = crowd.enter_context(
            ConsoleProcess(folder, "quick_start", "--logs-dir", str(logs_dir), "--start", prefix=prefix)
        )
        try:
            play(console, prefix, crowd)
            for theme in ("light", "dark"):
                console.ask("theme", choice=theme)
                console.wait_for(lambda shown: shown["run"]["elapsed"])
                path = directory / f"console_{theme}.png"
                console.ask("picture", path=str(path.absolute()))
                sys.stdout.write(f"{path}\n")
            console.ask("end", mode="now")
            console.wait_for(lambda shown: shown["run"]["state"] == "Ended")
        finally:
            end_engine_of(logs_dir)


def play(console: ConsoleProcess, prefix: Sequence[str], crowd: ExitStack) -> None:
    """Up to the moment of the picture."""
    console.ask("resize", width=WIDTH, height=HEIGHT)
    link = console.wait_for_run()["link"]
    crowd.enter_context(running("participants", "4", "--url", link, "--autoplay", prefix=prefix))
    crowd.enter_context(running("bots", *BOTS.split(), "--url", link, prefix=prefix))
    for when, limit_ms in LIMITS_MS:
        console.wait_for(lambda shown, when=when: shown["run"]["elapsed"] >= when, within_s=90)
        console.ask("limit", limit_ms=limit_ms)
    console.wait_for(lambda shown: shown["run"]["elapsed"] >= "1:16", within_s=90)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
