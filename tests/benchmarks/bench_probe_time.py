"""How long a pair waits for its verdict: probes that end once it is certain, against probes measured to their end.

`python -m tests.benchmarks.bench_probe_time [PROBES]`: two browser pages on one host, where connecting takes next to
nothing. The two kinds take turns, so that whatever else the machine does meets both. Needs root on Linux, or a network
card.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.table import Row, show
from tests.browser import Browser
from tests.end_to_end.stage import events_in, serve
from tests.one_host_lab import one_host_lab
from tests.waiting import wait_until

# With every answer wanted, no verdict is certain before the last one: that is a probe measured to its end.
EXPERIMENT = """
name: {name}
scenes: [{{id: task, kind: game, duration_s: 1}}]
matching: {{max_p2p_rtt_ms: 150}}
timeouts: {{reconnect_s: 0.5, game_grace_s: 0.5}}
probe: {{min_answered: {min_answered}}}
"""
KINDS = {"early": 0.6, "to the end": 1.0}
PORTS = itertools.count(18_901)


def verdict_s(browser: Browser, url: str, run_dir: Path, number: int) -> float | None:
    """From proposal to verdict of two newcomers; None if a ping was lost."""
    names = {f"a{number}", f"b{number}"}
    pages = [browser.open(f"{url}?subject_id={name}") for name in sorted(names)]

    def verdict() -> dict[str, Any] | None:
        events = events_in(run_dir, "probe_completed", "probe_failed")
        return next((e for e in events if {e["subject_a"], e["subject_b"]} == names), None)

    found = wait_until(verdict, within_s=30)
    for page in pages:
        page.close()
    proposed = next(e for e in events_in(run_dir, "match_proposed") if set(e["subjects"]) == names)
    whole = found["event_type"] == "probe_completed"
    return float(found["elapsed_s"] - proposed["elapsed_s"]) if whole else None


def measure(folder: Path, probes: int) -> dict[str, float]:
    """Median seconds by kind."""
    spent_s: dict[str, list[float]] = {kind: [] for kind in KINDS}
    engines: dict[str, tuple[Any, str, Path]] = {}
    with one_host_lab() as (prefix, address):
        try:
            for kind, min_answered in KINDS.items():
                home, port = folder / kind.replace(" ", "_"), next(PORTS)
                home.mkdir(parents=True)
                (home / "e.yaml").write_text(EXPERIMENT.format(name="probe_time", min_answered=min_answered))
                options = ["--start", "--host", address, "--port", str(port), "--logs-dir", str(home / "logs")]
                engine = serve(str(home / "e.yaml"), *options, prefix=prefix)
                engines[kind] = engine, f"http://{address}:{port}/", home / "logs" / "latest"
                wait_until((home / "logs" / "latest" / "events.jsonl").exists, within_s=20)
            with Browser(prefix=prefix) as browser:
                for number in range(probes):
                    for kind, (_, url, run_dir) in engines.items():
                        took_s = verdict_s(browser, url, run_dir, number)
                        if took_s is not None:
                            spent_s[kind].append(took_s)
        finally:
            for engine, _, _ in engines.values():
                engine.terminate()
                engine.communicate(timeout=20)
    return {kind: statistics.median(values) for kind, values in spent_s.items()}


def rows(folder: Path, probes: int = 20) -> list[Row]:
    """For the table."""
    medians_s = measure(folder, probes)
    what = "proposal to verdict, clear pairs (baseline: measured to the end)"
    return [Row(what, medians_s["early"] * 1000, medians_s["to the end"] * 1000, "ms")]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        show(rows(Path(scratch), int(sys.argv[1]) if len(sys.argv) > 1 else 20))
