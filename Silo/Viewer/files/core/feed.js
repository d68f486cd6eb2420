// All changes of a namespace as they happen: a WebSocket that is opened again, at this node or another, from the revision after
// the last one seen. So nothing is missed and nothing comes twice.
import * as nodes from './nodes.js';
import { getJson } from './api.js';
import { noteTime } from './clock.js';

// A node says something every ten seconds.
const SILENCE = 25000;
// Seconds from one message to the next: nobody sees more, and many open pages cost the node little.
const INTERVAL = 0.1;
const FIRST_PAUSE = 150;
const LONGEST_PAUSE = 3000;

export class Feed {
  #ns;
  #next = 0;
  #socket = null;
  #timer = 0;
  #silence = 0;
  #failures = 0;
  #isLocal = false;
  #isClosed = false;
  #listeners = new Set();

  /** The newest revision seen. */
  revision = 0;

  constructor(ns) {
    this.#ns = ns;
  }

  /** Calls with a list of events, or with null when some were missed and all must be read again. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start() {
    try {
      const { revision } = await getJson(`/v1/${this.#ns}/rev?local`);
      if (this.#isClosed)
        return;
      this.revision = revision;
      this.#next = revision + 1;
      this.#tell(null);
      this.#connect();
    } catch {
      this.#again();
    }
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#socket?.close();
  }

  #connect() {
    const node = nodes.current();
    const base = (node.base || location.origin).replace(/^http/, 'ws');
    const local = this.#isLocal ? '&local' : '';
    const query = `glob=/**&bodies=false&interval=${INTERVAL}&rev=${this.#next}${local}`;
    const socket = new WebSocket(`${base}/v1/${this.#ns}/events?${query}`);
    this.#socket = socket;
    this.#listen();
    socket.onmessage = message => {
      if (socket === this.#socket)
        this.#receive(JSON.parse(message.data));
    };
    socket.onclose = () => {
      if (socket !== this.#socket || this.#isClosed)
        return;
      nodes.leave(node);
      this.#again();
    };
  }

  #receive(message) {
    this.#listen();
    if (message.code) {
      this.#failed(message);
      return;
    }
    this.#failures = 0;
    nodes.connection.update({ isLive: true, isLocal: this.#isLocal });
    this.#next = message.next;
    this.revision = Math.max(this.revision, message.next - 1);
    if (message.events.length > 0) {
      noteTime(this.#ns, message.events.at(-1).revision, Date.now());
      this.#tell(message.events);
    }
  }

  #failed(problem) {
    // The history ended before this page came back, or the store was restored from a snapshot: begin anew.
    if (problem.code === 'too-late' || problem.code === 'future-revision')
      this.#next = 0;
    // In a minority what this node knows is all that there is.
    this.#isLocal = problem.code === 'no-quorum';
  }

  #again() {
    nodes.connection.update({ isLive: false });
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++) * (0.75 + Math.random() / 2);
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#timer = setTimeout(() => this.#next > 0 ? this.#connect() : this.start(), pause);
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#socket?.close();
      // The network may be gone without a word, and then the end of closing is far.
      this.#socket?.onclose?.();
    }, SILENCE);
  }

  #tell(events) {
    for (const listener of [...this.#listeners])
      listener(events);
  }
}
