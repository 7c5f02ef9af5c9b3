"""Pictures of the console during a real session: real engine, real pages, real probes, in a network that leads nowhere.

    python -m tests.session_pictures [DIRECTORY, by default docs/pictures]

Owns the session's story: twelve test participants come in three waves, and the operator changes the RTT limit in
between, so that the chart holds accepted and rejected probes. Asserts nothing: it is not a test. Takes about a minute.
"""

from __future__ import annotations

import os
import re
import shutil
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
LIMIT_MS, STRICT_LIMIT_MS = 20, 3


@contextmanager
def participants(number: int, link: str, prefix: Sequence[str]) -> Iterator[None]:
    """Pages that play by themselves, until the block ends."""
    command = [sys.executable, str(ROOT / "main.py"), "participants", str(number), "--url", link, "--autoplay"]
    process = subprocess.Popen(
        [*prefix, *command], env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def strict_copy(folder: Path) -> Path:
    """quick_start with a limit near what two pages of one machine measure."""
    copied = shutil.copytree(ROOT / "resources" / "experiments" / "quick_start", folder / "quick_start")
    file = copied / "experiment.yaml"
    file.write_text(
        re.sub("max_p2p_rtt_ms: .*", f"max_p2p_rtt_ms: {LIMIT_MS}", file.read_text(encoding="utf-8")), "utf-8"
    )
    return file


def rejected(shown: dict[str, object]) -> int:
    """How many rejected probes the legend counts."""
    run = shown["run"]
    assert isinstance(run, dict)
    return int(run["probes"][1].removeprefix("rejected "))


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, one_host_lab() as (prefix, _address), ExitStack() as crowd:
        folder = Path(name)
        logs_dir = folder / "logs"
        console = crowd.enter_context(
            ConsoleProcess(folder, str(strict_copy(folder)), "--logs-dir", str(logs_dir), "--start", prefix=prefix)
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
    """Up to the moment of the picture: most play, the others were rejected and wait."""
    console.ask("resize", width=WIDTH, height=HEIGHT)
    link = console.wait_for_run()["link"]
    crowd.enter_context(participants(4, link, prefix))
    console.wait_for(lambda shown: shown["run"]["counts"]["playing"] == 4, within_s=60)
    console.ask("limit", limit_ms=STRICT_LIMIT_MS)
    crowd.enter_context(participants(4, link, prefix))
    console.wait_for(lambda shown: rejected(shown) >= 4, within_s=60)
    console.ask("limit", limit_ms=LIMIT_MS)
    console.wait_for(lambda shown: shown["run"]["counts"]["playing"] == 8, within_s=60)
    console.ask("limit", limit_ms=STRICT_LIMIT_MS)
    crowd.enter_context(participants(4, link, prefix))
    console.wait_for(lambda shown: rejected(shown) >= 9 and shown["run"]["counts"]["waiting"] >= 2, within_s=60)
    console.wait_for(lambda shown: shown["run"]["elapsed"] >= "0:40", within_s=60)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
