// The slider over the retained revisions, which shows the whole tree as it was.
import { html, useEffect, useRef, useState } from '../ui/html.js';
import { useChanges } from '../core/value.js';
import { knownSince, revisionAt, timeOf, times } from '../core/clock.js';
import { dateAndTime, number } from '../core/format.js';
import { go } from '../core/route.js';
import { Icon } from '../ui/icons.js';
import { Button, say } from '../ui/parts.js';

const PAUSE = 90;

export function TimeBar({ ns, rev, range }) {
  useChanges(times);
  const [dragged, setDragged] = useState(null);
  const timer = useRef(0);
  useEffect(() => setDragged(null), [rev]);
  const newest = Math.max(range.newest, 0);
  const shown = dragged ?? rev ?? newest;
  const time = timeOf(ns, shown);
  const isLive = rev === null && dragged === null;

  // While it is dragged the tree follows, a little later.
  const show = value => {
    setDragged(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => go({ rev: value >= newest ? null : value }, { replace: rev !== null }), PAUSE);
  };
  const step = by => go({ rev: Math.max(range.oldest, Math.min(newest, (rev ?? newest) + by)) }, { replace: rev !== null });
  const share = newest > range.oldest ? (shown - range.oldest) / (newest - range.oldest) * 100 : 100;
  return html`
    <div class=${`time-bar ${isLive ? '' : 'past'}`} role="group" aria-label="Time travel">
      <${Button} icon="back" label="One revision back" disabled=${shown <= range.oldest} onClick=${() => step(-1)} />
      <input type="range" min=${range.oldest} max=${newest} step="1" value=${shown} aria-label="Revision shown"
        aria-valuetext=${isLive ? `newest, ${newest}` : `revision ${shown}${time ? `, ${dateAndTime(time)}` : ''}`}
        style=${{ '--share': `${share}%` }} onInput=${event => show(Number(event.currentTarget.value))} />
      <${Button} icon="chevron" label="One revision on" disabled=${isLive || shown >= newest} onClick=${() => step(1)} />
      <div class="time-now">
        <span class="revision">${number(shown)}</span>
        <span class="time-text">${isLive ? 'newest' : time ? dateAndTime(time) : 'time not known'}</span>
      </div>
      <${TimeOfDay} ns=${ns} newest=${newest} />
      <button type="button" class=${`button live-button ${isLive ? 'on' : ''}`} aria-pressed=${String(isLive)}
        onClick=${() => go({ rev: null })}>
        <span class="dot" aria-hidden="true" />${isLive ? 'Live' : 'Back to live'}</button>
    </div>`;
}

function TimeOfDay({ ns, newest }) {
  const since = knownSince(ns);
  const jump = text => {
    const [hours, minutes, seconds = 0] = text.split(':').map(Number);
    if (Number.isNaN(hours) || Number.isNaN(minutes))
      return;
    const time = new Date().setHours(hours, minutes, seconds, 999);
    const revision = revisionAt(ns, time);
    if (revision === null)
      say(since ? `Times are known from ${dateAndTime(since)} on.` : 'No time is known yet.', 'bad');
    else
      go({ rev: revision >= newest ? null : revision });
  };
  return html`
    <label class="time-of-day" title=${since ? `Times are known from ${dateAndTime(since)} on` : 'No time is known yet'}>
      <${Icon} name="history" /><span class="hidden">Go to a time of today</span>
      <input type="time" step="1" disabled=${!since} onChange=${event => jump(event.currentTarget.value)} />
    </label>`;
}
