"""Networks to measure in: namespaces joined by the switch of `../shared/netlab`, with engines, pages and bots in them.

Owns starting and ending all of them. Must not hold expectations.

    with network_lab(folder) as lab:
        lab.shape(Network("near", {"delay": 10}, {"delay": 5}))
        with lab.session() as session:
            event = session.probe(lab.page("p1"), lab.page("p2"))
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import json
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from tests.browser import NO_MDNS, Browser
from tests.end_to_end.stage import events_in, serve
from tests.json_process import ROOT
from tests.one_host_lab import can_make_namespaces
from tests.waiting import PATIENCE_S, wait_until

NETLAB = Path(__file__).resolve().parents[3] / "shared" / "netlab" / "netlab.py"
PLAIN = {"srv": {}, "p1": {}, "p2": {}}
CLEAR = {"delay": 0, "up": 0, "down": 0, "jitter": 0, "loss": 0, "rate": 0, "reorder": 0, "block": ""}
EXPERIMENT = """
name: lab
scenes: [{id: task, kind: game, duration_s: 1}]
matching: {max_p2p_rtt_ms: 2000}
timeouts: {connect_s: 8, prepare_s: 5, reconnect_s: 0.5, game_grace_s: 0.5}
"""
TURN_PORT = 3478
HEADLESS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --mute-audio"
)
STAY_AWAKE = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while True:
    pass
"""
_numbers = itertools.count(1)
_ports = itertools.count(8931)


def why_no_lab() -> str:
    """What keeps this machine from having a lab; empty if nothing does."""
    if not NETLAB.exists():
        return "there is no network lab beside this repository"
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "network namespaces need root on Linux"
    if shutil.which("ip") is None or not Path("/dev/net/tun").exists():
        return "network namespaces need iproute2 and /dev/net/tun"
    return "" if can_make_namespaces() else "this machine does not allow network namespaces"


def why_no_nat() -> str:
    """The same for hosts behind a router of their own."""
    return why_no_lab() or ("" if shutil.which("nft") else "routers with address translation need nftables")


def why_no_turn() -> str:
    """The same for a TURN server."""
    return why_no_lab() or ("" if shutil.which("turnserver") else "there is no coturn (apt-get install coturn)")


def why_no_chromium() -> str:
    """The same for Chromium as participants have it."""
    return why_no_lab() or ("" if shutil.which("chromium") else "there is no Chromium (apt-get install chromium)")


class Network(NamedTuple):
    """One-way delays in ms, loss in percent per crossing, rate in kbit/s; `pair` is the way between the two peers, one
    way, instead of their own links. Jitter is uniform from 0 to so many ms each crossing; with `reorder` every message
    has its own, without it those sent close together wait for the slowest of them, and no RTT can be told beforehand.
    """

    name: str
    p1: dict[str, float]
    p2: dict[str, float]
    pair: dict[str, Any] | None = None

    @property
    def emulated_rtt_ms(self) -> float:
        """Both ways, with the mean of uniform jitter on each crossing."""
        return sum(map(_both_ways_ms, self._links))

    def standard_error_ms(self, samples: int) -> float:
        """Of the median of so many measured RTTs, by jitter alone: 1 / (2 f sqrt(n)), where the density f of the sum of
        two uniform delays of width j is 1 / j in the middle.
        """
        return max(link.get("jitter", 0) for link in self._links) / (2 * math.sqrt(samples))

    @property
    def _links(self) -> list[dict[str, Any]]:
        return [self.p1, self.p2] if self.pair is None else [self.pair]

    @property
    def relayed_rtt_ms(self) -> float:
        """The same by way of the server, where the relay is."""
        return _both_ways_ms(self.p1) + _both_ways_ms(self.p2)


def _both_ways_ms(link: dict[str, Any]) -> float:
    delay = link.get("delay", 0)
    return float(link.get("up", delay) + link.get("down", delay) + link.get("jitter", 0))


