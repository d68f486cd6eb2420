// When which revision came, as far as this page has seen it or the nodes remember: a list for each namespace, by revision.
import { Changes } from './value.js';

const MOST = 20000;

const notes = new Map();

/** Told when more is known. */
export const times = new Changes();

const listOf = ns => {
  if (!notes.has(ns))
    notes.set(ns, []);
  return notes.get(ns);
};

/** The index of the first note at or after a revision. */
function find(list, revision) {
  let low = 0;
  for (let high = list.length; low < high;) {
    const middle = (low + high) >> 1;
    if (list[middle].revision < revision)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/** At that time the newest revision was this one. */
export function noteTime(ns, revision, time) {
  const list = listOf(ns);
  const at = find(list, revision);
  if (list[at]?.revision === revision) {
    list[at].time = Math.min(list[at].time, time);
    return;
  }
  // The clocks of nodes differ; times must rise with the revisions all the same.
  const before = list[at - 1]?.time ?? -Infinity;
  const after = list[at]?.time ?? Infinity;
  list.splice(at, 0, { revision, time: Math.min(Math.max(time, before), after) });
  if (list.length > MOST)
    list.splice(0, MOST / 10);
  times.changed();
}

/** When a revision came, in milliseconds since 1970, at the latest; null when it is not known. */
export function timeOf(ns, revision) {
  const list = listOf(ns);
  const at = find(list, revision);
  // Before the first note it is only known to be older.
  return at < list.length && (at > 0 || list[at].revision === revision) ? list[at].time : null;
}

/** The newest revision at a time of which that is known; null when it is not. */
export function revisionAt(ns, time) {
  const list = listOf(ns);
  let found = null;
  for (const note of list) {
    if (note.time > time)
      break;
    found = note.revision;
  }
  return found;
}

/** From when on times are known; null when none is. */
export function knownSince(ns) {
  return listOf(ns)[0]?.time ?? null;
}
