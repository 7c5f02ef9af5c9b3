// Loads a game module and gives it what it may use: a place, its partners, the record of the run.
// Owns the lifetime of one game on this page. Must not know any game's rules.

import { PeerLink } from './peer_link.js';

const MODULE_NAME = /^[a-z0-9_]+$/;
const PAGE_ID = Math.random().toString(36).slice(2, 10);

/** At most one game at a time: `play` begins it, `stop` ends it. */
export class GameHost {
  #links = new Map(); // player → the line to them
  #stopGame = null;
  #gameId = null;
  #records = 0;

  constructor(connection, { autoplay }) {
    this.connection = connection;
    this.autoplay = autoplay;
    connection.on('game_message', (message) => this.#links.get(message.from)?.receive(message.payload));
  }

  /** Begin the game of `view` inside `root`; `showProblem(text)` tells the participant if it cannot be. */
  async play(root, view, showProblem) {
    this.stop();
    this.#gameId = view.game_id;
    const arrivedAt = performance.now();
    let game;
    try {
      if (!MODULE_NAME.test(view.game)) throw new TypeError(`"${view.game}" is no name of a game module`);
      game = await import(`/page/games/${view.game}.js`);
    } catch (problem) {
      showProblem(`The task could not be loaded (${problem.message}). Please load this page again.`);
      return;
    }
    if (this.#gameId !== view.game_id || !root.isConnected) return; // the view moved on while the module loaded
    this.#begin(root, view, game, (performance.now() - arrivedAt) / 1000, showProblem);
  }

  stop() {
    this.#gameId = null;
    this.#stopGame?.();
    this.#stopGame = null;
    this.#links.forEach((link) => link.stop());
    this.#links.clear();
  }

  #begin(root, view, game, loadingS, showProblem) {
    const heard = { message: () => {}, peer: () => {} };
    for (let player = 0; player < view.players; player += 1) {
      if (player !== view.player) this.#links.set(player, this.#linkTo(player, root, view, heard));
    }
    root.dataset.path = this.#path();
    this.#stopGame = game.start(this.#context(root, view, heard, loadingS, showProblem));
  }

  /** The line to one partner; of two players the one with the lower number offers. */
  #linkTo(player, root, view, heard) {
    const link = new PeerLink({
      offers: view.player < player,
      iceServers: view.ice_servers, iceTransportPolicy: view.ice_transport_policy,
      relay: (payload) => this.connection.tell('game_message', { payload, to: player }),
      onData: (data) => heard.message(data, player),
      onChange: () => {
        root.dataset.path = this.#path();
        heard.peer({ player, state: link.state, present: link.present, renewed: false });
      },
      onPeer: () => heard.peer({ player, state: link.state, present: true, renewed: true }),
    });
    return link;
  }

  /** The poorest of the ways: "connecting", "server", or "p2p" where every partner is reached directly. */
  #path() {
    const states = [...this.#links.values()].map((link) => link.state);
    return ['connecting', 'server'].find((state) => states.includes(state)) ?? 'p2p';
  }

  /** The longest round trip to a partner in ms, or null while one is not known. */
  #rttMs() {
    const rtts = [...this.#links.values()].map((link) => link.rttMs());
    return rtts.length === 0 || rtts.includes(null) ? null : Math.max(...rtts);
  }

  /** What a game gets; docs/games.md tells what each is. Times in seconds, `send` takes any JSON. */
  #context(root, view, heard, loadingS, showProblem) {
    const { connection } = this;
    return {
      root, settings: view.settings ?? {}, player: view.player, players: view.players, seed: view.seed,
      durationS: view.duration_s, remainingS: Math.max(0, view.remaining_s - loadingS), autoplay: this.autoplay,
      send: (payload, options) => this.#links.forEach((link) => link.send(payload, options)),
      onMessage: (listener) => { heard.message = listener; },
      onPeer: (listener) => { heard.peer = listener; },
      path: () => (this.#path() === 'p2p' ? 'p2p' : 'server'),
      rttMs: () => this.#rttMs(),
      record: (data) => this.#record(data, showProblem),
      finish: (data) => connection.request(
        'game_finished', data === undefined ? {} : this.#numbered(data), { ofThisRun: true },
      ),
    };
  }

  /** What is recorded, with an id: asked twice, the engine records it once. */
  #numbered(data) {
    this.#records += 1;
    return { data, record_id: `${PAGE_ID}-${this.#records}` };
  }

  async #record(data, showProblem) {
    const answer = await this.connection.request('game_data', this.#numbered(data), { ofThisRun: true });
    if (!answer.ok && this.#gameId !== null) showProblem(`Something of this task could not be recorded: ${answer.error}`);
  }
}
