// Two bodies beside each other, or below each other where there is no room.
import { html, useMemo } from '../ui/html.js';
import { plural, bytes } from '../core/format.js';
import { Empty } from '../ui/parts.js';
import { diffLines, withoutDistant } from './diff.js';
import { textOf, same } from './body.js';

const SIGNS = { same: ' ', add: '+', del: '−', gap: '' };
const WORDS = { add: 'added', del: 'removed' };

/** Lines without their ends; whether the last one has an end is a difference too. */
function linesOf(body) {
  const text = body === null ? '' : textOf(body) ?? '';
  if (text === '')
    return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '')
    lines.pop();
  else
    lines.push(`${lines.pop()} ⟨no line end⟩`);
  return lines;
}

/** @param left, right bodies, or null for a file that was not there */
export function DiffView({ left, right, leftTitle, rightTitle }) {
  const changes = useMemo(() => diffLines(linesOf(left), linesOf(right)), [left, right]);
  const heading = html`<header class="diff-heading"><span class="diff-del">− ${leftTitle}</span><span
    class="diff-add">+ ${rightTitle}</span></header>`;
  if ([left, right].some(body => body !== null && textOf(body) === null)) {
    const isSame = left !== null && right !== null && same(left, right);
    return html`<div class="diff">${heading}<${Empty} title=${isSame ? 'The same bytes' : 'Not texts'}>
      <p>${left === null ? 'nothing' : bytes(left.length)} → ${right === null ? 'nothing' : bytes(right.length)}</p></${Empty}></div>`;
  }
  const added = changes.filter(change => change.kind === 'add').length;
  const removed = changes.filter(change => change.kind === 'del').length;
  if (added + removed === 0)
    return html`<div class="diff">${heading}<${Empty} title="No difference" /></div>`;
  return html`
    <div class="diff">
      ${heading}
      <p class="hidden" role="status">${plural(added, 'line')} added, ${plural(removed, 'line')} removed</p>
      <div class="diff-lines" tabindex="0" role="region" aria-label=${`Difference of ${leftTitle} and ${rightTitle}`}>
        <table>
          <tbody>${withoutDistant(changes).map((change, i) => change.kind === 'gap'
            ? html`<tr key=${i} class="diff-gap"><td colspan="3">${plural(change.count, 'line')} not changed</td></tr>`
            : html`<tr key=${i} class=${`diff-${change.kind}`}>
                <td class="line-number">${change.right ?? change.left}</td>
                <td class="sign">${SIGNS[change.kind]}${WORDS[change.kind] && html`<span
                  class="hidden">${WORDS[change.kind]}</span>`}</td>
                <td class="text">${change.text}</td></tr>`)}
          </tbody>
        </table>
      </div>
    </div>`;
}
