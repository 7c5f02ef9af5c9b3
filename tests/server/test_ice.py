"""TURN credentials that end, and a secret that goes nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.experiment.experiment import Experiment, GameScene, IceServer
from core.experiment.loader import settings_as_yaml
from core.server.ice import ice_servers, turn_credentials
from tests.matching.conftest import playbook  # noqa: F401  # the fixture
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]
SECRET = "a-secret-of-the-lab"
TURN = IceServer(urls=["turn:t.example.org:3478", "turns:t.example.org:443"], secret=SECRET)


@pytest.mark.parametrize(
    ("secret", "subject_id", "expires", "username", "credential"),
    [
        # printf USERNAME | openssl dgst -sha1 -hmac SECRET -binary | base64
        ("north", "P001", 1700003600.0, "1700003600:P001", "NxRn32c0eIyvxXvYR4RFeSIkY9U="),
        ("s3cret with spaces", "x_1.y-2", 1795000000.7, "1795000000:x_1.y-2", "HNhR3xJvOc5Dnc5dbR3zE+qTIiU="),
        ("Größe", "A", 60.0, "60:A", "CS6RWCci0nHVLwrQpx4J2SbWkBs="),
    ],
)
def test_credentials_are_what_openssl_computes(
    secret: str, subject_id: str, expires: float, username: str, credential: str
) -> None:
    assert turn_credentials(secret, subject_id, expires) == (username, credential)


def experiment_with(*servers: IceServer) -> Experiment:
    return Experiment(name="pilot", scenes=[GameScene(id="task")], ice_servers=list(servers))


def test_each_participant_gets_credentials_of_their_own_that_end_after_ttl_s() -> None:
    experiment = experiment_with(TURN)
    (a,), (b,) = (ice_servers(experiment, subject_id, 1_700_000_000.9) for subject_id in "ab")
    assert (a["username"], b["username"]) == ("1700003600:a", "1700003600:b")
    assert a["credential"] != b["credential"]
    assert set(a) == {"urls", "username", "credential"}
    assert a["urls"] == TURN.urls


def test_servers_without_a_secret_are_passed_on_as_they_stand() -> None:
    stun = IceServer(urls="stun:s.example.org")
    fixed = IceServer(urls="turn:t.example.org", username="lab", credential="hush")
    assert ice_servers(experiment_with(stun, fixed), "a", 0.0) == [
        {"urls": "stun:s.example.org"},
        {"urls": "turn:t.example.org", "username": "lab", "credential": "hush"},
    ]


def payloads(book: Playbook, name: str, **fields: Any) -> list[tuple[str, dict[str, Any]]]:
    """Messages of this name, with these fields, and who got them."""
    return [
        (who, payload)
        for who, sent, payload in book.sent
        if sent == name and all(payload.get(key) == value for key, value in fields.items())
    ]


@pytest.mark.parametrize("policy", ["all", "relay"])
def test_probe_and_game_use_the_same_servers_and_the_same_policy(playbook: Book, policy: str) -> None:  # noqa: F811
    book = playbook(ice_servers=[TURN], ice_transport_policy=policy)
    book.arrive("a", "b")
    book.wait(1)
    book.measure("a", "b", 20.0)
    probes, games = payloads(book, "probe_prepare"), payloads(book, "view", phase="game")
    assert sorted(who for who, _ in probes) == sorted(who for who, _ in games) == ["a", "b"]
    for who, payload in [*probes, *games]:
        assert payload["ice_transport_policy"] == policy
        expires, _, name = payload["ice_servers"][0]["username"].partition(":")
        assert name == who
        assert 3600 <= int(expires) - 1_700_000_000 <= 3601


def test_the_secret_reaches_no_page_no_log_and_no_snapshot(playbook: Book, tmp_path: Path) -> None:  # noqa: F811
    book = playbook(ice_servers=[TURN])
    book.arrive("a", "b")
    book.measure("a", "b", 20.0)
    assert SECRET not in repr(book.sent)
    assert SECRET not in settings_as_yaml(book.engine.experiment)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert book.logger.path in files
    assert not [file for file in files if SECRET.encode() in file.read_bytes()]
    credential = payloads(book, "probe_prepare")[0][1]["ice_servers"][0]["credential"]
    assert credential.encode() not in book.logger.path.read_bytes()