class Participant(NamedTuple):
    """Somebody on a host of the lab. `come(url)` has them take part in the session at `url`; returns how they go."""

    kind: str
    come: Callable[[str], Callable[[], object]]


class Lab:
    """The hosts, what their network is like, and who can be on them."""

    def __init__(self, netlab: ModuleType, prefix: str, stack: ExitStack, folder: Path) -> None:
        self.netlab, self.prefix, self.folder = netlab, prefix, folder
        self._stack = stack
        self._lab = netlab.load(prefix)
        self._browsers: dict[str, Browser] = {}

    def on(self, host: str) -> list[str]:
        """What to put before a command so that it runs there, before whatever else this machine does: a test asks what
        an engine and two pages measure, not what they measure on cores that others want.
        """
        return list(self.netlab.exec_argv(self._lab, host, ["nice", "-n", "-15"]))

    def address(self, host: str = "srv") -> str:
        return str(self._lab.info[host]["ip"])

    def shape(self, network: Network, first: str = "p1", second: str = "p2") -> None:
        """Make the network between two hosts and the server so."""
        for host, link in ((first, network.p1), (second, network.p2)):
            settings = {**CLEAR, **link}
            settings["up"] = link.get("up", settings["delay"])
            settings["down"] = link.get("down", settings["delay"])
            self.netlab.ask(self.prefix, op="set", target=host, link=settings)
        self.netlab.ask(self.prefix, op="clear", target=f"{first}~{second}")
        if network.pair is not None:
            self.netlab.ask(self.prefix, op="set", target=f"{first}~{second}", link=network.pair)

    # --- participants -------------------------------------------------------------------------------------------------

    def page(self, host: str) -> Participant:
        """The participant page in QtWebEngine."""

        def come(url: str) -> Callable[[], object]:
            if host not in self._browsers:
                self._browsers[host] = self._stack.enter_context(Browser(prefix=self.on(host)))
            return self._browsers[host].open(f"{url}?subject_id={host}-page-{next(_numbers)}").close

        return Participant("page", come)

    def chromium(self, host: str) -> Participant:
        """The participant page in Debian's Chromium, without a window."""

        def come(url: str) -> Callable[[], object]:
            profile = tempfile.mkdtemp(prefix="chromium-", dir=self.folder)
            address = f"{url}?subject_id={host}-chromium-{next(_numbers)}"
            return self._start(host, ["chromium", *HEADLESS.split(), NO_MDNS, f"--user-data-dir={profile}", address])

        return Participant("chromium", come)

    def bot(self, host: str, *options: str) -> Participant:
        """A bot; with `--webrtc real` among the options it measures over aiortc."""

        def come(url: str) -> Callable[[], object]:
            return self._start(host, [sys.executable, str(ROOT / "main.py"), "bots", "1", "--url", url, *options])

        return Participant("bot", come)

    def _start(self, host: str, command: list[str]) -> Callable[[], None]:
        """Start something in a group of its own; returns what ends the group."""
        null = subprocess.DEVNULL
        process = subprocess.Popen([*self.on(host), *command], stdout=null, stderr=null, start_new_session=True)

        def end() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

        return end

    # --- servers ------------------------------------------------------------------------------------------------------

    @contextmanager
    def session(self, experiment: str = EXPERIMENT) -> Iterator[Session]:
        """An engine on the server's host, with its doors open."""
        folder = Path(tempfile.mkdtemp(prefix="session-", dir=self.folder))
        (folder / "lab.yaml").write_text(experiment)
        port = next(_ports)
        options = ["--start", "--logs-dir", str(folder / "logs"), "--port", str(port)]
        engine = serve(str(folder / "lab.yaml"), *options, prefix=self.on("srv"))
        try:
            log = folder / "logs" / "latest" / "events.jsonl"
            wait_until(lambda: log.exists() or engine.poll() is not None)
            assert engine.poll() is None, engine.communicate()[1]
            yield Session(log.parent, f"http://{self.address()}:{port}/")
        finally:
            engine.terminate()
            engine.communicate(timeout=PATIENCE_S)

    @contextmanager
    def turn_server(self, secret: str) -> Iterator[str]:
        """coturn on the server's host, as README has it: gives its address, HOST:PORT."""
        folder = Path(tempfile.mkdtemp(prefix="turn-", dir=self.folder))
        address = self.address()
        config = folder / "turnserver.conf"
        config.write_text(
            f"use-auth-secret\nstatic-auth-secret={secret}\nrealm=lab\n"
            f"listening-ip={address}\nrelay-ip={address}\nlistening-port={TURN_PORT}\nfingerprint\n"
            f"no-cli\nno-tls\nno-dtls\nuserdb={folder / 'users'}\npidfile={folder / 'pid'}\nlog-file=stdout\n"
        )
        end = self._start("srv", ["turnserver", "-c", str(config)])
        try:
            wait_until(partial(self._listens, "srv", TURN_PORT))
            yield f"{address}:{TURN_PORT}"
        finally:
            end()

    def _listens(self, host: str, port: int) -> bool:
        with self.netlab.in_netns(self._lab.info[host]["ns"]), socket.socket() as line:
            return line.connect_ex((self.address(host), port)) == 0


