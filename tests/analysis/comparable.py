"""A small run whose figures were worked out by hand, and runs written to disk, for the tests of comparing.

Owns the story and the figures beside it. Must not compute any.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from core import events as ev
from core.runlog.lines import encode_event
from tests.projections.stories import Story

# Six people. a and b match at once (40 ms). c and d measure 200 ms, above the limit; c and e cannot reach each other; d
# and c measure 180 ms once the limit is 190, and match. e leaves at 35, f waits from 30 to the log's end at 100.
# `name: (value, n)`; the sorted values that it is taken from stand behind it.
HAND: dict[str, tuple[float, int]] = {
    "participants": (6.0, 6),
    "finished_pct": (100 * 2 / 6, 6),  # a, b
    "never_matched_pct": (100 * 2 / 6, 6),  # e, f
    "matches": (2.0, 2),
    "matches_per_min": (2 / (100 / 60), 2),
    "waited_s_median": (10.0, 6),  # 10 10 10 10 (what the log says of the matched) 25 70
    "waited_s_p95": (25 + 0.75 * 45, 6),
    "time_to_match_s_median": (21.0, 4),  # 4 4 38 38
    "p2p_rtt_ms_median": (180.0, 3),  # 40 180 200
    "p2p_rtt_ms_p95": (180 + 0.9 * 20, 3),
    "rejected_pct": (25.0, 4),
    "failed_pct": (25.0, 4),
    "probe_duration_s_median": (1.7, 3),  # 1.2 1.7 2.2
    "loss_pct": (100 / 30, 3),
    "server_rtt_ms_median": (25.0, 4),  # 10 20 30 40
    "games_completed_pct": (50.0, 2),  # the second ended because a player left
}
DURATIONS_S = (1.2, 2.2, 1.7)


def story() -> Story:
    told = Story().begin(150).at(1).join("a", "b", "c", "d", "e", "f")
    for subject, rtt_ms in zip("abcd", (10.0, 20.0, 30.0, 40.0), strict=True):
        told.rtt(subject, rtt_ms)
    told.at(2).wait("a", "b").at(3).propose("a", "b").at(6).measured("a", "b", 40.0)
    told.at(10).wait("c", "d", "e").at(12).propose("c", "d").at(15).measured("c", "d", 200.0)
    told.at(18).propose("c", "e").at(26).failed("c", "e")
    told.at(30).wait("f").at(35).leave("e").at(40).limit(190)
    told.at(45).propose("d", "c").at(48).measured("d", "c", 180.0)
    told.at(70).played("a", "b").at(90)
    told.tell(ev.GameEnded, game_id="game_2", scene_id="meet", subjects=["d", "c"], reason="partner_left")
    told.at(100).limit(200)
    next(event for event in told.events if isinstance(event, ev.GameEnded)).game_id = "game_1"
    completed = [event for event in told.events if isinstance(event, ev.ProbeCompleted)]
    for event, duration_s in zip(completed, DURATIONS_S, strict=True):
        event.prepare_s, event.connect_s, event.measure_s = 0.2, 0.5, duration_s - 0.7
    return told


def write_run(folder: Path, told: Story, config: str = "", **started: object) -> Path:
    """A run's directory as the engine leaves it, but for the files that comparing does not read."""
    folder.mkdir(parents=True)
    events = list(told.events)
    events[0] = msgspec.structs.replace(events[0], **{"run_id": folder.name, **started})
    (folder / "events.jsonl").write_bytes(b"".join(map(encode_event, events)))
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    return folder
