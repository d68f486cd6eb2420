// All namespaces of the node that is asked.
import { html } from '../ui/html.js';
import { bytes, number } from '../core/format.js';
import { linkTo } from '../core/route.js';
import { Badge } from '../ui/parts.js';

const AT_ONCE = 500;

export const Namespaces = ({ current, list }) => html`
  <section aria-labelledby="namespaces-title">
    <h2 id="namespaces-title">Namespaces <span class="count">${number(list.length)}</span></h2>
    <div class="table-box"><table class="table">
      <thead><tr>
        <th scope="col">Name</th><th scope="col">Leader</th><th scope="col" class="right">Revision</th>
        <th scope="col" class="right">Files in memory</th><th scope="col">State</th>
      </tr></thead>
      <tbody>${list.slice(0, AT_ONCE).map(one => html`
        <tr key=${one.name} class=${one.name === current ? 'current' : ''}>
          <th scope="row"><a ...${linkTo({ ns: one.name, view: 'cluster', path: '/', rev: null })}>${one.name}</a></th>
          <td>${one.leader || html`<span class="muted">none known</span>`}</td>
          <td class="right mono">${number(one.revision)}</td>
          <td class="right">${bytes(one.bytes)}</td>
          <td>${!one.leader ? html`<${Badge} kind="bad" icon="warning">no leader</${Badge}>`
            : one.missing.length ? html`<${Badge} kind="warn" icon="warning">${one.missing.join(', ')} missing</${Badge}>`
            : html`<${Badge} kind="ok" icon="check">fine</${Badge}>`}</td>
        </tr>`)}
      </tbody>
    </table></div>
  </section>`;
