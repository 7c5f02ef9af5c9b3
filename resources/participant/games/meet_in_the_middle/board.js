// Draws "Meet in the middle" on a canvas, from a plain description of what there is to see.
// Owns the canvas, its size and its colours. Must not change or decide anything of the game.
//
// "You" is a disc and a partner a diamond, each with its word, so that no colour has to be told apart.

import { BOARD, PLAYER_RADIUS, RING_RADIUS } from './rules.js';

const TALL = '(max-aspect-ratio: 4/5)';
const CALM = '(prefers-reduced-motion: reduce)';
// The page's own colours, so that light and dark hold here, too.
const COLOURS = {
  you: '--you', partner: '--partner', ink: '--ink', line: '--line-strong', board: '--surface', ring: '--accent',
};
const BURST_S = 0.7;
const TRAIL = 14;

export class Board {
  #context;
  #colours = {};
  #scale = 1;
  #turned = false;
  #trails = new Map(); // name → the last places
  #stopListening = new AbortController();

  constructor(canvas) {
    this.canvas = canvas;
    this.#context = canvas.getContext('2d');
    this.calm = window.matchMedia(CALM).matches;
    this.observer = new ResizeObserver(() => this.#fit());
    this.observer.observe(canvas);
    window.matchMedia('(prefers-color-scheme: dark)')
      .addEventListener('change', () => this.#readColours(), { signal: this.#stopListening.signal });
    this.#readColours();
    this.#fit();
  }

  stop() {
    this.observer.disconnect();
    this.#stopListening.abort();
  }

  /** A place on the screen as a place on the board. */
  toBoard(clientX, clientY) {
    const box = this.canvas.getBoundingClientRect();
    const [u, v] = [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
    return this.#turned ? { x: v * BOARD.width, y: (1 - u) * BOARD.height } : { x: u * BOARD.width, y: v * BOARD.height };
  }

  /** A direction on the screen as one on the board. */
  turn(dx, dy) {
    return this.#turned ? [dy, -dx] : [dx, dy];
  }

  #readColours() {
    const style = getComputedStyle(this.canvas);
    for (const [name, variable] of Object.entries(COLOURS)) {
      this.#colours[name] = style.getPropertyValue(variable).trim();
    }
  }

  #fit() {
    this.#turned = window.matchMedia(TALL).matches;
    const box = this.canvas.getBoundingClientRect();
    const dots = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(box.width * dots));
    this.canvas.height = Math.max(1, Math.round(box.height * dots));
    this.#scale = this.canvas.width / (this.#turned ? BOARD.height : BOARD.width);
  }

