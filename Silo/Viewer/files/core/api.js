// Requests to the store. One that fails because of its node is sent again to the others: reads change nothing, and a write is
// known by its request id, so it is done once.
import * as nodes from './nodes.js';

const PATIENCE = 8000;
const CODES_OF_A_NODE = new Set(['node-unavailable', 'overloaded', 'no-quorum', 'not-ready', 'outcome-unknown']);

/** What the store answered instead of doing it: a problem with a stable code. */
export class StoreError extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title ?? 'The request failed.');
    this.problem = problem;
    this.code = problem.code;
    this.status = problem.status;
  }
}

const unreachable = () => new StoreError({
  status: 0,
  code: 'unreachable',
  detail: nodes.all().length > 1 ? 'No node answers.' : 'The node does not answer.',
});

const unknown = () => new StoreError({
  status: 504,
  code: 'outcome-unknown',
  detail: 'No node says whether it was done: look again before you repeat it.',
});

async function attempt(node, path, options) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  const signal = options.signal ? AbortSignal.any([options.signal, patience.signal]) : patience.signal;
  try {
    const response = await fetch(node.base + path, { cache: 'no-store', credentials: 'omit', ...options, signal });
    if (response.ok)
      return options.read ? await options.read(response) : response;
    const type = response.headers.get('Content-Type') ?? '';
    throw new StoreError(type.includes('json')
      ? await response.json()
      : { status: response.status, code: 'unknown', detail: `The node answered ${response.status} ${response.statusText}.` });
  } finally {
    clearTimeout(timer);
  }
}

/** Sends a request, to other nodes too if it must be. When there is no other, once more: the network may only have changed. */
export async function send(path, options = {}) {
  let last = null;
  let mayBeDone = false;
  for (let tries = 0; tries < Math.max(2, nodes.all().length); tries++) {
    const node = nodes.current();
    try {
      return await attempt(node, path, options);
    } catch (error) {
      if (options.signal?.aborted)
        throw error;
      const isOfNode = !(error instanceof StoreError) || CODES_OF_A_NODE.has(error.code);
      if (!isOfNode)
        throw error;
      last = error instanceof StoreError ? error : unreachable();
      // What a later node says, such as that it has no quorum, is not said of this attempt.
      mayBeDone ||= options.method !== undefined && (last.code === 'unreachable' || last.code === 'outcome-unknown');
      nodes.leave(node);
    }
  }
  throw mayBeDone ? unknown() : last;
}

export const getJson = (path, signal) => send(path, { signal, read: response => response.json() });

export const treeUrl = (ns, path, query = '') =>
  `/v1/${ns}/tree${path.split('/').map(encodeURIComponent).join('/')}${query ? '?' + query : ''}`;

/** Reads a file; null when there is none. */
export async function readFile(ns, path, rev, signal) {
  try {
    return await send(treeUrl(ns, path, rev === null ? 'local' : `rev=${rev}`), {
      signal,
      read: async response => ({
        body: new Uint8Array(await response.arrayBuffer()),
        revision: Number(response.headers.get('Doozer-Revision')),
        treeRevision: Number(response.headers.get('Doozer-Tree-Revision')),
        session: Number(response.headers.get('Doozer-Session') ?? 0),
      }),
    });
  } catch (error) {
    if (error.code === 'not-found')
      return null;
    throw error;
  }
}

const identified = floor => ({
  'Doozer-Request-Id': newId(),
  ...(floor > 0 ? { 'Doozer-Request-Floor': String(floor) } : {}),
});

// crypto.randomUUID is only there on loopback and behind TLS.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const revisionOf = async response => (await response.json()).revision;

export function writeFile(ns, path, body, rev, { session = 0, floor = 0 } = {}) {
  const query = `rev=${rev}${session ? `&session=${session}` : ''}`;
  return send(treeUrl(ns, path, query), { method: 'PUT', body, headers: identified(floor), read: revisionOf });
}

export function deleteFile(ns, path, rev, floor = 0) {
  return send(treeUrl(ns, path, `rev=${rev}`), { method: 'DELETE', headers: identified(floor), read: revisionOf });
}

export function transact(ns, changes, floor = 0) {
  return send(`/v1/${ns}/transactions`, {
    method: 'POST', body: JSON.stringify({ changes }), headers: identified(floor), read: revisionOf,
  });
}

export function makeLeader(ns, node) {
  return send(`/v1/${ns}/leader?node=${encodeURIComponent(node)}`, { method: 'POST' });
}
