"""How one participant stands at this moment, in a few words.

Owns this wording. Plain text, safe beside anything. Must not hold state, nor say why somebody is not matched
(why_words.py does).
"""

from __future__ import annotations

from typing import Final

from core.projections import words
from core.projections.participants import Person
from core.projections.run import RunProjection
from core.projections.shown import ShownRun

STATES: Final = {
    "page": "on a page", "waiting": "waiting", "probing": "being measured", "playing": "playing", "done": "finished",
    "gone": "gone", "away": "away",
}  # fmt: skip


def facts(person: Person, shown: ShownRun, now_elapsed_s: float) -> str:
    """Where they are and since when, how long that may last, and what is known of their page and line."""
    parts = [_where(person, shown, now_elapsed_s)]
    if person.present and person.excluded:
        parts.append("kept out of matching")
    if person.present and not person.connected and person.away_since_s is not None:
        parts.append(f"no connection for {words.clock_text(now_elapsed_s - person.away_since_s)}")
    if person.present and person.connected:
        parts.append("tab in the background" if person.hidden else "looks at the page")
        if person.silent:
            parts.append("page does not answer")
    if person.server_rtt_ms is not None:
        parts.append(f"server RTT {words.ms(person.server_rtt_ms)}")
    if person.tries:
        parts.append("1 try" if person.tries == 1 else f"{person.tries} tries")
    if person.completion_code:
        parts.append(f"code {words.plain(person.completion_code, words.NAME_LIMIT)}")
    if person.simulated:
        parts.append("simulated")
    return words.sentence(" · ".join(parts))


def _where(person: Person, shown: ShownRun, now_elapsed_s: float) -> str:
    scene = _scene_name(person, shown.run)
    since = words.clock_text(now_elapsed_s - person.state_since_s)
    row = shown.waitroom.rows.get(person.subject_id)
    if row is not None:
        waited = words.clock_text(now_elapsed_s - row.waiting_since_s)
        left_s = None if row.deadline_s is None else row.deadline_s - now_elapsed_s
        return f"waited {waited} for {scene}" + ("" if left_s is None else f", {words.clock_text(left_s)} left")
    game = shown.games.running.get(person.game_id or "")
    if person.state == "playing":
        with_whom = words.names(person.last_partners)
        if game is None or not game.duration_s:
            return f"plays {scene} with {with_whom} for {since}"
        left = words.clock_text(game.started_s + game.duration_s - now_elapsed_s)
        return f"plays {scene} with {with_whom}, {left} left"
    if person.state == "done":
        return f"finished {since} ago"
    if person.state == "gone":
        reason = words.LEFT_REASONS.get(person.left_reason or "", person.left_reason or "gone")
        return f"{reason}, {since} ago"
    return f"on {scene} for {since}"


def _scene_name(person: Person, run: RunProjection) -> str:
    titles = {scene.scene_id: scene.title for scene in run.scenes}
    scene_id = person.scene_id or ""
    return words.plain(titles.get(scene_id) or scene_id or "no page", words.NAME_LIMIT)
