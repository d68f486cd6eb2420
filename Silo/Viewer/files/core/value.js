// What changes and is watched. Nothing here knows of the page.
import { useEffect, useState } from '../vendor/hooks.js';

/** Calls whoever listens, once a frame however often it changes. */
export class Changes {
  #listeners = new Set();
  #due = false;

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed() {
    if (this.#due)
      return;
    this.#due = true;
    // A hidden tab gets no frames, and must not gather changes for hours.
    const later = document.hidden ? callback => setTimeout(callback, 200) : requestAnimationFrame;
    later(() => {
      this.#due = false;
      for (const listener of [...this.#listeners])
        listener();
    });
  }
}

/** A value and whoever listens to it; they are told at once. */
export class Value {
  #listeners = new Set();
  #value;

  constructor(value) {
    this.#value = value;
  }

  get() {
    return this.#value;
  }

  set(value) {
    if (Object.is(value, this.#value))
      return;
    this.#value = value;
    for (const listener of [...this.#listeners])
      listener(value);
  }

  update(patch) {
    this.set({ ...this.#value, ...patch });
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** A component that uses it is drawn again when it changes. */
export function useValue(value) {
  const [, draw] = useState(0);
  useEffect(() => {
    draw(n => n + 1);
    return value.subscribe(() => draw(n => n + 1));
  }, [value]);
  return value.get();
}

export function useChanges(changes) {
  const [version, draw] = useState(0);
  useEffect(() => changes.subscribe(() => draw(n => n + 1)), [changes]);
  return version;
}

/** A number that rises every so many milliseconds, for what tells how long ago something was. */
export function useTicks(milliseconds) {
  const [ticks, draw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => draw(n => n + 1), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
  return ticks;
}
