// "Meet in the middle": two people or more, one board, 60 seconds. Whenever all are inside the ring at the same time they
// score, and the next ring appears. Owns the course of the game on one page. Must not draw (board.js) or know the wire (ctx).
//
// Player 0 decides when a ring is met. The score only ever grows and every message carries it, so the higher of two scores
// is the right one: a page that was loaded again has score and ring back with a partner's first message.

import { Board } from './meet_in_the_middle/board.js';
import { Autopilot, Controls } from './meet_in_the_middle/controls.js';
import { HOLD_S, homeOf, isInside, LEAD_IN_S, moved, onBoard, Rings } from './meet_in_the_middle/rules.js';

const STEP_MS = 33; // also the pace of moves sent directly
const RELAYED_EVERY_MS = 80; // the engine relays for everybody: a gentler pace
const FAREWELL_MS = 2500;
const CATCH_UP_PER_S = 18; // how fast the partner's picture follows what was last heard
const MAX_SCORE = 10_000;

/** Begin on this page; returns what ends it. `ctx` as in game_host.js. */
export function start(ctx) {
  const game = new MeetInTheMiddle(ctx);
  return () => game.stop();
}

class MeetInTheMiddle {
  #score = null; // null until it is known: a page loaded again learns it from a partner
  #partners = new Map(); // player → Partner
  #allSince = null;
  #ringSince = null;
  #arrivedAt = null; // when this player came into the ring
  #burst = null;
  #sentAt = 0;
  #counts = { messages_sent: 0, messages_received: 0, moves_direct: 0, moves_by_server: 0 };
  #over = false;

