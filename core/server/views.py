"""What a participant's page is to show: its whole view, built from what is recorded of them.

Owns the words that participants read outside of the experiment's own pages. Must not change anything: the same state
gives the same view, so a page that reloads needs nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from core.clock import rounded
from core.experiment.experiment import Experiment, GameScene
from core.matching.games import Game
from core.projections.participants import Person, PersonState

ENDED = {
    "left": ("You have left", "You have left this study. You can close this page."),
    "removed": ("Your part has ended", "The person running this study has ended your part. You can close this page."),
    "reconnect_timeout": ("You were away", "Your connection was lost for too long, so your place was given up."),
    "run_ended": ("The session has ended", "The session is over. Thank you for taking part. You can close this page."),
}
NO_PARTNER = "We are sorry: nobody you could play with arrived in time. Thank you for your patience."
_SORRY = "Something went wrong on our side. We are sorry. If you are asked to come back, press the button."
STOPPED = {"phase": "ended", "scene_id": None, "title": "The session had to stop", "text": _SORRY, "can_rejoin": True}


@dataclass(frozen=True, slots=True)
class PageTexts:
    """HTML by scene id, rendered and sanitised once; `completion` is the last page's, `no_partner` that of those who
    waited in vain.
    """

    scenes: dict[str, str]
    completion: str
    no_partner: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """What views are built from besides the person. `remaining_s` and `waited_s` ask the clock; `ice_servers` is by
    subject id.
    """

    experiment: Experiment
    texts: PageTexts
    game_of: Callable[[Person], Game | None]
    remaining_s: Callable[[Game], float]
    waited_s: Callable[[Person], float]
    ice_servers: Callable[[str], list[dict[str, Any]]]


def view_of(person: Person, stage: Stage) -> dict[str, Any]:
    """The view of one participant, as the page is sent it."""
    return {"subject_id": person.subject_id, "scene_id": person.scene_id, **_BUILD[person.state](person, stage)}


def ended_view(title: str, text: str) -> dict[str, Any]:
    """A last page with words of our own."""
    return {"phase": "ended", "scene_id": None, "title": title, "text": text}


def _page(person: Person, stage: Stage) -> dict[str, Any]:
    scene = stage.experiment.scenes[person.scene_index]
    button = "Continue" if isinstance(scene, GameScene) else scene.button
    return {
        "phase": "page",
        "title": scene.title,
        "html": stage.texts.scenes[scene.id],
        "button": button,
    }


def _waitroom(person: Person, stage: Stage) -> dict[str, Any]:
    scene = stage.experiment.scenes[person.scene_index]
    return {
        "phase": "probing" if person.state == "probing" else "waitroom",
        "title": scene.title,
        "html": stage.texts.scenes[scene.id],
        "waited_s": rounded(stage.waited_s(person), 10),
    }


def _game(person: Person, stage: Stage) -> dict[str, Any]:
    scene = stage.experiment.scenes[person.scene_index]
    game = stage.game_of(person)
    if game is None or not isinstance(scene, GameScene):
        raise LookupError(f"{person.subject_id} is said to play, but not in a game that is under way")
    return {
        "phase": "game",
        "title": scene.title,
        "html": stage.texts.scenes[scene.id],
        "game_id": game.game_id,
        "game": scene.game,
        "settings": scene.settings,
        "player": game.subjects.index(person.subject_id),
        "players": len(game.subjects),
        "remaining_s": rounded(stage.remaining_s(game), 100),
        "duration_s": game.duration_s,
        "seed": game.seed,
        "ice_servers": stage.ice_servers(person.subject_id),
        "ice_transport_policy": stage.experiment.ice_transport_policy,
    }


def _done(person: Person, stage: Stage) -> dict[str, Any]:
    completion = stage.experiment.completion
    return {
        "phase": "done",
        "title": completion.title,
        "html": stage.texts.completion,
        "completion_code": person.completion_code,
        "redirect_url": completion.redirect_url,
    }


def _no_partner(person: Person, stage: Stage) -> dict[str, Any]:
    no_partner = stage.experiment.no_partner
    return {
        "phase": "done",
        "title": no_partner.title,
        "html": stage.texts.no_partner,
        "completion_code": person.completion_code,
        "redirect_url": no_partner.redirect_url,
        "redirect_now": no_partner.outcome == "redirect",
    }


def _ended(person: Person, stage: Stage) -> dict[str, Any]:
    if person.left_reason == "wait_timeout":
        return _no_partner(person, stage)
    title, text = ENDED.get(person.left_reason or "run_ended", ENDED["run_ended"])
    return {
        "phase": "ended",
        "title": title,
        "text": text,
        "can_rejoin": person.left_reason == "reconnect_timeout",
    }


_BUILD: Final[dict[PersonState, Callable[[Person, Stage], dict[str, Any]]]] = {
    "page": _page, "waiting": _waitroom, "probing": _waitroom, "playing": _game, "done": _done, "gone": _ended,
}  # fmt: skip
