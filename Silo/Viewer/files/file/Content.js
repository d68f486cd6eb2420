// A body as text, JSON or hexadecimal numbers. It is only ever put into the page as text, whatever it looks like.
import { html, useMemo, useState } from '../ui/html.js';
import { bytes } from '../core/format.js';
import { VirtualList } from '../ui/virtual.js';
import { Button, Choice, Empty } from '../ui/parts.js';
import { hexLine, isJson, kindOf, textOf } from './body.js';
import { linesOf } from './json.js';

const LINE = 20;
const SHOWN = 256 << 10;

export function Content({ body, as, onAs }) {
  const text = useMemo(() => textOf(body), [body]);
  const options = [];
  if (text !== null)
    options.push(['text', 'Text']);
  const couldBeJson = useMemo(() => text !== null && isJson(text), [text]);
  if (couldBeJson)
    options.push(['json', 'JSON']);
  options.push(['hex', 'Hex']);
  const shown = options.some(([key]) => key === as) ? as : kindOf(text);
  return html`
    <div class="content">
      <div class="content-tools">
        <${Choice} label="Show as" options=${options} value=${shown} onChange=${onAs} />
      </div>
      ${body.length === 0 ? html`<${Empty} icon="file" title="An empty file"><p>It has a revision, and no content.</p></${Empty}>`
        : shown === 'hex' ? html`<${Hex} body=${body} />`
        : shown === 'json' ? html`<${Json} text=${text} />`
        : html`<${Text} key=${body} text=${text} />`}
    </div>`;
}

function Text({ text }) {
  const [isWhole, showWhole] = useState(text.length <= SHOWN);
  const shown = isWhole ? text : text.slice(0, SHOWN);
  const lines = shown.split('\n').length - (shown.endsWith('\n') ? 1 : 0);
  return html`
    <div class="code" tabindex="0" role="region" aria-label="Content as text">
      <pre class="line-numbers" aria-hidden="true">${Array.from({ length: lines }, (_, i) => i + 1).join('\n')}</pre>
      <pre class="code-text" data-content>${shown}</pre>
    </div>
    ${!isWhole && html`<p class="cut"><${Button}
      onClick=${() => showWhole(true)}>Show all ${bytes(text.length)}</${Button}></p>`}`;
}

const tokenOf = ({ kind, text }, key) => html`<span key=${key} class=${`json-${kind}`}>${text}</span>`;

function Json({ text }) {
  const lines = useMemo(() => linesOf(text), [text]);
  return html`
    <${VirtualList} class="code json" count=${lines.length} rowHeight=${LINE} tabindex="0" role="region" aria-label="Content as JSON"
      row=${(i, style) => html`
        <div key=${i} class="code-line" style=${style}>
          <span class="line-number" aria-hidden="true">${i + 1}</span>
          <span class="code-text">${'  '.repeat(lines[i].indent)}${lines[i].tokens.map(tokenOf)}</span>
        </div>`} />`;
}

function Hex({ body }) {
  return html`
    <${VirtualList} class="code hex" count=${Math.ceil(body.length / 16)} rowHeight=${LINE} tabindex="0" role="region"
      aria-label="Content as hexadecimal numbers"
      row=${(i, style) => {
        const { offset, hex, text } = hexLine(body, i * 16);
        return html`<div key=${i} class="code-line" style=${style}><span
          class="offset">${offset}</span><span>${hex}</span><span class="characters">${text}</span></div>`;
      }} />`;
}
