// The connection check: pings over a real WebRTC DataChannel to the proposed partner, measured by both peers.
// Owns RTCPeerConnections of probes and their figures. Must not judge them, draw, or report anybody's address.
//
// As DESIGN §5 and §7: unordered, no retransmission (a reliable channel's answers lie under loss), warm-up pings not
// counted, pings paced by time and by arriving messages, because timers of a hidden tab fire once a second at most.

const CHANNEL = { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 };
const GRACE_MIN_MS = 300;
const GRACE_MAX_MS = 2000;
const KNOCK_MS = 4000; // how long pings go out to a peer that was not heard yet
const NEARNESS = ['host', 'prflx', 'srflx', 'relay']; // from the nearest path to the farthest
const PING = 'p';
const PONG = 'q';

/** Runs the probes that the engine asks for over `connection`. */
export class ProbeDesk {
  #probes = new Map();

  constructor(connection) {
    this.connection = connection;
    connection.on('probe_prepare', (order) => this.#prepare(order));
    connection.on('probe_start', (m) => this.#probes.get(m.probe_session_id)?.start());
    connection.on('probe_signal', (m) => this.#probes.get(m.probe_session_id)?.receive(m.type, m.payload));
    connection.on('probe_close', (m) => this.#close(m.probe_session_id));
  }

  /** Close every peer connection: the page goes, or the line to the engine did (which ends its probes). */
  closeAll() {
    for (const id of [...this.#probes.keys()]) this.#close(id);
  }

  #prepare(order) {
    const id = order.probe_session_id;
    this.#close(id);
    const report = (result) => this.connection.tell('probe_result', { probe_session_id: id, ...result });
    const progress = (known) => this.connection.tell('probe_progress', { probe_session_id: id, ...known });
    const signal = (type, payload) => this.connection.tell('probe_signal', { probe_session_id: id, type, payload });
    let probe;
    try {
      probe = new Probe(order, signal, progress, report);
    } catch (problem) {
      // A browser may refuse the ICE servers or the policy; the engine hears it rather than waiting out its deadline.
      report(nothingMeasured(`setup_failed:${problem.name}`));
      return;
    }
    this.#probes.set(id, probe);
    this.connection.tell('probe_ready', { probe_session_id: id });
  }

  #close(id) {
    this.#probes.get(id)?.close();
    this.#probes.delete(id);
  }
}

function nothingMeasured(error) {
  return { success: false, rtt_ms: null, samples_ms: [], sent: 0, path: null, hidden: document.hidden, error, marks: {} };
}

/** Median of a list of numbers, or null of none. */
export function median(numbers) {
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const milliseconds = (value) => Math.round(value * 1000) / 1000;

/** One measurement from one side. `marks` holds when each step happened (`open_ms`, …), in ms since it was made. */
class Probe {
  #madeAt = performance.now();
  #inbox = Promise.resolve();
  #earlyCandidates = [];
  #underWay = new Map(); // ping number → when it was sent
  #next = 0;
  #newestAnswered = -1;
  #peerHeard = false;
  #lastSentAt = null;
  #knockedAt = null;
  #timer = null;
  #finished = false;
  #closed = false;
  #iceErrors = new Set();

  constructor(order, signal, progress, report) {
    this.role = order.role;
    this.pings = order.pings ?? 15;
    this.warmup = order.warmup ?? 2;
    this.intervalMs = order.interval_ms ?? 40;
    this.progressFrom = order.progress_from ?? Infinity; // an engine that does not ask for it is told no answers early
    this.signal = signal;
    this.progress = progress;
    this.report = report;
    this.samples = [];
    this.marks = {};
    this.path = null;
    this.pc = new RTCPeerConnection({
      iceServers: order.ice_servers ?? [], iceTransportPolicy: order.ice_transport_policy ?? 'all',
    });
    this.channel = this.pc.createDataChannel('probe', CHANNEL);
    this.#listen();
  }

  #listen() {
    const { pc, channel } = this;
    channel.onmessage = (event) => this.#heard(event.data);
    channel.onopen = () => {
      this.#mark('open');
      this.#tellProgress();
      this.#tick();
    };
    channel.onclose = () => this.#fail('channel_closed');
    pc.onicecandidate = (event) => {
      if (!event.candidate) this.#mark('gathered');
      else if (event.candidate.candidate) this.signal('candidate', event.candidate.toJSON());
    };
    // The code alone: 401 is a wrong TURN secret, 701 a server that cannot be reached. The rest would name addresses.
    pc.onicecandidateerror = (event) => {
      if (this.#iceErrors.has(event.errorCode)) return;
      this.#iceErrors.add(event.errorCode);
      this.#tellProgress();
    };
    pc.oniceconnectionstatechange = () => {
      this.#mark(`ice_${pc.iceConnectionState}`);
      this.#tellProgress();
    };
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === 'failed') this.#fail('ice_failed');
    };
  }

  /** Both sides are ready: the offerer makes its offer. */
  start() {
    this.#mark('start');
    if (this.role === 'offer') this.#chain(() => this.#describe());
  }

  /** A signal of the peer; applied strictly in the order they came. */
  receive(type, payload) {
    this.#chain(() => this.#apply(type, payload));
  }

  close() {
    this.#closed = true;
    this.#finished = true;
    clearTimeout(this.#timer);
    this.pc.close();
  }

  #chain(step) {
    this.#inbox = this.#inbox.then(() => (this.#closed ? undefined : step()))
      .catch((problem) => this.#fail(`signalling_failed:${problem.name}`));
  }

  async #describe() {
    await this.pc.setLocalDescription();
    const { type, sdp } = this.pc.localDescription;
    this.#mark(type);
    this.signal(type, { type, sdp });
  }

  async #apply(type, payload) {
    if (type === 'candidate') {
      if (this.pc.remoteDescription) await this.pc.addIceCandidate(payload);
      else this.#earlyCandidates.push(payload);
      return;
    }
    await this.pc.setRemoteDescription(payload);
    if (type === 'offer') await this.#describe();
    for (const candidate of this.#earlyCandidates.splice(0)) await this.pc.addIceCandidate(candidate);
  }

  #mark(name) {
    this.marks[`${name}_ms`] ??= milliseconds(performance.now() - this.#madeAt);
  }

  #heard(message) {
    const now = performance.now();
    const number = message.slice(1);
    if (!this.#peerHeard) this.#peerIsThere();
    if (message[0] === PING) { // the peer measures us: answer before anything else, and until the engine closes
      if (this.channel.readyState === 'open') this.channel.send(PONG + number);
    } else {
      this.#answered(Number(number), now);
    }
    if (this.#lastSentAt !== null) this.#sendIfDue(now);
  }

  /**
   * A message of set-up that was lost lets one channel open a second after the other. What is sent to it meanwhile is
   * answered when it opens, and tells nothing of the network: pings count from the first sign of the peer.
   */
  #peerIsThere() {
    this.#peerHeard = true;
    this.warmup = Math.max(this.warmup, this.#next);
    this.#underWay.clear();
    this.#learnPath();
  }

  #answered(number, now) {
    const sentAt = this.#underWay.get(number);
    if (sentAt === undefined) return;
    this.#underWay.delete(number);
    this.#mark('first_rtt');
    this.#newestAnswered = Math.max(this.#newestAnswered, number);
    if (number < this.warmup) return;
    this.samples.push(milliseconds(now - sentAt));
    const count = this.samples.length;
    if (count >= this.progressFrom && count < this.pings) this.#tellProgress();
  }

  /** Asked once, while the pings do not count yet: the probe may end before there is a result. */
  async #learnPath() {
    this.path = await farthestCandidateType(this.pc);
  }

  /** What is known so far, for an engine that may end the probe before there is a result. */
  #tellProgress() {
    if (this.#finished) return;
    this.progress({
      samples_ms: this.samples, sent: Math.max(0, this.#newestAnswered + 1 - this.warmup), // later ones are under way
      path: this.path, hidden: document.hidden, marks: this.marks, ...this.#ice(),
    });
  }

  #ice() {
    return { ice_state: this.pc.iceConnectionState, ice_errors: [...this.#iceErrors].slice(0, 20) };
  }

  #tick() {
    if (this.#finished) return;
    if (this.#lastSentAt === null) this.#ping(performance.now());
    else this.#sendIfDue(performance.now());
    if (!this.#finished) this.#timer = setTimeout(() => this.#tick(), this.intervalMs);
  }

  /** The next ping if its time has come; the end if all are answered or the last one has had its time. */
  #sendIfDue(now) {
    if (this.#finished) return;
    const sinceLastMs = now - this.#lastSentAt;
    const knocking = !this.#peerHeard && now - this.#knockedAt < KNOCK_MS;
    if (knocking || this.#next < this.warmup + this.pings) {
      // setTimeout may fire a shade early; half a millisecond early is on time.
      if (sinceLastMs >= (document.hidden ? 0 : this.intervalMs - 0.5)) this.#ping(now);
    } else if (this.#underWay.size === 0 || sinceLastMs > this.#graceMs()) {
      this.#finish();
    }
  }

  #graceMs() {
    const slowest = this.samples.length ? Math.max(...this.samples) : GRACE_MAX_MS / 3;
    return Math.min(GRACE_MAX_MS, Math.max(GRACE_MIN_MS, 3 * slowest));
  }

  #ping(now) {
    if (this.channel.readyState !== 'open') return;
    this.#lastSentAt = now;
    this.#knockedAt ??= now;
    this.#underWay.set(this.#next, performance.now());
    this.channel.send(PING + this.#next++);
  }

  #fail(reason) {
    if (!this.#finished) this.#finish(reason);
  }

  /** Report once. The channel stays open for the peer's pings until the engine says probe_close. */
  async #finish(reason = null) {
    this.#finished = true;
    clearTimeout(this.#timer);
    this.#mark('done');
    const path = await farthestCandidateType(this.pc);
    if (this.#closed) return;
    const error = reason ?? (this.samples.length === 0 ? 'no_answers' : null);
    this.report({
      success: error === null, rtt_ms: median(this.samples), samples_ms: this.samples,
      sent: Math.max(0, this.#next - this.warmup), path, hidden: document.hidden,
      error, marks: this.marks, ...this.#ice(),
    });
  }
}

/** relay, srflx, prflx or host: the farther end of the pair in use; null if there is none. */
async function farthestCandidateType(pc) {
  if (pc.connectionState === 'closed') return null;
  const report = await pc.getStats();
  const stats = [...report.values()];
  const transport = stats.find((s) => s.type === 'transport' && s.selectedCandidatePairId);
  // Firefox before 2024 has no transport entry and marks the pair itself.
  const pair = transport ? report.get(transport.selectedCandidatePairId) : stats.find((s) => s.type === 'candidate-pair' && s.selected);
  if (!pair) return null;
  const ends = [pair.localCandidateId, pair.remoteCandidateId].map((id) => NEARNESS.indexOf(report.get(id)?.candidateType));
  return NEARNESS[Math.max(...ends)] ?? null;
}
