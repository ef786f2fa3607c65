// The worker that runs Python: one namespace, one cell at a time, no access to the page.

/** @typedef {import('./runtime.mjs').Place & {interrupt?: SharedArrayBuffer}} Start */

const askFor = self.fetch.bind(self);
let loaded = 0;
let kept; // the standard library with previously compiled modules

/** Like `fetch`, but without cookies, and reports the number of bytes received to the page. */
function fetchAndTell(address, options) {
  const known = `${address}`.endsWith('/python_stdlib.zip') && kept;
  return Promise.resolve(known || askFor(address, { ...options, credentials: 'omit' })).then((response) => {
    if (!response.ok || !response.body) return response;
    const counted = response.body.pipeThrough(new TransformStream({
      transform(piece, stream) {
        loaded += piece.byteLength;
        postMessage({ kind: 'loaded', loaded });
        stream.enqueue(piece);
      },
    }));
    const { status, statusText, headers } = response;
    return new Response(counted, { status, statusText, headers });
  });
}

/** Starts Python; `isComplete` says that there is nothing more to store for the next start. @param {Start} place */
async function begin(place) {
  self.fetch = fetchAndTell;
  const shelf = await self.caches?.open('python').catch(() => {}); // a browser may refuse to store anything
  const plain = `${place.wheel}&${new URL(place.lock).search}`; // another book has another Python
  const full = `${plain}&plots`;
  const whole = await shelf?.match(full);
  kept = whole ?? await shelf?.match(plain);
  const { loadPyodide } = await import(`${place.runtime}pyodide.mjs`);
  const [python, wheel, ...programs] = await Promise.all([
    loadPyodide({
      indexURL: place.runtime,
      packageBaseUrl: place.runtime,
      lockFileURL: place.lock,
      packages: ['numpy'],
      env: { D2LMINI_LANGUAGE: place.language, MPLBACKEND: 'module://figures', HOME: '/home/reader' },
    }),
    fetchAndTell(place.wheel).then((response) => response.arrayBuffer()),
    ...place.python.map((address) => fetchAndTell(address).then((response) => response.text())),
  ]);
  python.unpackArchive(wheel, 'wheel');
  python.FS.mkdirTree('/home/reader');
  python.FS.chdir('/home/reader');
  for (const [index, program] of programs.entries()) {
    python.FS.writeFile(`/home/${place.python[index].match(/\w+\.py/)[0]}`, program);
  }
  python.runPython("import sys; sys.path.append('/home')");
  const compiled = python.pyimport('compiled');
  if (kept) compiled.unpack();
  const jupyter = python.pyimport('kernel');
  jupyter.start((message) => postMessage(message.toJs({ dict_converter: Object.fromEntries })));
  if (place.interrupt) python.setInterruptBuffer(new Uint8Array(place.interrupt));
  closeOff();

  /** Compiles what cells usually import, and replaces what was stored before. */
  async function keep() {
    if (place.plots) await prepare(python, 'import matplotlib');
    python.runPython(`import d2lmini${place.plots ? ', figures, matplotlib.pyplot' : ''}`);
    const archive = compiled.pack().toJs();
    for (const old of await shelf.keys()) await shelf.delete(old);
    await shelf.put(place.plots ? full : plain, new Response(archive));
  }
  return { python, jupyter, isComplete: Boolean(!shelf || whole || (kept && !place.plots)), keep };
}

/** After a failed start: what is stored may be damaged, so the next start does not use it. */
async function forget(error) {
  await self.caches?.delete('python').catch(() => {});
  throw error;
}

/** Removes what a cell must not use: the site's storage, and other ways to reach the network. */
function closeOff() {
  const names = ['indexedDB', 'caches', 'cookieStore', 'BroadcastChannel', 'XMLHttpRequest',
    'WebSocket', 'WebTransport', 'EventSource', 'Worker', 'importScripts'];
  for (const name of names) {
    for (let holder = self; holder; holder = Object.getPrototypeOf(holder)) delete holder[name];
  }
}

/** Loads the packages that a cell is about to import, such as matplotlib. */
async function prepare(python, source) {
  const before = new Set(Object.keys(python.loadedPackages));
  await python.loadPackagesFromImports(source, { messageCallback() {} });
  if (python.loadedPackages.matplotlib && !before.has('matplotlib')) {
    python.runPython("import matplotlib; matplotlib.rcParams['svg.hashsalt'] = 'd2lmini'");
  }
}

/** @type {ReturnType<typeof begin>} */
let ready;
let last = Promise.resolve(); // one thing at a time
addEventListener('message', ({ data }) => { last = last.then(() => answer(data)); });

async function answer({ kind, ...rest }) {
  try {
    if (kind === 'begin') ready = begin(rest).catch(forget);
    const { python, jupyter, isComplete, keep } = await ready;
    let result = isComplete;
    if (kind === 'keep') {
      await keep();
      result = true;
    } else if (kind === 'run') {
      await prepare(python, rest.source);
      result = await jupyter.run(rest.source, rest.number);
    } else if (kind === 'complete') {
      const found = jupyter.complete(rest.source);
      result = found.toJs();
      found.destroy();
    }
    postMessage({ kind: 'done', result });
  } catch (error) {
    postMessage({ kind: 'failed', message: String(error?.message ?? error) });
  }
}
