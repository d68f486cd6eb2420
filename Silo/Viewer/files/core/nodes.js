// The nodes of the cluster, and which of them the page talks to.
import { Value } from './value.js';

const self = { node: '', base: '' };

/** All nodes, first the one that the page came from. */
let nodes = [self];
let index = 0;

/** The node that is talked to now, and whether it answers. */
export const connection = new Value({ ...self, isLive: false, isLocal: false, cluster: '', version: '', dashboard: undefined });

/** Takes over what a node has told of the cluster. */
export function learn(overview) {
  if (connection.get().base === '' && overview.node)
    self.node = overview.node;
  const others = overview.nodes
    .filter(node => node.node !== self.node)
    .map(node => ({ node: node.node, base: node.http }));
  const current = nodes[index].node;
  nodes = [self, ...others];
  index = Math.max(0, nodes.findIndex(node => node.node === current));
  connection.update({ ...nodes[index], cluster: overview.cluster, version: overview.version, dashboard: overview.dashboard });
}

export const current = () => nodes[index];

export const all = () => nodes;

/** Goes on to the next node, if the one that failed is still the one talked to. */
export function leave(failed) {
  if (nodes[index].base !== failed.base || nodes.length === 1)
    return;
  index = (index + 1) % nodes.length;
  connection.update({ ...nodes[index], dashboard: undefined });
}

/** Where the same view is at another node. */
export function urlAt(base) {
  return (base || location.origin) + '/' + location.search;
}
