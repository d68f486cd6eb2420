// Who is here, and what each holds: read once, and kept up with what happens.
import { Changes } from '../core/value.js';
import { getJson } from '../core/api.js';
import { nameOf, parentOf } from '../core/format.js';

const SESSIONS = '/ctl/session/';

export class SessionModel extends Changes {
  #ns;
  #feed;
  #end;
  #missed = null;
  #version = 0;

  /** By id: { id, ttl, owner }. */
  sessions = new Map();

  /** By path: { path, session, revision }. */
  held = new Map();

  isLoaded = false;
  error = null;

  constructor(ns, feed) {
    super();
    this.#ns = ns;
    this.#feed = feed;
    this.#end = feed.subscribe(events => events === null ? this.load() : this.#apply(events));
    this.load();
  }

  close() {
    this.#end();
  }

  async load() {
    const version = ++this.#version;
    this.#missed = [];
    try {
      const rev = this.#feed.revision > 0 ? `rev=${this.#feed.revision}` : 'local';
      const sessions = await this.#pages(`/v1/${this.#ns}/sessions?${rev}`, page => page.sessions);
      const files = await this.#pages(`/v1/${this.#ns}/walk?glob=/**&held&bodies=false&${rev}`, page => page.files);
      if (version !== this.#version)
        return;
      this.sessions = new Map(sessions.map(session => [session.id, session]));
      this.held = new Map(files.map(file => [file.path, file]));
      Object.assign(this, { isLoaded: true, error: null });
      const missed = this.#missed;
      this.#missed = null;
      this.#apply(missed);
    } catch (error) {
      this.#missed = null;
      this.error = error;
    }
    this.changed();
  }

  async #pages(url, listOf) {
    const all = [];
    for (let after = '', more = true; more;) {
      const page = await getJson(`${url}&after=${encodeURIComponent(after)}`);
      all.push(...listOf(page));
      ({ more, after = '' } = page);
    }
    return all;
  }

  #apply(events) {
    if (this.#missed) {
      this.#missed.push(...events);
      return;
    }
    for (const event of events) {
      if (event.path.startsWith(SESSIONS))
        this.#session(event);
      else if (event.kind === 'set' && event.session)
        this.held.set(event.path, { path: event.path, session: event.session, revision: event.revision });
      else
        this.held.delete(event.path);
    }
    this.changed();
  }

  #session(event) {
    const id = Number(nameOf(event.path));
    if (event.kind === 'del') {
      this.sessions.delete(id);
      return;
    }
    this.sessions.set(id, { id, ttl: null, owner: '' });
    getJson(`/v1/${this.#ns}/sessions/${id}?rev=${event.revision}`).then(session => {
      if (this.sessions.has(id)) {
        this.sessions.set(id, session);
        this.changed();
      }
    }, () => {});
  }

  /** By session: the files that it holds. */
  bySession() {
    const files = new Map([...this.sessions.keys()].map(id => [id, []]));
    for (const file of this.held.values())
      files.get(file.session)?.push(file);
    return files;
  }

  /** Directories with held files, as the recipes lay them out: { path, kind, holders, waiting }. */
  places() {
    const places = new Map();
    for (const file of this.held.values()) {
      const directory = parentOf(file.path);
      if (!places.has(directory))
        places.set(directory, []);
      places.get(directory).push(file);
    }
    return [...places].map(([path, files]) => placeOf(path, files.sort((a, b) => a.revision - b.revision)))
      .sort((a, b) => a.path < b.path ? -1 : 1);
  }
}

const all = (files, ...prefixes) => files.every(file => prefixes.some(prefix => nameOf(file.path).startsWith(prefix)));

function placeOf(path, files) {
  if (all(files, 'read-', 'write-')) {
    // Readers hold together, up to the first writer; a writer holds alone.
    const firstWriter = files.findIndex(file => nameOf(file.path).startsWith('write-'));
    const holders = firstWriter < 0 ? files.length : Math.max(1, firstWriter);
    return { path, kind: 'reader-writer lock', holders: files.slice(0, holders), waiting: files.slice(holders) };
  }
  if (files.length === 1 && nameOf(files[0].path) === 'leader')
    return { path, kind: 'elected leader', holders: files, waiting: [] };
  if (all(files, 'lock-'))
    return { path, kind: 'lock', holders: files.slice(0, 1), waiting: files.slice(1) };
  if (all(files, 'candidate-'))
    return { path, kind: 'election', holders: files.slice(0, 1), waiting: files.slice(1) };
  if (all(files, 'turn-'))
    return { path, kind: 'line of a semaphore', holders: [], waiting: files };
  if (all(files, 'lease-'))
    return { path, kind: 'semaphore', holders: files, waiting: [] };
  return { path, kind: 'held files', holders: files, waiting: [] };
}
