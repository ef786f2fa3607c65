// A code cell: the book's program and the reader's version of it, its recorded and its live outputs.

import { stored } from './edits.mjs';
import { markReport, show } from './outputs.mjs';

/**
 * @typedef {object} Tools   of cells.js
 * @property {(name: string) => HTMLElement} part @property {string} edits   how the keys of texts begin
 * @property {(cell: HTMLElement, name?: string) => void} remark
 *
 * @typedef {object} Page   what a cell needs from its page
 * @property {(name: string) => void} say   at the bottom of the window
 * @property {(cell: Cell) => string} keyOf   under which the browser stores the reader's text
 * @property {(cell: Cell) => void} run   after the cells that it depends on
 * @property {import('./runtime.mjs').Runtime} runtime
 * @property {Object<string, string>} words @property {Object<string, string>} verdicts
 *
 * @typedef {Tools & Page} Home
 */

/** A code cell of a notebook. */
export function codeCell(source, metadata = {}) {
  return { cell_type: 'code', execution_count: null, metadata, outputs: [], source };
}

const unsaved = new Set(); // cells whose text the browser could not store

export class Cell {
  /** @type {Promise<void> | undefined} */
  opening; // of the editor
  /** @type {string[]} */
  others = []; // texts that the reader's replaced here or in another tab, in the order in which they are offered

  /**
   * @param {HTMLElement} element @param {string} section  the id of its heading
   * @param {number} number  on the page, from 1 @param {Home} home
   */
  constructor(element, section, number, home) {
    this.element = element;
    this.section = section;
    this.number = number;
    this.home = home;
    /** @type {HTMLElement} */
    this.input = element.querySelector('.input');
    this.code = this.input.querySelector('code');
    this.original = this.code.textContent.replace(/\n$/, '');
    this.text = this.original; // the reader's
    /** @type {HTMLElement?} */
    this.outputs = element.querySelector('.outputs');
    const isPart = element.matches('.exercise, .check, .solution');
    this.exercise = isPart ? section.replace(/^ex-/, '') : '';
    this.key = home.keyOf(this);
    const edit = stored(this.key);
    if (edit) this.#restore(edit);
    else if (this.is('exercise')) this.#translate();
  }

  is(kind) { return this.element.classList.contains(kind); }

  get isUnsaved() { return unsaved.has(this); }

  /** The cell as part of a notebook. */
  get notebookCell() {
    const { exercise, text } = this;
    const metadata = exercise && !this.is('solution') ? { tags: [this.is('check') ? 'check' : 'exercise'], exercise } : {};
    return codeCell(text, metadata);
  }

  // Running

  run() { this.home.run(this); }

  /** Runs only this cell, after those requested before it. */
  async execute() {
    const outputs = this.home.part('outputs');
    this.element.classList.add('running');
    this.editor?.mark(0);
    const well = await this.home.runtime.run(this.text, this.number, (output) => {
      this.#reveal(outputs);
      show(outputs, output);
      if (output.line) this.editor?.mark(output.line);
    });
    this.element.classList.remove('running');
    if (well === undefined) {
      if (!outputs.isConnected) this.recorded(); // earlier live results are not those of this program
      return;
    }
    this.#reveal(outputs); // it may have printed nothing
    if (this.is('check')) this.#judge(outputs);
  }

