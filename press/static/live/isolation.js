// A service worker for hosts that cannot send these headers: with them, a page may interrupt a
// running cell (cross-origin isolation), and a cell can reach only what Python needs.
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.url.startsWith(`${registration.scope}lite/`)) return; // JupyterLite does not need it
  if (event.request.cache === 'only-if-cached' && event.request.mode !== 'same-origin') return;
  event.respondWith(fetch(event.request).then((answer) => {
    if (!answer.status) return answer; // of another site, which lets nobody look inside
    const isolated = new Response(answer.body, answer);
    isolated.headers.set('Cross-Origin-Opener-Policy', 'same-origin');
    isolated.headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
    return isolated;
  }));
});
