// Python in a worker: started when first needed, stopped, and restarted after a failure.

/**
 * @typedef {object} Place   where the parts of the runtime are, as absolute addresses
 * @property {string} runtime @property {string} lock @property {string} wheel
 * @property {string[]} python @property {string} language @property {number} size  bytes to come
 * @property {boolean} plots  whether the page draws with matplotlib
 *
 * @typedef {'loading' | 'ready' | 'busy' | 'ended'} State
 * @typedef {{kind: string, [key: string]: any}} Message
 */

const PATIENCE = 3000; // ms that an interrupted cell may take before its worker is terminated
const QUIET = 5000; // ms after the start that leave the machine to the reader
const newWorker = () => new Worker(new URL('worker.mjs', import.meta.url), { type: 'module' });

export class Runtime {
  /** @param {Place} place @param {(state: State, detail?: any) => void} tell */
  constructor(place, tell) {
    this.place = place;
    this.tell = tell;
    /** @type {{hear: (message: Message) => void, end: (result: any) => void}[]} requests without an answer yet, in order */
    this.asked = [];
  }

  get started() { return Boolean(this.worker); }

  start() {
    this.worker = newWorker();
    this.worker.addEventListener('message', ({ data }) => this.#take(data));
    this.worker.addEventListener('error', (event) => this.end(event.message || 'worker.mjs'));
    this.interrupt = globalThis.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : undefined;
    this.tell('loading', 0);
    return this.#ask('begin', { ...this.place, interrupt: this.interrupt?.buffer }).then(({ ended, result }) => {
      if (!ended) this.tell('ready');
      if (!ended && !result) setTimeout(() => this.#keep(), QUIET);
      return !ended;
    });
  }

  /** Lets another Python, which runs none of the reader's code, store what makes the next start fast. */
  #keep() {
    if (this.keeper) return;
    const worker = this.keeper = newWorker();
    worker.addEventListener('message', ({ data }) => {
      if (data.kind === 'failed' || (data.kind === 'done' && data.result)) worker.terminate();
    });
    worker.postMessage({ kind: 'begin', ...this.place });
    worker.postMessage({ kind: 'keep' });
  }

  /** Runs a cell; `hear` gets its outputs. Returns whether it succeeded, or `ended` without a runtime. */
  async run(source, number, hear) {
    if (!this.started && !await this.start()) return { ended: true };
    this.interrupt?.fill(0);
    this.tell('busy', number);
    const result = await this.#ask('run', { source, number }, hear);
    if (!result.ended) this.tell('ready');
    return result;
  }

  /** Returns completions for the text before the cursor, or nothing while cells run. */
  async complete(source) {
    if (!this.started || this.asked.length) return null;
    return (await this.#ask('complete', { source })).result;
  }

  /** Stops the running cell: at once, keeping all names, if the page may interrupt it. */
  stop() {
    const [waiting] = this.asked;
    if (!waiting) return;
    if (!this.interrupt) { this.end(); return; }
    this.interrupt.fill(2);
    setTimeout(() => { if (this.asked.includes(waiting)) this.end(); }, PATIENCE);
  }

  /** Terminates the worker and all requests; the next cell starts another one. */
  end(reason) {
    this.worker?.terminate();
    this.worker = undefined;
    this.tell('ended', reason);
    for (const { end } of this.asked.splice(0)) end({ ended: true });
  }

  #ask(kind, rest, hear = () => {}) {
    return new Promise((end) => {
      this.asked.push({ hear, end });
      this.worker.postMessage({ kind, ...rest });
    });
  }

  #take(message) {
    if (message.kind === 'loaded') this.tell('loading', Math.min(1, message.loaded / this.place.size));
    else if (message.kind === 'failed') this.end(message.message);
    else if (message.kind === 'done') this.asked.shift()?.end(message);
    else this.asked[0]?.hear(message);
  }
}
