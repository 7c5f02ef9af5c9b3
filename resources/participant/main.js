// Starts the participant page and joins its parts: the line to the engine, the stage, the connection check, the game.
// Owns the order of things and what stands around the stage. Must not decide what a participant sees: the view says that.

import { Connection } from './connection.js';
import { GameHost } from './game_host.js';
import { ProbeDesk } from './probe.js';
import { clockText, Stage } from './views.js';

const AUTOPLAY_PAUSE_MS = 1500;
const address = new URLSearchParams(window.location.search);
const autoplay = address.get('autoplay') === '1';

const announcer = document.getElementById('announcer');
const WHAT_HAPPENED = {
  waitroom: 'Waiting for a partner', probing: 'A partner is here', game: 'The task starts',
  page: 'Please read on', done: 'You are done', ended: 'The study has ended for you',
};

function start() {
  if (typeof window.RTCPeerConnection !== 'function') {
    new Stage({ stopGame() {} }).message({
      title: 'This browser cannot take part',
      text: 'The study connects you directly to a partner (WebRTC), and this browser does not allow that.',
      more: 'Please open the link in a recent Firefox, Chrome, Edge or Safari. If you came here from inside another app, open it '
        + 'in the browser itself; if an extension blocks WebRTC, allow it for this page.',
    });
    return;
  }
  const connection = new Connection({ address, simulated: autoplay, onState: (state, text) => page.lineChanged(state, text) });
  const page = new Page(connection);
  connection.open();
}

class Page {
  #phase = null;
  #baseTitle = document.title;
  #lostSince = null;
  #lostTimer = null;

  constructor(connection) {
    this.connection = connection;
    this.probes = new ProbeDesk(connection);
    this.games = new GameHost(connection, { autoplay });
    this.stage = new Stage({
      advance: (scene_id, data) => connection.request('advance', data === undefined ? { scene_id } : { scene_id, data }),
      playIn: (root, view, showProblem) => this.games.play(root, view, showProblem),
      stopGame: () => this.games.stop(),
      rejoin: () => connection.retry(),
    });
    connection.on('view', (view) => this.#view(view));
    // Another run began in the same engine. Whoever is done keeps their completion code.
    connection.on('rejoin', () => this.#phase !== 'done' && connection.retry());
    connection.on('notice', (notice) => this.#notice(notice.text, notice.about));
    this.#watchTab();
    this.#leaving();
  }

  lineChanged(state, text) {
    if (this.#phase === 'done' && state !== 'over') {
      // The completion code stays; joining again could be joining another run.
      if (state !== 'joined') this.connection.close();
    } else if (state === 'joined') {
      this.#reportVisibility();
      this.#lineBack();
    } else if (state === 'refused') {
      this.#lineBack();
      this.#refused(text);
    } else if (state === 'over') {
      this.#lineBack();
    } else {
      this.#lineDown(state);
    }
  }

  #view(view) {
    document.documentElement.dataset.subjectId = view.subject_id;
    document.documentElement.dataset.phase = view.phase;
    this.stage.show(view);
    if (view.phase !== 'game') this.#forget((about) => about.startsWith('player-'));
    if (view.phase !== this.#phase) this.#tell(view);
    this.#phase = view.phase;
    if (view.phase === 'ended') this.#over();
    if (autoplay && view.phase === 'page') this.#pressContinue();
  }

  #tell(view) {
    const what = WHAT_HAPPENED[view.phase];
    announcer.textContent = what;
    this.#baseTitle = view.title || what;
    document.title = document.hidden && this.#phase !== null ? `\u25cf ${what}` : this.#baseTitle;
  }

  #over() {
    this.probes.closeAll();
    this.connection.close();
  }

  #pressContinue() {
    setTimeout(() => document.querySelector('#stage form [data-button]')?.click(), AUTOPLAY_PAUSE_MS);
  }

  #refused(text) {
    this.probes.closeAll();
    document.documentElement.dataset.phase = 'refused';
    this.stage.message({
      title: 'You cannot join at the moment', text: text.charAt(0).toUpperCase() + text.slice(1),
      button: { text: 'Try again', press: () => this.connection.retry() },
    });
  }

  #lineDown(state) {
    this.probes.closeAll(); // the engine ended them when the line went
    if (this.#lostSince === null) {
      this.#lostSince = performance.now();
      document.getElementById('lost-what').textContent = state === 'lost'
        ? 'The connection to the study is lost.' : 'The study cannot be reached yet.';
      document.getElementById('lost').hidden = false;
      this.#lostTimer = setInterval(() => this.#drawLost(), 250);
      if (document.hidden) document.title = '\u25cf Connection lost';
    }
    this.#drawLost();
  }

  #drawLost() {
    const forText = clockText((performance.now() - this.#lostSince) / 1000);
    document.getElementById('lost-since').textContent = `Trying again, for ${forText} so far. You need not do anything.`;
  }

  #lineBack() {
    clearInterval(this.#lostTimer);
    if (this.#lostSince !== null && this.connection.state === 'joined') announcer.textContent = 'Connected again';
    this.#lostSince = null;
    document.getElementById('lost').hidden = true;
    document.title = this.#baseTitle;
  }

  /** Shown until it is closed; what is `about` something takes the place of what was said about it before. */
  #notice(text, about = '') {
    if (about) this.#forget((before) => before === about);
    const note = document.createElement('div');
    note.className = 'notice';
    note.dataset.about = about;
    const words = document.createElement('p');
    words.textContent = text;
    const close = document.createElement('button');
    close.type = 'button';
    close.className = 'quiet';
    close.textContent = 'Close';
    close.setAttribute('aria-label', 'Close this message');
    close.addEventListener('click', () => note.remove());
    note.append(words, close);
    document.getElementById('notices').append(note);
    if (document.hidden) document.title = '\u25cf Message';
  }

  #forget(isMeant) {
    document.querySelectorAll('.notice').forEach((note) => isMeant(note.dataset.about) && note.remove());
  }

  #watchTab() {
    document.addEventListener('visibilitychange', () => {
      this.#reportVisibility();
      if (!document.hidden) document.title = this.#baseTitle;
    });
    window.addEventListener('pagehide', () => {
      this.probes.closeAll();
      this.games.stop();
      this.connection.pause();
    });
    window.addEventListener('pageshow', (event) => {
      // Back from the browser's cache: the peers are closed for good, so begin afresh; the engine knows where we were.
      if (event.persisted) window.location.reload();
    });
  }

  #reportVisibility() {
    if (this.#phase === 'done') return; // the engine refuses what comes from somebody who has finished
    this.connection.tell('visibility', { hidden: document.hidden });
  }

  #leaving() {
    const dialog = document.getElementById('leave-dialog');
    document.getElementById('leave').addEventListener('click', () => dialog.showModal());
    document.getElementById('leave-no').addEventListener('click', () => dialog.close());
    document.getElementById('leave-yes').addEventListener('click', async () => {
      dialog.close();
      const answer = await this.connection.request('leave', {});
      if (!answer.ok && this.connection.state !== 'over') this.#notice(`Leaving did not go through: ${answer.error}`);
    });
  }
}

start();
