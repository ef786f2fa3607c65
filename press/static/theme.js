// Runs before the page is painted, so that the wrong appearance never flashes.
(function () {
  'use strict';
  const root = document.documentElement;
  root.classList.add('js');
  if (location.protocol.startsWith('http')) root.classList.add('served'); // JupyterLab needs a server
  try {
    const theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  } catch {
    // Storage may be blocked; then the page follows the system.
  }
})();
