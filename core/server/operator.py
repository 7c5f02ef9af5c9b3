"""What the operator does to people and games while a run is on: message, remove, keep out, force, send, extend, note.

Owns when such a thing cannot be done, and the sentence that says so; whatever is done is in the log with who and why.
Must not move the run's own rules (engine.py does), nor know of sockets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from core import events as ev
from core.experiment.experiment import Experiment, GameScene
from core.matching.game_manager import GameManager
from core.matching.games import GameTable
from core.projections.alerts import AlertsProjection
from core.projections.participants import Person
from core.server.journey import NO_RUN, Journey
from core.server.recorder import Recorder
from core.server.wire import Refused

MAX_TEXT: Final = 2000
MOST_BY_S: Final = 86_400.0


class Operator:
    """One run's. Every method records and returns the event it became, or raises Refused with a sentence."""

    def __init__(
        self,
        experiment: Experiment,
        recorder: Recorder,
        journey: Journey,
        managers: Mapping[str, GameManager],
        games: GameTable,
        alerts: AlertsProjection,
        send: Callable[[str, str, dict[str, Any]], None],
    ) -> None:
        self._experiment, self._recorder, self._journey = experiment, recorder, journey
        self._managers, self._games, self._alerts, self._send = managers, games, alerts, send

    # --- one participant ----------------------------------------------------------------------------------------------

    def remove_participant(self, subject_id: str, *, by: str, reason: str = "") -> ev.Event:
        """Send somebody away."""
        person = self._journey.present(subject_id)
        event = self._act("remove_participant", by, reason, [subject_id])
        self._journey.remove(person, "removed", by=by, text=reason)
        return event

    def message_participant(self, subject_id: str | None, text: str, *, by: str, reason: str = "") -> ev.Event:
        """Show one participant, or (None) everybody whose page is connected, a text."""
        text = _checked(text, "there is no text to send")
        if subject_id is None:
            subjects = [person.subject_id for person in self._present() if person.connected]
            if not subjects:
                raise Refused("nobody is here to read it")
        else:
            subjects = [subject_id]
            if not self._journey.present(subject_id).connected:
                raise Refused(f"{subject_id} is not connected at the moment, so the message would be lost")
        event = self._act("message_participant", by, reason, subjects, text)
        for receiver in subjects:
            self._send(receiver, "notice", {"text": text})
        return event

    def exclude_participant(self, subject_id: str, excluded: bool, *, by: str, reason: str = "") -> ev.Event:
        """Keep somebody out of matching from now on, in their place; or take them in again, which is tried at once."""
        person = self._journey.present(subject_id)
        if person.excluded == excluded:
            raise Refused(f"{subject_id} is {'kept out of' if excluded else 'in'} matching already")
        if excluded and person.state == "playing" and not self._game_after(person):
            raise Refused(f"{subject_id} plays the last game, so there is no matching to be kept out of")
        event = self._record(ev.ParticipantExcluded(subject_id=subject_id, excluded=excluded, by=by, reason=reason))
        manager = self._managers.get(person.scene_id or "")
        if manager is not None:
            manager.set_excluded(subject_id, excluded)
        return event

    def send_to_scene(self, subject_id: str, scene_id: str, *, by: str, reason: str = "") -> ev.Event:
        """Let somebody go on from another scene; a probe or game they are in is ended for everybody in it."""
        person = self._journey.present(subject_id)
        scenes = [scene.id for scene in self._experiment.scenes]
        if scene_id not in scenes:
            raise Refused(f"there is no scene {scene_id[:40]!r}; there are {', '.join(scenes)}")
        if person.scene_id == scene_id and person.state != "playing":
            raise Refused(f"{subject_id} is in {scene_id} already")
        scene = self._experiment.scenes[scenes.index(scene_id)]
        if isinstance(scene, GameScene) and self._recorder.run.state == "draining":
            raise Refused("the run is ending, so nobody is matched any more")
        event = self._act("send_to_scene", by, reason, [subject_id], scene_id)
        self._journey.send_to(person, scenes.index(scene_id), by=by)
        return event

    def extend_waiting(self, subject_id: str | None, by_s: float, *, by: str, reason: str = "") -> ev.Event:
        """Move the end of one person's wait, or (None) of everybody's who waits at this moment."""
        if not 1 <= by_s <= MOST_BY_S:
            raise Refused(f"a wait can be extended by 1 to {MOST_BY_S:.0f} s, not by {by_s:g} s")
        if all(manager.wait_s is None for manager in self._managers.values()):
            raise Refused("waiting has no time limit in this experiment")
        if subject_id is None:
            subjects = [waiting for manager in self._managers.values() for waiting in manager.waitroom]
            if not subjects:
                raise Refused("nobody is waiting")
        else:
            subjects = [subject_id]
            if self._manager_waited_in(self._journey.present(subject_id)) is None:
                raise Refused(f"{subject_id} is not waiting")
        event = self._record(
            ev.WaitingExtended(subject_id=subject_id, by_s=by_s, subjects=subjects, by=by, reason=reason)
        )
        for manager in self._managers.values():
            for waiting in subjects:
                manager.extend_wait(waiting, by_s)
        return event

    # --- groups and games ---------------------------------------------------------------------------------------------

    def force_match(self, subject_ids: list[str], *, by: str, reason: str = "") -> ev.Event:
        """Let these waiting people play now, whatever was measured."""
        people = [self._journey.present(subject_id) for subject_id in subject_ids]
        managers = {self._managers.get(person.scene_id or "") for person in people}
        manager = managers.pop() if len(managers) == 1 else None
        if manager is None:
            raise Refused("they must all be waiting in the same scene")
        if self._recorder.run.state == "draining":
            raise Refused("the run is ending, so nobody is matched any more")
        try:
            manager.check_force(subject_ids)
        except ValueError as problem:
            raise Refused(str(problem)) from problem
        event = self._act("force_match", by, reason, subject_ids)
        manager.force_match(subject_ids)
        return event

    def end_game(self, game_id: str, *, by: str, reason: str = "") -> ev.Event:
        """End one game; its players go on to the next scene."""
        game = self._games.get(game_id)
        if game is None:
            raise Refused(f"there is no game {game_id[:40]!r} under way")
        event = self._act("end_game", by, reason, game.subjects)
        self._games.end(game_id, "ended_by_operator", by)
        return event

    # --- for the record -----------------------------------------------------------------------------------------------

    def add_note(self, text: str, *, by: str, reason: str = "") -> ev.Event:
        """Keep a sentence with the moment it was said in."""
        return self._record(ev.NoteAdded(text=_checked(text, "there is no text to note"), by=by, reason=reason))

    def acknowledge_alert(self, alert: str, *, by: str, reason: str = "") -> ev.Event:
        """The operator has seen it."""
        known = self._alerts.open.get(alert)
        if known is None:
            raise Refused(f"there is no alert {alert[:40]!r} any more")
        if known.acknowledged_by is not None:
            raise Refused(f"{known.acknowledged_by or 'somebody'} has acknowledged it already")
        return self._record(ev.AlertAcknowledged(alert=alert, by=by, reason=reason))

    # --- what it goes by ----------------------------------------------------------------------------------------------

    def _act(self, action: str, by: str, reason: str, subjects: list[str], text: str = "") -> ev.Event:
        return self._record(ev.OperatorActed(action=action, by=by, reason=reason, subjects=list(subjects), text=text))

    def _record(self, event: ev.Event) -> ev.Event:
        if self._recorder.over:
            raise Refused(NO_RUN)
        return self._recorder.record(event)

    def _present(self) -> list[Person]:
        return [person for person in self._recorder.people.people.values() if person.present]

    def _manager_waited_in(self, person: Person) -> GameManager | None:
        manager = self._managers.get(person.scene_id or "")
        return manager if manager is not None and person.subject_id in manager.waitroom else None

    def _game_after(self, person: Person) -> bool:
        return any(isinstance(scene, GameScene) for scene in self._experiment.scenes[person.scene_index + 1 :])


def _checked(text: str, if_empty: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(if_empty)
    if len(text) > MAX_TEXT:
        raise Refused(f"the text has {len(text)} characters; at most {MAX_TEXT} are taken")
    return text