  /** Canvas place of a board place, in canvas pixels. */
  #at({ x, y }) {
    return this.#turned ? [(BOARD.height - y) * this.#scale, x * this.#scale] : [x * this.#scale, y * this.#scale];
  }

  /**
   * `scene`: `{you, partners, ring|null, youInside, partnersInside (share, 0 to 1), held (0 to 1), burst|null}` with places in
   * board units, `partners` a list of `{name, place, present}`, and `burst` `{x, y, ageS}` where the last meeting was.
   */
  draw(scene) {
    const c = this.#context;
    c.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#grid(c);
    if (scene.ring) this.#ring(c, scene);
    const players = [...scene.partners.map((partner) => ({ ...partner, who: 'partner' })),
      { who: 'you', name: 'You', place: scene.you, present: true }];
    for (const player of players) this.#player(c, player);
    for (const player of players) this.#nameOf(c, player); // above all figures
    if (scene.burst && scene.burst.ageS < BURST_S) this.#burst(c, scene.burst);
  }

  #grid(c) {
    c.fillStyle = this.#colours.line;
    for (let x = 10; x < BOARD.width; x += 10) {
      for (let y = 10; y < BOARD.height; y += 10) {
        const [px, py] = this.#at({ x, y });
        c.beginPath();
        c.arc(px, py, this.#scale * 0.35, 0, 2 * Math.PI);
        c.fill();
      }
    }
  }

  #ring(c, { ring, youInside, partnersInside, held }) {
    const [x, y] = this.#at(ring);
    const radius = RING_RADIUS * this.#scale;
    this.#half(c, x, y, radius, 'you', Number(youInside), Math.PI / 2);
    this.#half(c, x, y, radius, 'partner', partnersInside, -Math.PI / 2);
    c.lineWidth = this.#scale * 0.9;
    c.strokeStyle = this.#colours.ring;
    c.setLineDash([this.#scale * 2.4, this.#scale * 1.6]);
    c.lineDashOffset = this.calm ? 0 : -(performance.now() / 1000) * this.#scale * 4;
    c.beginPath();
    c.arc(x, y, radius, 0, 2 * Math.PI);
    c.stroke();
    c.setLineDash([]);
    if (held > 0) {
      c.lineWidth = this.#scale * 1.8;
      c.strokeStyle = this.#colours.ink;
      c.beginPath();
      c.arc(x, y, radius, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * held);
      c.stroke();
    }
  }

  /** Half of the ring fills for you, half for your partners (`inside`: their share): who is missing can be seen at a glance. */
  #half(c, x, y, radius, who, inside, from) {
    c.globalAlpha = 0.07 + 0.25 * inside;
    c.fillStyle = this.#colours[who];
    c.beginPath();
    c.arc(x, y, radius, from, from + Math.PI);
    c.fill();
    c.globalAlpha = 1;
  }

  #burst(c, { x, y, ageS }) {
    const part = ageS / BURST_S;
    const [px, py] = this.#at({ x, y });
    c.globalAlpha = 1 - part;
    if (!this.calm) {
      c.strokeStyle = this.#colours.ring;
      c.lineWidth = this.#scale * 1.2 * (1 - part) + 1;
      c.beginPath();
      c.arc(px, py, (RING_RADIUS + 10 * part) * this.#scale, 0, 2 * Math.PI);
      c.stroke();
    }
    const above = RING_RADIUS + 6 + (this.calm ? 0 : part * 6);
    this.#text(c, '+1', px, Math.max(6 * this.#scale, py - above * this.#scale), 7, 'ring', 700);
    c.globalAlpha = 1;
  }

  #player(c, { who, name, place, present }) {
    const [x, y] = this.#at(place);
    if (!this.calm) this.#trail(c, who, name, place);
    c.globalAlpha = present ? 1 : 0.45;
    c.fillStyle = this.#colours[who];
    c.strokeStyle = this.#colours.board;
    c.lineWidth = this.#scale * 0.8;
    this.#shape(c, who, x, y, PLAYER_RADIUS * this.#scale);
    c.fill();
    c.stroke();
    c.globalAlpha = 1;
  }

  /** Below your figure, above a partner's, so that two names in one place can both be read; never outside the board. */
  #nameOf(c, { who, name, place, present }) {
    const [x, y] = this.#at(place);
    const side = who === 'you' ? 1 : -1;
    const away = (PLAYER_RADIUS + 5.2) * this.#scale;
    const fits = y + side * away > 3 * this.#scale && y + side * away < this.canvas.height - 3 * this.#scale;
    this.#text(c, present ? name : `${name} (away)`, x, fits ? y + side * away : y - side * away, 4.2, 'ink', 600);
  }

  #shape(c, who, x, y, radius) {
    c.beginPath();
    if (who === 'you') {
      c.arc(x, y, radius, 0, 2 * Math.PI);
      return;
    }
    const r = radius * 1.5; // its corners show even behind the disc
    c.moveTo(x, y - r);
    c.lineTo(x + r, y);
    c.lineTo(x, y + r);
    c.lineTo(x - r, y);
    c.closePath();
  }

  #trail(c, who, name, place) {
    if (!this.#trails.has(name)) this.#trails.set(name, []);
    const trail = this.#trails.get(name);
    trail.push({ ...place });
    if (trail.length > TRAIL) trail.shift();
    c.fillStyle = this.#colours[who];
    trail.forEach((spot, i) => {
      const [x, y] = this.#at(spot);
      c.globalAlpha = (0.22 * i) / TRAIL;
      this.#shape(c, who, x, y, PLAYER_RADIUS * this.#scale * (0.4 + (0.6 * i) / TRAIL));
      c.fill();
    });
    c.globalAlpha = 1;
  }

  /** `size` in board units, but never below what can be read. */
  #text(c, words, x, y, size, colour, weight) {
    const dots = window.devicePixelRatio || 1;
    c.font = `${weight} ${Math.max(size * this.#scale, 12 * dots)}px system-ui, sans-serif`;
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    c.lineWidth = 4 * dots;
    c.lineJoin = 'round';
    c.strokeStyle = this.#colours.board;
    c.strokeText(words, x, y);
    c.fillStyle = this.#colours[colour];
    c.fillText(words, x, y);
  }
}
