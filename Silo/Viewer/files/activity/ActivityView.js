// What just happened: all changes in their order, the newest on top.
import { html, useMemo, useRef, useState } from '../ui/html.js';
import { useChanges } from '../core/value.js';
import { bytes, number, plural, timeOfDay } from '../core/format.js';
import { globOf, matcher } from '../core/glob.js';
import { go, linkTo } from '../core/route.js';
import { VirtualList } from '../ui/virtual.js';
import { Icon } from '../ui/icons.js';
import { Badge, Button, Empty } from '../ui/parts.js';

const ROW = 28;

/** Transactions with more changes begin folded. */
const FOLDED_OVER = 4;
const KINDS = { set: ['ok', 'set'], del: ['bad', 'del'], nop: ['', 'nop'] };

/** Rows of the items that match, newest first: a transaction has a row of its own above those of its changes. */
function rowsOf(items, glob, toggled) {
  const matches = glob ? matcher(globOf(glob)) ?? (() => false) : null;
  const rows = [];
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i];
    const events = matches ? item.events.filter(event => matches(event.path)) : item.events;
    if (item.gap) {
      rows.push({ key: `gap-${item.revision}`, gap: item });
    } else if (item.events.length > 1 && events.length > 0) {
      const isOpen = (item.events.length <= FOLDED_OVER) !== toggled.has(item.end);
      rows.push({ key: `t-${item.end}`, item, isOpen });
      (isOpen ? events : []).forEach((event, at) => rows.push({ key: event.revision, event, item, part: true, isLast: at === events.length - 1 }));
    } else if (events.length > 0) {
      rows.push({ key: events[0].revision, event: events[0], item });
    }
  }
  return rows;
}

export function ActivityView({ log, glob, range }) {
  const version = useChanges(log);
  const [frozen, setFrozen] = useState(null);
  const [isAtTop, setAtTop] = useState(true);
  const held = useRef(null);
  // Whoever reads further down must not have the rows move away: what comes meanwhile waits above.
  if (isAtTop && !frozen)
    held.current = null;
  else
    held.current ??= log.items.slice();
  const items = frozen ?? held.current ?? log.items;
  const waiting = items === log.items ? 0 : log.items.filter(item => item.revision > (items.at(-1)?.revision ?? 0)).length;
  const [toggled, setToggled] = useState(new Set());
  const toggle = end => setToggled(new Set(toggled.has(end) ? [...toggled].filter(other => other !== end) : [...toggled, end]));
  const rows = useMemo(() => rowsOf(items, glob, toggled), [items, glob, toggled, items === log.items ? version : 0]);
  const [jumps, setJumps] = useState(0);
  const follow = () => {
    setFrozen(null);
    held.current = null;
    setAtTop(true);
    setJumps(n => n + 1);
  };
  return html`
    <main class="view activity" aria-label="Activity">
      <h1 class="hidden">Activity</h1>
      <div class="view-tools">
        <label class="search"><${Icon} name="search" /><span class="hidden">Filter by path or glob</span>
          <input type="search" placeholder="All paths; filter by glob" value=${glob} spellcheck=${false} autocomplete="off"
            onInput=${event => go({ glob: event.currentTarget.value }, { replace: true })} /></label>
        <${Button} icon=${frozen ? 'play' : 'pause'} aria-pressed=${String(frozen !== null)}
          onClick=${() => frozen ? follow() : setFrozen(log.items.slice())}>
          ${frozen ? 'Go on' : 'Pause'}</${Button}>
        <span class="facts" role="status">${frozen ? 'paused' : isAtTop ? 'following' : 'holding still while you read'}</span>
      </div>
      ${rows.length === 0 ? html`<${Empty} icon="history" title=${glob ? 'No change matches' : 'Nothing has happened yet'}>
          <p>${glob ? html`Of the ${plural(items.length, 'newest change')} none matches <code>${globOf(glob)}</code>.`
            : 'Changes appear here as they are made, anywhere.'}</p></${Empty}>`
        : html`<${VirtualList} class="activity-list" count=${rows.length} rowHeight=${ROW} onTop=${setAtTop}
          reveal=${jumps ? 0 : -1} revealKey=${jumps}
            role="list" aria-label="Changes, newest first" tabindex="0" inner=${{ role: 'presentation' }}
            row=${(i, style) => html`<${Row} key=${rows[i].key} row=${rows[i]} style=${style} toggle=${toggle} />`} />`}
      ${waiting > 0 && html`<button type="button" class="button primary floating" onClick=${follow}><${Icon}
        name="up" /><span>${plural(waiting, 'new change')}</span></button>`}
      <div class="view-foot"><${Button} kind="small" disabled=${log.from === null || log.from <= Math.max(1, range.oldest)}
        onClick=${() => log.earlier(range.oldest)}>Load earlier changes</${Button}>
        <span class="facts">${log.from !== null && `complete from revision ${number(log.from)} on`}</span></div>
    </main>`;
}

const Time = ({ time }) => html`<span class="time">${time ? timeOfDay(time) : '–'}</span>`;

const namesOf = events => events.slice(0, 12).map(event => event.path).join('  ');

function Row({ row, style, toggle }) {
  if (row.gap)
    return html`<div role="listitem" class="activity-row gap"
      style=${style}>Some changes are not shown: they were gone before this page came back.</div>`;
  if (!row.event) {
    const { item } = row;
    return html`<div role="listitem" class="activity-row transaction" style=${style}>
      <${Time} time=${item.time} /><span class="revision">${number(item.end)}</span>
      <${Badge} kind="accent" title="transaction"><span class="long">transaction</span><span class="short" aria-hidden="true">tx</span></${Badge}>
      <button type="button" class="fold" aria-expanded=${String(row.isOpen)} onClick=${() => toggle(item.end)}>
        <${Icon} name="chevron" class=${row.isOpen ? 'open' : ''} />
        <span class="fold-count">${plural(item.events.length, 'change')}, all at once</span>
        ${!row.isOpen && html`<span class="path">${namesOf(item.events)}</span>`}</button></div>`;
  }
  const { event } = row;
  const [kind, word] = KINDS[event.kind];
  return html`
    <div role="listitem" class=${`activity-row ${row.part ? 'part' : ''} ${row.isLast ? 'last' : ''}`} style=${style}>
      ${row.part ? html`<span class="time" />` : html`<${Time} time=${row.item.time} />`}
      <span class="revision">${number(event.revision)}</span>
      <${Badge} kind=${kind}>${word}</${Badge}>
      ${event.kind === 'nop' ? html`<span class="path muted">took a revision, changed nothing</span>`
        : html`<a class="path"
          ...${linkTo({ view: 'tree', path: event.path, rev: null, tab: 'history', diff: '' })}>${event.path}</a>`}
      <span class="length">${event.kind === 'set' ? bytes(event.length ?? 0) : ''}</span>
      <span class="holder">${event.session ? html`<${Icon} name="lock" />session ${event.session}` : ''}</span>
    </div>`;
}
