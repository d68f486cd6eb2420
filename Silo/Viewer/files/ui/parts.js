// Small parts that all views are made of.
import { html, useEffect, useRef } from './html.js';
import { Value, useValue } from '../core/value.js';
import { number, dateAndTime } from '../core/format.js';
import { timeOf, times } from '../core/clock.js';
import { useChanges } from '../core/value.js';
import { Icon } from './icons.js';

export const Button = ({ icon, label, kind = '', quiet = false, children, ...rest }) => html`
  <button type="button" class=${`button ${kind} ${children ? '' : 'only-icon'}`} aria-label=${label} title=${label} ...${rest}>
    ${icon && html`<${Icon} name=${icon} />`}${children && html`<span>${children}</span>`}
  </button>`;

export const Badge = ({ kind = '', icon, title, children }) => html`
  <span class=${`badge ${kind}`} title=${title}>${icon && html`<${Icon} name=${icon} />`}${children}</span>`;

/** A revision, and when it came if that is known. */
export function Revision({ ns, value, plain = false }) {
  useChanges(times);
  const time = timeOf(ns, value);
  return html`<span class=${plain ? 'revision plain' : 'revision'}
    title=${time ? `at ${dateAndTime(time)}` : undefined}>${number(value)}</span>`;
}

export const Empty = ({ icon, title, children }) => html`
  <div class="empty">
    ${icon && html`<${Icon} name=${icon} class="large" />`}
    <p class="empty-title">${title}</p>
    ${children && html`<div class="empty-text">${children}</div>`}
  </div>`;

export const Failure = ({ error, retry }) => html`
  <div class="empty failure" role="alert">
    <${Icon} name="warning" class="large" />
    <p class="empty-title">${TITLES[error.code] ?? 'That did not work'}</p>
    <div class="empty-text"><p>${error.message}</p>${retry && html`<p><${Button}
      onClick=${retry}>Try again</${Button}></p>`}</div>
  </div>`;

const TITLES = {
  'too-late': 'That revision is no longer retained',
  'future-revision': 'Nobody has given that revision yet',
  'no-quorum': 'Too few nodes answer',
  'not-found': 'Nothing is there',
  'unreachable': 'No node answers',
  'invalid-path': 'That is not a path',
  'is-directory': 'That is a directory',
};

export const Skeleton = ({ lines = 4 }) => html`
  <div class="skeleton" role="status" aria-label="Loading">${Array.from({ length: lines }, (_, i) => html`<span
    key=${i} />`)}</div>`;

/** One of a few, as a row of buttons. */
export const Choice = ({ label, options, value, onChange }) => html`
  <div class="choice" role="radiogroup" aria-label=${label}>
    ${options.map(([key, text]) => html`
      <button type="button" key=${key} role="radio" aria-checked=${String(key === value)} tabindex=${key === value ? 0 : -1}
        onClick=${() => onChange(key)} onKeyDown=${event => step(event, options, value, onChange)}>${text}</button>`)}
  </div>`;

function step(event, options, value, onChange) {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!by)
    return;
  event.preventDefault();
  const at = options.findIndex(([key]) => key === value);
  const next = (at + by + options.length) % options.length;
  onChange(options[next][0]);
  event.currentTarget.parentElement.children[next].focus();
}

/** A dialog over the page, which Escape closes; the browser keeps the focus in it and gives it back. */
export function Dialog({ title, onClose, wide = false, children, actions }) {
  const box = useRef(null);
  useEffect(() => {
    box.current.showModal();
    box.current.querySelector('[data-first]')?.focus();
  }, []);
  return html`
    <dialog ref=${box} class=${wide ? 'wide' : ''} aria-labelledby="dialog-title" onClose=${onClose}
      onMouseDown=${event => event.target === box.current && box.current.close()}>
      <form method="dialog" onSubmit=${event => event.preventDefault()}>
        <header><h2 id="dialog-title">${title}</h2>
          <${Button} icon="close" label="Close" onClick=${() => box.current.close()} /></header>
        <div class="dialog-body">${children}</div>
        <footer>${actions}</footer>
      </form>
    </dialog>`;
}

const toasts = new Value([]);
let lastToast = 0;

/** Says something for a few seconds. */
export function say(text, kind = '') {
  const id = ++lastToast;
  toasts.set([...toasts.get(), { id, text, kind }]);
  setTimeout(() => toasts.set(toasts.get().filter(toast => toast.id !== id)), kind === 'bad' ? 9000 : 4000);
}

export const Toasts = () => html`
  <div class="toasts" role="status" aria-live="polite">
    ${useValue(toasts).map(({ id, text, kind }) => html`
      <div key=${id} class=${`toast ${kind}`}><${Icon} name=${kind === 'bad' ? 'warning' : 'check'} />${text}</div>`)}
  </div>`;

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say('Copied');
  } catch {
    say('The browser does not let this page copy.', 'bad');
  }
}
