// How the nodes and their replicas of a namespace are: asked for again and again, with the last ten minutes of what they did.
import { Changes } from '../core/value.js';
import { getJson } from '../core/api.js';
import * as nodes from '../core/nodes.js';
import { noteTime } from '../core/clock.js';

const PERIOD = 2000;
const HIDDEN_PERIOD = 15000;
const OVERVIEW_EVERY = 5;
export const KEPT = 10 * 60 * 1000;

/** So many rounds without a leader are an election; more are a loss. */
const PATIENCE = 2;

export class ClusterModel extends Changes {
  #ns;
  #timer = 0;
  #rounds = 0;
  #since = 0;
  #leaderless = 0;
  #isClosed = false;

  /** As the nodes were last told of: { node, http, report }. */
  nodes = [];
  asked = '';
  interval = PERIOD;
  namespaces = [];

  /** By node: { samples, log }, oldest first, with times of this page's clock. */
  series = new Map();

  /** { state: 'unknown' | 'whole' | 'partial' | 'electing' | 'lost' | 'missing', leader, missing, answering, quorum } */
  health = { state: 'unknown', leader: null, missing: [], answering: 0, quorum: null };

  constructor(ns) {
    super();
    this.#ns = ns;
    this.#round();
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Oldest and newest revision that the node talked to has. */
  get range() {
    const replica = this.nodes.find(node => node.node === this.asked)?.report?.replica;
    return { oldest: replica?.oldestRevision ?? 0, newest: replica?.revision ?? 0 };
  }

  async #round() {
    clearTimeout(this.#timer);
    try {
      if (this.#rounds++ % OVERVIEW_EVERY === 0)
        this.#learn(await getJson('/v1'));
      this.#take(await getJson(`/v1/${this.#ns}/cluster?since=${this.#since}`));
    } catch (error) {
      this.#rounds = 0;
      this.#fail(error);
    }
    if (this.#isClosed)
      return;
    this.changed();
    this.#timer = setTimeout(() => this.#round(), document.hidden ? HIDDEN_PERIOD : PERIOD);
  }

  #learn(overview) {
    nodes.learn(overview);
    this.namespaces = overview.namespaces;
  }

  #fail() {
    this.nodes = this.nodes.map(node => ({ ...node, report: null }));
    this.health = { ...this.health, state: this.nodes.length ? 'unreachable' : 'unknown', leader: null };
  }

  #take(answer) {
    this.nodes = answer.nodes;
    this.asked = answer.node;
    this.interval = answer.interval;
    const now = Date.now();
    let newest = this.#since;
    for (const { node, report } of answer.nodes) {
      if (!report)
        continue;
      // Whatever a node's clock says, how long ago something was is right.
      const shift = now - report.now;
      const own = this.series.get(node) ?? { samples: [], log: [], last: 0 };
      for (const [name, list] of [['samples', report.samples], ['log', report.log]]) {
        for (const sample of list.filter(one => one.at > own.last))
          own[name].push({ ...sample, time: sample.at + shift });
        while (own[name][0]?.time < now - KEPT)
          own[name].shift();
      }
      own.last = Math.max(own.last, report.samples.at(-1)?.at ?? 0, report.log.at(-1)?.at ?? 0);
      newest = Math.max(newest, own.last);
      this.series.set(node, own);
      if (node === answer.node) {
        for (const sample of report.samples)
          noteTime(this.#ns, sample.revision, sample.at + shift);
      }
    }
    // Some nodes' clocks are behind; a minute's samples may come twice and are passed over.
    this.#since = Math.max(0, newest - 60000);
    this.#judge();
  }

  #judge() {
    const replicas = this.nodes.map(node => node.report?.replica).filter(Boolean);
    const quorum = replicas[0]?.quorum ?? null;
    if (!quorum) {
      this.health = { state: this.nodes.length ? 'missing' : 'unknown', leader: null, missing: [], answering: 0, quorum };
      return;
    }
    const leading = replicas.filter(replica => replica.role === 'Leader').sort((a, b) => roundOf(b) - roundOf(a))[0];
    // A leader that is only slow to answer here is still followed by the others.
    const follower = replicas.find(replica => replica.peers.some(peer => peer.node === replica.leader && peer.reachable));
    const reached = new Set(leading
      ? leading.peers.filter(peer => peer.reachable || peer.node === leading.node).map(peer => peer.node)
      : [...replicas.map(replica => replica.node), ...(follower ? [follower.leader] : [])]);
    const missing = quorum.acceptors.filter(node => !reached.has(node));
    const canServe = leading ? reached.size >= quorum.phase2 : follower !== undefined;
    this.#leaderless = canServe ? 0 : this.#leaderless + 1;
    const isLost = reached.size < (leading ? quorum.phase2 : quorum.phase1) || this.#leaderless > PATIENCE;
    const state = canServe ? (missing.length ? 'partial' : 'whole') : isLost ? 'lost' : 'electing';
    this.health = { state, leader: canServe ? (leading?.node ?? follower.leader) : null, missing, answering: reached.size, quorum };
  }

  /** Points of a chart, summed over all nodes: [[time, value]], with nothing left out. */
  rates(valueOf) {
    return this.#spread((sums, sample) => sums + valueOf(sample) * 1000 / this.interval, 'samples', 0);
  }

  /** The largest over the nodes in each interval. */
  largest(name, valueOf) {
    return this.#spread((most, sample) => Math.max(most ?? 0, valueOf(sample)) || most, name, null);
  }

  #spread(add, name, empty) {
    const now = Date.now();
    const first = Math.floor((now - KEPT) / this.interval);
    const count = Math.floor((now - this.interval) / this.interval) - first;
    const values = Array(Math.max(count, 0)).fill(empty);
    let earliest = Infinity;
    for (const { [name]: samples } of this.series.values()) {
      for (const sample of samples) {
        const at = Math.floor(sample.time / this.interval) - first;
        if (at >= 0 && at < values.length)
          values[at] = add(values[at], sample);
        earliest = Math.min(earliest, at);
      }
    }
    return values.map((value, at) => [(first + at) * this.interval, at < earliest && empty === 0 ? null : value]);
  }

  /** When another began to lead: [{ time, node }]. */
  elections() {
    const samples = [...this.series.values()].flatMap(own => own.samples).sort((a, b) => a.time - b.time);
    const found = [];
    let highest = -1;
    for (const sample of samples) {
      const round = Number(sample.ballot.split('.')[0]);
      if (!sample.leader || round <= highest)
        continue;
      if (highest >= 0)
        found.push({ time: sample.time, node: sample.leader });
      highest = round;
    }
    return found;
  }
}

const roundOf = replica => Number(replica.ballot.split('.')[0]);
