// A directory's entries as a table.
import { html, useState } from '../ui/html.js';
import { useChanges } from '../core/value.js';
import { bytes, join, number, plural } from '../core/format.js';
import { linkTo } from '../core/route.js';
import { VirtualList } from '../ui/virtual.js';
import { Icon } from '../ui/icons.js';
import { Button, Empty, Revision, Skeleton, say } from '../ui/parts.js';
import { exportSubtree } from './transfer.js';
import { isReserved } from './FilePane.js';

const ROW = 30;

export function DirectoryPane({ ns, path, model, rev, onCreate, onImport }) {
  useChanges(model);
  const [exporting, setExporting] = useState(null);
  const directory = model.directory(path);
  const base = model.indexOf(path) + 1;
  const onRange = (_, last) => {
    if (directory.more && last > directory.entries.length)
      model.need(base + directory.entries.length, base + directory.entries.length + 1);
  };
  if (!directory || (directory.loading && directory.entries.length === 0)) {
    if (!directory?.loading && model.entry(path))
      model.open(path);
    return html`<${Skeleton} />`;
  }
  const save = async () => {
    setExporting(0);
    try {
      const count = await exportSubtree(ns, path, rev, setExporting);
      say(`${plural(count, 'file')} exported`);
    } catch (error) {
      say(error.message, 'bad');
    }
    setExporting(null);
  };
  const count = Math.max(directory.total, directory.entries.length);
  return html`
    <div class="directory">
      <div class="directory-tools">
        <span class="facts">${plural(count, 'entry', 'entries')}</span>
        ${rev === null && !isReserved(path) && html`
          <${Button} icon="plus" onClick=${() => onCreate(join(path, ''))}>New file</${Button}>
          <${Button} icon="upload" onClick=${() => onImport(path)}>Import</${Button}>`}
        <${Button} icon="download" disabled=${exporting !== null || count === 0} onClick=${save}>
          ${exporting === null ? 'Export' : `${number(exporting)} files`}</${Button}>
      </div>
      ${count === 0 ? html`<${Empty} icon="folder" title="No entries" />` : html`
        <div class="table-head" aria-hidden="true"><span>Name</span><span>Held by</span><span>Size</span><span>Revision</span></div>
        <${VirtualList} class="entries" count=${count} rowHeight=${ROW} role="list" aria-label=${`Entries of ${path}`}
          tabindex="0"
          onRange=${onRange} inner=${{ role: 'presentation' }}
          row=${(i, style) => html`<div role="listitem" key=${i} style=${style}><${Entry} ns=${ns} path=${path}
            entry=${directory.entries[i]} /></div>`} />`}
    </div>`;
}

function Entry({ ns, path, entry }) {
  if (!entry)
    return html`<span class="table-row"><span class="placeholder" /></span>`;
  const isDirectory = entry.kind === 'directory';
  return html`
    <a class="table-row" ...${linkTo({ path: join(path, entry.name) })}>
      <span class="name"><${Icon} name=${isDirectory ? 'folder' : 'file'} class="kind" />${entry.name}</span>
      <span class="muted">${entry.session ? `session ${entry.session}` : ''}</span>
      <span class="muted">${isDirectory ? plural(entry.length, 'entry', 'entries') : bytes(entry.length)}</span>
      <span>${isDirectory ? '' : html`<${Revision} plain ns=${ns} value=${entry.revision} />`}</span>
    </a>`;
}
