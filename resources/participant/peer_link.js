// The line between two players of a game: their own DataChannels, or the engine's relay while those are not open.
// Owns the game's RTCPeerConnection and finding each other again after a reload. Must not know the game.
//
// Each page load, and each fresh attempt, has an id of its own (`me`). "hello" tells it to the partner; a hello with an id
// not known yet means that the partner (re)loaded, and both begin a new connection. Signals of other ids are stale.

import { median } from './probe.js';

const MOVES = { negotiated: true, id: 1, ordered: false, maxRetransmits: 0 }; // a late position is worth nothing
const STATE = { negotiated: true, id: 2, ordered: true };
const OPEN_WITHIN_MS = 4000;
const HELLO_EVERY_MS = 2000;
const PING_EVERY_MS = 1000;
const SILENT_AFTER_MS = 3500;
const RETRY_AFTER_MS = 3000;
const RTTS_KEPT = 60;

const newId = () => crypto.getRandomValues(new Uint32Array(2)).join('-');

/**
 * `state`: "connecting" (at most 4 s after the start), "p2p", "server" (by the engine's relay). `present`: whether the partner
 * was heard in the last seconds, by either way.
 */
export class PeerLink {
  #inbox = Promise.resolve();
  #earlyCandidates = [];
  #waiting = []; // reliable messages of the first seconds
  #pc = null;
  #channels = null;
  #peer = null;
  #me = newId();
  #heardDirectAt = -Infinity;
  #heardAt = -Infinity;
  #pings = new Map();
  #pingNumber = 0;
  #rtts = [];
  #timers = [];
  #stopped = false;

  /** `relay(payload)` sends by the engine; `onData(data)`; `onChange(link)` when state or presence moved; `onPeer()` when the partner's page is new. */
  constructor({ offers, iceServers, iceTransportPolicy, relay, onData, onChange, onPeer }) {
    Object.assign(this, { offers, iceServers, iceTransportPolicy, relay, onData, onChange, onPeer });
    this.state = 'connecting';
    this.present = false;
    this.startedAt = performance.now();
    this.#hello();
    this.#timers.push(setInterval(() => this.#isOpen() || this.#hello(), HELLO_EVERY_MS));
    this.#timers.push(setInterval(() => this.#beat(), PING_EVERY_MS));
    this.#timers.push(setTimeout(() => this.#review(), OPEN_WITHIN_MS));
  }

