// Stands in the page itself and runs before the first paint, so that a chosen theme does not flash.
try {
  const theme = localStorage.getItem('doozer.theme');
  if (theme === 'dark' || theme === 'light')
    document.documentElement.dataset.theme = theme;
} catch {
  // No storage: the system's theme.
}

// When the network changes, a browser gives up what it was loading, and a page without one of its files is dead: load it again.
// How often that was is kept where it outlives the loading, and ends with the page.
const MOST_LOADS = 10;
let isIncomplete = false;
addEventListener('error', event => {
  if (isIncomplete || !(event.target instanceof HTMLScriptElement || event.target instanceof HTMLLinkElement))
    return;
  isIncomplete = true;
  const loads = (history.state?.loads ?? 0) + 1;
  if (loads < MOST_LOADS) {
    history.replaceState({ loads }, '');
    setTimeout(() => location.reload(), 200 * loads);
    return;
  }
  history.replaceState(null, '');
  const tell = () => (document.getElementById('app').textContent = 'The node did not send the whole viewer. Load the page again.');
  if (document.readyState === 'loading')
    addEventListener('DOMContentLoaded', tell);
  else
    tell();
}, true);
