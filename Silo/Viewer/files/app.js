// The page: which namespace, which view, and what they share.
import { html, render, useEffect, useMemo, useState } from './ui/html.js';
import { useChanges, useValue } from './core/value.js';
import { connection, urlAt, all } from './core/nodes.js';
import { Feed } from './core/feed.js';
import { route, go, linkTo } from './core/route.js';
import { number } from './core/format.js';
import { TreeModel } from './tree/model.js';
import { TreePane } from './tree/TreePane.js';
import { TimeBar } from './tree/TimeBar.js';
import { FilePane } from './file/FilePane.js';
import { CreateDialog, ImportDialog } from './file/dialogs.js';
import { ActivityLog } from './activity/log.js';
import { ActivityView } from './activity/ActivityView.js';
import { ClusterModel } from './cluster/model.js';
import { ClusterView } from './cluster/ClusterView.js';
import { describe } from './cluster/words.js';
import { SessionsView } from './sessions/SessionsView.js';
import { Icon } from './ui/icons.js';
import { Button, Toasts } from './ui/parts.js';

const VIEWS = [['tree', 'Tree'], ['activity', 'Activity'], ['cluster', 'Cluster'], ['sessions', 'Sessions']];

function App() {
  const state = useValue(route);
  // One of each for a namespace, whatever is shown: who comes back to the activity finds what happened meanwhile.
  const shared = useMemo(() => {
    const feed = new Feed(state.ns);
    return { feed, log: new ActivityLog(state.ns, feed), cluster: new ClusterModel(state.ns) };
  }, [state.ns]);
  useEffect(() => {
    shared.feed.start();
    return () => {
      shared.feed.close();
      shared.log.close();
      shared.cluster.close();
    };
  }, [shared]);
  useChanges(shared.cluster);
  useNews(shared.feed);
  const range = { oldest: shared.cluster.range.oldest, newest: Math.max(shared.cluster.range.newest, shared.feed.revision) };
  useEffect(() => {
    document.title = `${state.view === 'tree' ? state.path : VIEWS.find(([key]) => key === state.view)[1]} · ${state.ns} · Doozer`;
  }, [state]);
  const views = {
    tree: () => html`<${Tree} key=${state.ns} ...${state} feed=${shared.feed} range=${range} />`,
    activity: () => html`<${ActivityView} key=${state.ns} log=${shared.log} glob=${state.glob} range=${range} />`,
    cluster: () => html`<${ClusterView} ns=${state.ns} model=${shared.cluster} />`,
    sessions: () => html`<${SessionsView} key=${state.ns} ns=${state.ns} feed=${shared.feed} />`,
  };
  return html`
    <div class="app">
      <${Header} state=${state} cluster=${shared.cluster} revision=${range.newest} />
      <${Banner} ns=${state.ns} view=${state.view} cluster=${shared.cluster} />
      ${views[state.view]()}
      <${Toasts} />
    </div>`;
}

/** Draws again when something was written, a few times a second however much is. */
function useNews(feed) {
  const [, draw] = useState(0);
  useEffect(() => {
    let timer = 0;
    const end = feed.subscribe(() => timer ||= setTimeout(() => (timer = 0, draw(n => n + 1)), 200));
    return () => (end(), clearTimeout(timer));
  }, [feed]);
}

function Header({ state, cluster, revision }) {
  const link = useValue(connection);
  const names = [...new Set([state.ns, ...cluster.namespaces.map(one => one.name)])].sort();
  return html`
    <header class="top">
      <a class="brand" aria-label="Doozer, the tree" ...${linkTo({ view: 'tree', path: '/', rev: null })}>
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" /><path d="M9 23V9h6.5a7 7 0 0 1 0 14Z" /><circle cx="15.5" cy="16" r="2.4" /></svg>
        <span class="brand-name">doozer</span></a>
      ${link.cluster && link.cluster !== 'doozer' && html`<span class="cluster-name">${link.cluster}</span>`}
      <label class="namespace"><span class="hidden">Namespace</span>
        <select value=${state.ns} onChange=${event => go({ ns: event.currentTarget.value, path: '/', rev: null, glob: '' })}>
          ${names.map(name => html`<option key=${name} value=${name}
            selected=${name === state.ns}>${name}</option>`)}</select></label>
      <nav class="views" aria-label="Views">${VIEWS.map(([key, text]) => html`
        <a key=${key} aria-current=${key === state.view ? 'page' : undefined} ...${linkTo({ view: key })}>${text}</a>`)}
        ${link.dashboard && html`<a href=${link.base + link.dashboard} title="Orleans' own dashboard">Orleans</a>`}</nav>
      <div class="top-end">
        <${Live} link=${link} isCutOff=${cluster.health.state === 'lost'} />
        <span class="top-revision wide-only" title="The newest revision"><span class="muted">rev </span>${number(revision)}</span>
        <${Theme} />
      </div>
    </header>`;
}

