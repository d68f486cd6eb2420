// Doozer's globs: ? is one character and * any number within a name, ** any number across names.
const cache = new Map();

export const isGlob = text => /[?*]/.test(text);

export const isValidGlob = text => /^\/[A-Za-z0-9.\-_/?*]*$/.test(text);

/** A function that tells whether a path matches; null when the glob is not valid. */
export function matcher(glob) {
  if (!isValidGlob(glob))
    return null;
  if (!cache.has(glob)) {
    const pattern = glob.replace(/\*\*+|\*|\?|[.\-]/g, token =>
      token.startsWith('**') ? '.*' : token === '*' ? '[^/]*' : token === '?' ? '[^/]' : '\\' + token);
    const expression = new RegExp(`^${pattern}$`);
    cache.set(glob, path => expression.test(path));
  }
  return cache.get(glob);
}

/** What somebody types is a glob, a path, or a part of one. */
export function globOf(text) {
  const trimmed = text.trim();
  if (isGlob(trimmed))
    return trimmed.startsWith('/') ? trimmed : '/**' + trimmed.replace(/^\*+/, '');
  return trimmed.startsWith('/') ? trimmed + '**' : `/**${trimmed}**`;
}
