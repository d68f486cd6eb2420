// Preact without a build step: html`<${Component} a=${1} />`.
import { h, render, Fragment } from '../vendor/preact.js';
import htm from '../vendor/htm.js';

export { useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback } from '../vendor/hooks.js';
export const html = htm.bind(h);
export { render, Fragment };
