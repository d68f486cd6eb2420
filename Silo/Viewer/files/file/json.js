// Sets JSON out in lines, token by token: numbers stay as they were written, which JSON.parse would round.
const TOKEN = /"(?:[^"\\]|\\.)*"|[-+0-9.eE]+|true|false|null|[{}[\],:]/g;

/** Lines of tokens of valid JSON: { indent, tokens: [{ kind, text }] }. */
export function linesOf(text) {
  const lines = [{ indent: 0, tokens: [] }];
  let depth = 0;
  let previous = '';
  const line = () => lines.at(-1);
  const breakLine = () => lines.push({ indent: depth, tokens: [] });
  const tokens = text.match(TOKEN) ?? [];
  tokens.forEach((token, i) => {
    const closes = token === '}' || token === ']';
    if (closes) {
      depth--;
      if (previous !== '{' && previous !== '[')
        breakLine();
    } else if (previous === '{' || previous === '[') {
      breakLine();
    }
    line().tokens.push({ kind: kindOf(token, tokens[i + 1]), text: token === ':' ? ': ' : token });
    if (token === '{' || token === '[')
      depth++;
    if (token === ',')
      breakLine();
    previous = token;
  });
  return lines;
}

function kindOf(token, next) {
  if (token[0] === '"')
    return next === ':' ? 'key' : 'string';
  if (/^[{}[\],:]$/.test(token))
    return 'mark';
  return /^[a-z]/.test(token) ? 'word' : 'number';
}