class Session:
    """One engine of the lab, and its log."""

    def __init__(self, run_dir: Path, url: str) -> None:
        self.run_dir, self.url = run_dir, url

    def events(self, *types: str) -> list[dict[str, Any]]:
        """What the log holds of these types."""
        return events_in(self.run_dir, *types)

    def probe(self, first: Participant, second: Participant, *, within_s: float = PATIENCE_S) -> dict[str, Any]:
        """Have two newcomers come, one after the other; the last event of their probe, once they are gone."""
        before = len(self._verdicts())
        joined = len(self.events("participant_joined"))
        going = []
        try:
            for number, newcomer in enumerate((first, second), 1):
                going.append(newcomer.come(self.url))
                wait_until(lambda needed=joined + number: len(self.events("participant_joined")) >= needed)
            verdict = wait_until(lambda: self._verdicts()[before:], within_s=within_s)[0]
        finally:
            for go in going:
                go()
        everybody = {event["subject_id"] for event in self.events("participant_joined")}
        over = ("participant_left", "participant_finished")
        wait_until(lambda: everybody <= {event["subject_id"] for event in self.events(*over)})
        return verdict

    def _verdicts(self) -> list[dict[str, Any]]:
        return [event for event in self.events("probe_completed", "probe_failed") if not event.get("will_retry")]


@contextmanager
def awake_cores() -> Iterator[None]:
    """No core sleeps: each has a task that gives way to everything else.

    A ping and its answer wake some ten threads one after the other. On a virtual machine a core that sleeps has to be
    woken by way of the hypervisor each time: in QtWebEngine pages that added 0.6 ms to the median and 1.5 ms and more
    to single probes, of a network that was the same.
    """
    cores = sorted(os.sched_getaffinity(0))
    tasks = [subprocess.Popen([sys.executable, "-c", STAY_AWAKE, str(core)]) for core in cores]
    try:
        yield
    finally:
        for task in tasks:
            task.kill()
            task.wait()


@contextmanager
def network_lab(folder: Path, hosts: dict[str, Any] | None = None) -> Iterator[Lab]:
    """A lab of its own; `hosts` as in netlab's description, else a server and two peers."""
    spec = importlib.util.spec_from_file_location("netlab", NETLAB)
    assert spec is not None
    assert spec.loader is not None
    netlab = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(netlab)
    prefix = f"g{os.getpid() % 100_000}x{next(_numbers)}"
    (folder / "lab.json").write_text(json.dumps({"prefix": prefix, "hosts": hosts or PLAIN}))
    # In a process of its own: what starts a lab keeps a socket of the switch open, and a warning is a failure here.
    subprocess.run([sys.executable, str(NETLAB), "up", str(folder / "lab.json")], check=True, capture_output=True)
    try:
        with ExitStack() as stack:
            yield Lab(netlab, prefix, stack, folder)
    finally:
        netlab.down(prefix)
