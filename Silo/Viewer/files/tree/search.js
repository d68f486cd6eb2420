// Files whose paths match what was typed, page by page.
import { html, useEffect, useState } from '../ui/html.js';
import { getJson } from '../core/api.js';
import { globOf, isValidGlob } from '../core/glob.js';
import { linkTo } from '../core/route.js';
import { number } from '../core/format.js';
import { VirtualList } from '../ui/virtual.js';
import { Button, Empty, Failure, Skeleton } from '../ui/parts.js';
import { ROW } from './TreePane.js';

const PAUSE = 150;
const AT_ONCE = 1000;

async function find(ns, glob, rev, from, signal) {
  const found = { files: [], after: from, more: true, treeRevision: rev };
  // A page may have looked at many files and found none.
  while (found.more && found.files.length < AT_ONCE) {
    const at = found.treeRevision === null ? 'local' : `rev=${found.treeRevision}`;
    const page = await getJson(
      `/v1/${ns}/walk?glob=${encodeURIComponent(glob)}&bodies=false&after=${encodeURIComponent(found.after)}&${at}`, signal);
    found.files.push(...page.files);
    Object.assign(found, { after: page.after ?? '', more: page.more, treeRevision: page.treeRevision });
  }
  return found;
}

export function SearchResults({ ns, query, rev, path }) {
  const [state, setState] = useState({ found: null, error: null });
  const glob = globOf(query);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      if (!isValidGlob(glob)) {
        setState({ found: null, error: { message: 'Paths have letters, digits, ".", "-", "_" and "/"; globs also "?" and "*".' } });
        return;
      }
      try {
        setState({ found: await find(ns, glob, rev, '', abort.signal), error: null });
      } catch (error) {
        if (!abort.signal.aborted)
          setState({ found: null, error });
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [ns, glob, rev]);

  const { found, error } = state;
  if (error)
    return html`<${Failure} error=${error} />`;
  if (!found)
    return html`<${Skeleton} lines=${5} />`;
  if (found.files.length === 0)
    return html`<${Empty} icon="search" title="No file matches"><p><code>${glob}</code></p></${Empty}>`;
  const more = async () => {
    const next = await find(ns, glob, found.treeRevision, found.after);
    setState({ found: { ...next, files: [...found.files, ...next.files] }, error: null });
  };
  return html`
    <p class="search-summary" role="status">${number(found.files.length)}${found.more ? ' first' : ''} matches of <code>${glob}</code>
      ${found.more && html` <${Button} kind="small" onClick=${more}>More</${Button}>`}</p>
    <${VirtualList} class="tree results" count=${found.files.length} rowHeight=${ROW} role="list" aria-label="Matches" tabindex="0"
      inner=${{ role: 'presentation' }}
      row=${(i, style) => html`
        <div role="listitem" key=${i} style=${style}>
          <a class=${`tree-row file ${found.files[i].path === path ? 'selected' : ''}`}
            ...${linkTo({ path: found.files[i].path })}>
            <span class="name">${found.files[i].path}</span>
            <span class="detail revision plain">${number(found.files[i].revision)}</span>
          </a>
        </div>`} />`;
}

