"""The probe's RTT against the emulated one, as near as it must be where nothing else wants the cores.

`python -m pytest tests/benchmarks/bench_probe_accuracy.py` prints what was read; it needs what tests/network_lab needs.
Pages in QtWebEngine and in Chromium, and bots with aiortc, over the conditions of netlab's matrix. The cores are kept
awake (tests/network_lab/lab.py says why).
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

import pytest

from tests.network_lab.lab import Lab, Network, Session, awake_cores
from tests.network_lab.test_measured_rtt import NETWORKS, NO_CHROMIUM, REASON, lab, session, two_of

__all__ = ["lab", "session"]  # fixtures: pytest finds them by their names here
pytestmark = [pytest.mark.skipif(bool(REASON), reason=REASON or "can run"), pytest.mark.benchmark]

MATRIX = [
    *NETWORKS,
    Network("near", {"delay": 10}, {"delay": 5}),
    Network("far", {"delay": 40}, {"delay": 25}),
    Network("star", {"delay": 30}, {"delay": 20}),
    Network("long way", {"delay": 20}, {"delay": 20}, {"delay": 150}),
    Network("much jitter", {"delay": 10}, {"delay": 10}, {"delay": 20, "jitter": 20, "reorder": 1}),
    Network("little loss", {"delay": 10}, {"delay": 10}, {"delay": 25, "loss": 2}),
    Network("heavy loss", {"delay": 10}, {"delay": 10}, {"delay": 25, "loss": 10}),
]
WITH_CHROMIUM = pytest.mark.skipif(bool(NO_CHROMIUM), reason=NO_CHROMIUM or "can run")
KINDS = ["page", pytest.param("chromium", marks=WITH_CHROMIUM), "bot"]
PROBES = 3
ROUNDS = 3


@pytest.fixture(scope="module", autouse=True)
def awake() -> Iterator[None]:
    with awake_cores():
        yield


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("network", MATRIX, ids=lambda network: network.name)
def test_within_3_ms_or_5_percent(
    lab: Lab, session: Session, network: Network, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The median of three probes, and under jitter twice the error that so many samples leave. Other programs can only
    add to an RTT, so that a round they have spoilt is measured again.
    """
    lab.shape(network)
    bound_ms = max(3.0, 0.05 * network.emulated_rtt_ms)
    for _ in range(ROUNDS):
        events: list[dict[str, Any]] = [session.probe(*two_of(kind, lab)) for _ in range(PROBES)]
        errors_ms = [e["rtt_ms"] - network.emulated_rtt_ms for e in events if e["event_type"] == "probe_completed"]
        assert len(errors_ms) == PROBES, [event.get("reason") for event in events]
        with capsys.disabled():
            figures = "".join(f"{error_ms:+7.1f}" for error_ms in errors_ms)
            print(f"\n{kind:9}{network.name:26}{network.emulated_rtt_ms:7.1f} ms{figures} ms", end=" ")
        room_ms = 2 * network.standard_error_ms(sum(event["received"] for event in events))
        if abs(statistics.median(errors_ms)) <= bound_ms + room_ms:
            return
    raise AssertionError(f"no round within {bound_ms:.1f} + {room_ms:.1f} ms")


def test_a_narrow_line_still_measures(lab: Lab, session: Session) -> None:
    """128 kbit/s each: what a message takes to pass comes on top of the delay, so there is no figure to compare."""
    lab.shape(Network("narrow", {"delay": 10, "rate": 128}, {"delay": 10, "rate": 128}))
    event = session.probe(*two_of("page", lab))
    assert 40 <= event["rtt_ms"] <= 120
