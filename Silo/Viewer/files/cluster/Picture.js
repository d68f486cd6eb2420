// The nodes as a picture: who leads, whom the leader reaches, and whether that is a quorum.
import { html } from '../ui/html.js';

const SIZE = { width: 340, height: 230 };
const RADIUS = 27;

/** Where the nodes stand: one in the middle, two side by side, more around a circle. */
function placesOf(count) {
  const [x, y] = [SIZE.width / 2, SIZE.height / 2];
  if (count === 1)
    return [[x, y]];
  if (count === 2)
    return [[x - 80, y], [x + 80, y]];
  return Array.from({ length: count }, (_, i) => {
    const angle = -Math.PI / 2 + i / count * 2 * Math.PI;
    return [x + Math.cos(angle) * 118, y + (count === 3 ? 16 : 4) + Math.sin(angle) * 80];
  });
}

const STAR = 'M0 -5.2L1.5 -1.7 5.2 -1.4 2.4 1 3.2 4.7 0 2.7 -3.2 4.7 -2.4 1 -5.2 -1.4 -1.5 -1.7Z';

export function Picture({ nodes, health }) {
  const places = placesOf(nodes.length);
  const leader = nodes.findIndex(node => node.node === health.leader);
  const isMissing = node => !node.report || health.missing.includes(node.node);
  const words = nodes.map(node => `${node.node} ${node.node === health.leader ? 'leads' : isMissing(node) ? 'does not answer' : 'follows'}`);
  return html`
    <svg class="picture" viewBox=${`0 0 ${SIZE.width} ${SIZE.height}`} role="img" aria-label=${words.join(', ')}>
      ${places.flatMap(([x1, y1], a) => places.slice(a + 1).map(([x2, y2], more) => {
        const b = a + 1 + more;
        const isLeaders = leader === a || leader === b;
        const isBroken = isMissing(nodes[a]) || isMissing(nodes[b]);
        return html`<line key=${`${a}-${b}`}
          class=${`wire ${isBroken ? 'broken' : isLeaders ? 'leading' : ''}`} x1=${x1} y1=${y1} x2=${x2} y2=${y2} />`;
      }))}
      ${nodes.map((node, i) => {
        const [x, y] = places[i];
        const kind = i === leader ? 'leader' : isMissing(node) ? 'missing' : '';
        return html`<g key=${node.node} class=${`spot ${kind}`} transform=${`translate(${x} ${y})`}>
          ${i === leader && html`<circle class="halo" r=${RADIUS + 6} />`}
          <circle class="disc" r=${RADIUS} />
          <text class="spot-name" y="4.5">${node.node.length > 7 ? node.node.slice(0, 6) + '…' : node.node}</text>
          ${i === leader && html`<g transform=${`translate(${RADIUS - 5} ${5 - RADIUS})`}><circle class="crown" r="9" /><path
            class="crown-star" d=${STAR} /></g>`}
          ${kind === 'missing' && html`<g transform=${`translate(${RADIUS - 5} ${5 - RADIUS})`}><circle class="cross-disc"
            r="9" /><path class="cross-mark" d="M-3.2 -3.2L3.2 3.2M3.2 -3.2L-3.2 3.2" /></g>`}
        </g>`;
      })}
    </svg>`;
}
