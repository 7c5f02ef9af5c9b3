// The page's one line to the engine: socket, joining, joining again, and questions that survive a lost connection.
// Owns the socket, the token and the state of the line. Must not draw and must not know what a view holds.

import { io } from '/page/vendor/socket.io.esm.min.js';
import { recall, remember } from './storage.js';

const ANSWER_TIMEOUT_MS = 8000;
const GIVE_UP_AFTER_MS = 60000; // a line that is cut counts as open for up to 10 s; an engine that sleeps may wake
const REJOIN_PAUSE_MS = 1000;

/**
 * States: "connecting" (never joined yet), "joined", "lost" (was joined, trying again), "refused" (the engine said no to
 * `join`), "over" (closed for good by `close`). `onState(state, text)` hears each change.
 */
export class Connection {
  #joinedWaiters = [];

  /** `address` is the page's URLSearchParams; `simulated` marks a page that plays by itself. */
  constructor({ address, simulated, onState }) {
    this.state = 'connecting';
    this.simulated = simulated;
    this.onState = onState;
    this.subjectId = this.#whoFromAddress(address);
    this.socket = io({
      path: '/socket.io', transports: ['websocket'], autoConnect: false,
      reconnectionDelay: 300, reconnectionDelayMax: 2000, timeout: 5000,
    });
    // First of all handlers: the engine times this answer.
    this.socket.on('rtt_ping', (...args) => args.at(-1)());
    this.socket.on('connect', () => this.#join());
    this.socket.on('disconnect', (reason) => this.#dropped(reason));
    this.socket.on('connect_error', () => this.#waitForConnection());
  }

  /** Hear `event` from the engine. */
  on(event, handler) {
    this.socket.on(event, handler);
  }

  open() {
    this.socket.connect();
  }

  /** Hang up until `open`; used when the page goes to the browser's back-forward cache. */
  pause() {
    this.socket.disconnect();
  }

  /** Hang up for good: the engine said that this is the end, and a second tab may hold the place now. */
  close() {
    this.#enter('over');
    this.socket.disconnect();
  }

  /** Join (again) with the token there is: when refused, when over, when the engine asks for it. */
  retry() {
    this.state = 'connecting';
    if (this.socket.connected) this.#join();
    else this.socket.connect();
  }

  /** Send what is worth nothing later; returns false, and drops it, when the line is down. */
  tell(event, data) {
    if (this.state !== 'joined') return false;
    this.socket.emit(event, data, () => {});
    return true;
  }

  /**
   * Ask until there is an answer: waits for the line, asks again when it breaks on the way or brings none. So the engine
   * may hear it twice. Resolves to the engine's `{ok, …}`; one that stays silent on an open line, or a closed line, gives
   * `{ok: false, error}` too. `ofThisRun`: worth nothing to an engine that began a new run meanwhile.
   */
  async request(event, data, { ofThisRun = false } = {}) {
    const begunAt = performance.now();
    const begunAs = recall('token'); // whom an engine does not know, it gives another one
    for (;;) {
      if (!(await this.#joined())) return { ok: false, error: 'This page is no longer part of the study.' };
      if (ofThisRun && recall('token') !== begunAs) return { ok: false, error: 'The study was begun anew meanwhile.' };
      try {
        return await this.socket.timeout(ANSWER_TIMEOUT_MS).emitWithAck(event, data);
      } catch (problem) {
        if (this.socket.connected && performance.now() - begunAt > GIVE_UP_AFTER_MS) {
          return { ok: false, error: `The study did not answer in time (${problem.message}).` };
        }
      }
    }
  }

  /** The subject id of the link, or null; its token is remembered. */
  #whoFromAddress(address) {
    const subject = address.get('subject_id') ?? address.get('PROLIFIC_PID');
    const token = address.get('token');
    // Somebody else's link in the same tab is somebody else, not the one remembered.
    if (subject && subject !== recall('asked_subject_id')) remember('token', null);
    if (subject) remember('asked_subject_id', subject);
    // Where nothing outlasts a reload, the address has to.
    if (token && remember('token', token)) takeTokenFromAddress();
    return subject;
  }

  async #join() {
    const token = recall('token');
    const who = { user_agent: navigator.userAgent, hidden: document.hidden };
    // Only the id of the link: one that the engine gave in an earlier run may be somebody else's in this one.
    if (this.subjectId) who.subject_id = this.subjectId;
    if (token) who.token = token;
    if (this.simulated) who.simulated = true;
    let answer;
    try {
      answer = await this.socket.timeout(ANSWER_TIMEOUT_MS).emitWithAck('join', who);
    } catch {
      // Silence: the socket is gone (its own handlers try again) or the engine is stuck: begin from a fresh socket.
      if (this.socket.connected) this.socket.disconnect().connect();
      return;
    }
    if (this.state === 'over') return;
    if (!answer.ok) {
      this.#enter('refused', answer.error);
      return;
    }
    remember('token', answer.token);
    this.#enter('joined');
  }

  #dropped(reason) {
    if (this.state === 'over' || this.state === 'refused') return;
    this.#waitForConnection();
    // Socket.IO tries again by itself, except when the server closed the socket in so many words.
    if (reason === 'io server disconnect') setTimeout(() => this.state !== 'over' && this.socket.connect(), REJOIN_PAUSE_MS);
  }

  #waitForConnection() {
    if (this.state === 'joined') this.#enter('lost');
    else this.onState(this.state, '');
  }

  #joined() {
    if (this.state === 'joined') return Promise.resolve(true);
    if (this.state === 'over') return Promise.resolve(false);
    return new Promise((resolve) => this.#joinedWaiters.push(resolve));
  }

  #enter(state, text = '') {
    this.state = state;
    if (state === 'joined' || state === 'over') this.#joinedWaiters.splice(0).forEach((resolve) => resolve(state === 'joined'));
    this.onState(state, text);
  }
}

/**
 * Whoever reads or is sent the address would be this participant. The rest of it stays as it was written: a panel or a game
 * may want it.
 */
function takeTokenFromAddress() {
  const { origin, pathname, search, hash } = window.location;
  const kept = search.slice(1).split('&').filter((part) => !new URLSearchParams(part).has('token')).join('&');
  window.history.replaceState(window.history.state, '', `${origin}${pathname}${kept && '?'}${kept}${hash}`);
}
