"""`main.py check`: what the console's experiment page looks at before the doors open, as text.

Owns the layout and the exit code. Must not look at anything itself (core/server/preflight.py does).
"""

from __future__ import annotations

import threading
from pathlib import Path

from app import exits, preflight

MARKS = {"fine": "fine  ", "beware": "BEWARE", "stop": "STOP  "}


def run(experiment: str, *, logs_dir: Path | None, host: str | None, port: int | None) -> int:
    """Print every finding as it comes, then the verdict; the exit code says whether something is in the way.

    Raises Failure if the experiment file is faulty.
    """
    from core.server.preflight import look_at, verdict, worst

    loaded = preflight.load(experiment)
    folder = Path(loaded.experiment.logging.logs_dir) if logs_dir is None else logs_dir
    checks = preflight.checks(loaded, folder, host, port)
    width = max(len(check.title) for check in checks)
    print(f"{MARKS['fine']}  {'Experiment file':<{width}}  {loaded.path} can be run.", flush=True)
    findings = []
    for check, finding in look_at(checks, threading.Event()):
        findings.append(finding)
        print(f"{MARKS[finding.level]}  {check.title:<{width}}  {finding.sentence}", flush=True)
        if finding.advice:
            print(f"{'':<{len(MARKS['fine']) + 2 + width}}  {finding.advice}", flush=True)
    print(verdict(findings))
    return exits.CHECK_FAILED if worst(findings) == "stop" else exits.FINE
