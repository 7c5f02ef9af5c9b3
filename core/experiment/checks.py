"""What can be wrong with an experiment although each of its settings is fine by itself.

Owns the rules between settings and with the files beside the experiment file. Must not check types (`conformance.py`),
nor run anything the experimenter wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from core.experiment.experiment import (
    Completion,
    Experiment,
    GameScene,
    IceServer,
    Matching,
    NoPartner,
    PageScene,
)
from core.experiment.problems import Place, Problem, nearest, quoted

PAGE_SUFFIXES = (".md", ".html", ".htm")
ICE_ADDRESS = re.compile(r"(stun|stuns|turn|turns):\S+\Z")
ICE_EXAMPLE = "stun:stun.example.org:3478"
MATCHMAKER_SUFFIXES = (".py",)


def problems_between(experiment: Experiment, directory: Path, games: set[str]) -> Iterator[Problem]:
    """Every problem of an experiment whose files lie in `directory`, with `games` to choose from."""
    yield from _scene_problems(experiment)
    yield from _partner_problems(experiment)
    for index, scene in enumerate(experiment.scenes):
        place: Place = ("scenes", index)
        if isinstance(scene, PageScene):
            yield from _page_problems(scene, directory, place)
        elif scene.game not in games:
            yield Problem((*place, "game"), _unknown_game(scene, games))
    yield from _content_problems(experiment.completion, directory, ("completion",))
    yield from _no_partner_problems(experiment, directory)
    for index, server in enumerate(experiment.ice_servers):
        yield from _ice_problems(server, ("ice_servers", index))
    yield from _ice_policy_problems(experiment)
    yield from _matchmaker_problems(experiment.matching, directory)
    yield from _probe_problems(experiment)


def page_file(name: str, directory: Path) -> Path | str:
    """The file a page names, or a sentence saying why it cannot be used. Files outside `directory` never can."""
    return _file_beside(name, directory, PAGE_SUFFIXES)


def matchmaker_file(name: str, directory: Path) -> Path | str:
    """The file of staff's own matchmaker, or a sentence as `page_file`."""
    return _file_beside(name, directory, MATCHMAKER_SUFFIXES)


def _file_beside(name: str, directory: Path, suffixes: Sequence[str]) -> Path | str:
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or "\\" in name:
        return (
            f"found {quoted(name)}; allowed is a file beside the experiment file, written like files/name{suffixes[0]}."
        )
    try:
        file = (directory / name).resolve()
        inside = file.is_relative_to(directory.resolve())
        exists = file.is_file()
    except (OSError, ValueError) as error:
        return f"found {quoted(name)}, which is no usable file name ({error})."
    if not inside:
        return (
            f"found {quoted(name)}, which leads out of the experiment's folder; allowed is a file inside {directory}."
        )
    if file.suffix.lower() not in suffixes:
        return f"found {quoted(name)}; allowed is a file whose name ends in {', '.join(suffixes)}."
    if not exists:
        similar = _similar_file(name, directory, suffixes)
        return f"found {quoted(name)}, but there is no such file in {directory}.{similar}"
    return file


def _similar_file(name: str, directory: Path, suffixes: Sequence[str]) -> str:
    files = [entry.name for entry in directory.iterdir() if entry.suffix.lower() in suffixes]
    meant = nearest(name, files)
    if meant:
        return f" Did you mean {quoted(meant)}?"
    return f" Allowed are the ones there: {', '.join(sorted(files))}." if files else ""


def _scene_problems(experiment: Experiment) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, scene in enumerate(experiment.scenes):
        # Windows and macOS take Game and game for the same file.
        earlier = first.setdefault(scene.id.casefold(), index)
        if earlier != index:
            yield Problem(
                ("scenes", index, "id"),
                f"found {quoted(scene.id)}, which scenes[{earlier}] is called already; allowed is a name of its own "
                "(capital and small letters count as the same).",
            )
    if not any(isinstance(scene, GameScene) for scene in experiment.scenes):
        yield Problem(
            ("scenes",), "found no scene with `kind: game`; allowed is at least one, or nobody is ever matched."
        )


def _partner_problems(experiment: Experiment) -> Iterator[Problem]:
    """Nobody has partners yet in the first game."""
    games = [(index, scene) for index, scene in enumerate(experiment.scenes) if isinstance(scene, GameScene)]
    if games and games[0][1].partners == "same":
        yield Problem(
            ("scenes", games[0][0], "partners"),
            "found same in the first game; allowed is any or new there: nobody has played with anybody before it.",
        )


