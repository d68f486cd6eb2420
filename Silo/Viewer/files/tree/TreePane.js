// The tree at the left: what is there, at the newest revision or an old one.
import { html, useEffect, useRef, useState } from '../ui/html.js';
import { useChanges } from '../core/value.js';
import { go } from '../core/route.js';
import { bytes, number, parentOf } from '../core/format.js';
import { VirtualList } from '../ui/virtual.js';
import { Icon } from '../ui/icons.js';
import { Button, Empty, Failure, Skeleton } from '../ui/parts.js';
import { SearchResults } from './search.js';

export const ROW = 26;

export function TreePane({ ns, model, path, onCreate, onImport }) {
  const [query, setQuery] = useState('');
  const box = useRef(null);
  useEffect(() => {
    const focus = event => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName))
        return;
      event.preventDefault();
      box.current.focus();
    };
    addEventListener('keydown', focus);
    return () => removeEventListener('keydown', focus);
  }, []);
  return html`
    <nav class="tree-pane" aria-label="Files">
      <div class="tree-tools">
        <label class="search">
          <${Icon} name="search" />
          <span class="hidden">Search by path or glob</span>
          <input ref=${box} type="search" placeholder="Path or glob, like /config/**" value=${query} spellcheck=${false}
            autocomplete="off" onInput=${event => setQuery(event.currentTarget.value)}
            onKeyDown=${event => event.key === 'Escape' && setQuery('')} />
          <kbd aria-hidden="true">/</kbd>
        </label>
        ${model.rev === null && html`
          <${Button} icon="plus" label="New file" onClick=${onCreate} />
          <${Button} icon="upload" label="Import files" onClick=${onImport} />`}
      </div>
      ${query.trim() ? html`<${SearchResults} ns=${ns} query=${query} rev=${model.rev} path=${path} />`
        : html`<${Tree} model=${model} path=${path} onCreate=${onCreate} />`}
    </nav>`;
}

function Tree({ model, path, onCreate }) {
  useChanges(model);
  const [active, setActive] = useState(path);
  const [typed, setTyped] = useState({ text: '', at: 0 });
  const [version, setVersion] = useState(0);
  useEffect(() => {
    setActive(path);
    model.reveal(path).then(() => setVersion(n => n + 1));
  }, [model, path]);

  const count = model.count();
  const index = model.indexOf(active);
  const root = model.root;
  if (root.error)
    return html`<${Failure} error=${root.error} retry=${() => model.reload()} />`;
  if (root.entries.length === 0 && root.loading)
    return html`<${Skeleton} lines=${8} />`;
  if (count === 0) {
    return html`<${Empty} icon="folder" title=${model.rev === null ? 'Nothing is stored here yet' : 'Nothing was stored then'}>
      ${model.rev === null && html`<p>Create the first file, or write one:</p><pre>echo -n hello | doozer add /greeting</pre>
        <p><${Button} icon="plus" onClick=${onCreate}>New file</${Button}></p>`}</${Empty}>`;
  }

  const select = row => {
    if (!row?.entry)
      return;
    setActive(row.path);
    go({ path: row.path });
  };
  const toggle = row => row.isOpen ? model.close(row.path) : model.open(row.path);
  const move = to => {
    const row = model.row(Math.max(0, Math.min(count - 1, to)));
    if (row.entry) {
      setActive(row.path);
      setVersion(n => n + 1);
    }
  };
  const onKeyDown = event => {
    const row = index >= 0 ? model.row(index) : null;
    const actions = {
      ArrowDown: () => move(index + 1),
      ArrowUp: () => move(index - 1),
      PageDown: () => move(index + 20),
      PageUp: () => move(index - 20),
      Home: () => move(0),
      End: () => move(count - 1),
      ArrowRight: () => row?.entry?.kind === 'directory' && (row.isOpen ? move(index + 1) : toggle(row)),
      ArrowLeft: () => row?.isOpen ? toggle(row) : row && parentOf(row.path) !== '/' && move(model.indexOf(parentOf(row.path))),
      Enter: () => row && (select(row), row.entry.kind === 'directory' && toggle(row)),
      ' ': () => row && select(row),
    };
    if (actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    } else if (event.key.length === 1 && event.key !== '/' && !event.ctrlKey && !event.metaKey) {
      typeAhead(event.key);
    }
  };
  const typeAhead = key => {
    const text = (Date.now() - typed.at < 800 ? typed.text : '') + key.toLowerCase();
    setTyped({ text, at: Date.now() });
    for (let step = text.length > 1 ? 0 : 1; step <= Math.min(count, 2000); step++) {
      const at = (Math.max(index, 0) + step) % count;
      if (model.row(at).entry?.name.toLowerCase().startsWith(text)) {
        move(at);
        return;
      }
    }
  };

  return html`
    <${VirtualList} class="tree" count=${count} rowHeight=${ROW} onRange=${(first, last) => model.need(first, last)}
      reveal=${index} revealKey=${version}
      role="tree" aria-label="Tree" tabindex="0" onKeyDown=${onKeyDown}
      aria-activedescendant=${index >= 0 ? `tree-${index}` : undefined} inner=${{ role: 'presentation' }}
      row=${(i, style) => html`<${Row} key=${i} index=${i} row=${model.row(i)} style=${style} model=${model} selected=${path}
        active=${active} onSelect=${select} onToggle=${toggle} />`} />`;
}

function Row({ index, row, style, model, selected, active, onSelect, onToggle }) {
  const { entry, level, isOpen } = row;
  const indent = { ...style, paddingLeft: `${(level - 1) * 14 + 6}px` };
  const place = { 'aria-level': level, 'aria-setsize': row.directory.total || 1, 'aria-posinset': row.at + 1 };
  if (!entry) {
    return html`<div role="treeitem" id=${`tree-${index}`} class="tree-row loading" style=${indent} aria-selected="false"
      aria-label=${row.directory.error ? row.directory.error.message : 'Loading'} ...${place}><span class="placeholder" /></div>`;
  }
  const isDirectory = entry.kind === 'directory';
  const flash = model.flashOf(row.path);
  const state = `${row.path === selected ? 'selected' : ''} ${row.path === active ? 'active' : ''} ${
    model.rev !== null && entry.revision === model.rev ? 'changed-then' : ''}`;
  return html`
    <div role="treeitem" id=${`tree-${index}`} class=${`tree-row ${isDirectory ? 'of-directory' : ''} ${state}`} style=${indent}
      aria-selected=${String(row.path === selected)} aria-expanded=${isDirectory ? String(isOpen) : undefined}
      ...${place}
      onClick=${() => (onSelect(row), isDirectory && onToggle(row))}
        title=${isDirectory ? row.path : `${row.path} - ${bytes(entry.length)}`}>
      ${flash > 0 && html`<span key=${flash} class="flash" />`}
      <span class="twist">${isDirectory && html`<${Icon} name="chevron" class=${isOpen ? 'open' : ''} />`}</span>
      <${Icon} name=${isDirectory ? 'folder' : entry.session ? 'lock' : 'file'} class="kind" />
      <span class="name">${entry.name}</span>
      <span class="hidden">, ${isDirectory ? 'directory,' : 'revision'} </span>
      <span class=${`detail ${isDirectory ? '' : 'revision plain'}`}>${number(isDirectory ? entry.length : entry.revision)}</span>
      ${isDirectory && html`<span class="hidden">${entry.length === 1 ? 'entry' : 'entries'}</span>`}
    </div>`;
}
