// The rules of "Meet in the middle" as plain functions: sizes, speed, where the rings are.
// Owns nothing that changes. Must not draw, listen or send.
//
// The board is 160 by 100 units on every screen; a tall screen shows it turned by 90 degrees.

export const BOARD = { width: 160, height: 100 };
export const RING_RADIUS = 12;
export const PLAYER_RADIUS = 4.5;
export const SPEED_PER_S = 70; // units a second: the pointer leads, so a mouse is no faster than a finger or a key
export const HOLD_S = 0.35; // how long both must be inside at the same time
export const LEAD_IN_S = 3; // get-ready time at the start of the game
const MARGIN = 18;
const APART = 50; // a ring is at least this far from the one before it

/** Numbers in [0, 1) that depend on `seed` alone (mulberry32, by Tommy Ettinger, public domain). */
function randomFrom(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The rings of a game: `at(index)` is the same `{x, y}` on both pages, because it follows from the seed alone. */
export class Rings {
  #made = [{ x: BOARD.width / 2, y: BOARD.height / 2 }]; // the first one is in the middle, as the name says

  constructor(seed) {
    this.random = randomFrom(seed);
  }

  at(index) {
    while (this.#made.length <= index) this.#made.push(this.#next(this.#made.at(-1)));
    return this.#made[index];
  }

  #next(last) {
    for (;;) {
      const ring = {
        x: MARGIN + this.random() * (BOARD.width - 2 * MARGIN), y: MARGIN + this.random() * (BOARD.height - 2 * MARGIN),
      };
      if (distance(ring, last) >= APART) return ring;
    }
  }
}

/** Where a player begins: all equally far round the middle, which is left and right for two. */
export function homeOf(player, players) {
  const angle = Math.PI * (1 + (2 * player) / players);
  return { x: BOARD.width / 2 + 56 * Math.cos(angle), y: BOARD.height / 2 + 34 * Math.sin(angle) };
}

export function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export function isInside(ring, place) {
  return distance(ring, place) <= RING_RADIUS;
}

/** `place` moved towards `target` by at most what `seconds` allow, and kept on the board. */
export function moved(place, target, seconds) {
  const away = distance(place, target);
  const part = away === 0 ? 0 : Math.min(1, (SPEED_PER_S * seconds) / away);
  return onBoard({ x: place.x + (target.x - place.x) * part, y: place.y + (target.y - place.y) * part });
}

/** The nearest place a player can be. */
export function onBoard({ x, y }) {
  const within = (value, size) => Math.min(size - PLAYER_RADIUS, Math.max(PLAYER_RADIUS, value));
  return { x: within(x, BOARD.width), y: within(y, BOARD.height) };
}
