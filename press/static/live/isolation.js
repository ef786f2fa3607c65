// A service worker for hosts that cannot send headers of their own: with these a page may interrupt
// a running cell (cross-origin isolation), and a cell reaches nothing but what Python needs.
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.url.startsWith(`${registration.scope}lite/`)) return; // JupyterLite does without
  if (event.request.cache === 'only-if-cached' && event.request.mode !== 'same-origin') return;
  event.respondWith(fetch(event.request).then((answer) => {
    if (answer.type === 'opaque' || !answer.status) return answer;
    const headers = new Headers(answer.headers);
    headers.set('Cross-Origin-Opener-Policy', 'same-origin');
    headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
    return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
  }));
});