  /** Replaces the earlier outputs by live ones. */
  #reveal(outputs) {
    if (outputs.isConnected) return;
    this.recorded();
    if (this.outputs) this.outputs.hidden = true;
    else outputs.querySelector('.recorded').remove();
    this.element.append(outputs);
  }

  /** Restores the recorded outputs. */
  recorded() {
    this.element.querySelector('.outputs.live')?.remove();
    if (this.outputs) this.outputs.hidden = false;
  }

  /** Marks the report of a check, and records whether all tests passed: it then ends as in `3/3`. */
  #judge(outputs) {
    markReport(outputs, this.home.verdicts);
    if (this.is('solution')) return;
    const isDone = /^(\d+)\/\1\b/m.test(outputs.textContent);
    self.bookMemory.set(`exercise ${this.exercise}`, isDone ? 'done' : '');
    document.dispatchEvent(new Event('progress'));
  }

  // Editing

  /** Opens an editor in place of the code. */
  open() {
    this.opening ??= import('./editor.mjs').then(({ editor }) => {
      this.code.parentElement.hidden = true;
      this.editor = editor(this.input.querySelector('.tools'), {
        text: this.text,
        label: this.home.words.editor,
        change: (text) => this.#keep(text),
        run: () => this.run(),
        leave: () => /** @type {HTMLElement} */ (this.input.querySelector('.run')).focus(),
        complete: (before) => this.home.runtime.complete(before),
      });
    });
    this.opening.catch(() => { this.opening = undefined; }); // the next press tries again
    return this.opening;
  }

  async edit() {
    await this.open();
    this.editor.focus();
  }

  /** Replaces the reader's text, and offers to bring it back. */
  async put(text) {
    const { text: before, others } = this;
    if (text === before) return;
    await this.open();
    this.editor.put(text);
    this.#offer('replaced', [before, ...others]);
    this.#store(text === this.original ? others : this.others); // who resets a cell means it
  }

  reset() { return this.put(this.original); }

  /** Uses the text that is offered; the next time, the one after it. */
  async take() {
    const [text = this.original] = this.others.splice(0, 1);
    await this.put(text);
    this.others.push(...this.others.splice(0, 1));
  }

  #display(text) {
    this.text = text;
    this.code.textContent = text; // for copying and printing
    this.element.classList.toggle('edited', text !== this.original);
    this.input.querySelector('.reset')?.remove();
    if (text !== this.original) this.input.querySelector('.run').before(this.home.part('reset'));
  }

  // The reader's text is stored with the text that was edited, because the book may change

  #keep(text) {
    this.#display(text);
    const isDecided = this.element.querySelector('.remark:is(.replaced, .translated)');
    if (isDecided) this.#offer(undefined, []);
    this.#store();
  }

  /** Stores the text with those it has replaced, as long as they are offered. */
  #store(others = this.others) {
    const { text, original } = this;
    const before = others.filter((other) => ![text, original].includes(other));
    const isEdit = text !== original || before.length;
    const edit = isEdit ? JSON.stringify({ text, base: original, before }) : '';
    if (self.bookMemory.set(this.key, edit)) unsaved.delete(this);
    else {
      unsaved.add(this);
      this.home.say('unsaved');
    }
    const ask = (event) => event.preventDefault(); // before the page is left
    self.onbeforeunload = unsaved.size ? ask : null;
  }

  #restore(edit) {
    const text = this.#textOf(edit);
    if (text === this.original && !edit.before.length) return;
    this.#display(text);
    if (edit.before.length) this.#offer('replaced', edit.before);
    else if (edit.base !== this.original) this.#offer('changed', []);
  }

  /** Offers the answer that the reader has written in another language. */
  #translate() {
    const place = this.key.slice(this.key.indexOf('/')); // follows the language
    const keys = self.bookMemory.keys('cell ').filter((key) => key.endsWith(place));
    const edit = keys.map(stored).find((each) => each && each.text !== each.base);
    if (edit) this.#offer('translated', [edit.text]);
  }

  /** The text of a stored edit; a cell that was reset follows the book. */
  #textOf({ text, base }) { return text === base ? this.original : text; }

  /** Takes over a text that is stored under another key. */
  adopt(key, edit) {
    this.#restore(edit);
    if (self.bookMemory.set(this.key, self.bookMemory.get(key))) self.bookMemory.set(key, '');
  }

  /** Offers the version of another tab, and those that it replaced there. */
  heed() {
    const edit = stored(this.key) ?? { text: this.original, base: this.original, before: [] };
    const text = this.#textOf(edit);
    if (text === this.text) return;
    const isTold = this.element.querySelector('.remark.other');
    this.#offer('other', [...new Set([text, ...edit.before, ...this.others.slice(isTold ? 1 : 0)])]);
  }

  /** Tells the reader about other versions of the cell, and offers to use them; without a reason, no longer. */
  #offer(reason, others) {
    this.home.remark(this.element, reason);
    this.others = others;
  }
}
