// Changes a file, if nobody was faster; if somebody was, shows both versions.
import { html, useEffect, useMemo, useRef, useState } from '../ui/html.js';
import { readFile, writeFile } from '../core/api.js';
import { bytes, number } from '../core/format.js';
import { Icon } from '../ui/icons.js';
import { Button, say } from '../ui/parts.js';
import { DiffView } from './DiffView.js';
import { lineEndOf, textOf } from './body.js';

const encoder = new TextEncoder();

/**
 * @param file what is changed, with the revision that is replaced
 * @param onDone is called when it is written, or given up
 */
export function Editor({ ns, path, file, newest, feed, onDone }) {
  const original = useMemo(() => textOf(file.body) ?? '', [file]);
  const lineEnd = lineEndOf(original);
  const [text, setText] = useState(original.replaceAll('\r\n', '\n'));
  const [isBusy, setBusy] = useState(false);
  const [conflict, setConflict] = useState(null);
  const [error, setError] = useState(null);
  const area = useRef(null);
  const body = useMemo(() => encoder.encode(lineEnd === '\r\n' ? text.replaceAll('\n', '\r\n') : text), [text]);
  const isChanged = text !== original.replaceAll('\r\n', '\n');

  useEffect(() => area.current?.focus(), []);
  useEffect(() => {
    const warn = event => isChanged && event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [isChanged]);

  const save = async revision => {
    setBusy(true);
    setError(null);
    try {
      const written = await writeFile(ns, path, body, revision, { session: file.session, floor: feed.revision });
      say(`Written as revision ${number(written)}`);
      onDone(written);
    } catch (failure) {
      if (failure.code === 'revision-mismatch')
        setConflict({ theirs: await readFile(ns, path, failure.problem.current).catch(() => null), revision: failure.problem.current });
      else
        setError(failure);
    } finally {
      setBusy(false);
    }
  };

  if (conflict) {
    return html`
      <section class="conflict" aria-labelledby="conflict-title">
        <div class="notice warn" role="alert">
          <${Icon} name="warning" />
          <div><h2 id="conflict-title">Somebody was faster</h2>
            <p>While you changed revision ${number(file.revision)}, the file became revision ${number(conflict.revision)}. Nothing was
              overwritten.</p></div>
        </div>
        <${DiffView} left=${conflict.theirs?.body ?? null} right=${body}
          leftTitle=${`theirs, revision ${number(conflict.revision)}`}
          rightTitle="yours, not written" />
        <div class="actions">
          <${Button} kind="primary" disabled=${isBusy} onClick=${() => save(conflict.revision)}>Replace theirs with mine</${Button}>
          <${Button} onClick=${() => onDone(conflict.revision)}>Keep theirs</${Button}>
          <${Button} onClick=${() => setConflict(null)}>Back to my text</${Button}>
        </div>
      </section>`;
  }
  return html`
    <form class="editor" onSubmit=${event => (event.preventDefault(), save(file.revision))}>
      ${newest > file.revision && html`<div class="notice warn" role="status"><${Icon} name="warning" /><p>The file has changed
        meanwhile: it is at revision ${number(newest)}, and you change ${number(file.revision)}. Saving will show both.</p></div>`}
      ${lineEnd === null && html`<div class="notice warn"><${Icon} name="warning" /><p>Its lines end in different ways; saving
        makes them all end alike.</p></div>`}
      <textarea ref=${area} aria-label=${`Content of ${path}`} spellcheck=${false} value=${text}
        onInput=${event => setText(event.currentTarget.value)}
        onKeyDown=${event => {
          if ((event.ctrlKey || event.metaKey) && (event.key === 's' || event.key === 'Enter')) {
            event.preventDefault();
            save(file.revision);
          }
        }} />
      ${error && html`<div class="notice bad" role="alert"><${Icon} name="warning" /><p>${error.message}</p></div>`}
      <div class="actions">
        <${Button} kind="primary" type="submit" disabled=${isBusy || !isChanged}>Save</${Button}>
        <${Button} onClick=${() => onDone(null)}>Cancel</${Button}>
        <span class="hint">replaces revision ${number(file.revision)} · ${bytes(body.length)}${file.session
          ? ` · stays held by session ${file.session}` : ''} · Ctrl+S</span>
      </div>
    </form>`;
}
