// Loads a game module and gives it what it may use: a place, its partner, the record of the run.
// Owns the lifetime of one game on this page. Must not know any game's rules.

import { PeerLink } from './peer_link.js';

const MODULE_NAME = /^[a-z0-9_]+$/;

/** At most one game at a time: `play` begins it, `stop` ends it. */
export class GameHost {
  #link = null;
  #stopGame = null;
  #gameId = null;

  constructor(connection, { autoplay }) {
    this.connection = connection;
    this.autoplay = autoplay;
    connection.on('game_message', (message) => this.#link?.receive(message.payload));
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
    this.#link?.stop();
    this.#link = null;
  }

  #begin(root, view, game, loadingS, showProblem) {
    const heard = { message: () => {}, peer: () => {} };
    const link = this.#link = new PeerLink({
      offers: view.player === 0, direct: view.players === 2,
      iceServers: view.ice_servers, iceTransportPolicy: view.ice_transport_policy,
      relay: (payload) => this.connection.tell('game_message', { payload }),
      onData: (data) => heard.message(data, 1 - view.player),
      onChange: (now) => this.#changed(root, now, heard),
      onPeer: () => heard.peer({ state: link.state, present: true, renewed: true }),
    });
    root.dataset.path = link.state;
    this.#stopGame = game.start(this.#context(root, view, link, heard, loadingS, showProblem));
  }

  #changed(root, link, heard) {
    root.dataset.path = link.state;
    heard.peer({ state: link.state, present: link.present, renewed: false });
  }

  /** What a game gets; the list is DESIGN §3 / ARCHITECTURE "game modules". Times in seconds, `send` takes any JSON. */
  #context(root, view, link, heard, loadingS, showProblem) {
    const { connection } = this;
    return {
      root, settings: view.settings ?? {}, player: view.player, players: view.players, seed: view.seed,
      durationS: view.duration_s, remainingS: Math.max(0, view.remaining_s - loadingS), autoplay: this.autoplay,
      send: (payload, options) => link.send(payload, options),
      onMessage: (listener) => { heard.message = listener; },
      onPeer: (listener) => { heard.peer = listener; },
      path: () => (link.state === 'p2p' ? 'p2p' : 'server'),
      rttMs: () => link.rttMs(),
      record: (data) => this.#record(data, showProblem),
      finish: (data) => connection.request('game_finished', data === undefined ? {} : { data }),
    };
  }

  async #record(data, showProblem) {
    const answer = await this.connection.request('game_data', { data });
    if (!answer.ok && this.#gameId !== null) showProblem(`Something of this task could not be recorded: ${answer.error}`);
  }
}
