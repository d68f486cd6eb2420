// A directory as far as it is loaded: its first entries, in the order of their names.
export const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;

/** Where a name is among the entries, or where it would be. */
export function search(entries, name) {
  let low = 0;
  for (let high = entries.length; low < high;) {
    const middle = (low + high) >> 1;
    if (entries[middle].name < name)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

export class Directory {
  entries = [];
  total = 0;
  more = true;
  loading = null;
  error = null;
  isOpen = false;

  constructor(path) {
    this.path = path;
  }

  find(name) {
    const at = search(this.entries, name);
    return this.entries[at]?.name === name ? { at, entry: this.entries[at] } : { at, entry: null };
  }
}
