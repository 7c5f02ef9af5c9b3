// Draws the view the engine sent, and nothing else.
// Owns the stage and the footer. Must not decide what comes next, and must not talk to the engine itself.
//
// `html` fields are sanitised by the engine and are the only innerHTML of this program; all other text is textContent.

import { collect } from './forms.js';

/** Whole minutes and seconds, "1:05"; hours only when there are some. */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, '0');
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A copy of a template of index.html, with its `data-…` parts by name. */
function copyOf(template) {
  const root = document.getElementById(`view-${template}`).content.firstElementChild.cloneNode(true);
  const part = (name) => root.matches(`[data-${name}]`) ? root : root.querySelector(`[data-${name}]`);
  return { root, part };
}

function fillHtml(part, html) {
  part('html').innerHTML = html ?? '';
  const more = part('more');
  if (more) more.hidden = !html;
}

const FOOTED = new Set(['page', 'waitroom', 'probing', 'game']);
const LEAVABLE = new Set(['page', 'waitroom', 'game']);

/** The one place on the page where a view stands. */
export class Stage {
  #shown = null; // what stands there: {key, update}
  #timer = null;

  /** `actions`: `advance(sceneId, data) → Promise<{ok, error}>`, `playIn(root, view, showProblem)`, `stopGame()`. */
  constructor(actions) {
    this.actions = actions;
    this.stage = document.getElementById('stage');
    this.foot = document.getElementById('foot');
  }

  /** Show a view of the engine. The same one again (after a lost connection) keeps what was typed and the game going. */
  show(view) {
    const key = this.#keyOf(view);
    this.#footer(view);
    if (this.#shown?.key === key) {
      this.#shown.update?.(view);
      return;
    }
    if (view.phase !== 'game') this.actions.stopGame();
    const drawn = this.#draw(view);
    this.#put(key, drawn.root, drawn.update);
    drawn.placed?.();
  }

  /** Something this page has to say itself: `button` is `{text, press}` or null. */
  message({ title, text, more = '', button = null }) {
    this.actions.stopGame();
    this.foot.hidden = true;
    const { root, part } = copyOf('message');
    part('title').textContent = title;
    part('text').textContent = text;
    part('more').textContent = more;
    part('more').hidden = !more;
    if (button) {
      part('actions').hidden = false;
      part('button').textContent = button.text;
      part('button').addEventListener('click', button.press);
    }
    this.#put(`message:${title}:${text}`, root, null);
  }

  #keyOf(view) {
    return JSON.stringify([view.phase, view.scene_id, view.game_id, view.title, view.text, view.html, view.completion_code]);
  }

  #put(key, root, update) {
    clearInterval(this.#timer);
    this.#shown = { key, update };
    this.stage.replaceChildren(root);
    this.stage.removeAttribute('aria-busy');
    const heading = root.querySelector('h1');
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }

  #footer(view) {
    this.foot.hidden = !FOOTED.has(view.phase);
    document.getElementById('foot-subject').textContent = view.subject_id;
    document.getElementById('leave').hidden = !LEAVABLE.has(view.phase);
  }

  #draw(view) {
    switch (view.phase) {
      case 'page': return this.#page(view);
      case 'waitroom': return this.#waitroom(view);
      case 'probing': return this.#probing(view);
      case 'game': return this.#game(view);
      case 'done': return this.#done(view);
      case 'ended': return this.#ended(view);
      default: throw new Error(`a view of phase "${view.phase}" is unknown to this page; load the page again`);
    }
  }

  #page(view) {
    const { root, part } = copyOf('page');
    part('title').textContent = view.title;
    fillHtml(part, view.html);
    part('button').textContent = view.button || 'Continue';
    root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#advance(view, part, collect(root, event.submitter));
    });
    return { root };
  }

  async #advance(view, part, data) {
    const button = part('button');
    if (button.disabled) return;
    button.disabled = true;
    part('problem').hidden = true;
    const answer = await this.actions.advance(view.scene_id, Object.keys(data).length ? data : undefined);
    if (answer.ok || !button.isConnected) return; // the next view comes by itself
    button.disabled = false;
    part('problem').textContent = `That did not go through: ${answer.error}`;
    part('problem').hidden = false;
  }

  #waitroom(view) {
    const { root, part } = copyOf('waitroom');
    part('title').textContent = view.title || 'What comes next';
    fillHtml(part, view.html);
    return { root, update: this.#waitedClock(part), placed: () => this.#shown.update(view) };
  }

  #probing(view) {
    const { root, part } = copyOf('probing');
    return { root, update: this.#waitedClock(part), placed: () => this.#shown.update(view) };
  }

  /** A clock that goes on from the view's `waited_s` without being told; returns what sets it anew. */
  #waitedClock(part) {
    return (view) => {
      const startedAt = performance.now() - (view.waited_s ?? 0) * 1000;
      const draw = () => {
        const text = clockText((performance.now() - startedAt) / 1000);
        if (part('waited').textContent !== text) part('waited').textContent = text;
      };
      clearInterval(this.#timer);
      this.#timer = setInterval(draw, 250);
      draw();
    };
  }

  #game(view) {
    const { root, part } = copyOf('game');
    part('title').textContent = view.title;
    fillHtml(part, view.html);
    const showProblem = (text) => {
      part('problem').textContent = text;
      part('problem').hidden = false;
    };
    return { root, placed: () => this.actions.playIn(part('root'), view, showProblem) };
  }

  #done(view) {
    const { root, part } = copyOf('done');
    part('title').textContent = view.title;
    fillHtml(part, view.html);
    if (view.completion_code) {
      part('code-box').hidden = false;
      part('code').textContent = view.completion_code;
      part('copy').addEventListener('click', () => copy(view.completion_code, part('code'), part('copy')));
    }
    const address = webAddress(view.redirect_url);
    if (address) {
      part('redirect-box').hidden = false;
      part('redirect').href = address;
      if (view.redirect_now) return { root, placed: () => window.location.assign(address) };
    }
    return { root };
  }

  #ended(view) {
    const { root, part } = copyOf('message');
    part('title').textContent = view.title;
    part('text').textContent = view.text ?? '';
    if (view.can_rejoin) {
      part('actions').hidden = false;
      part('button').textContent = 'Go on in this tab';
      part('button').addEventListener('click', () => this.actions.rejoin());
    }
    return { root };
  }
}

/** `text` if it is an http(s) address, else null: a study file is trusted, a `javascript:` link in it is not. */
function webAddress(text) {
  if (!text || !URL.canParse(text)) return null;
  return ['http:', 'https:'].includes(new URL(text).protocol) ? text : null;
}

/** Copies by the clipboard where the page may (a lab's plain http page may not), else selects the code to copy by hand. */
async function copy(text, place, button) {
  window.getSelection().selectAllChildren(place);
  const copied = navigator.clipboard ? await navigator.clipboard.writeText(text).then(() => true, () => false) : document.execCommand('copy');
  button.textContent = copied ? 'Copied' : 'Selected: copy it with your keyboard or a long press';
}