  constructor(ctx) {
    this.ctx = ctx;
    this.rings = new Rings(ctx.seed);
    this.you = homeOf(ctx.player, ctx.players);
    for (let player = 0; player < ctx.players; player += 1) {
      if (player !== ctx.player) this.#partners.set(player, new Partner(ctx.players > 2 ? `Partner ${player + 1}` : 'Partner'));
    }
    this.endsAt = performance.now() + ctx.remainingS * 1000;
    this.beginsAt = this.endsAt - ctx.durationS * 1000 + Math.min(LEAD_IN_S, ctx.durationS / 10) * 1000;
    this.lastStepAt = performance.now();
    this.panel = new Panel(ctx.root);
    this.board = new Board(this.panel.canvas);
    this.controls = ctx.autoplay ? new Autopilot(() => this.#ring()) : new Controls(this.panel.canvas, {
      toBoard: (x, y) => this.board.toBoard(x, y), turn: (dx, dy) => this.board.turn(dx, dy),
    });
    ctx.onMessage((message, player) => this.#heard(message, player));
    ctx.onPeer((peer) => this.#peerChanged(peer));
    this.ticker = setInterval(() => this.#step(), STEP_MS); // goes on, slowly, in a tab that is not drawn
    this.frame = requestAnimationFrame(() => this.#draw());
  }

  stop() {
    clearInterval(this.ticker);
    clearTimeout(this.farewell);
    cancelAnimationFrame(this.frame);
    this.controls.stop();
    this.board.stop();
  }

  #ring() {
    return this.rings.at(this.#score ?? 0);
  }

  #isOn(now) {
    return now >= this.beginsAt && !this.#over;
  }

  // --- the partners ---------------------------------------------------------------------------------------------------

  #say(what, options) {
    this.#counts.messages_sent += 1;
    this.ctx.send({ ...what, score: this.#score }, options);
  }

  #heard(message, player) {
    if (message === null || typeof message !== 'object') return;
    this.#counts.messages_received += 1;
    const score = Number.isInteger(message.score) && message.score >= 0 && message.score <= MAX_SCORE ? message.score : null;
    this.#learnScore(score);
    if (message.t === 'move' && Number.isFinite(message.x) && Number.isFinite(message.y)) {
      this.#partners.get(player).isAt(onBoard(message));
      this.#counts[this.ctx.path() === 'p2p' ? 'moves_direct' : 'moves_by_server'] += 1;
    }
    this.#step(); // messages are not throttled in a background tab, timers are
  }

  #learnScore(heard) {
    if (this.#over) return;
    const known = this.#score;
    if (heard === null && !(known === null && this.ctx.player === 0)) return;
    this.#score = Math.max(known ?? 0, heard ?? 0);
    if (known === null) this.#newRing();
    else if (this.#score > known) this.#met();
  }

  #peerChanged(peer) {
    this.#partners.get(peer.player).present = peer.present;
    this.panel.path(this.ctx.path(), this.#everyone((partner) => partner.present));
    if (peer.renewed && this.#score !== null) this.#say({ t: 'state' }, { reliable: true });
  }

  #everyone(holds) {
    return [...this.#partners.values()].every(holds);
  }

  // --- the course of the game -----------------------------------------------------------------------------------------

  #step() {
    const now = performance.now();
    const seconds = Math.min(0.1, (now - this.lastStepAt) / 1000);
    this.lastStepAt = now;
    if (now >= this.endsAt) this.#finish();
    if (this.#isOn(now)) {
      const target = this.controls.target(this.you);
      if (target) this.you = moved(this.you, target, seconds);
      this.#ringSince ??= now;
      this.#judge(now);
    }
    this.#partners.forEach((partner) => partner.follow(seconds));
    this.#sendMove(now);
  }

  #sendMove(now) {
    const every = this.ctx.path() === 'p2p' ? STEP_MS - 1 : RELAYED_EVERY_MS;
    if (now - this.#sentAt < every || this.#over) return;
    this.#sentAt = now;
    this.#say({ t: 'move', x: Math.round(this.you.x * 10) / 10, y: Math.round(this.you.y * 10) / 10 });
  }

  #judge(now) {
    const ring = this.#ring();
    this.#arrivedAt = isInside(ring, this.you) ? this.#arrivedAt ?? now : null;
    this.#partners.forEach((partner) => partner.judge(ring, now));
    if (this.#arrivedAt === null || !this.#everyone((partner) => partner.arrivedAt !== null)) this.#allSince = null;
    else this.#allSince ??= now;
    const held = this.#allSince !== null && now - this.#allSince >= HOLD_S * 1000;
    if (this.ctx.player === 0 && held && this.#score !== null) {
      this.#score += 1;
      this.#met();
      this.#say({ t: 'state' }, { reliable: true });
    }
  }

  #met() {
    const now = performance.now();
    const met = this.rings.at(this.#score - 1);
    const sinceRing = (at) => (at === null || this.#ringSince === null ? null : Math.round(at - this.#ringSince));
    const arrivals = [...this.#partners.values()].map((partner) => partner.arrivedAt);
    const lastArrival = arrivals.includes(null) ? null : Math.max(...arrivals); // of several partners: whom all waited for
    this.ctx.record({
      kind: 'score', score: this.#score, at_s: this.#atS(now), ring: { x: Math.round(met.x), y: Math.round(met.y) },
      met_after_ms: sinceRing(now), you_arrived_after_ms: sinceRing(this.#arrivedAt),
      partner_arrived_after_ms: sinceRing(lastArrival), path: this.ctx.path(),
    });
    this.#burst = { ...met, since: now };
    this.#newRing();
    this.panel.score(this.#score);
  }

  #newRing() {
    this.#allSince = this.#arrivedAt = null;
    this.#partners.forEach((partner) => { partner.arrivedAt = null; });
    this.#ringSince = this.#isOn(performance.now()) ? performance.now() : null;
    this.panel.score(this.#score);
  }

  /** Seconds since the game began, to a hundredth. */
  #atS(now) {
    return Math.round((this.ctx.durationS - (this.endsAt - now) / 1000) * 100) / 100;
  }

  #finish() {
    if (this.#over) return;
    this.#over = true;
    const rtt = this.ctx.rttMs();
    this.ctx.record({
      kind: 'summary', score: this.#score ?? 0, path: this.ctx.path(), ...this.#counts,
      peer_rtt_ms: rtt === null ? null : Math.round(rtt * 100) / 100, simulated: this.ctx.autoplay,
    });
    this.panel.farewell(this.#score ?? 0);
    this.farewell = setTimeout(() => this.ctx.finish(), FAREWELL_MS);
  }

  // --- the picture ----------------------------------------------------------------------------------------------------

  #draw() {
    this.frame = requestAnimationFrame(() => this.#draw());
    this.#step();
    const now = performance.now();
    this.panel.time((this.endsAt - now) / 1000, (this.beginsAt - now) / 1000);
    const held = this.#allSince === null ? 0 : Math.min(1, (now - this.#allSince) / (HOLD_S * 1000));
    const partners = [...this.#partners.values()];
    this.board.draw({
      you: this.you, partners: partners.filter((partner) => partner.place !== null), ring: this.#over ? null : this.#ring(),
      youInside: this.#arrivedAt !== null, held,
      partnersInside: partners.filter((partner) => partner.arrivedAt !== null).length / partners.length,
      burst: this.#burst && { ...this.#burst, ageS: (now - this.#burst.since) / 1000 },
    });
    this.#hint();
  }

  #hint() {
    if (this.#over) return;
    const words = this.#partners.size > 1 ? HINTS.several : HINTS.one;
    const theyAreIn = this.#everyone((partner) => partner.arrivedAt !== null);
    if (!this.#everyone((partner) => partner.present)) this.panel.hint(words.away);
    else if (this.#arrivedAt !== null && !theyAreIn) this.panel.hint(words.wait);
    else if (this.#arrivedAt === null && theyAreIn) this.panel.hint(words.join);
    else this.panel.hint(words.meet);
  }
}

const HINTS = {
  one: {
    away: 'Your partner is not connected at the moment. The clock goes on.',
    wait: 'You are in. Wait for your partner.',
    join: 'Your partner is in the ring. Join them!',
    meet: 'Meet in the ring, both at the same time.',
  },
  several: {
    away: 'A partner is not connected at the moment. The clock goes on.',
    wait: 'You are in. Wait for your partners.',
    join: 'Your partners are in the ring. Join them!',
    meet: 'Meet in the ring, all at the same time.',
  },
};

/** Another player, as far as this page knows: `place` as drawn, null until they were heard of. */
class Partner {
  #heard = null; // {x, y} as last heard
  place = null;
  present = false;
  arrivedAt = null; // when they came into the ring

  constructor(name) {
    this.name = name;
  }

  isAt(place) {
    this.#heard = place;
    this.place ??= { ...place };
  }

  /** Draw nearer to where they were last heard. */
  follow(seconds) {
    if (this.#heard === null) return;
    const part = 1 - Math.exp(-CATCH_UP_PER_S * seconds);
    this.place.x += (this.#heard.x - this.place.x) * part;
    this.place.y += (this.#heard.y - this.place.y) * part;
  }

  judge(ring, now) {
    this.arrivedAt = this.#heard !== null && isInside(ring, this.#heard) ? this.arrivedAt ?? now : null;
  }
}

/** What stands around the board: score, time, the way the moves take, a hint. */
class Panel {
  #texts = new Map();

  constructor(root) {
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = '/page/games/meet_in_the_middle/style.css';
    this.bar = element('div', 'mm-bar');
    this.met = this.#figure('Met together', 'mm-met');
    this.clock = this.#figure('Time left', 'mm-clock');
    this.way = this.#figure('Connection', 'mm-way');
    this.canvas = element('canvas', 'mm-canvas');
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', 'The board: you are a disc, a partner is a diamond; meet inside the ring. '
      + 'Move with the pointer, a finger, the arrow keys or W A S D.');
    this.overlay = element('div', 'mm-overlay');
    this.overlay.hidden = true;
    const frame = element('div', 'mm-frame');
    frame.append(this.canvas, this.overlay);
    this.hintLine = element('p', 'mm-hint');
    this.hintLine.setAttribute('aria-live', 'polite');
    const whole = element('div', 'mm');
    whole.append(this.bar, frame, this.hintLine);
    root.replaceChildren(style, whole);
    this.score(null);
    this.path('connecting', false);
  }

  score(score) {
    this.#set(this.met, score === null ? '–' : String(score));
  }

  path(path, present) {
    this.#set(this.way, !present ? 'Looking for partner' : path === 'p2p' ? 'Direct' : 'Through the server');
  }

  hint(text) {
    this.#set(this.hintLine, text);
  }

  time(leftS, untilBeginS) {
    this.#set(this.clock, `${Math.max(0, Math.ceil(leftS))} s`);
    if (untilBeginS > 0) this.#show(String(Math.ceil(untilBeginS)), 'Get ready');
    else if (leftS > 0) this.overlay.hidden = true;
  }

  farewell(score) {
    this.hint('');
    this.#show(String(score), score === 1 ? 'time you met. Thank you!' : 'times you met. Thank you!', 'Time is up');
  }

  #show(big, small, above = '') {
    this.overlay.hidden = false;
    const text = `${above}|${big}|${small}`;
    if (this.#texts.get(this.overlay) === text) return;
    this.#texts.set(this.overlay, text);
    this.overlay.replaceChildren(element('span', 'mm-small', above), element('span', 'mm-big', big), element('span', 'mm-small', small));
  }

  #figure(name, className) {
    const value = element('b', className);
    const box = element('div', 'mm-figure');
    box.append(element('span', '', name), value);
    this.bar.append(box);
    return value;
  }

  /** Touch the page only when the words differ. */
  #set(place, text) {
    if (this.#texts.get(place) === text) return;
    this.#texts.set(place, text);
    place.textContent = text;
  }
}

function element(tag, className, text = '') {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
