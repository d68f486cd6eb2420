// A subtree as one JSON file, and back.
import { getJson, transact, writeFile } from '../core/api.js';
import { bytesOfBase64, textOf } from './body.js';
import { join, nameOf } from '../core/format.js';

export const FORMAT = 1;
const MOST_CHANGES = 128;
const MOST_BYTES = 900_000;

async function walk(ns, directory, rev, onProgress, bodies = '') {
  const glob = directory === '/' ? '/**' : `${directory}/**`;
  const files = [];
  let at = rev === null ? '' : `&rev=${rev}`;
  for (let after = '', more = true; more;) {
    const page = await getJson(`/v1/${ns}/walk?glob=${encodeURIComponent(glob)}&after=${encodeURIComponent(after)}${at}${bodies}`);
    files.push(...page.files);
    ({ more, after = '' } = page);
    at = `&rev=${page.treeRevision}`;
    rev = page.treeRevision;
    onProgress?.(files.length);
  }
  return { files, revision: rev };
}

// What the store keeps for itself, and what lives with a session, is no part of what can be brought back.
const isLasting = file => !file.session && !file.path.startsWith('/ctl/');

export async function exportSubtree(ns, directory, rev, onProgress) {
  const { files, revision } = await walk(ns, directory, rev, onProgress);
  const lasting = files.filter(isLasting);
  const prefix = directory === '/' ? 0 : directory.length;
  const content = {
    doozer: FORMAT,
    namespace: ns,
    directory,
    revision,
    files: lasting.map(file => {
      const bytes = bytesOfBase64(file.body);
      const text = textOf(bytes);
      return { path: file.path.slice(prefix), ...(text === null ? { body: file.body } : { text }) };
    }),
  };
  const url = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2) + '\n'], { type: 'application/json' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: `${nameOf(directory) || ns}-${revision}.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return lasting.length;
}

/** Reads an exported file; what is in it replaces files or makes new ones below the directory. */
export async function planImport(ns, directory, text) {
  const content = JSON.parse(text);
  if (content.doozer !== FORMAT || !Array.isArray(content.files))
    throw new Error('This is no file that was exported here.');
  const { files } = await walk(ns, directory, null, null, '&bodies=false');
  const revisions = new Map(files.map(file => [file.path, file.revision]));
  return content.files.map(file => {
    if (typeof file.path !== 'string' || (typeof file.text !== 'string' && typeof file.body !== 'string'))
      throw new Error('A file in it has no path or no content.');
    const path = join(directory, file.path.replace(/^\//, ''));
    const content = file.text !== undefined ? { text: file.text } : { body: file.body };
    return { path, revision: revisions.get(path) ?? 0, ...content };
  });
}

const sizeOf = change => change.path.length + (change.text !== undefined ? 3 * change.text.length : change.body.length);

/** Writes what was planned, as few transactions as it fits in; each file only if it is as it was when that was planned. */
export async function runImport(ns, plan, floor, onProgress) {
  let done = 0;
  for (let start = 0; start < plan.length;) {
    let end = start;
    let size = 0;
    while (end < plan.length && end - start < MOST_CHANGES && (end === start || size + sizeOf(plan[end]) <= MOST_BYTES))
      size += sizeOf(plan[end++]);
    const batch = plan.slice(start, end);
    if (batch.length === 1 && size > MOST_BYTES) {
      const { path, text, body, revision } = batch[0];
      await writeFile(ns, path, text !== undefined ? new TextEncoder().encode(text) : bytesOfBase64(body), revision, { floor });
    } else {
      await transact(ns, batch.map(({ path, ...change }) => ({ set: path, ...change })), floor);
    }
    start = end;
    done += batch.length;
    onProgress(done);
  }
}

