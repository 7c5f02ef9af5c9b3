"""The probe's RTT against the emulated one, over the network lab that lies beside this repository (`../shared/netlab`).

Skipped, with the reason in pytest's summary, where there is no lab or no right to make network namespaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.network_lab.lab import (
    EXPERIMENT,
    Lab,
    Network,
    Participant,
    Session,
    network_lab,
    why_no_chromium,
    why_no_lab,
)

REASON = why_no_lab()
NO_CHROMIUM = why_no_chromium()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON or "can run")

# What a plain run tries: one of each kind. tests/benchmarks/bench_probe_accuracy.py tries all of them, and strictly.
NETWORKS = [
    Network("lan", {}, {}),
    Network("asymmetric", {"up": 40, "down": 10}, {"delay": 5}),
    Network("jitter", {"delay": 20, "jitter": 10, "reorder": 1}, {"delay": 10}),
    Network("loss", {"delay": 20, "loss": 5}, {"delay": 10}),
    Network("peers close, server far", {"delay": 60}, {"delay": 60}, {"delay": 5}),
    Network("server close, peers far", {"delay": 5}, {"delay": 5}, {"delay": 60}),
]
TRIES = 5


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with network_lab(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture(scope="module")
def session(lab: Lab) -> Iterator[Session]:
    with lab.session() as opened:
        yield opened


def two_of(kind: str, lab: Lab) -> tuple[Participant, Participant]:
    """Two of a kind, one on each host."""
    if kind == "bot":
        pytest.importorskip("aiortc", reason="the extra `bots` (aiortc) is not installed")
        options = ("--webrtc", "real")
        return lab.bot("p1", *options), lab.bot("p2", *options)
    make = {"page": lab.page, "chromium": lab.chromium}[kind]
    return make("p1"), make("p2")


def measured(
    lab: Lab, session: Session, network: Network, pair: tuple[Participant, Participant], within_ms: float, share: float
) -> dict[str, Any]:
    """A probe whose RTT is that near to what the lab does, of TRIES: other programs also want the cores."""
    lab.shape(network)
    bound_ms = max(within_ms, share * network.emulated_rtt_ms)
    events = []
    for _ in range(TRIES):
        events.append(session.probe(*pair))
        if abs(events[-1].get("rtt_ms", float("inf")) - network.emulated_rtt_ms) <= bound_ms:
            return events[-1]
    raise AssertionError(f"{network.emulated_rtt_ms} ms emulated: {[e.get('rtt_ms', e.get('reason')) for e in events]}")


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_the_measured_rtt_is_the_networks(lab: Lab, session: Session, network: Network) -> None:
    """With room for a busy machine; tests/benchmarks/bench_probe_accuracy.py asks for 3 ms or 5 %."""
    event = measured(lab, session, network, two_of("page", lab), 12.0, 0.15)
    assert event["path"] == "host"
    assert {peer["subject_id"][:2] for peer in event["peers"]} == {"p1", "p2"}


@pytest.mark.skipif(bool(NO_CHROMIUM), reason=NO_CHROMIUM or "can run")
def test_chromium_measures_the_same(lab: Lab, session: Session) -> None:
    event = measured(lab, session, Network("near", {"delay": 10}, {"delay": 5}), two_of("chromium", lab), 12.0, 0.15)
    assert event["path"] == "host"
    assert all("chromium" in peer["subject_id"] for peer in event["peers"])


def test_blocked_udp_is_unreachable_and_said_in_time(lab: Lab) -> None:
    """Browsers find out after 15 s, bots after 64 s: it is the engine's deadline that holds."""
    lab.shape(Network("blocked", {"delay": 5}, {"delay": 5}, {"delay": 5, "block": "udp"}))
    with lab.session(EXPERIMENT.replace("connect_s: 8", "connect_s: 3")) as session:
        event = session.probe(lab.page("p1"), lab.page("p2"))
    assert (event["event_type"], event["reason"]) == ("probe_failed", "unreachable")
    assert event["prepare_s"] + event["connect_s"] + event["measure_s"] < 10
