"""The connection check between two real pages over real WebRTC."""

from __future__ import annotations

import json
import statistics
from typing import Any

from tests.participant_page.conftest import Engine, Opener

TRIES = 5
PINGS = 15


def probe(engine: Engine, **changes: Any) -> dict[str, dict[str, Any]]:
    asked = {"offers": "S1", "answers": "S2", "ice_servers": [], **changes}
    results: dict[str, dict[str, Any]] = engine.ask("probe", **asked)
    return results


def whole_probe(engine: Engine, **changes: Any) -> dict[str, dict[str, Any]]:
    """One whose pings were all answered, of TRIES: a page that gets no processor for a while answers too late."""
    for _ in range(TRIES):
        results = probe(engine, **changes)
        if all(len(result["samples_ms"]) == PINGS for result in results.values()):
            break
    return results


def test_both_pages_measure(engine: Engine, open_page: Opener) -> None:
    open_page()
    open_page()
    results = whole_probe(engine)
    assert results.keys() == {"S1", "S2"}
    for result in results.values():
        assert result["success"] is True
        assert result["sent"] == PINGS
        assert len(result["samples_ms"]) == PINGS
        assert result["rtt_ms"] == statistics.median(result["samples_ms"])
        assert 0 < result["rtt_ms"] < 500
        assert result["path"] in ("host", "prflx")
        assert result["hidden"] is False
        assert result["error"] is None
        assert result["marks"]["open_ms"] <= result["marks"]["first_rtt_ms"]


def test_pages_tell_how_far_they_are(engine: Engine, open_page: Opener) -> None:
    """Each step of connecting, and each answer once an engine that asks for it could end the probe."""
    open_page()
    open_page()
    results = whole_probe(engine, progress_from=12)
    (probe_id,) = {result["probe_session_id"] for result in results.values()}
    everything = engine.heard("probe_progress")
    told = [(who, progress) for who, progress in everything if progress["probe_session_id"] == probe_id]
    for who, result in results.items():
        of_page = [progress for subject, progress in told if subject == who]
        states = [progress["ice_state"] for progress in of_page]
        assert states[0] == "checking"
        assert states[-1] in ("connected", "completed")
        measured = [progress for progress in of_page if progress["samples_ms"]]
        assert [progress["samples_ms"] for progress in measured] == [result["samples_ms"][:n] for n in (12, 13, 14)]
        assert [progress["sent"] for progress in measured] == [12, 13, 14]
        assert measured[-1]["path"] in ("host", "prflx")
        assert result["ice_errors"] == []
    text = json.dumps(told)
    assert "candidate" not in text
    assert engine.url.split("//")[1].split(":")[0] not in text


def test_results_hold_no_address(engine: Engine, open_page: Opener, lab: tuple[list[str], str]) -> None:
    open_page()
    open_page()
    text = json.dumps(probe(engine))
    assert lab[1] not in text
    assert "candidate" not in text


def test_pairs_can_be_measured_again_and_again(engine: Engine, open_page: Opener) -> None:
    open_page()
    open_page()
    for offers, answers in (("S1", "S2"), ("S2", "S1"), ("S1", "S2")):
        assert all(result["success"] for result in whole_probe(engine, offers=offers, answers=answers).values())


def test_a_hidden_tab_measures_in_time(engine: Engine, open_page: Opener) -> None:
    """Its timers fire once a second: without message-driven pings it would take over 15 s after the first answer."""
    open_page()
    hidden = open_page()
    hidden.show(False)
    hidden.wait_for("document.hidden")
    result = whole_probe(engine)["S2"]
    assert result["hidden"] is True
    assert len(result["samples_ms"]) == PINGS
    assert result["marks"]["done_ms"] - result["marks"]["first_rtt_ms"] < 10_000


def test_what_the_browser_refuses_is_reported_at_once(engine: Engine, open_page: Opener) -> None:
    open_page()
    order = {
        "probe_session_id": "p",
        "role": "offer",
        "ice_servers": [{"urls": "nonsense:x"}],
        "ice_transport_policy": "all",
    }
    engine.ask("emit", subject="S1", event="probe_prepare", data=order)
    ((_, result),) = engine.wait_heard("probe_result")
    assert result["success"] is False
    assert result["rtt_ms"] is None
    assert result["error"] == "setup_failed:SyntaxError"
    assert engine.heard("probe_ready") == []


OPENS_LATE = """
const make = RTCPeerConnection.prototype.createDataChannel;
RTCPeerConnection.prototype.createDataChannel = function (...given) {
  const channel = make.apply(this, given);
  const handlers = {}, early = [];
  let open = false;
  for (const name of ['onopen', 'onmessage']) Object.defineProperty(channel, name, { set(f) { handlers[name] = f; } });
  channel.addEventListener('message', (event) => (open ? handlers.onmessage(event) : early.push(event)));
  channel.addEventListener('open', () => setTimeout(() => {
    open = true;
    handlers.onopen();
    early.forEach((event) => handlers.onmessage(event));
  }, 1000));
  return channel;
};
"""


def test_a_channel_that_opens_late_does_not_count_as_a_slow_network(engine: Engine, open_page: Opener) -> None:
    """As where the last message of connecting was lost: the pings it finds waiting are a second old."""
    open_page()
    open_page(before=OPENS_LATE)
    for result in whole_probe(engine).values():
        assert result["success"] is True
        assert (result["sent"], len(result["samples_ms"])) == (PINGS, PINGS)
        assert max(result["samples_ms"]) < 500


def test_a_partner_that_hangs_up_is_a_failure_not_a_number(engine: Engine, open_page: Opener) -> None:
    deaf = "RTCDataChannel.prototype.send = function () { this.close() }"
    open_page(before=deaf)
    open_page(before=deaf)
    for result in probe(engine).values():
        assert result["success"] is False
        assert result["rtt_ms"] is None
        assert result["error"] in ("channel_closed", "no_answers")
