// A list of any length of which only what is to be seen is in the page.
import { html, useLayoutEffect, useRef, useState } from './html.js';

const OVERSCAN = 10;

/**
 * @param count how many rows there are
 * @param rowHeight their height in pixels, the same for all
 * @param row draws the row with an index, given where it is to be put
 * @param onRange is told which rows are to be seen
 * @param reveal a row to bring into view; again when revealKey changes
 * @param onTop is told whether the list is at its top
 */
export function VirtualList({ count, rowHeight, row, onRange, reveal = -1, revealKey, onTop, class: cls = '', inner = {}, ...rest }) {
  const box = useRef(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const first = Math.max(0, Math.floor(view.top / rowHeight) - OVERSCAN);
  const last = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN);

  useLayoutEffect(() => {
    const measure = () => setView({ top: box.current.scrollTop, height: box.current.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    measure();
    return () => observer.disconnect();
  }, []);

  // After every drawing: what was needed may be here now, and what is needed next may not.
  useLayoutEffect(() => onRange?.(first, last));

  useLayoutEffect(() => {
    const element = box.current;
    if (reveal < 0)
      return;
    const top = reveal * rowHeight;
    if (top < element.scrollTop)
      element.scrollTop = Math.max(0, top - rowHeight);
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + 2 * rowHeight - element.clientHeight;
  }, [reveal, revealKey]);

  const onScroll = () => {
    const element = box.current;
    onTop?.(element.scrollTop < rowHeight / 2);
    setView(old => old.top === element.scrollTop ? old : { top: element.scrollTop, height: element.clientHeight });
  };

  const rows = [];
  for (let i = first; i < last; i++)
    rows.push(row(i, { position: 'absolute', top: `${i * rowHeight}px`, height: `${rowHeight}px`, left: 0, right: 0 }));
  return html`
    <div ref=${box} class=${`virtual ${cls}`} onScroll=${onScroll} ...${rest}>
      <div style=${{ height: `${count * rowHeight}px`, position: 'relative' }} ...${inner}>${rows}</div>
    </div>`;
}
