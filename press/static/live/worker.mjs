// The worker that runs Python: one namespace, one cell at a time, no access to the page.

/** @typedef {import('./runtime.mjs').Place} Place */

const QUIET = 5000; // ms after the start that leave the machine to the reader
const site = new URL('../../', import.meta.url);
const { caches, fetch, Worker } = self; // for the start: they are closed to cells
/** What cells must not reach: the site's storage, and other ways to the network. */
const CLOSED = ['indexedDB', 'caches', 'cookieStore', 'BroadcastChannel', 'XMLHttpRequest',
  'WebSocket', 'WebTransport', 'EventSource', 'Worker', 'importScripts'];
let loaded = 0;
let kept; // the standard library with previously compiled modules
let python;
let kernel;
let signals; // 2 from Stop until Python has seen it

/** Like `fetch`, but without cookies, and reports the number of bytes received to the page. */
self.fetch = async (address, options) => {
  const known = `${address}`.endsWith('/python_stdlib.zip') && kept;
  const answer = known || await fetch(address, { ...options, credentials: 'omit' });
  const counter = new TransformStream({
    transform(piece, stream) {
      loaded += piece.byteLength;
      postMessage({ loaded });
      stream.enqueue(piece);
    },
  });
  return new Response(answer.body?.pipeThrough(counter), answer);
};

/** Starts Python, with numpy, d2lmini and what runs cells. @param {Place} place */
async function start(place) {
  const runtime = new URL(place.runtime, site).href;
  const wheels = place.wheels.map((address) => self.fetch(new URL(address, site)));
  const { loadPyodide } = await import(`${runtime}pyodide.mjs`);
  python = await loadPyodide({
    indexURL: runtime,
    packageBaseUrl: runtime,
    lockFileURL: new URL(place.lock, site).href,
    packages: ['numpy'],
    env: { D2LMINI_LANGUAGE: place.language, MPLBACKEND: 'module://live.figures', HOME: '/home/reader' },
  });
  python.setStdin({ error: true }); // there is no terminal
  for await (const wheel of wheels) python.unpackArchive(await wheel.arrayBuffer(), 'wheel');
  if (kept) python.pyimport('live.compiled').unpack();
  kernel = python.pyimport('live.kernel');
  for (const name of CLOSED) {
    for (let holder = self; holder; holder = Object.getPrototypeOf(holder)) delete holder[name];
  }
}

/** The key under which the browser stores compiled modules, with or without those for plots. */
const nameOf = (place, plots) => new URL(`kept?${place.version}${plots ? '&plots' : ''}`, site).href;

/** Starts Python from the stored modules; if some are missing, another worker stores them later. */
async function begin({ place, interrupt }) {
  const shelf = await caches?.open('python').catch(() => undefined); // a browser may keep nothing
  const whole = await shelf?.match(nameOf(place, true));
  kept = whole ?? await shelf?.match(nameOf(place, false));
  await start(place);
  if (interrupt) python.setInterruptBuffer(signals = new Uint8Array(interrupt));
  const another = () => new Worker(import.meta.url, { type: 'module' });
  const isWanting = shelf && !whole && (place.plots || !kept);
  if (isWanting) setTimeout(() => another().postMessage({ ask: 'keep', place }), QUIET);
  return true;
}

/** Stores what the next start need not compile again, in a worker that runs none of the reader's code. */
async function keep({ place }) {
  try {
    await start(place);
    await kernel.run(`import d2lmini${place.plots ? ', live.figures, matplotlib.pyplot' : ''}`, 0);
    const archive = python.pyimport('live.compiled').pack().toJs();
    await caches.delete('python');
    const shelf = await caches.open('python');
    await shelf.put(nameOf(place, place.plots), new Response(archive));
  } catch { /* the next page tries again */ }
  close();
}

/** Takes the signal to a cell that awaits something: Python would not see it before that is there. */
function heed() {
  if (Atomics.exchange(signals, 0, 0) && !kernel.interrupt.wake()) signals[0] = 2;
}

const run = ({ source, number }) => kernel.run(source, number);
const complete = async ({ source }) => kernel.complete(source);
const answers = { begin, run, complete, keep };
addEventListener('unhandledrejection', ({ reason }) => { // not those of a cell's own promises
  if (reason?.pyodide_fatal_error) reportError(reason);
});
addEventListener('message', ({ isTrusted, data: { ask, ...rest } }) => {
  if (!isTrusted) return; // an event made by a cell
  if (ask === 'stop') return heed();
  answers[ask](rest).then((result) => postMessage({ result }), reportError);
});
