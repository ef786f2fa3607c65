// Python in a worker: started when first needed, stopped, and restarted after a failure.

/**
 * @typedef {object} Place   where the parts of the runtime are, relative to the root of the site
 * @property {string} runtime @property {string} lock @property {string[]} wheels
 * @property {string} version  compiled modules of another version are not used
 * @property {string} language @property {number} size  bytes to load
 * @property {boolean} plots  whether the page draws with matplotlib
 *
 * @typedef {'loading' | 'running' | 'ready' | 'above' | 'restarted' | 'failed'} State
 * @typedef {{ask: 'begin' | 'run' | 'complete', source?: string, number?: number}} Message
 * @typedef {{form: string, text: string, title?: string, line?: number}} Output   as kernel.py sends it
 */

const PATIENCE = 3000; // ms that an interrupted cell may take before its worker is terminated

export class Runtime {
  #worker;
  #interrupt; // tells a running Python to stop
  #ran; // the programs that succeeded, by the number of their cell
  /** @type {{message: Message, hear?: (output: Output) => void, end: (result?: any) => void}[]} */
  #asked = []; // requests without an answer yet: the worker has only the first

  /** @param {Place} place @param {(state: State, values?: Object<string, any>) => void} tell */
  constructor(place, tell) {
    this.place = place;
    this.tell = tell;
  }

  /**
   * Runs a cell after those requested before it; `hear` gets its outputs. Returns whether it succeeded,
   * or nothing if it did not run to its end, because Python ended or because a cell before it failed.
   */
  run(source, number, hear) {
    if (!this.#worker) this.#start();
    return this.#ask({ ask: 'run', source, number }, hear);
  }

  /** Tells whether a cell has run, so that its names are defined. */
  has(source, number) { return Boolean(this.#worker) && this.#ran.get(number) === source; }

  /** Returns completions for the text before the cursor, or nothing while cells run. */
  async complete(source) {
    return this.#worker && !this.#asked.length ? this.#ask({ ask: 'complete', source }) : undefined;
  }

  /** Stops the running cell: at once, keeping all names, if the page may interrupt it. */
  stop() {
    const [running] = this.#asked;
    const patience = this.#interrupt ? PATIENCE : 0;
    this.#interrupt?.fill(2);
    setTimeout(() => { if (this.#asked.includes(running)) this.#end(); }, patience);
  }

  async #start() {
    this.#worker = new Worker(new URL('worker.mjs', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }) => this.#take(data);
    this.#worker.onerror = ({ message }) => this.#end(message ?? 'worker.mjs');
    this.#ran = new Map();
    this.tell('loading', { percent: 0 });
    const interrupt = crossOriginIsolated ? new SharedArrayBuffer(1) : undefined;
    const begun = await this.#ask({ ask: 'begin', place: this.place, interrupt });
    if (begun && interrupt) this.#interrupt = new Uint8Array(interrupt);
  }

  /** Terminates the worker and all requests; the next cell starts another one. */
  #end(reason) {
    this.#worker?.terminate();
    this.#worker = this.#interrupt = undefined;
    if (reason) self.caches?.delete('python').catch(() => {}); // the stored modules may be damaged
    this.tell(reason ? 'failed' : 'restarted', { reason });
    for (const { end } of this.#asked.splice(0)) end();
  }

  #ask(message, hear) {
    return new Promise((end) => {
      this.#asked.push({ message, hear, end });
      if (this.#asked.length === 1) this.#post();
    });
  }

  #post() {
    const [{ message }] = this.#asked;
    if (message.ask === 'run') this.tell('running', message);
    this.#interrupt?.fill(0);
    this.#worker.postMessage(message);
  }

  #take({ loaded, output, result }) {
    if (loaded) this.tell('loading', { percent: Math.min(100, Math.round(100 * loaded / this.place.size)) });
    else if (output) this.#asked[0]?.hear?.(output);
    else this.#answer(result);
  }

  #answer(result) {
    const { message, end } = this.#asked.shift();
    end(result);
    if (message.ask === 'run') {
      this.#ran.set(message.number, result && message.source);
      const others = result ? [] : this.#asked.splice(0); // they would only fail too
      for (const other of others) other.end();
      this.tell(others.length ? 'above' : 'ready', message);
    }
    if (this.#asked.length) this.#post();
  }
}
