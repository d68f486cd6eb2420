// The tree as far as it was opened: directories with the entries that were loaded, kept up with what happens. Of an old revision
// nothing changes any more.
import { getJson, treeUrl } from '../core/api.js';
import { join, nameOf, parentOf } from '../core/format.js';
import { Directory, compare, search } from './directory.js';
import { Rows } from './rows.js';

const PAGE = 1000;
const STAT_PAUSE = 400;
export const FLASH = 1600;

export class TreeModel extends Rows {
  #ns;
  #feed;
  #stale = new Set();
  #timer = 0;
  #flashes = new Map();

  /** The revision that is shown; null for whatever is newest. */
  rev;

  constructor(ns, rev, feed) {
    super();
    this.#ns = ns;
    this.rev = rev;
    this.#feed = feed;
    this.open('/');
  }

  /** The paths of the directories that are open. */
  get openPaths() {
    return [...this.directories.values()].filter(directory => directory.isOpen).map(directory => directory.path);
  }

  flashOf(path) {
    const since = this.#flashes.get(path);
    return since && performance.now() - since < FLASH ? since : 0;
  }

  open(path) {
    let directory = this.directories.get(path);
    if (!directory)
      this.directories.set(path, directory = new Directory(path));
    directory.isOpen = true;
    directory.total = Math.max(directory.total, this.entry(path)?.length ?? 0);
    if (directory.more && directory.entries.length === 0)
      this.#load(directory);
    this.changed();
    return directory.loading ?? Promise.resolve();
  }

  close(path) {
    const directory = this.directories.get(path);
    if (!directory || path === '/')
      return;
    directory.isOpen = false;
    this.changed();
  }

  /** Opens whatever is above a path, so that it is to be seen. */
  async reveal(path) {
    const parts = path.split('/').slice(1, -1);
    let at = '/';
    await this.open(at);
    for (const part of parts) {
      at = join(at, part);
      if (this.entry(at)?.kind !== 'directory')
        break;
      await this.open(at);
    }
    await this.#loadThrough(this.directories.get(parentOf(path)), nameOf(path));
    this.changed();
  }