  /** Send `data` (JSON) to the partner; `reliable`: it must arrive, in order. A position that finds no way is dropped. */
  send(data, { reliable = false } = {}) {
    if (this.#stopped) return;
    const envelope = { k: 'd', d: data };
    if (this.state !== 'connecting') this.#post(envelope, reliable);
    else if (reliable) this.#waiting.push(envelope);
  }

  /** A payload that came by the engine's relay. */
  receive(payload) {
    if (this.#stopped || payload === null || typeof payload !== 'object') return;
    if (payload.kind === 'signal') this.#signalled(payload);
    else if (payload.kind === 'relay') this.#heard(payload.e, false);
  }

  /** Median of the last round trips over the DataChannel in ms, or null. */
  rttMs() {
    return median(this.#rtts);
  }

  stop() {
    this.#stopped = true;
    this.#timers.forEach(clearTimeout);
    this.#hangUp();
  }

  // --- finding each other ---------------------------------------------------------------------------------------------

  #signal(type, body = {}) {
    this.relay({ kind: 'signal', type, me: this.#me, you: this.#peer, ...body });
  }

  #hello() {
    this.#signal('hello');
  }

  #signalled(signal) {
    if (signal.type === 'hello') this.#greeted(signal);
    else if (signal.you === this.#me && signal.me === this.#peer) {
      this.#inOrder((pc) => this.#apply(pc, signal));
    }
  }

  #greeted(signal) {
    if (signal.me === this.#peer) {
      if (signal.you !== this.#me) this.#hello(); // our own hello was lost on the way
      return;
    }
    this.#peer = signal.me;
    this.#call();
    this.onPeer();
  }

  #call() {
    this.#hangUp();
    const pc = this.#pc = new RTCPeerConnection({
      iceServers: this.iceServers ?? [], iceTransportPolicy: this.iceTransportPolicy ?? 'all',
    });
    this.#channels = { moves: pc.createDataChannel('moves', MOVES), state: pc.createDataChannel('state', STATE) };
    for (const channel of Object.values(this.#channels)) {
      channel.onopen = () => this.#opened();
      channel.onmessage = (event) => this.#heard(JSON.parse(event.data), true);
      channel.onclose = () => this.#review();
    }
    pc.onicecandidate = (event) => {
      if (event.candidate?.candidate) this.#signal('candidate', { payload: event.candidate.toJSON() });
    };
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === 'failed') this.#startOver();
    };
    this.#hello();
    if (this.offers) this.#inOrder(() => this.#describe(pc));
  }

  /** Steps of signalling one after the other; what fails on a connection that was given up meanwhile is no failure. */
  #inOrder(step) {
    this.#inbox = this.#inbox.then(async () => {
      const pc = this.#pc;
      try {
        await step(pc);
      } catch (problem) {
        if (pc === this.#pc) this.#startOver(problem);
      }
    });
  }

  async #describe(pc) {
    if (pc !== this.#pc) return;
    await pc.setLocalDescription();
    const { type, sdp } = pc.localDescription;
    this.#signal(type, { payload: { type, sdp } });
  }

  async #apply(pc, { type, me, payload }) {
    if (pc === null || me !== this.#peer) return;
    if (type === 'candidate') {
      if (pc.remoteDescription) await pc.addIceCandidate(payload);
      else this.#earlyCandidates.push(payload);
      return;
    }
    await pc.setRemoteDescription(payload);
    if (type === 'offer') await this.#describe(pc);
    for (const candidate of this.#earlyCandidates.splice(0)) await pc.addIceCandidate(candidate);
  }

  /** Begin again under a new id, a little later; until then the engine relays. */
  #startOver(problem = null) {
    if (this.#stopped || this.#pc === null) return;
    if (problem) console.warn('game connection', problem.name);
    this.#hangUp();
    this.#review();
    this.#timers.push(setTimeout(() => {
      if (this.#stopped || this.#pc !== null) return;
      this.#me = newId();
      this.#peer = null;
      this.#hello();
    }, RETRY_AFTER_MS));
  }

  #hangUp() {
    const pc = this.#pc;
    this.#pc = this.#channels = null;
    this.#earlyCandidates = [];
    this.#heardDirectAt = -Infinity;
    if (pc) {
      pc.onconnectionstatechange = pc.onicecandidate = null;
      pc.close();
    }
  }

  // --- sending and hearing --------------------------------------------------------------------------------------------

  #isOpen() {
    return this.#channels !== null && Object.values(this.#channels).every((channel) => channel.readyState === 'open');
  }

  #opened() {
    if (!this.#isOpen()) return;
    this.#heardDirectAt = performance.now(); // silence counts from here
    this.#review();
    this.#beat();
  }

  /** By the DataChannel while it answers, else by the engine. */
  #post(envelope, reliable) {
    if (this.state === 'p2p' && this.#isOpen()) {
      this.#channels[reliable ? 'state' : 'moves'].send(JSON.stringify(envelope));
    } else {
      this.relay({ kind: 'relay', e: envelope });
    }
  }

  #heard(envelope, direct) {
    const now = performance.now();
    if (envelope?.k === 'p') this.#answer(envelope, direct); // before anything else: the partner measures us
    this.#heardAt = now;
    if (direct) this.#heardDirectAt = now;
    if (envelope?.k === 'q') this.#answered(envelope, now, direct);
    if (envelope?.k === 'd') this.onData(envelope.d);
    this.#review();
  }

  /** A ping goes both ways while there are channels, so that a channel that comes back to life is noticed. */
  #beat() {
    const ping = { k: 'p', n: this.#pingNumber++ };
    this.#pings.set(ping.n, performance.now());
    this.#pings.delete(ping.n - RTTS_KEPT);
    if (this.#isOpen()) this.#channels.moves.send(JSON.stringify(ping));
    if (this.state !== 'p2p') this.relay({ kind: 'relay', e: ping });
    this.#review();
  }

  #answer(ping, direct) {
    const answer = { k: 'q', n: ping.n };
    if (!direct) this.relay({ kind: 'relay', e: answer });
    else if (this.#isOpen()) this.#channels.moves.send(JSON.stringify(answer));
  }

  #answered({ n }, now, direct) {
    const sentAt = this.#pings.get(n);
    if (!direct || sentAt === undefined) return;
    this.#pings.delete(n);
    this.#rtts.push(now - sentAt);
    if (this.#rtts.length > RTTS_KEPT) this.#rtts.shift();
  }

  /** Work out state and presence from what was heard when, and tell if either moved. */
  #review() {
    if (this.#stopped) return;
    const now = performance.now();
    const before = `${this.state} ${this.present}`;
    const speaks = this.#isOpen() && now - this.#heardDirectAt < SILENT_AFTER_MS;
    const mayStillOpen = this.state === 'connecting' && now - this.startedAt < OPEN_WITHIN_MS;
    if (speaks) this.state = 'p2p';
    else if (!mayStillOpen) this.state = 'server';
    this.present = now - this.#heardAt < SILENT_AFTER_MS;
    if (this.state !== 'connecting') this.#waiting.splice(0).forEach((envelope) => this.#post(envelope, true));
    if (`${this.state} ${this.present}` !== before) this.onChange(this);
  }
}
