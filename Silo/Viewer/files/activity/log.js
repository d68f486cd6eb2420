// The newest changes, transactions as one; the oldest go when there are too many.
import { Changes } from '../core/value.js';
import { getJson } from '../core/api.js';
import { timeOf } from '../core/clock.js';

const MOST = 5000;
const AT_FIRST = 300;

export class ActivityLog extends Changes {
  #ns;
  #feed;
  #end;

  /** Newest last: { revision, end, events, time, gap }. */
  items = [];

  /** From which revision on nothing is missing; null until it was read. */
  from = null;

  constructor(ns, feed) {
    super();
    this.#ns = ns;
    this.#feed = feed;
    this.#end = feed.subscribe(events => events === null ? this.#begin() : this.#add(events, Date.now()));
  }

  close() {
    this.#end();
  }

  /** Reads what was before. */
  async earlier(oldest) {
    const to = (this.from ?? this.#feed.revision + 1) - 1;
    const start = Math.max(oldest, 1, to - AT_FIRST + 1);
    if (to < start)
      return;
    const events = [];
    for (let next = start; next <= to;) {
      const page = await getJson(`/v1/${this.#ns}/wait?glob=/**&rev=${next}&limit=1000&timeout=0&bodies=false&local`);
      events.push(...page.events.filter(event => event.revision <= to));
      if (page.events.length === 0)
        break;
      next = page.next;
    }
    this.from = start;
    const items = group(events, revision => timeOf(this.#ns, revision));
    // The first of a transaction's changes may be among these, and the others are there already.
    const first = this.items[0];
    if (items.length > 0 && first && !first.gap && items.at(-1).end === first.end) {
      first.events.unshift(...items.at(-1).events);
      first.revision = items.pop().revision;
    }
    this.items = [...items, ...this.items];
    this.changed();
  }

  async #begin() {
    if (this.items.length > 0)
      this.items.push({ gap: true, revision: this.#feed.revision, end: this.#feed.revision, events: [] });
    this.from = this.#feed.revision + 1;
    try {
      const { local } = await getJson(`/v1/${this.#ns}/status`);
      await this.earlier(local.oldestRevision);
    } catch {
      // What comes next is shown all the same.
    }
    this.changed();
  }

  #add(events, now) {
    // A transaction may come in pieces.
    const last = this.items.at(-1);
    let rest = events;
    if (last && !last.gap && last.isOpen) {
      const more = events.filter(event => (event.end ?? event.revision) === last.end);
      last.events.push(...more);
      last.isOpen = more.at(-1)?.revision !== last.end && more.length > 0;
      rest = events.slice(more.length);
    }
    this.items.push(...group(rest, () => now));
    if (this.items.length > MOST) {
      this.items.splice(0, this.items.length - MOST);
      this.from = this.items[0].revision;
    }
    this.changed();
  }
}

function group(events, timeAt) {
  const items = [];
  for (const event of events) {
    const end = event.end ?? event.revision;
    const last = items.at(-1);
    if (last?.end === end && last.revision !== event.revision) {
      last.events.push(event);
    } else {
      items.push({ revision: event.revision, end, events: [event], time: timeAt(event.revision) });
    }
  }
  for (const item of items)
    item.isOpen = item.events.at(-1).revision < item.end;
  return items;
}
