// What is to be seen of the open directories, from top to bottom: rows are found by their index, and made only when they are drawn.
import { Changes } from '../core/value.js';
import { join, nameOf, parentOf } from '../core/format.js';
import { Directory } from './directory.js';

export class Rows extends Changes {
  directories = new Map([['/', new Directory('/')]]);

  get root() {
    return this.directories.get('/');
  }

  directory(path) {
    return this.directories.get(path);
  }

  entry(path) {
    return path === '/' ? null : this.directories.get(parentOf(path))?.find(nameOf(path)).entry ?? null;
  }

  count(directory = this.root) {
    let count = Math.max(directory.total, directory.entries.length);
    if (count === 0 && (directory.loading || directory.error))
      count = 1;
    for (const { child } of this.#openIn(directory))
      count += this.count(child);
    return count;
  }

  row(index, directory = this.root, level = 1) {
    let shift = 0;
    for (const { at, child } of this.#openIn(directory)) {
      if (index <= at + shift)
        break;
      const inside = this.count(child);
      if (index <= at + shift + inside)
        return this.row(index - at - shift - 1, child, level + 1);
      shift += inside;
    }
    const at = index - shift;
    const entry = directory.entries[at];
    const path = entry ? join(directory.path, entry.name) : null;
    return {
      entry, path, level, directory, at,
      isOpen: entry?.kind === 'directory' && (this.directories.get(path)?.isOpen ?? false),
    };
  }

  /** The index of the row of a path; -1 when it is not to be seen. */
  indexOf(path) {
    if (path === '/')
      return -1;
    const parent = this.directories.get(parentOf(path));
    if (!parent?.isOpen)
      return -1;
    const { at, entry } = parent.find(nameOf(path));
    const above = parent.path === '/' ? 0 : this.indexOf(parent.path) + 1;
    if (!entry || (parent.path !== '/' && above === 0))
      return -1;
    let index = above + at;
    for (const { at: before, child } of this.#openIn(parent)) {
      if (before < at)
        index += this.count(child);
    }
    return index;
  }

  #openIn(directory) {
    const open = [];
    for (const child of this.directories.values()) {
      if (child.isOpen && child.path !== '/' && parentOf(child.path) === directory.path) {
        const { at, entry } = directory.find(nameOf(child.path));
        if (entry?.kind === 'directory')
          open.push({ at, child });
      }
    }
    return open.sort((a, b) => a.at - b.at);
  }
}
