// Who is alive, what each holds, and who waits behind whom.
import { html, useEffect, useMemo, useState } from '../ui/html.js';
import { useChanges, useTicks } from '../core/value.js';
import { knownSince, timeOf } from '../core/clock.js';
import { duration, nameOf, number, plural } from '../core/format.js';
import { linkTo } from '../core/route.js';
import { Badge, Button, Empty, Failure, Revision, Skeleton } from '../ui/parts.js';
import { SessionModel } from './model.js';

const AT_ONCE = 200;

export function SessionsView({ ns, feed }) {
  const model = useMemo(() => new SessionModel(ns, feed), [ns, feed]);
  useEffect(() => () => model.close(), [model]);
  useChanges(model);
  useTicks(5000);
  const [most, setMost] = useState(AT_ONCE);
  if (model.error)
    return html`<main class="view" aria-label="Sessions"><${Failure} error=${model.error} retry=${() => model.load()} /></main>`;
  if (!model.isLoaded)
    return html`<main class="view" aria-label="Sessions"><${Skeleton} /></main>`;
  const files = model.bySession();
  const sessions = [...model.sessions.values()].sort((a, b) => a.id - b.id);
  const places = model.places();
  return html`
    <main class="view sessions scrolls" tabindex="0" aria-label="Sessions and locks">
      <h1 class="hidden">Sessions and locks</h1>
      <section aria-labelledby="places-title">
        <h2 id="places-title">Locks and other places <span class="count">${number(places.length)}</span></h2>
        ${places.length === 0 ? html`<${Empty} icon="lock" title="Nobody holds anything">
            <p>A lock is a file that a session holds. Take one:</p><pre>doozer lock /locks/demo -- sleep 60</pre></${Empty}>`
          : html`<div class="places">${places.slice(0, most).map(place => html`<${Place} key=${place.path} ns=${ns}
            place=${place} sessions=${model.sessions} />`)}</div>`}
      </section>
      <section aria-labelledby="sessions-title">
        <h2 id="sessions-title">Sessions <span class="count">${number(sessions.length)}</span></h2>
        ${sessions.length === 0 ? html`<p class="muted">No session is open.</p>` : html`
          <div class="table-box"><table class="table">
            <thead><tr>
              <th scope="col">Session</th><th scope="col">Owner</th><th scope="col">Alive for</th>
              <th scope="col" class="right"><abbr title="How long it lives without a sign of life">TTL</abbr></th>
              <th scope="col">Holds</th>
            </tr></thead>
            <tbody>${sessions.slice(0, most).map(session => html`<${SessionRow} key=${session.id} ns=${ns} session=${session}
              files=${files.get(session.id)} />`)}</tbody>
          </table></div>`}
        ${Math.max(sessions.length, places.length) > most && html`<p><${Button}
          onClick=${() => setMost(most + 1000)}>Show more</${Button}></p>`}
      </section>
    </main>`;
}

function Since({ ns, revision }) {
  const time = timeOf(ns, revision);
  const known = knownSince(ns);
  return html`<span>${time ? duration(Date.now() - time) : known ? `over ${duration(Date.now() - known)}` : 'not known'}</span>`;
}

const SessionRow = ({ ns, session, files }) => html`
  <tr id=${`session-${session.id}`}>
    <th scope="row"><${Revision} ns=${ns} value=${session.id} /></th>
    <td>${session.owner || html`<span class="muted">no name given</span>`}</td>
    <td><${Since} ns=${ns} revision=${session.id} /></td>
    <td class="right">${session.ttl === null ? '' : `${session.ttl} s`}</td>
    <td><div class="holds">${files.length === 0 ? html`<span class="muted">nothing</span>` : html`
      ${files.slice(0, 3).map(file => html`<a key=${file.path} class="mono"
        ...${linkTo({ view: 'tree', path: file.path, rev: null })}>${file.path}</a>`)}
      ${files.length > 3 && html`<span class="muted">and ${plural(files.length - 3, 'more', 'more')}</span>`}`}</div></td>
  </tr>`;

function Place({ ns, place, sessions }) {
  const isLine = place.kind !== 'held files';
  return html`
    <article class="place" aria-label=${`${place.kind} ${place.path}`}>
      <header><a class="mono" ...${linkTo({ view: 'tree', path: place.path, rev: null })}>${place.path}</a>
        <${Badge}>${place.kind}</${Badge}></header>
      <ol>
        ${place.holders.map(file => html`<${Part} key=${file.path} ns=${ns} file=${file} sessions=${sessions}
          isLine=${isLine} />`)}
        ${place.waiting.map((file, i) => html`<${Part} key=${file.path} ns=${ns} file=${file} sessions=${sessions}
          turn=${i + 1} />`)}
      </ol>
    </article>`;
}

const Part = ({ ns, file, sessions, turn = 0, isLine = true }) => html`
  <li class=${turn ? 'waits' : 'holds'}>
    <span class="turn">${turn ? html`<span class="muted">waits ${turn}.</span>` : html`<${Badge} kind="accent"
      icon="lock">holds</${Badge}>`}</span>
    <span class="owner">${sessions.get(file.session)?.owner || 'no name given'}<span class="muted"> session ${file.session}</span></span>
    <a class="mono file-name" ...${linkTo({ view: 'tree', path: file.path, rev: null })}>${nameOf(file.path)}</a>
    <span class="token" title=${isLine ? 'The fencing token of its holder' : 'Revision'}>${isLine && !turn ? html`<span
      class="muted">token </span>` : ''}<${Revision} ns=${ns} value=${file.revision} /></span>
  </li>`;

