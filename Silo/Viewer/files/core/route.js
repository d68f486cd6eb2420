// What the address says: which view, of which namespace, path and revision. Only what is not the default is in it.
import { Value } from './value.js';

export const VIEWS = ['tree', 'activity', 'cluster', 'sessions'];
const TEXTS = { view: 'tree', ns: 'main', path: '/', tab: 'content', glob: '', as: '', diff: '' };

function read() {
  const query = new URLSearchParams(location.search);
  const state = {};
  for (const [name, otherwise] of Object.entries(TEXTS))
    state[name] = query.get(name) || otherwise;
  const rev = query.get('rev');
  state.rev = rev !== null && /^\d+$/.test(rev) ? Number(rev) : null;
  if (!VIEWS.includes(state.view))
    state.view = 'tree';
  if (!state.path.startsWith('/'))
    state.path = '/' + state.path;
  return state;
}

export function urlOf(state) {
  const parts = [];
  for (const [name, otherwise] of Object.entries(TEXTS)) {
    if (state[name] !== otherwise)
      parts.push(`${name}=${encodeURIComponent(state[name]).replaceAll('%2F', '/').replaceAll('%2C', ',')}`);
  }
  if (state.rev !== null)
    parts.push(`rev=${state.rev}`);
  return parts.length > 0 ? '/?' + parts.join('&') : '/';
}

export const route = new Value(read());

addEventListener('popstate', () => route.set(read()));

/** Goes somewhere; with replace it is the same place, shown in another way. */
export function go(patch, { replace = false } = {}) {
  const next = { ...route.get(), ...patch };
  // What was said of one file does not hold for another.
  if (patch.path !== undefined && patch.path !== route.get().path) {
    next.tab = patch.tab ?? 'content';
    next.as = patch.as ?? '';
    next.diff = patch.diff ?? '';
  }
  const url = urlOf(next);
  if (url === location.pathname + location.search)
    return;
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  route.set(next);
}

/** The properties of a link to somewhere, which goes there without loading the page again. */
export function linkTo(patch) {
  return {
    href: urlOf({ ...route.get(), ...patch }),
    onClick: event => {
      if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey)
        return;
      event.preventDefault();
      go(patch);
    },
  };
}
