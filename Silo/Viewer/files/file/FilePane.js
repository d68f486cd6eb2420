// What is at the chosen path: a file's body or history, or a directory's entries.
import { html, useEffect, useRef, useState } from '../ui/html.js';
import { deleteFile, getJson, readFile, treeUrl } from '../core/api.js';
import { bytes, join, nameOf, number, parentOf } from '../core/format.js';
import { go, linkTo } from '../core/route.js';
import { Icon } from '../ui/icons.js';
import { Badge, Button, Dialog, Empty, Failure, Revision, Skeleton, copy, say } from '../ui/parts.js';
import { Content } from './Content.js';
import { DirectoryPane } from './DirectoryPane.js';
import { Editor } from './Editor.js';
import { History } from './History.js';
import { textOf } from './body.js';

async function look(ns, path, rev, feed, signal) {
  const at = rev === null ? null : rev;
  const query = at === null ? 'local' : `rev=${at}`;
  let stat = await getJson(treeUrl(ns, path, `stat&${query}`), signal);
  if (at === null && stat.treeRevision < feed.revision)
    stat = await getJson(treeUrl(ns, path, `stat&rev=${feed.revision}`), signal);
  if (stat.kind !== 'file')
    return stat;
  const file = await readFile(ns, path, stat.treeRevision, signal);
  return file ? { kind: 'file', ...file } : { kind: 'missing' };
}

/** What is at a path, read again when it changes. */
function useFound(ns, path, rev, feed) {
  const [found, setFound] = useState(null);
  const [error, setError] = useState(null);
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    look(ns, path, rev, feed, abort.signal).then(
      next => (setFound({ ...next, path, rev }), setError(null)), failure => !abort.signal.aborted && setError(failure));
    return () => abort.abort();
  }, [ns, path, rev, feed, version]);
  useEffect(() => {
    if (rev !== null)
      return undefined;
    let timer = 0;
    const again = () => timer ||= setTimeout(() => (timer = 0, setVersion(n => n + 1)), 60);
    const end = feed.subscribe(events => {
      if (events === null || events.some(event => event.path === path || event.path.startsWith(path + '/')))
        again();
    });
    return () => (end(), clearTimeout(timer));
  }, [path, rev, feed]);
  return [found?.path === path && found.rev === rev ? found : null, error, () => setVersion(n => n + 1)];
}

export function FilePane({ ns, path, rev, tab, as, diff, feed, range, model, onCreate, onImport }) {
  const [found, error, again] = useFound(ns, path, rev, feed);
  const [edited, setEdited] = useState(null);
  const [isDeleting, setDeleting] = useState(false);
  useEffect(() => setEdited(null), [path, rev]);
  const body = error ? html`<${Failure} error=${error} retry=${again} />`
    : !found ? html`<${Skeleton} />`
    : found.kind === 'directory' ? html`<${DirectoryPane} ns=${ns} path=${path} model=${model} rev=${rev} onCreate=${onCreate}
      onImport=${onImport} />`
    : tab === 'history' ? html`<${History} ns=${ns} path=${path} feed=${feed} range=${range} newest=${found.revision ?? 0}
      pair=${diff} />`
    : edited ? html`<${Editor} ns=${ns} path=${path} file=${edited} newest=${found.revision ?? 0} feed=${feed}
        onDone=${() => (setEdited(null), again())} />`
    : found.kind === 'missing' ? html`<${Missing} path=${path} rev=${rev} onCreate=${onCreate} />`
    : html`<${Content} body=${found.body} as=${as} onAs=${key => go({ as: key }, { replace: true })} />`;
  return html`
    <section class="file-pane" aria-label=${path}>
      <header class="file-heading">
        <${Crumbs} path=${path} />
        ${found?.kind === 'file' && html`<${Facts} ns=${ns} file=${found} />`}
        <div class="file-tools">
          ${found && found.kind !== 'directory' && html`
            <div class="tabs" role="group" aria-label="Show">
              <button type="button" aria-pressed=${String(tab === 'content')} onClick=${() => go({ tab: 'content' })}>Content</button>
              <button type="button" aria-pressed=${String(tab === 'history')} onClick=${() => go({ tab: 'history' })}>History</button>
            </div>`}
          ${found?.kind === 'file' && rev === null && tab === 'content' && !edited && !isReserved(path) && html`
            ${textOf(found.body) !== null && html`<${Button} icon="edit" onClick=${() => setEdited(found)}>Edit</${Button}>`}
            <${Button} icon="trash" label="Delete" onClick=${() => setDeleting(true)} />`}
        </div>
      </header>
      ${body}
      ${isDeleting && found && html`<${DeleteDialog} ns=${ns} path=${path} file=${found} feed=${feed}
        onClose=${() => setDeleting(false)} />`}
    </section>`;
}

