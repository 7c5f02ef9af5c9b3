"""What opening a run costs in the processor's instructions, which no other program changes: for comparing two versions
of the code on a machine that is never idle. `python -m tests.benchmarks.bench_opening_instructions`; needs valgrind.

Opening and decoding are what bench_replay says they are, of a simulated run of some 30,000 events; what starting Python
and importing take is counted apart and left out. Two counts of the same code differ by less than one in a thousand.

Owns nothing but the counting. What an instruction takes differs: folding waits for memory more often than decoding, so
that opening takes a larger multiple of decoding's time than of its instructions.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 1_800
REFERENCES = re.compile(r"I +refs: +([\d,]+)")


def do(what: str, run_dir: Path) -> None:
    """In a process of its own: import all that both need, then `nothing`, `decode` or `open`."""
    from app.run_view import RunView
    from core.runlog.lines import decode_event
    from core.runlog.run_directory import RunDirectory
    from tests.benchmarks.bench_replay import decoding_s

    if what == "decode":
        decoding_s(run_dir / "events.jsonl", decode_event)
    elif what == "open":
        view = RunView(RunDirectory.open(run_dir), goes_on=False)
        while view.poll():
            pass


def instructions(what: str, run_dir: Path) -> int:
    """How many a process takes that does this."""
    counting = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={os.devnull}"]
    command = [*counting, sys.executable, "-m", "tests.benchmarks.bench_opening_instructions", what, str(run_dir)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}  # how dicts fill goes by the hashes
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    found = REFERENCES.search(done.stderr)
    assert found is not None, done.stderr
    return int(found[1].replace(",", ""))


def main() -> None:
    """Print the figure."""
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not installed, and counts the instructions")
    with tempfile.TemporaryDirectory() as folder:
        simulate = [sys.executable, "main.py", "simulate", "quick_start", "--participants", str(PEOPLE), "--seed", "5"]
        subprocess.run([*simulate, "--logs-dir", folder], check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=-1)
        run_dir = (Path(folder) / "latest").resolve()
        nothing, decoding, opening = (instructions(what, run_dir) for what in ("nothing", "decode", "open"))
    ratio = (opening - nothing) / (decoding - nothing)
    print(f"opening a run takes {ratio:.2f} × the instructions of decoding its lines")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        do(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
