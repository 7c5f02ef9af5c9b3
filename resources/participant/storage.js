// What this tab remembers over a reload: who the participant is, and the token that proves it.
// Owns sessionStorage and doing without it. Must not know the wire.
//
// sessionStorage can be missing, full or forbidden (private windows, embedded pages). Then a reload joins anew; all else works.

const inMemory = new Map();

/** The text remembered under `key`, or null. */
export function recall(key) {
  try {
    return window.sessionStorage.getItem(`greenroom.${key}`) ?? inMemory.get(key) ?? null;
  } catch (problem) {
    if (!(problem instanceof DOMException)) throw problem;
    return inMemory.get(key) ?? null;
  }
}

/** Remember `text` under `key`; null forgets it. Returns whether that outlasts a reload. */
export function remember(key, text) {
  if (text === null) inMemory.delete(key);
  else inMemory.set(key, text);
  try {
    if (text === null) window.sessionStorage.removeItem(`greenroom.${key}`);
    else window.sessionStorage.setItem(`greenroom.${key}`, text);
    return true;
  } catch (problem) {
    if (!(problem instanceof DOMException)) throw problem;
    return false;
  }
}
