// Runs and edits the cells of a page. Loaded when a reader first runs or edits one.

import { markReport, receiver } from './outputs.mjs';
import { Runtime } from './runtime.mjs';
import { Storage } from './storage.mjs';

/**
 * @typedef {import('./runtime.mjs').Place & {words: Object<string, string>, chapter: string,
 *   verdicts: Object<string, string>}} Page
 * @typedef {{button: (label: string, kind: string, act: () => void) => HTMLButtonElement,
 *   remark: (cell: HTMLElement, text: string) => HTMLElement}} Tools   of cells.js
 */

const KINDS = ['solution', 'exercise', 'check'];

/** A code cell: its element, the book's program, the reader's program, and what ran last. */
class Cell {
  /** @param {HTMLElement} element @param {string} exercise  the exercise that it is part of, if any */
  constructor(element, exercise) {
    this.element = element;
    this.name = element.id;
    this.kind = KINDS.filter((kind) => element.classList.contains(kind)).join(' ');
    this.exercise = this.kind && exercise;
    this.input = element.querySelector('.input');
    this.program = this.input.querySelector('pre');
    this.recorded = element.querySelector('.outputs');
    this.original = this.program.textContent.replace(/\n$/, '');
    this.text = this.original;
  }

  get isDone() { return this.ran === this.text; }
}

