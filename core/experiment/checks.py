"""What can be wrong with an experiment although each of its settings is fine by itself.

Owns the rules between settings and with the files beside the experiment file. Must not check types (`conformance.py`),
nor run anything the experimenter wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from core.experiment.experiment import Completion, Experiment, GameScene, IceServer, PageScene
from core.experiment.problems import Place, Problem, nearest, quoted

PAGE_SUFFIXES = (".md", ".html", ".htm")
ICE_ADDRESS = re.compile(r"(stun|stuns|turn|turns):\S+\Z")
ICE_EXAMPLE = "stun:stun.example.org:3478"
GROUP_SIZE = 2  # what this version's matching forms


def problems_between(experiment: Experiment, directory: Path, games: set[str]) -> Iterator[Problem]:
    """Every problem of an experiment whose files lie in `directory`, with `games` to choose from."""
    yield from _scene_problems(experiment)
    for index, scene in enumerate(experiment.scenes):
        place: Place = ("scenes", index)
        if isinstance(scene, PageScene):
            yield from _page_problems(scene, directory, place)
        elif scene.game not in games:
            yield Problem((*place, "game"), _unknown_game(scene, games))
    yield from _completion_problems(experiment.completion, directory)
    for index, server in enumerate(experiment.ice_servers):
        yield from _ice_problems(server, ("ice_servers", index))
    if experiment.matching.group_size != GROUP_SIZE:
        size = experiment.matching.group_size
        yield Problem(("matching", "group_size"), f"found {size}; allowed is {GROUP_SIZE}: this version forms pairs.")
    yield from _probe_problems(experiment)


def page_file(name: str, directory: Path) -> Path | str:
    """The file a page names, or a sentence saying why it cannot be used. Files outside `directory` never can."""
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or "\\" in name:
        return f"found {quoted(name)}; allowed is a file beside the experiment file, written like pages/welcome.md."
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
    if file.suffix.lower() not in PAGE_SUFFIXES:
        return f"found {quoted(name)}; allowed is a file whose name ends in {', '.join(PAGE_SUFFIXES)}."
    if not exists:
        return f"found {quoted(name)}, but there is no such file in {directory}.{_similar_file(name, directory)}"
    return file


def _similar_file(name: str, directory: Path) -> str:
    pages = [entry.name for entry in directory.iterdir() if entry.suffix.lower() in PAGE_SUFFIXES]
    meant = nearest(name, pages)
    if meant:
        return f" Did you mean {quoted(meant)}?"
    return f" Allowed are the pages there: {', '.join(sorted(pages))}." if pages else ""


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


def _content_problems(scene: PageScene | Completion, directory: Path, place: Place) -> Iterator[Problem]:
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


def _completion_problems(completion: Completion, directory: Path) -> Iterator[Problem]:
    yield from _content_problems(completion, directory, ("completion",))


def _unknown_game(scene: GameScene, games: set[str]) -> str:
    meant = nearest(scene.game, games)
    advice = f"Did you mean {quoted(meant)}?" if meant else f"Allowed is one of: {', '.join(sorted(games))}."
    return f"found {quoted(scene.game)}, but there is no such game. {advice}"


def _ice_problems(server: IceServer, place: Place) -> Iterator[Problem]:
    urls = [server.urls] if isinstance(server.urls, str) else server.urls
    if not urls:
        yield Problem((*place, "urls"), "found an empty list; allowed is at least one address.")
    for url in urls:
        if not ICE_ADDRESS.match(url):
            yield Problem((*place, "urls"), f"found {quoted(url)}; allowed is an address such as {ICE_EXAMPLE}.")
    if any(url.startswith("turn") for url in urls) and not (server.username and server.credential):
        # Browsers refuse the whole list of servers over this, so that no probe would work.
        yield Problem(place, "found a TURN server without `username:` or `credential:`; allowed is one that has both.")


def _probe_problems(experiment: Experiment) -> Iterator[Problem]:
    probe, limit_s = experiment.probe, experiment.timeouts.measure_s
    needed_s = (probe.warmup + probe.pings) * probe.interval_ms / 1000
    if needed_s > limit_s:
        yield Problem(
            ("probe", "pings"),
            f"found {probe.warmup} + {probe.pings} pings, {probe.interval_ms} ms apart, which take {needed_s:g} s; "
            f"allowed is what fits into timeouts.measure_s ({limit_s:g} s).",
        )
