// Mouse, finger, keys, or nobody: where the player of this page wants to go.
// Owns the listeners on the canvas and the window. Must not move anything itself.

import { SPEED_PER_S } from './rules.js';

const KEYS = {
  ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0], KeyW: [0, -1], KeyS: [0, 1], KeyA: [-1, 0], KeyD: [1, 0],
};
const LOOK_AHEAD_S = 1;

/** By its place on the keyboard, so that W A S D sit together in every layout; on-screen keyboards have a name only. */
const nameOf = (event) => event.code || (event.key.length === 1 ? `Key${event.key.toUpperCase()}` : event.key);

/** `toBoard(clientX, clientY)` and `turn(dx, dy)` turn screen places and directions into the board's. */
export class Controls {
  #pressed = new Set();
  #pointer = null;
  #stopListening = new AbortController();

  constructor(canvas, { toBoard, turn }) {
    this.turn = turn;
    const { signal } = this.#stopListening;
    const lead = (event) => { this.#pointer = toBoard(event.clientX, event.clientY); };
    canvas.addEventListener('pointerdown', (event) => { canvas.setPointerCapture(event.pointerId); lead(event); }, { signal });
    canvas.addEventListener('pointermove', lead, { signal });
    window.addEventListener('keydown', (event) => this.#keyDown(event), { signal });
    window.addEventListener('keyup', (event) => this.#pressed.delete(nameOf(event)), { signal });
    window.addEventListener('blur', () => this.#pressed.clear(), { signal });
  }

  /** Where to go from `place`, or null to stay. Keys win over the pointer until it moves again. */
  target(place) {
    if (this.#pressed.size === 0) return this.#pointer;
    let [dx, dy] = [0, 0];
    for (const code of this.#pressed) [dx, dy] = [dx + KEYS[code][0], dy + KEYS[code][1]];
    const [x, y] = this.turn(dx, dy);
    const length = Math.hypot(x, y) || 1;
    const ahead = SPEED_PER_S * LOOK_AHEAD_S;
    return { x: place.x + (x / length) * ahead, y: place.y + (y / length) * ahead };
  }

  stop() {
    this.#stopListening.abort();
  }

  #keyDown(event) {
    if (!KEYS[nameOf(event)] || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.('input, textarea, select, dialog')) return;
    event.preventDefault(); // arrows would scroll the page
    this.#pressed.add(nameOf(event));
    this.#pointer = null;
  }
}

/** The same for a page that plays by itself: sees each new ring after a moment, then heads for it, not quite straight. */
export class Autopilot {
  #ring = null;
  #seenAt = 0;
  #aim = null;

  constructor(ringNow) {
    this.ringNow = ringNow;
  }

  target() {
    const now = performance.now();
    if (this.ringNow() !== this.#ring) {
      this.#ring = this.ringNow();
      this.#seenAt = now + 150 + Math.random() * 350;
      this.#aim = { x: this.#ring.x + (Math.random() - 0.5) * 10, y: this.#ring.y + (Math.random() - 0.5) * 10 };
    }
    return now < this.#seenAt ? null : this.#aim;
  }

  stop() {}
}
