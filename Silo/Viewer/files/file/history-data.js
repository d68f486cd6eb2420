// The changes of one file among the retained revisions, newest first. Only the store's whole history tells, so it is looked
// through from its end, in windows that grow until there is something to show.
import { getJson } from '../core/api.js';
import { connection } from '../core/nodes.js';

const FIRST_WINDOW = 4000;
const ENOUGH = 50;
const PAGE = 1000;

async function changesBetween(ns, path, from, to, signal) {
  const found = [];
  for (let next = from; next <= to;) {
    const page = await getJson(
      `/v1/${ns}/wait?glob=${encodeURIComponent(path)}&rev=${next}&limit=${PAGE}&timeout=0&bodies=false&local`, signal);
    found.push(...page.events.filter(event => event.revision <= to));
    // A page without events has looked at all that there is.
    if (page.events.length === 0)
      break;
    next = page.next;
  }
  return found.reverse();
}

/** The newest revision as a quorum knows it: what the page has heard of may be older. Cut off from one, the page knows no better. */
async function newestRevision(ns, heard, signal) {
  if (connection.get().isLocal)
    return heard;
  return Math.max(heard, (await getJson(`/v1/${ns}/rev`, signal)).revision);
}

/**
 * Goes on from what was found: { changes, from }, where nothing before the revision `from` was looked at.
 * @param heard the newest revision that the page has heard of
 * @param oldest the oldest revision that is retained
 */
export async function olderChanges(ns, path, known, heard, oldest, signal) {
  let { changes, from } = known ?? { changes: [], from: await newestRevision(ns, heard, signal) + 1 };
  const before = changes.length;
  const first = Math.max(oldest, 1);
  for (let size = FIRST_WINDOW; from > first && changes.length - before < ENOUGH; size *= 8) {
    const start = Math.max(first, from - size);
    try {
      changes = [...changes, ...await changesBetween(ns, path, start, from - 1, signal)];
    } catch (error) {
      if (error.code !== 'too-late')
        throw error;
      // The oldest went while it was asked for.
      return { changes, from: first, isWhole: true };
    }
    from = start;
  }
  return { changes, from, isWhole: from <= first };
}
