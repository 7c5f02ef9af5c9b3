"""Asking STUN and TURN servers: a small one of the test's own, and coturn where it is installed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.experiment.experiment import IceServer
from core.server.ice import turn_credentials
from core.server.preflight_network import ice_server
from core.server.stun import Answer, Server, ask, server_of
from tests.server.stun_answerer import Answerer, answering
from tests.waiting import wait_until

TRANSPORTS = ("udp", "tcp")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("stun:stun.example.org", Server(False, False, "stun.example.org", 3478, "udp")),
        ("turn:10.0.0.1:99?transport=tcp", Server(True, False, "10.0.0.1", 99, "tcp")),
        ("turns:t.example.org", Server(True, True, "t.example.org", 5349, "tcp")),
        ("stun:[2001:db8::1]:7", Server(False, False, "2001:db8::1", 7, "udp")),
        ("turn:t:70000", None),
        ("http://t", None),
        ("stun:", None),
    ],
)
def test_addresses_are_taken_apart_as_browsers_do(url: str, server: Server | None):
    assert server_of(url) == server


def url_of(answerer: Answerer, scheme: str, transport: str) -> Server:
    server = server_of(f"{scheme}:127.0.0.1:{answerer.port}?transport={transport}")
    assert server is not None
    return server


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_stun_server_that_answers(transport: str):
    with answering(Answerer(strangers=True)) as answerer:
        answer = ask(url_of(answerer, "stun", transport))
    assert answer.outcome == "answers" and 0 < answer.rtt_ms < 20_000


def test_a_lost_question_is_asked_again():
    with answering(Answerer(lose=1)) as answerer:
        assert ask(url_of(answerer, "stun", "udp")).outcome == "answers"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_turn_server_lets_in_with_the_right_password_and_gets_its_relay_back(transport: str):
    with answering(Answerer(password="right")) as answerer:
        assert ask(url_of(answerer, "turn", transport), "user", "right").outcome == "answers"
        wait_until(lambda: answerer.requests == [3, 3, 4])


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_wrong_password_is_told_from_silence(transport: str):
    with answering(Answerer(password="right")) as answerer:
        answer = ask(url_of(answerer, "turn", transport), "user", "wrong")
    assert (answer.outcome, answer.code) == ("refused", 401)


def test_a_nonce_that_ran_out_is_taken_anew():
    with answering(Answerer(password="right", stale_once=True)) as answerer:
        assert ask(url_of(answerer, "turn", "udp"), "user", "right").outcome == "answers"


def test_a_server_that_is_full_says_so():
    with answering(Answerer(code=486)) as answerer:
        assert ask(url_of(answerer, "turn", "udp"), "user", "x").code == 486
        finding = ice_server(
            IceServer(urls="", username="u", credential="c"), f"turn:127.0.0.1:{answerer.port}", relay_only=True
        )
    assert finding.level == "stop" and "no relay left (486)" in finding.sentence


def test_nobody_there():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute, socket.socket() as free:
        mute.bind(("127.0.0.1", 0))
        free.bind(("127.0.0.1", 0))
        began_s = time.monotonic()
        silent = ask(Server(False, False, "127.0.0.1", mute.getsockname()[1], "udp"), timeout_s=0.2)
        took_s = time.monotonic() - began_s
        closed = ask(Server(True, False, "127.0.0.1", free.getsockname()[1], "tcp"), timeout_s=0.5)
    assert silent == Answer("silent") and 0.2 <= took_s < 2.4  # 2.5 s if nothing is said
    assert closed.outcome == "unreachable" and closed.words


def test_what_is_said_names_the_address_and_hides_the_secret():
    with answering(Answerer(password="right")) as answerer:
        url = f"turn:127.0.0.1:{answerer.port}"
        refused = ice_server(IceServer(urls=url, secret="hush-hush"), url, relay_only=False)
    assert refused.level == "beware" and url in refused.sentence and "401" in refused.sentence
    assert "hush" not in refused.sentence + refused.advice


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a coturn with the secret `lab-secret`."""
    if shutil.which("turnserver") is None:
        pytest.skip("there is no coturn (apt-get install coturn)")
    folder: Path = tmp_path_factory.mktemp("coturn")
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
    config = folder / "turnserver.conf"
    config.write_text(
        "use-auth-secret\nstatic-auth-secret=lab-secret\nrealm=lab\nlistening-ip=127.0.0.1\nrelay-ip=127.0.0.1\n"
        f"listening-port={port}\nfingerprint\nno-cli\nno-tls\nno-dtls\nuserdb={folder / 'users'}\n"
        f"pidfile={folder / 'pid'}\nlog-file=stdout\n"
    )
    with subprocess.Popen(["turnserver", "-c", str(config)], stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _listens(port))
            yield port
        finally:
            process.kill()


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_real_coturn(coturn: int, transport: str):
    turn = Server(True, False, "127.0.0.1", coturn, "tcp" if transport == "tcp" else "udp")
    assert ask(Server(False, False, "127.0.0.1", coturn, turn.transport)).outcome == "answers"
    username, credential = turn_credentials("lab-secret", "preflight", time.time() + 60)
    assert ask(turn, username, credential).outcome == "answers"
    assert ask(turn, *turn_credentials("other", "preflight", time.time() + 60)).code == 401
    assert ask(turn, *turn_credentials("lab-secret", "preflight", time.time() - 60)).code == 401
