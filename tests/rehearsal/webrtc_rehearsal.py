"""An engine and two bots with real WebRTC in one process, so that a test can put it into a network of its own.

`python -m tests.rehearsal.webrtc_rehearsal FOLDER ADDRESS ACCESS_MS` writes a run below FOLDER and prints where.
Must not judge what came of it.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from core.experiment.loader import load_experiment
from core.rehearsal.bots import BotSettings, take_part
from core.rehearsal.crowd import CrowdSettings, RttRange
from core.server.service import Service

EXPERIMENT = """
name: webrtc
scenes:
  - {id: task, kind: game, duration_s: 0.5}
matching: {max_p2p_rtt_ms: 200}
timeouts: {wait_s: 20}
"""


async def rehearse(folder: Path, address: str, access_ms: float) -> Path:
    """Let two bots meet, measure and play; returns the run's directory."""
    (folder / "experiment.yaml").write_text(EXPERIMENT)
    loaded = load_experiment(folder / "experiment.yaml")
    service = Service(loaded, folder / "logs", host=address, port=0, program_version="test")
    await service.start()
    try:
        await service.start_run(by="test")
        rtt_ms = RttRange(2 * access_ms, 2 * access_ms) if access_ms else None
        crowd = CrowdSettings(rtt_ms=rtt_ms, reading_s=0.1)
        settings = BotSettings(2, f"http://{address}:{service.port}/", real=True, crowd=crowd)
        await take_part(settings, asyncio.Event())
        return Path(service.state()["run_dir"])
    finally:
        await service.stop()


if __name__ == "__main__":
    print(asyncio.run(rehearse(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