/** Makes the page's cells live, and returns what their buttons do. @param {Page} page @param {Tools} tools */
export default function live(page, { button, remark }) {
  const { words } = page;
  let exercise = '';
  const cells = [];
  for (const element of document.querySelectorAll('.text :is(h2, h3, .cell)')) {
    if (element.matches('.cell')) cells.push(new Cell(element, exercise));
    else exercise = element.id.startsWith('ex-') ? element.id.slice(3) : '';
  }
  const cellOf = (element) => cells.find((cell) => cell.element === element);
  const storage = new Storage(`cell ${page.chapter}#`, () => tell(words.live_unsaved));
  page.plots = cells.some(({ original }) => original.includes('matplotlib'));
  const runtime = new Runtime(page, follow);
  const stop = button(words.live_stop, 'stop', () => { queue.length = 0; runtime.stop(); });
  const close = button(words.live_close, 'close', () => tell(''));
  stop.hidden = true;
  const { status, note } = statusLine(stop, close);

  // If the server does not send the headers, this makes the next page one that can be interrupted
  if (!crossOriginIsolated) navigator.serviceWorker?.register(page.isolation).catch(() => {});

  // Events

  function tell(text) {
    note.textContent = text;
    status.hidden = !text;
  }

  function follow(state, detail) {
    stop.hidden = state !== 'busy' && state !== 'loading';
    close.hidden = !stop.hidden;
    if (state === 'loading') tell(words.live_loading.replace('{percent}', Math.round(100 * detail)));
    else if (state === 'busy') tell(words.live_running.replace('{number}', nameOf(detail)));
    else if (state === 'ready') tell('');
    else {
      for (const cell of cells) cell.ran = undefined;
      tell(detail ? words.live_failed.replace('{reason}', detail) : words.live_restarted);
    }
  }

  // Running: one cell after another, and before each one the cells above it that have not run

  const queue = [];
  let running;

  /** The cells that a cell depends on: the chapter's cells above it, and the answer that it checks. */
  function needed(cell) {
    const above = cells.slice(0, cells.indexOf(cell));
    const answer = cell.kind.endsWith('check') && above.findLast((other) => other.exercise === cell.exercise
      && other.kind === (cell.kind === 'check' ? 'exercise' : 'solution'));
    return above.filter((other) => other === answer || !other.kind);
  }

  async function run(cell) {
    for (const other of [...needed(cell).filter((each) => !each.isDone), cell]) {
      if (!queue.includes(other)) queue.push(other);
    }
    running ??= work().finally(() => { running = undefined; });
    await running;
  }

  async function work() {
    while (queue.length) {
      const cell = queue[0];
      const well = await runOne(cell);
      queue.shift();
      if (!well && queue.length) { // the cells after it would only fail too
        queue.forEach(showRecorded); // and their earlier results are not those of this program
        queue.length = 0;
        if (runtime.started) tell(words.live_above.replace('{number}', nameOf(cells.indexOf(cell) + 1)));
      }
    }
  }

  function nameOf(number) {
    return words.live_cell.replace('{number}', number);
  }

  async function runOne(cell) {
    const { text } = cell;
    const place = document.createElement('div');
    place.className = 'outputs live';
    place.setAttribute('role', 'group');
    place.setAttribute('aria-label', words.live_output);
    const take = receiver(place);
    let wrong = null;
    let isShown = false;
    const reveal = () => { if (!isShown) { replaceOutputs(cell, place); isShown = true; } };
    cell.element.classList.add('running');
    cell.editor?.mark(null);
    const { result, ended } = await runtime.run(text, cells.indexOf(cell) + 1, (message) => {
      reveal();
      if (message.kind === 'error') wrong = message;
      take(message);
    });
    cell.element.classList.remove('running');
    if (ended) return false;
    reveal();
    cell.ran = result ? text : undefined;
    if (wrong) cell.editor?.mark(wrong.line);
    if (!place.querySelector('.output')) place.querySelector('.live-head').firstChild.data = words.live_silent;
    if (cell.kind.endsWith('check')) markReport(place, page.verdicts);
    if (cell.kind === 'check') judge(cell, place.textContent);
    return result;
  }

  function replaceOutputs(cell, place) {
    cell.element.querySelector('.outputs.live')?.remove();
    if (cell.recorded) cell.recorded.hidden = true;
    const back = button(words.live_recorded, 'recorded', () => showRecorded(cell));
    const head = document.createElement('p');
    head.className = 'live-head';
    const isTimed = cell.element.classList.contains('measures-time');
    head.append(isTimed ? words.live_timed : words.live_output, back);
    if (!cell.recorded) back.remove();
    place.prepend(head);
    cell.element.append(place);
  }

  function showRecorded(cell) {
    cell.element.querySelector('.outputs.live')?.remove();
    if (cell.recorded) cell.recorded.hidden = false;
  }

  /** Records whether all tests of an exercise passed: its report ends with a line such as `3/3 …`. */
  function judge(cell, report) {
    const [, passed, all] = report.trim().split('\n').at(-1).match(/^(\d+)\/(\d+)/) ?? [];
    if (!all) return;
    const done = passed === all;
    new Storage('exercise ', () => {}).set(cell.exercise, { text: done ? 'done' : 'tried', base: '' });
    cell.element.classList.toggle('passed', done);
    document.dispatchEvent(new Event('progress'));
  }

  // Editing

  async function edit(cell, { focus = true } = {}) {
    cell.opening ??= import('./editor.mjs').then(({ editor }) => {
      cell.program.hidden = true;
      cell.editor = editor(cell.input, {
        text: cell.text,
        label: words.live_editor,
        change: (text) => set(cell, text),
        run: () => run(cell),
        leave: () => cell.input.querySelector('.run').focus(),
        complete: (before) => runtime.complete(before),
      });
    });
    await cell.opening;
    if (focus) cell.editor.focus();
  }

  function put(cell, text) {
    if (cell.editor) cell.editor.put(text);
    else set(cell, text);
  }

  function set(cell, text) {
    display(cell, text);
    storage.set(cell.name, text === cell.original ? null : { text, base: cell.original });
  }

  function display(cell, text) {
    cell.text = text;
    cell.program.querySelector('code').textContent = text; // for copying and printing
    const edited = text !== cell.original;
    cell.element.classList.toggle('edited', edited);
    const reset = cell.input.querySelector('.reset');
    if (edited && !reset) {
      cell.input.querySelector('.run').before(button(words.live_reset, 'reset', () => put(cell, cell.original)));
    } else if (!edited) reset?.remove();
  }

  /** Tells the reader about another version of a cell, and offers to use it. */
  function offer(cell, about, label, text) {
    const shown = remark(cell.element, about);
    shown.append(button(label, 'act', () => { put(cell, text); shown.remove(); }));
  }

  for (const cell of cells) {
    const kept = storage.get(cell.name);
    if (!kept || kept.text === cell.original) continue;
    display(cell, kept.text);
    if (kept.base !== cell.original) offer(cell, words.live_changed, words.live_take_book, cell.original);
  }
  storage.watch((name) => {
    const cell = cells.find((each) => each.name === name);
    const text = storage.get(name)?.text ?? cell?.original;
    if (cell && text !== cell.text) offer(cell, words.live_other, words.live_take_other, text);
  });

  // Answers as a notebook: download and upload

  function download() {
    const notebook = {
      nbformat: 4, nbformat_minor: 5,
      metadata: {
        kernelspec: { name: 'python3', display_name: 'Python 3 (ipykernel)', language: 'python' },
        language_info: { name: 'python' },
      },
      cells: cells.filter((cell) => !cell.kind.includes('solution')).flatMap((cell, number) => [
        ...(cell.kind === 'exercise' ? [heading(cell, number)] : []),
        {
          cell_type: 'code', id: `cell-${number}`, execution_count: null, outputs: [],
          metadata: cell.kind ? { tags: [cell.kind], exercise: cell.exercise } : {},
          source: cell.text,
        },
      ]),
    };
    window.bookSave(`${page.chapter.replace('/', '-')}.ipynb`, JSON.stringify(notebook, null, 1));
  }

  function heading(cell, number) {
    const title = document.getElementById(`ex-${cell.exercise}`)?.firstChild?.textContent.trim() ?? cell.exercise;
    return { cell_type: 'markdown', id: `title-${number}`, metadata: {}, source: `## ${title}` };
  }

  /** Loads the answers in a notebook; undo or reset restores the present text of a cell. */
  async function load(file) {
    let notebook;
    try { notebook = JSON.parse(await file.text()); } catch { /* told below */ }
    const answers = (notebook?.cells ?? []).filter((cell) => cell.metadata?.exercise
      && (cell.metadata.tags ?? []).includes('exercise'));
    let taken = 0;
    for (const { metadata, source } of answers) {
      const cell = cells.find((each) => each.kind === 'exercise' && each.exercise === metadata.exercise);
      const text = Array.isArray(source) ? source.join('') : source;
      if (!cell || typeof text !== 'string') continue;
      await edit(cell, { focus: false });
      if (text !== cell.text) put(cell, text);
      taken += 1;
    }
    tell(taken ? words.live_taken.replace('{count}', taken) : words.live_no_answers.replace('{file}', file.name));
  }

  return {
    run: (element) => run(cellOf(element)),
    edit: (element, options) => edit(cellOf(element), options),
    download,
    load,
  };
}

/** The line at the bottom of the window that shows what Python is doing, with buttons to stop it or to close the line. */
function statusLine(...buttons) {
  const status = document.createElement('div');
  status.className = 'runtime';
  const note = document.createElement('span');
  note.setAttribute('role', 'status');
  status.append(note, ...buttons);
  status.hidden = true;
  document.body.append(status);
  return { status, note };
}
