// What a file was: its retained revisions, and the difference of any two.
import { html, useEffect, useState } from '../ui/html.js';
import { readFile, writeFile } from '../core/api.js';
import { bytes, number, plural } from '../core/format.js';
import { go } from '../core/route.js';
import { Badge, Button, Empty, Failure, Revision, Skeleton, say } from '../ui/parts.js';
import { DiffView } from './DiffView.js';
import { olderChanges } from './history-data.js';

/** @param pair the two revisions to compare, as in the address: "12,15" */
export function History({ ns, path, feed, range, newest, pair }) {
  const [history, setHistory] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    const abort = new AbortController();
    setHistory(null);
    olderChanges(ns, path, null, feed.revision, range.oldest, abort.signal).then(
      found => (setHistory(found), setError(null)), failure => !abort.signal.aborted && setError(failure));
    return () => abort.abort();
  }, [ns, path, newest]);

  if (error)
    return html`<${Failure} error=${error} />`;
  if (!history)
    return html`<${Skeleton} />`;
  const { changes, isWhole } = history;
  if (changes.length === 0) {
    return html`<${Empty} icon="history" title="No change is retained">
      <p>It was last changed before revision ${number(range.oldest)}, the oldest that the store retains.</p></${Empty}>`;
  }
  const more = async () => setHistory(await olderChanges(ns, path, history, feed.revision, range.oldest));
  const chosen = pair.split(',').filter(text => /^\d+$/.test(text)).map(Number);
  const right = chosen[1] ?? changes[0].revision;
  const left = chosen[0] ?? changes.find(change => change.revision < right)?.revision ?? 0;
  const compare = (a, b) => go({ diff: `${Math.min(a, b)},${Math.max(a, b)}` }, { replace: true });
  return html`
    <div class="history">
      <div class="history-list">
        <p class="history-title" id="history-title">${plural(changes.length, 'change')}${isWhole ? ' retained' : ''}</p>
        <ol aria-labelledby="history-title">${changes.map((change, i) => html`
          <${Change} key=${change.revision} ns=${ns} change=${change} left=${left} right=${right} compare=${compare}
            previous=${changes[i + 1]?.revision ?? 0} />`)}</ol>
        ${!isWhole && html`<${Button} kind="small" onClick=${more}>Look further back</${Button}>`}
      </div>
      <${Comparison} ns=${ns} path=${path} left=${left} right=${right} current=${changes[0]} feed=${feed} />
    </div>`;
}

function Change({ ns, change, previous, left, right, compare }) {
  const isShown = change.revision === right;
  return html`
    <li class=${`${isShown ? 'right' : ''} ${change.revision === left ? 'left' : ''}`}>
      <button type="button" class="history-change" aria-pressed=${String(isShown)} onClick=${() => compare(previous, change.revision)}
        title="Compare with the change before">
        <${Revision} ns=${ns} value=${change.revision} />
        ${change.kind === 'del' ? html`<${Badge} kind="bad">deleted</${Badge}>` : html`<span
          class="size">${bytes(change.length ?? 0)}</span>`}
      </button>
      <label title=${`Compare ${right} with this`}><input type="radio" name="compared" checked=${change.revision === left}
        disabled=${isShown}
        onChange=${() => compare(change.revision, right)} /><span class="hidden">Compare with revision ${change.revision}</span></label>
    </li>`;
}

function Comparison({ ns, path, left, right, current, feed }) {
  const [bodies, setBodies] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    const abort = new AbortController();
    const read = revision => revision > 0 ? readFile(ns, path, revision, abort.signal) : Promise.resolve(null);
    Promise.all([read(left), read(right)]).then(
      ([a, b]) => (setBodies({ left: a?.body ?? null, right: b?.body ?? null, revision: right }), setError(null)),
      failure => !abort.signal.aborted && setError(failure));
    return () => abort.abort();
  }, [ns, path, left, right]);
  if (error)
    return html`<${Failure} error=${error} />`;
  if (!bodies)
    return html`<${Skeleton} />`;
  const isOld = right !== current.revision || current.kind === 'del';
  const restore = async () => {
    try {
      const written = await writeFile(
        ns, path, bodies.right, current.kind === 'del' ? 0 : current.revision, { floor: feed.revision, session: current.session ?? 0 });
      say(`Revision ${number(right)} is back, as revision ${number(written)}`);
      go({ diff: '' }, { replace: true });
    } catch (failure) {
      say(failure.code === 'revision-mismatch' ? 'Somebody has changed the file just now: look again.' : failure.message, 'bad');
    }
  };
  return html`
    <div class="comparison">
      <${DiffView} left=${bodies.left} right=${bodies.right} leftTitle=${left ? `revision ${number(left)}` : 'nothing'}
        rightTitle=${`revision ${number(right)}`} />
      <div class="actions">
        ${isOld && bodies.right && html`<${Button} icon="history"
          onClick=${restore}>Restore revision ${number(right)}</${Button}>`}
        <${Button} onClick=${() => go({ rev: right, tab: 'content' })}>Show the whole tree at ${number(right)}</${Button}>
      </div>
    </div>`;
}