function Live({ link, isCutOff }) {
  const where = link.node || 'this node';
  const [kind, text, title] = !link.isLive ? ['', 'reconnecting', 'Looking for a node that answers']
    : isCutOff ? ['on cut-off', 'cut off', `Only what ${where} knows is shown`]
    : ['on', 'live', `Changes come from ${where}`];
  return html`
    <span class=${`live ${kind}`} role="status" title=${title}><span class="dot" aria-hidden="true" />
      <span>${text}${link.isLive && html`<span class="wide-only"> at ${where}</span>`}</span></span>`;
}

function Theme() {
  const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const [dark, setDark] = useState(isDark());
  const change = () => {
    const theme = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    setDark(theme === 'dark');
    try {
      localStorage.setItem('doozer.theme', theme);
    } catch {
      // It lasts as long as the page.
    }
  };
  return html`<${Button} icon=${dark ? 'sun' : 'moon'} label=${dark ? 'Light colours' : 'Dark colours'} kind="ghost"
    onClick=${change} />`;
}

function Banner({ ns, view, cluster }) {
  const link = useValue(connection);
  if (cluster.health.state !== 'lost' && cluster.health.state !== 'unreachable')
    return null;
  const { title, text } = describe(cluster.health, ns, cluster.asked || link.node);
  return html`
    <div class="banner" role="alert"><${Icon} name="warning" /><p><strong>${title}.</strong> ${text}
      ${cluster.health.state === 'unreachable' && all().length > 1 && html` Open it at ${all().map(node => html`<a
        key=${node.node} href=${urlAt(node.base)}>${node.node}</a> `)}`}</p>
      ${cluster.health.state === 'lost' && view !== 'cluster' && html`<a class="button small"
        ...${linkTo({ view: 'cluster' })}>Look at the nodes</a>`}</div>`;
}

function Tree({ ns, path, rev, tab, as, diff, feed, range }) {
  const [creating, setCreating] = useState(null);
  const [importing, setImporting] = useState(null);
  const [model, setModel] = useState(() => new TreeModel(ns, rev, feed));
  useEffect(() => {
    if (model.rev === rev)
      return;
    // The same directories are open at whatever revision.
    const next = new TreeModel(ns, rev, feed);
    Promise.all(model.openPaths.sort().map(open => next.open(open))).then(() => setModel(next));
  }, [rev]);
  useEffect(() => model.rev === null ? feed.subscribe(events => events === null ? model.reload() : model.apply(events)) : undefined, [model, feed]);
  return html`
    <main class=${`view browser ${path === '/' ? 'at-root' : ''} ${rev === null ? '' : 'in-past'}`} aria-label="Tree">
      <div class="panes">
        <${TreePane} ns=${ns} model=${model} path=${path} onCreate=${() => setCreating('/')} onImport=${() => setImporting('/')} />
        <${FilePane} ns=${ns} path=${path} rev=${rev} tab=${tab} as=${as} diff=${diff} feed=${feed} range=${range} model=${model}
          onCreate=${setCreating} onImport=${setImporting} />
      </div>
      <${TimeBar} ns=${ns} rev=${rev} range=${range} />
      ${creating !== null && html`<${CreateDialog} ns=${ns} path=${creating} feed=${feed} onClose=${() => setCreating(null)} />`}
      ${importing !== null && html`<${ImportDialog} ns=${ns} directory=${importing} feed=${feed}
        onClose=${() => setImporting(null)} />`}
    </main>`;
}

// Every file is here.
if (history.state?.loads)
  history.replaceState(null, '');
const root = document.getElementById('app');
root.replaceChildren();
render(html`<${App} />`, root);
