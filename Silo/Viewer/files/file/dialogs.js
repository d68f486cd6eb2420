// Dialogs that make files: a new one, and many from an exported file.
import { html, useState } from '../ui/html.js';
import { writeFile } from '../core/api.js';
import { number, plural } from '../core/format.js';
import { go } from '../core/route.js';
import { Icon } from '../ui/icons.js';
import { Button, Dialog, say } from '../ui/parts.js';
import { planImport, runImport } from './transfer.js';

const Problem = ({ error }) => error && html`
  <div class="notice bad" role="alert"><${Icon} name="warning" /><p>${error.message}</p></div>`;

export function CreateDialog({ ns, path, feed, onClose }) {
  const [name, setName] = useState(path);
  const [text, setText] = useState('');
  const [error, setError] = useState(null);
  const create = async () => {
    const target = name.startsWith('/') ? name : '/' + name;
    try {
      const revision = await writeFile(ns, target, new TextEncoder().encode(text), 0, { floor: feed.revision });
      say(`Created as revision ${number(revision)}`);
      onClose();
      go({ path: target, rev: null });
    } catch (failure) {
      setError(failure.code === 'revision-mismatch' ? { message: 'There is a file at this path already.' } : failure);
    }
  };
  return html`
    <${Dialog} title="New file" onClose=${onClose} actions=${html`
      <${Button} kind="primary" disabled=${name.length < 2 || name.endsWith('/')} onClick=${create}>Create</${Button}>
      <${Button} onClick=${onClose}>Cancel</${Button}>`}>
      <label class="field"><span>Path</span>
        <input data-first type="text" class="mono" value=${name} spellcheck=${false} autocomplete="off" placeholder="/config/name"
          onInput=${event => setName(event.currentTarget.value)} /></label>
      <label class="field"><span>Content</span>
        <textarea class="mono" rows="8" spellcheck=${false} value=${text} onInput=${event => setText(event.currentTarget.value)} /></label>
      <p class="hint">Directories come and go with the files in them. Names have letters, digits, ".", "-" and "_".</p>
      <${Problem} error=${error} />
    </${Dialog}>`;
}

export function ImportDialog({ ns, directory, feed, onClose }) {
  const [plan, setPlan] = useState(null);
  const [done, setDone] = useState(null);
  const [error, setError] = useState(null);
  const read = async file => {
    setError(null);
    setPlan(null);
    try {
      setPlan(await planImport(ns, directory, await file.text()));
    } catch (failure) {
      setError(failure instanceof SyntaxError ? { message: 'This is no JSON file.' } : failure);
    }
  };
  const run = async () => {
    setError(null);
    try {
      setDone(0);
      await runImport(ns, plan, feed.revision, setDone);
      say(`${plural(plan.length, 'file')} imported`);
      onClose();
    } catch (failure) {
      setDone(null);
      setError(failure);
    }
  };
  const replaced = plan?.filter(file => file.revision > 0).length ?? 0;
  return html`
    <${Dialog} title="Import files" onClose=${onClose} actions=${html`
      <${Button} kind="primary" disabled=${!plan?.length || done !== null}
        onClick=${run}>${done === null ? 'Import' : `${number(done)} written`}</${Button}>
      <${Button} onClick=${onClose}>Cancel</${Button}>`}>
      <label class="field"><span>A JSON file that was exported here, to go below <code>${directory}</code></span>
        <input data-first type="file" accept=".json,application/json"
          onChange=${event => event.currentTarget.files[0] && read(event.currentTarget.files[0])} /></label>
      ${plan && html`<p
        role="status">${plural(plan.length - replaced, 'new file')}, ${plural(replaced, 'file')} replaced if still as now.
        ${plan.length > 128 && ' They are written in several transactions.'}</p>
        <ul class="plan">${plan.slice(0, 200).map(file => html`<li key=${file.path}><code>${file.path}</code><span
          class="muted">${
          file.revision ? `replaces revision ${number(file.revision)}` : 'new'}</span></li>`)}</ul>`}
      <${Problem} error=${error} />
    </${Dialog}>`;
}
