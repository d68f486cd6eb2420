// The nodes, their replicas of the namespace, and how it went during the last ten minutes.
import { html, useState } from '../ui/html.js';
import { useChanges } from '../core/value.js';
import { makeLeader } from '../core/api.js';
import { bytes, duration, milliseconds, number, rate } from '../core/format.js';
import { urlAt } from '../core/nodes.js';
import { Icon } from '../ui/icons.js';
import { Badge, Button, Dialog, Skeleton, say } from '../ui/parts.js';
import { Chart } from './chart.js';
import { Namespaces } from './Namespaces.js';
import { Picture } from './Picture.js';
import { describe } from './words.js';

export function ClusterView({ ns, model }) {
  useChanges(model);
  if (model.nodes.length === 0)
    return html`<main class="view" aria-label="Cluster"><${Skeleton} lines=${6} /></main>`;
  const { kind, icon, title, text } = describe(model.health, ns, model.asked);
  const marks = model.elections();
  const perSecond = value => `${rate(value)}/s`;
  return html`
    <main class="view cluster scrolls" tabindex="0" aria-label="Cluster">
      <h1 class="hidden">Cluster</h1>
      <section class="overview" aria-label="Nodes">
        <div class="overview-picture">
          <${Picture} nodes=${model.nodes} health=${model.health} />
          <div class=${`verdict ${kind}`}><${Icon} name=${icon} /><div><strong>${title}</strong><p>${text}</p></div></div>
        </div>
        <div class="node-cards">${model.nodes.map(node => html`<${NodeCard} key=${node.node} ns=${ns} node=${node}
          model=${model} />`)}</div>
      </section>
      <section class="charts" aria-label="The last ten minutes">
        <${Chart} title="Writes, all nodes" show=${perSecond} marks=${marks} series=${[
          { name: 'writes', class: 'first', points: model.rates(sample => sample.writes.count) }]} />
        <${Chart} title="Reads, all nodes" show=${perSecond} marks=${marks} series=${[
          { name: 'reads', class: 'first', points: model.rates(sample => sample.reads) }]} />
        <${Chart} title="Time to commit" note="no writes in ten minutes" show=${milliseconds} marks=${marks} series=${[
          { name: 'p99', class: 'second', points: model.largest('samples', sample => sample.writes.p99) },
          { name: 'p50', class: 'first', points: model.largest('samples', sample => sample.writes.p50) }]} />
        <${Chart} title="Time to flush to disk" note="no flushes in ten minutes" show=${milliseconds} marks=${marks} series=${[
          { name: 'p99', class: 'second', points: model.largest('log', sample => sample.flushes.p99) },
          { name: 'p50', class: 'first', points: model.largest('log', sample => sample.flushes.p50) }]} />
        <p class="hint">Times are those of the slowest node. A dashed line is an election.</p>
      </section>
      <${Namespaces} current=${ns} list=${model.namespaces} nodes=${model.nodes} />
    </main>`;
}

const ROLES = { Leader: ['accent', 'star', 'leads'], Follower: ['', null, 'follows'], Candidate: ['warn', null, 'stands for election'] };

function NodeCard({ ns, node, model }) {
  const [isAsked, ask] = useState(false);
  const replica = node.report?.replica;
  const isMissing = !node.report || model.health.missing.includes(node.node);
  const [kind, icon, role] = isMissing ? ['bad', 'close', 'does not answer'] : !replica ? ['', null, 'no replica yet'] : ROLES[replica.role];
  const leading = model.nodes.find(other => other.node === model.health.leader)?.report?.replica;
  const seen = leading?.peers.find(peer => peer.node === node.node);
  const lag = replica && leading ? Math.max(0, leading.chosenSlot - replica.appliedSlot) : !isMissing && seen?.lag >= 0 ? seen.lag : null;
  const hand = async () => {
    ask(false);
    try {
      await makeLeader(ns, node.node);
      say(`${node.node} leads ${ns}`);
    } catch (error) {
      say(error.message, 'bad');
    }
  };
  return html`
    <article class=${`node-card ${isMissing ? 'missing' : replica?.role === 'Leader' ? 'leader' : ''}`}
      aria-label=${`Node ${node.node}`}>
      <header><h2>${node.node}</h2><${Badge} kind=${kind} icon=${icon}>${role}</${Badge}>
        ${node.node === model.asked && html`<span class="muted here" title="This page talks to this node">asked</span>`}</header>
      <dl>
        <div><dt>Ballot</dt><dd>${replica?.ballot ?? '–'}</dd></div>
        <div><dt>Chosen</dt><dd>${replica ? number(replica.chosenSlot) : seen?.chosenSlot >= 0 ? number(seen.chosenSlot) : '–'}</dd></div>
        <div><dt>Applied</dt><dd>${replica ? number(replica.appliedSlot) : '–'}</dd></div>
        <div><dt>Lag</dt><dd
          class=${lag > 100 ? 'warn-text' : ''}>${lag === null ? '–' : lag === 0 ? 'none' : `${number(lag)} slots`}</dd></div>
        <div><dt>Revision</dt><dd>${replica ? number(replica.revision) : '–'}</dd></div>
        <div><dt>Up</dt><dd>${node.report ? duration(node.report.now - node.report.started) : '–'}</dd></div>
      </dl>
      ${replica?.memory && html`<${Memory} memory=${replica.memory} />`}
      <footer>
        <a class="mono" href=${urlAt(node.http)}>${node.http.replace('http://', '')}</a>
        ${replica && !isMissing && replica.role !== 'Leader' && model.health.leader && html`<${Button} kind="small"
          onClick=${() => ask(true)}>Make leader</${Button}>`}
      </footer>
      ${isAsked && html`<${Dialog} title=${`Let ${node.node} lead?`} onClose=${() => ask(false)} actions=${html`
        <${Button} kind="primary" data-first onClick=${hand}>Hand over</${Button}><${Button}
          onClick=${() => ask(false)}>Cancel</${Button}>`}>
        <p>${model.health.leader} gives the leadership of <b>${ns}</b> to ${node.node}. Writes pause for a few milliseconds.</p></${Dialog}>`}
    </article>`;
}

const partsOf = memory => [
  ['Files', memory.tree, memory.treeLimit],
  ['History', memory.history, memory.historyLimit],
  ['Log', memory.log, memory.logLimit],
];

const Memory = ({ memory }) => html`
  <div class="memory">${partsOf(memory).map(([name, used, limit]) => html`
    <div key=${name} class="meter" title=${`${bytes(used)} of ${bytes(limit)}`}>
      <span class="meter-name">${name}</span>
      <span class="meter-bar" role="meter" aria-label=${`${name} in memory`} aria-valuemin="0" aria-valuemax=${limit}
        aria-valuenow=${used} aria-valuetext=${`${bytes(used)} of ${bytes(limit)}`}>
        <i class=${used > limit * 0.8 && name === 'Files' ? 'full' : ''}
          style=${{ width: `${Math.min(100, Math.max(used > 0 ? 1.5 : 0, used / limit * 100))}%` }} /></span>
      <span class="meter-value">${bytes(used)}</span>
    </div>`)}
  </div>`;
