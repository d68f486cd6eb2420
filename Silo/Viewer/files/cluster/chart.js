// A small chart over the last ten minutes, with elections marked.
import { html, useRef, useState } from '../ui/html.js';
import { Value, useValue } from '../core/value.js';
import { timeOfDay } from '../core/format.js';
import { KEPT } from './model.js';

const WIDTH = 600;
const HEIGHT = 120;
const SPANS = [2, 5, 10].map(minutes => minutes * 60 * 1000);

/** The time that the pointer is at, the same in all charts. */
const pointed = new Value(null);

function niceTop(most) {
  if (most <= 0)
    return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 2.5, 5, 10].map(step => step * power).find(top => top >= most * 1.05) ?? 10 * power;
}

function pathOf(points, from, to, top) {
  let path = '';
  let isDrawing = false;
  for (const [time, value] of points) {
    if (value === null || time < from) {
      isDrawing = false;
      continue;
    }
    const x = (time - from) / (to - from) * WIDTH;
    const y = HEIGHT - value / top * HEIGHT;
    path += `${isDrawing ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    isDrawing = true;
  }
  return path;
}

const areaOf = (path, from) => path && path.split('M').filter(Boolean).map(piece => {
  const points = piece.split('L');
  return `M${piece}L${points.at(-1).split(' ')[0]} ${HEIGHT}L${points[0].split(' ')[0]} ${HEIGHT}Z`;
}).join('');

/**
 * @param series [{ name, points, class }], points as [[time, value]]
 * @param show writes a value out
 * @param marks [{ time, node }]
 */
export function Chart({ title, series, show, marks, note }) {
  const box = useRef(null);
  const at = useValue(pointed);
  const to = Date.now();
  const span = spanOf(series, to);
  const from = to - span;
  const values = series.flatMap(({ points }) => points.map(([, value]) => value)).filter(value => value !== null);
  const top = niceTop(values.length ? Math.max(...values) : 0);
  const move = event => {
    const { left, width } = box.current.getBoundingClientRect();
    pointed.set(Math.min(1, Math.max(0, (event.clientX - left) / width)));
  };
  const time = at === null ? null : from + at * span;
  const valueAt = points => {
    if (time === null)
      return lastOf(points);
    let best = null;
    for (const point of points) {
      if (best === null || Math.abs(point[0] - time) < Math.abs(best[0] - time))
        best = point;
    }
    return best?.[1] ?? null;
  };
  const shown = marks.filter(mark => mark.time >= from);
  return html`
    <figure class="chart">
      <figcaption><span class="chart-title">${title}</span>
        <span class="chart-values">${series.map(({ name, points, class: cls }) => {
          const value = valueAt(points);
          return html`<span key=${name} class=${`chart-value ${cls}`}>${series.length > 1 && html`<i class="key"
            aria-hidden="true" /><span class="chart-name">${name}</span>`}
            <b>${value === null ? '–' : show(value)}</b></span>`;
        })}</span></figcaption>
      <div class="plot" ref=${box} onPointerMove=${move} onPointerLeave=${() => pointed.set(null)}>
        <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          ${(values.length ? [0, 0.5, 1] : [0, 1]).map(part => html`<line key=${part}
            class="grid" x1="0" x2=${WIDTH} y1=${HEIGHT * part} y2=${HEIGHT * part} />`)}
          ${series.map(({ name, points, class: cls }, i) => {
            const path = pathOf(points, from, to, top);
            return html`<g key=${name} class=${cls}>${i === 0 && html`<path class="area" d=${areaOf(path)} />`}<path
              class="line" d=${path} /></g>`;
          })}
          ${shown.map(mark => html`<line key=${mark.time}
            class="election" x1=${(mark.time - from) / span * WIDTH} x2=${(mark.time - from) / span * WIDTH} y1="0" y2=${HEIGHT} />`)}
          ${at !== null && html`<line class="cross" x1=${at * WIDTH} x2=${at * WIDTH} y1="0" y2=${HEIGHT} />`}
        </svg>
        <span class="scale">${show(top)}</span>
        ${shown.map(mark => html`<span key=${mark.time} class="election-label"
          style=${{ left: `${(mark.time - from) / span * 100}%` }}>${mark.node} leads</span>`)}
        ${values.length === 0 && html`<span class="no-data">${note ?? 'nothing measured yet'}</span>`}
      </div>
      <div class="axis" aria-hidden="true"><span>−${span / 60000} min</span><span>${time === null ? '' : timeOfDay(time)}</span><span>now</span></div>
    </figure>`;
}

/** Ten minutes, or less while there is no more to show. */
function spanOf(series, to) {
  const first = Math.min(...series.map(({ points }) => points.find(([, value]) => value !== null)?.[0] ?? to));
  return SPANS.find(span => to - first <= span) ?? KEPT;
}

function lastOf(points) {
  for (let i = points.length - 1; i >= Math.max(0, points.length - 5); i--) {
    if (points[i][1] !== null)
      return points[i][1];
  }
  return null;
}
