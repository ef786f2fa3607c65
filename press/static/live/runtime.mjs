// Python in a worker: started when first needed, stopped, and restarted after a failure.

/**
 * @typedef {object} Place   where the parts of the runtime are, relative to the root of the site
 * @property {string} runtime @property {string} lock @property {string[]} wheels
 * @property {string} version  compiled modules of another version are not used
 * @property {string} language @property {number} size  bytes to load
 * @property {boolean} plots  whether the page draws with matplotlib
 *
 * @typedef {'loading' | 'running' | 'ready' | 'above' | 'stubborn' | 'restarted' | 'failed' | 'unloaded' | 'none'} State
 * @typedef {{form: string, text: string, title?: string, line?: number}} Output   as kernel.py sends it
 *
 * @typedef {object} Message   what the worker is asked for
 * @property {'begin' | 'run' | 'complete' | 'stop'} ask @property {string} [source] @property {number} [number]
 *
 * @typedef {ReturnType<typeof makeRuntime>} Runtime
 */

const PATIENCE = 3000; // ms after which a cell that goes on is said to ignore an interrupt

/** @param {Place} place @param {(state: State, values?: Object<string, any>) => void} tell */
export function makeRuntime(place, tell) {
  const { host } = new URL(place.runtime, location.href); // it may be a public server
  /** @type {Worker | undefined} */
  let worker;
  /** @type {Uint8Array | undefined} */
  let interrupt; // tells a running Python to stop
  let ran = new Map(); // the programs that succeeded, by the number of their cell
  let stubborn; // the request that went on after an interrupt
  /** @type {{message: Message, hear?: (output: Output) => void, settle: (result?: any) => void}[]} */
  const asked = []; // requests without an answer yet: the worker has only the first

  async function start() {
    worker = new Worker(new URL('worker.mjs', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => take(data);
    worker.onerror = ({ message }) => terminate(message?.replace(/^Uncaught /, '') ?? 'worker.mjs');
    tell('loading', { host, percent: 0 });
    const shared = self.crossOriginIsolated && self.SharedArrayBuffer && new SharedArrayBuffer(1);
    const begun = await request({ ask: 'begin', place, interrupt: shared });
    if (begun && shared) interrupt = new Uint8Array(shared);
  }

  /** Terminates the worker and all requests; the next cell starts another one. @param {string} [reason] */
  function terminate(reason) {
    worker?.terminate();
    worker = interrupt = undefined;
    ran = new Map();
    if (reason) self.caches?.delete('python').catch(() => {}); // the stored modules may be damaged
    const hasBegun = asked[0]?.message.ask !== 'begin';
    if (reason) tell(hasBegun ? 'failed' : 'unloaded', { reason, host });
    else tell(hasBegun ? 'restarted' : 'none');
    for (const each of asked.splice(0)) each.settle();
  }

  function request(message, hear) {
    return new Promise((settle) => {
      asked.push({ message, hear, settle });
      if (asked.length === 1) post();
    });
  }

  function post() {
    const [{ message }] = asked;
    if (message.ask === 'run') tell('running', message);
    interrupt?.fill(0);
    worker.postMessage(message);
  }

  function take({ loaded, output, result }) {
    if (loaded) tell('loading', { host, percent: Math.min(100, Math.round(100 * loaded / place.size)) });
    else if (output) asked[0]?.hear?.(output);
    else answer(result);
  }

  function answer(result) {
    const { message, settle } = asked.shift();
    settle(result);
    if (message.ask === 'run') {
      ran.set(message.number, result && message.source);
      const others = result ? [] : asked.splice(0); // they would only fail too
      for (const other of others) other.settle();
      tell(others.length ? 'above' : 'ready', message);
    }
    if (asked.length) post();
  }

  return {
    /**
     * Runs a cell after those requested before it; `hear` gets its outputs. Returns whether it succeeded,
     * or nothing if it did not run to its end, because Python ended or because a cell before it failed.
     */
    run(source, number, hear) {
      if (!worker) start();
      return request({ ask: 'run', source, number }, hear);
    },

    /** Tells whether a cell has run, so that its names are defined. */
    has: (source, number) => ran.get(number) === source,

    /** Returns completions for the text before the cursor, or nothing while cells run. */
    complete: async (source) => worker && !asked.length ? request({ ask: 'complete', source }) : undefined,

    /** Interrupts the running cell, which keeps all names; if that is impossible, terminates Python. */
    stop() {
      const [running] = asked;
      if (!running) return;
      if (!interrupt || running === stubborn) return terminate();
      interrupt.fill(2);
      worker.postMessage({ ask: 'stop' }); // for a cell that awaits something
      setTimeout(() => {
        if (running !== asked[0]) return;
        stubborn = running;
        tell('stubborn');
      }, PATIENCE);
    },
  };
}
