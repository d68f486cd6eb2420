// What the bytes of a file are, as far as they can be shown.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a body, or null when it is none. */
export function textOf(body) {
  try {
    const text = strict.decode(body);
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** How a body is best shown. */
export function kindOf(text) {
  if (text === null)
    return 'hex';
  return /^\s*[[{]/.test(text) && isJson(text) ? 'json' : 'text';
}

export function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What is put between the lines of an editor and of the file: an editor knows one kind of line end only. */
export function lineEndOf(text) {
  const windows = text.split('\r\n').length - 1;
  const all = text.split('\n').length - 1;
  if (windows === 0)
    return text.includes('\r') ? null : '\n';
  return windows === all ? '\r\n' : null;
}

export function hexLine(body, at) {
  const bytes = body.subarray(at, at + 16);
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0'));
  const text = [...bytes].map(byte => byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·').join('');
  return {
    offset: at.toString(16).padStart(8, '0'),
    hex: `${hex.slice(0, 8).join(' ').padEnd(23)}  ${hex.slice(8).join(' ').padEnd(23)}`,
    text,
  };
}

export function base64Of(body) {
  let binary = '';
  for (let at = 0; at < body.length; at += 0x8000)
    binary += String.fromCharCode(...body.subarray(at, at + 0x8000));
  return btoa(binary);
}

export const bytesOfBase64 = text => Uint8Array.from(atob(text), character => character.charCodeAt(0));

export const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