  /** Loads pages until the one in which a name would be. */
  async #loadThrough(directory, name) {
    while (directory?.isOpen && directory.more && !directory.error && !this.#covers(directory, name)) {
      this.#load(directory);
      await directory.loading;
    }
  }

  /** Reads all that was loaded again. */
  reload() {
    for (const directory of [...this.directories.values()]) {
      if (!directory.isOpen) {
        this.directories.delete(directory.path);
        continue;
      }
      Object.assign(directory, { more: true, error: null });
      this.#load(directory, true);
    }
  }

  /** Sees to it that the rows from one index to another are loaded, or will be. */
  need(first, last) {
    for (let index = first; index < last; index += 20)
      this.#needRow(index);
    if (last > first)
      this.#needRow(last - 1);
  }

  #needRow(index) {
    const { directory, entry } = this.row(index);
    if (!entry && directory.more && !directory.loading && !directory.error)
      this.#load(directory);
  }

  #load(directory, anew = false) {
    directory.loading ??= this.#loadPage(directory, anew).finally(() => {
      directory.loading = null;
      this.changed();
    });
  }

  async #loadPage(directory, anew) {
    try {
      const after = anew ? '' : directory.entries.at(-1)?.name ?? '';
      if (directory.path === '/' && after === '')
        this.#stat('/');
      const query = `dir&limit=${PAGE}&after=${encodeURIComponent(after)}`;
      const page = await this.#read(query, directory.path);
      directory.entries = after === '' ? page.entries : directory.entries.concat(page.entries);
      directory.more = page.more;
      directory.error = null;
      directory.total = page.more ? Math.max(directory.total, directory.entries.length + 1) : directory.entries.length;
    } catch (error) {
      if (error.code === 'not-found' || error.code === 'not-directory')
        Object.assign(directory, { entries: [], total: 0, more: false });
      else
        directory.error = error;
    }
  }

  /** Reads the node's own replica, unless that is behind what this page has seen. */
  async #read(query, path) {
    if (this.rev !== null)
      return getJson(treeUrl(this.#ns, path, `${query}&rev=${this.rev}`));
    const answer = await getJson(treeUrl(this.#ns, path, `${query}&local`));
    return answer.treeRevision >= this.#feed.revision
      ? answer
      : getJson(treeUrl(this.#ns, path, `${query}&rev=${this.#feed.revision}`));
  }

  // What happens.

  apply(events) {
    for (const event of events) {
      if (event.kind === 'nop')
        continue;
      this.#flash(event.path);
      this.#enter(this.root, event, event.path.split('/').slice(1));
    }
    this.changed();
  }

  #enter(directory, event, names) {
    const [name, ...rest] = names;
    if (rest.length === 0) {
      this.#change(directory, event, name);
      return;
    }
    const path = join(directory.path, name);
    if (event.kind === 'set' && !directory.find(name).entry && this.#covers(directory, name))
      this.#insert(directory, { name, kind: 'directory', revision: 0, length: 1 });
    const child = this.directories.get(path);
    if (child)
      this.#enter(child, event, rest);
    else if (this.#covers(directory, name))
      this.#recount(path);
  }

  #change(directory, event, name) {
    const { at, entry } = directory.find(name);
    if (entry && entry.revision >= event.revision)
      return;
    if (!this.#covers(directory, name)) {
      this.#recount(directory.path);
    } else if (event.kind === 'set') {
      const written = { name, kind: 'file', revision: event.revision, length: event.length ?? 0, session: event.session };
      if (entry)
        directory.entries[at] = written;
      else
        this.#insert(directory, written);
    } else if (entry) {
      directory.entries.splice(at, 1);
      this.#resize(directory, -1);
    }
  }

  /** Whether the entries that are loaded tell whether there is one of that name. */
  #covers = (directory, name) => !directory.more || compare(name, directory.entries.at(-1)?.name ?? '') <= 0;

  #insert(directory, entry) {
    directory.entries.splice(search(directory.entries, entry.name), 0, entry);
    this.#resize(directory, 1);
  }

  #resize(directory, by) {
    directory.total = Math.max(directory.total + by, directory.entries.length);
    if (directory.path === '/')
      return;
    const parent = this.directories.get(parentOf(directory.path));
    const { at, entry } = parent.find(nameOf(directory.path));
    if (directory.total === 0 && !directory.more) {
      this.directories.delete(directory.path);
      if (entry) {
        parent.entries.splice(at, 1);
        this.#resize(parent, -1);
      }
    } else if (entry) {
      parent.entries[at] = { ...entry, length: directory.total };
    }
  }

  // Of a directory that was not opened, or not to its end, only the store can tell how many entries it has.
  #recount(path) {
    this.#stale.add(path);
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      const paths = [...this.#stale].slice(0, 50);
      this.#stale.clear();
      paths.forEach(stale => this.#stat(stale));
    }, STAT_PAUSE);
  }

  async #stat(path) {
    try {
      const stat = await this.#read('stat', path);
      const directory = this.directories.get(path);
      if (directory?.more && stat.kind === 'directory')
        directory.total = Math.max(stat.length, directory.entries.length);
      const parent = path === '/' ? null : this.directories.get(parentOf(path));
      const { at, entry } = parent?.find(nameOf(path)) ?? {};
      if (entry?.kind === 'directory' && stat.kind === 'directory') {
        parent.entries[at] = { ...entry, length: stat.length };
      } else if (entry?.kind === 'directory' && stat.kind === 'missing') {
        parent.entries.splice(at, 1);
        this.#resize(parent, -1);
      }
      this.changed();
    } catch {
      // The next change tells.
    }
  }

  #flash(path) {
    const now = performance.now();
    if (this.#flashes.size > 5000)
      this.#flashes.clear();
    for (let at = path; at !== '/'; at = parentOf(at)) {
      if (at === path || !this.directories.get(at)?.isOpen)
        this.#flashes.set(at, now);
    }
  }
}