/** What the store keeps for itself: nobody can write there. */
export const isReserved = path => path === '/ctl' || path.startsWith('/ctl/');

function Crumbs({ path }) {
  const parts = path === '/' ? [] : path.split('/').slice(1);
  const end = useRef(null);
  useEffect(() => end.current?.scrollIntoView?.({ block: 'nearest', inline: 'end' }), [path]);
  let at = '/';
  return html`
    <div class="crumbs">
      <nav aria-label="Directories above">
        <a class="crumb root" aria-label="Root directory" ...${linkTo({ path: '/' })}>/</a>
        ${parts.map((part, i) => {
          at = join(at, part);
          return i === parts.length - 1
            ? html`<h1 key=${at} ref=${end} class="crumb last" aria-current="page">${part}</h1>`
            : html`<a key=${at} class="crumb" ...${linkTo({ path: at })}>${part}</a><span key=${at + '/'} class="crumb-slash"
              aria-hidden="true">/</span>`;
        })}
        ${parts.length === 0 && html`<h1 class="hidden">Root directory</h1>`}
      </nav>
      ${parts.length > 0 && html`<${Button} icon="copy" label="Copy the path" kind="ghost" onClick=${() => copy(path)} />`}
    </div>`;
}

const Facts = ({ ns, file }) => html`
  <div class="facts">
    <span>revision <${Revision} ns=${ns} value=${file.revision} /></span>
    <span>${bytes(file.body.length)}</span>
    ${file.session > 0 && html`<${Badge} kind="accent" icon="lock" title="It is deleted when the session ends">
      held by <a ...${linkTo({ view: 'sessions' })}>session ${file.session}</a></${Badge}>`}
  </div>`;

const Missing = ({ path, rev, onCreate }) => html`
  <${Empty} icon="file" title=${rev === null ? 'Nothing is at this path' : `Nothing was at this path at revision ${number(rev)}`}>
    <p><code>${path}</code></p>
    ${rev === null && !isReserved(path) && html`<p><${Button} icon="plus"
      onClick=${() => onCreate(path)}>Create it</${Button}></p>`}
    <p><a ...${linkTo({ tab: 'history' })}>Look at its history</a></p>
  </${Empty}>`;

function DeleteDialog({ ns, path, file, feed, onClose }) {
  const [error, setError] = useState(null);
  const remove = async () => {
    try {
      await deleteFile(ns, path, file.revision, feed.revision);
      say(`${nameOf(path)} is deleted`);
      onClose();
      go({ path: parentOf(path) });
    } catch (failure) {
      setError(failure.code === 'revision-mismatch' ? { message: 'Somebody has changed the file just now: look again.' } : failure);
    }
  };
  return html`
    <${Dialog} title="Delete this file?" onClose=${onClose} actions=${html`
      <${Button} kind="danger" data-first onClick=${remove}>Delete</${Button}><${Button} onClick=${onClose}>Cancel</${Button}>`}>
      <p><code class="path">${path}</code></p>
      <p>It is deleted only if it is still at revision ${number(file.revision)}. While that is retained, its history can bring it back.</p>
      ${error && html`<div class="notice bad" role="alert"><${Icon} name="warning" /><p>${error.message}</p></div>`}
    </${Dialog}>`;
}