def _no_partner_problems(experiment: Experiment, directory: Path) -> Iterator[Problem]:
    no_partner, scenes = experiment.no_partner, experiment.scenes
    yield from _content_problems(no_partner, directory, ("no_partner",))
    if no_partner.outcome == "redirect" and no_partner.redirect_url is None:
        yield Problem(("no_partner",), "found outcome: redirect without `redirect_url:`; allowed is one with it.")
    if no_partner.outcome != "scene":
        return
    last_game = max((index for index, scene in enumerate(scenes) if isinstance(scene, GameScene)), default=-1)
    alone = [scene.id for scene in scenes[last_game + 1 :]]
    if no_partner.scene not in alone:
        seen = f"found {quoted(no_partner.scene)}" if no_partner.scene else "found outcome: scene without `scene:`"
        pages = f": {', '.join(alone)}" if alone else ", of which this experiment has none"
        yield Problem(("no_partner", "scene"), f"{seen}; allowed is a page after the last game{pages}.")


def _matchmaker_problems(matching: Matching, directory: Path) -> Iterator[Problem]:
    if matching.matchmaker == "latency_fifo" and matching.max_server_rtt_ms is None:
        yield Problem(
            ("matching", "matchmaker"),
            "found latency_fifo without `max_server_rtt_ms:`; allowed is one with it, such as max_server_rtt_ms: 200.",
        )
    if matching.matchmaker != "custom":
        if matching.matchmaker_file:
            yield Problem(
                ("matching", "matchmaker_file"),
                f"found a file, but `matchmaker: {matching.matchmaker}`; allowed is one with `matchmaker: custom`.",
            )
        return
    if not matching.matchmaker_file:
        yield Problem(
            ("matching", "matchmaker"),
            "found custom without `matchmaker_file:`; allowed is one with it, such as matchmaker_file: matchmaker.py.",
        )
        return
    file = matchmaker_file(matching.matchmaker_file, directory)
    if isinstance(file, str):
        yield Problem(("matching", "matchmaker_file"), file)


def _content_problems(scene: PageScene | Completion | NoPartner, directory: Path, place: Place) -> Iterator[Problem]:
    if scene.file and scene.text:
        yield Problem((*place, "text"), "found both `file:` and `text:`; allowed is one of them.")
    elif scene.file:
        answer = page_file(scene.file, directory)
        if isinstance(answer, str):
            yield Problem((*place, "file"), answer)


def _page_problems(scene: PageScene, directory: Path, place: Place) -> Iterator[Problem]:
    if not scene.file and not scene.text.strip():
        yield Problem(place, "found a page without content; allowed is one with `file:` or `text:`.")
    yield from _content_problems(scene, directory, place)


def _unknown_game(scene: GameScene, games: set[str]) -> str:
    meant = nearest(scene.game, games)
    advice = f"Did you mean {quoted(meant)}?" if meant else f"Allowed is one of: {', '.join(sorted(games))}."
    return f"found {quoted(scene.game)}, but there is no such game. {advice}"


def _ice_problems(server: IceServer, place: Place) -> Iterator[Problem]:
    urls = ice_urls(server)
    if not urls:
        yield Problem((*place, "urls"), "found an empty list; allowed is at least one address.")
    for url in urls:
        if not ICE_ADDRESS.match(url):
            yield Problem((*place, "urls"), f"found {quoted(url)}; allowed is an address such as {ICE_EXAMPLE}.")
    turn = any(url.startswith("turn") for url in urls)
    if server.secret and (server.username or server.credential):
        yield Problem(place, "found `secret:` and `username:` or `credential:`; allowed is one of the two ways.")
    elif server.secret and not turn:
        yield Problem((*place, "secret"), "found a secret without a TURN address; allowed is one for turn: or turns:.")
    elif turn and not server.secret and not (server.username and server.credential):
        # Browsers refuse the whole list of servers over this, so that no probe would work.
        yield Problem(
            place,
            "found a TURN server without `username:` or `credential:`; allowed is one that has both, or `secret:`.",
        )


def _ice_policy_problems(experiment: Experiment) -> Iterator[Problem]:
    urls = [url for server in experiment.ice_servers for url in ice_urls(server)]
    if experiment.ice_transport_policy == "relay" and not any(url.startswith("turn") for url in urls):
        yield Problem(
            ("ice_transport_policy",),
            "found relay without a TURN server, so that nobody could reach anybody; allowed is one in `ice_servers:`.",
        )


def ice_urls(server: IceServer) -> list[str]:
    """A server's addresses, one or several."""
    return [server.urls] if isinstance(server.urls, str) else server.urls


def _probe_problems(experiment: Experiment) -> Iterator[Problem]:
    probe, limit_s = experiment.probe, experiment.timeouts.measure_s
    needed_s = (probe.warmup + probe.pings) * probe.interval_ms / 1000
    if needed_s > limit_s:
        yield Problem(
            ("probe", "pings"),
            f"found {probe.warmup} + {probe.pings} pings, {probe.interval_ms} ms apart, which take {needed_s:g} s; "
            f"allowed is what fits into timeouts.measure_s ({limit_s:g} s).",
        )
