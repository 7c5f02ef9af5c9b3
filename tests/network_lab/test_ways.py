"""Ways between two participants who cannot simply reach each other: STUN, and a relay through a real coturn.

The experiment file names the servers as README tells; credentials are made by core/server/ice.py and checked by coturn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from tests.network_lab.lab import EXPERIMENT, Lab, Network, Participant, network_lab, why_no_nat, why_no_turn

REASON = why_no_nat() or why_no_turn()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON or "can run")

SECRET = "a secret of the lab's own"
HOSTS = {
    "srv": {}, "p1": {}, "p2": {},
    "cone1": {"delay": 5, "nat": "cone"}, "cone2": {"delay": 10, "nat": "cone"},
    "sym1": {"delay": 5, "nat": "symmetric"}, "sym2": {"delay": 10, "nat": "symmetric"},
}  # fmt: skip
OPEN = Network("open", {"delay": 10}, {"delay": 15}, {"delay": 2})
NO_UDP = Network("no UDP", {"delay": 10, "block": "udp"}, {"delay": 15, "block": "udp"})
BEHIND_ROUTERS = Network("behind routers", {"delay": 5}, {"delay": 10})
TRIES = 5
NEAR_ENOUGH_MS = 15.0  # a busy machine's room: the relay is one more program that wants a core


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with network_lab(tmp_path_factory.mktemp("lab"), HOSTS) as made:
        yield made


@pytest.fixture(scope="module")
def coturn(lab: Lab) -> Iterator[str]:
    with lab.turn_server(SECRET) as address:
        yield address


def experiment(*urls: str, policy: str = "all", secret: str = SECRET, connect_s: float = 8) -> str:
    """The lab's experiment with the addresses of an ICE server, written as README writes them."""
    lines = [EXPERIMENT.replace("connect_s: 8", f"connect_s: {connect_s}"), f"ice_transport_policy: {policy}"]
    if urls:
        with_secret = f", secret: {secret!r}" if urls[0].startswith("turn:") else ""
        lines.append(f"ice_servers: [{{urls: {list(urls)}{with_secret}}}]")
    return "\n".join(lines)


def probe(lab: Lab, text: str, first: Participant, second: Participant, longest_ms: float = math.inf) -> dict[str, Any]:
    """One that was not longer than so, of TRIES: other programs also want the cores."""
    with lab.session(text) as session:
        for _ in range(TRIES):
            event = session.probe(first, second)
            if event.get("rtt_ms", math.inf) <= longest_ms:
                break
        return event


def bot(lab: Lab, host: str) -> Participant:
    pytest.importorskip("aiortc", reason="the extra `bots` (aiortc) is not installed")
    return lab.bot(host, "--webrtc", "real")


def longest_with(network: Network) -> float:
    """Through the relay."""
    return network.relayed_rtt_ms + NEAR_ENOUGH_MS


def assert_relayed(event: dict[str, Any], network: Network) -> None:
    assert event["event_type"] == "probe_completed", event
    assert event["path"] == "relay"
    assert {peer["path"] for peer in event["peers"]} == {"relay"}
    assert abs(event["rtt_ms"] - network.relayed_rtt_ms) <= NEAR_ENOUGH_MS
    assert event["rtt_ms"] > network.relayed_rtt_ms - 1, "shorter than the way through the relay"


def test_relay_only_goes_through_the_relay_although_the_peers_are_close(lab: Lab, coturn: str) -> None:
    lab.shape(OPEN)
    event = probe(lab, experiment(f"turn:{coturn}", policy="relay"), lab.page("p1"), lab.page("p2"), longest_with(OPEN))
    assert_relayed(event, OPEN)


def test_the_relay_is_not_taken_where_there_is_a_direct_way(lab: Lab, coturn: str) -> None:
    lab.shape(OPEN)
    direct_ms = OPEN.relayed_rtt_ms / 2
    event = probe(lab, experiment(f"turn:{coturn}"), lab.page("p1"), lab.page("p2"), direct_ms)
    assert event["path"] in ("host", "prflx")
    assert event["rtt_ms"] <= direct_ms


def test_where_udp_is_blocked_the_relay_is_reached_over_tcp(lab: Lab, coturn: str) -> None:
    lab.shape(NO_UDP)
    text = experiment(f"turn:{coturn}", f"turn:{coturn}?transport=tcp")
    event = probe(lab, text, lab.page("p1"), lab.page("p2"), longest_with(NO_UDP))
    assert_relayed(event, NO_UDP)


def test_a_bot_and_a_page_meet_through_the_relay(lab: Lab, coturn: str) -> None:
    lab.shape(OPEN)
    event = probe(lab, experiment(f"turn:{coturn}", policy="relay"), bot(lab, "p1"), lab.page("p2"), longest_with(OPEN))
    assert_relayed(event, OPEN)


def test_a_wrong_secret_gives_nobody_a_relay_and_shows_in_the_log(lab: Lab, coturn: str) -> None:
    lab.shape(OPEN)
    text = experiment(f"turn:{coturn}", policy="relay", secret="another one", connect_s=3)
    event = probe(lab, text, lab.page("p1"), lab.page("p2"))
    assert (event["event_type"], event["reason"]) == ("probe_failed", "unreachable")
    assert event["prepare_s"] + event["connect_s"] < 10  # browsers find out after 15 s
    assert [peer["ice"]["errors"] for peer in event["peers"]] == [[401], [401]]


def test_two_home_networks_find_a_way_with_stun(lab: Lab, coturn: str) -> None:
    lab.shape(BEHIND_ROUTERS, "cone1", "cone2")
    emulated_ms = BEHIND_ROUTERS.emulated_rtt_ms
    pages = lab.page("cone1"), lab.page("cone2")
    event = probe(lab, experiment(f"stun:{coturn}"), *pages, emulated_ms + NEAR_ENOUGH_MS)
    assert event["event_type"] == "probe_completed", event
    assert event["path"] in ("srflx", "prflx")
    assert abs(event["rtt_ms"] - emulated_ms) <= NEAR_ENOUGH_MS


def test_two_symmetric_routers_need_the_relay(lab: Lab, coturn: str) -> None:
    lab.shape(BEHIND_ROUTERS, "sym1", "sym2")
    pages = lab.page("sym1"), lab.page("sym2")
    assert probe(lab, experiment(f"stun:{coturn}", connect_s=3), *pages)["reason"] == "unreachable"
    event = probe(lab, experiment(f"turn:{coturn}"), *pages, longest_with(BEHIND_ROUTERS))
    assert_relayed(event, BEHIND_ROUTERS)
