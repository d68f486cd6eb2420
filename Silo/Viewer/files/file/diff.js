// The difference of two texts, line by line: Myers' algorithm, "An O(ND) Difference Algorithm and Its Variations" (1986).
const MOST_STEPS = 2000;

/** Changes from one list of lines to another: { kind: 'same' | 'del' | 'add', text, left, right }, line numbers from 1. */
export function diffLines(left, right) {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start])
    start++;
  let end = 0;
  while (end < left.length - start && end < right.length - start && left.at(-1 - end) === right.at(-1 - end))
    end++;
  const middle = shortest(left.slice(start, left.length - end), right.slice(start, right.length - end));
  const kinds = [...Array(start).fill('same'), ...middle, ...Array(end).fill('same')];
  let l = 0;
  let r = 0;
  return kinds.map(kind => {
    const text = kind === 'add' ? right[r] : left[l];
    return { kind, text, left: kind === 'add' ? null : ++l, right: kind === 'del' ? null : ++r };
  });
}

function shortest(left, right) {
  const replaced = [...left.map(() => 'del'), ...right.map(() => 'add')];
  if (left.length === 0 || right.length === 0)
    return replaced;
  const most = Math.min(left.length + right.length, MOST_STEPS);
  const trace = [];
  let reach = new Map([[1, 0]]);
  for (let steps = 0; steps <= most; steps++) {
    trace.push(reach);
    const next = new Map(reach);
    for (let diagonal = -steps; diagonal <= steps; diagonal += 2) {
      const down = diagonal === -steps || (diagonal !== steps && (reach.get(diagonal - 1) ?? -1) < (reach.get(diagonal + 1) ?? -1));
      let x = down ? reach.get(diagonal + 1) ?? 0 : (reach.get(diagonal - 1) ?? 0) + 1;
      let y = x - diagonal;
      while (x < left.length && y < right.length && left[x] === right[y]) {
        x++;
        y++;
      }
      next.set(diagonal, x);
      if (x >= left.length && y >= right.length)
        return wayBack(trace, left.length, right.length);
    }
    reach = next;
  }
  // Too different for it to matter how.
  return replaced;
}

function wayBack(trace, x, y) {
  const kinds = [];
  for (let steps = trace.length - 1; steps >= 0; steps--) {
    const reach = trace[steps];
    const diagonal = x - y;
    const down = diagonal === -steps || (diagonal !== steps && (reach.get(diagonal - 1) ?? -1) < (reach.get(diagonal + 1) ?? -1));
    const from = down ? diagonal + 1 : diagonal - 1;
    const fromX = reach.get(from) ?? 0;
    const fromY = fromX - from;
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      kinds.push('same');
      x--;
      y--;
    }
    if (steps > 0)
      kinds.push(down ? 'add' : 'del');
    x = fromX;
    y = fromY;
  }
  return kinds.reverse();
}

/** Leaves out what is the same and far from any change: the items of a diff, with { kind: 'gap', count } for those left out. */
export function withoutDistant(changes, context = 3) {
  const keep = new Uint8Array(changes.length);
  changes.forEach(({ kind }, i) => {
    if (kind !== 'same')
      keep.fill(1, Math.max(0, i - context), i + context + 1);
  });
  const shown = [];
  for (let i = 0; i < changes.length; i++) {
    if (keep[i])
      shown.push(changes[i]);
    else if (shown.at(-1)?.kind === 'gap')
      shown.at(-1).count++;
    else
      shown.push({ kind: 'gap', count: 1 });
  }
  return shown;
}
