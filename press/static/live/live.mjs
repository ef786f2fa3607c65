// Runs and edits the cells of a page. Loaded when a reader first runs or edits one.

import { Cell, codeCell } from './cell.mjs';
import { nameOf, settle, stored } from './edits.mjs';
import { makeRuntime } from './runtime.mjs';

/**
 * Makes the cells of the page live.
 * @param {{chapter: string, place: import('./runtime.mjs').Place, words: Object<string, string>,
 *   verdicts: Object<string, string>}} page   data from the page
 * @param {import('./cell.mjs').Tools} tools
 * @returns a function that returns the actions of buttons: in a cell, by its element, or in no cell
 */
export default function live({ chapter, place, words, verdicts }, tools) {
  /** @type {HTMLElement} */
  const status = document.querySelector('.runtime');
  const runtime = makeRuntime(place, say);
  const home = { ...tools, say, keyOf, run, runtime, words, verdicts };
  const cells = [];
  let section = '';
  for (const element of document.querySelectorAll('.text > :is(h2, h3)[id], .text .cell')) {
    if (element.matches('.cell')) cells.push(new Cell(element, section, cells.length + 1, home));
    else section = element.id;
  }
  const cellOf = (element) => cells.find((cell) => cell.element === element);
  const formers = new Map();
  settle(tools.edits, cells, offer);
  addEventListener('storage', ({ key }) => cells.find((cell) => cell.key === key)?.heed());
  addEventListener('pageshow', () => { // was away, and heard nothing
    for (const cell of cells) if (!cell.isUnsaved) cell.heed();
  });

  // If the server does not send the headers, this makes the next page one that can be interrupted
  const isolation = new URL('../../isolation.js', import.meta.url);
  if (!crossOriginIsolated) navigator.serviceWorker?.register(isolation).catch(() => {});

  function keyOf(cell) {
    let key = tools.edits + nameOf(cell);
    while (cells.some((other) => other.key === key)) key += '\n'; // the same program once more
    return key;
  }

  /** Shows a message at the bottom of the window; a name without words hides it, one is only heard. */
  function say(name, values) {
    const text = words[name]?.replace(/\{(\w+)\}/g, (_, key) => values[key]);
    status.querySelector('[role=status]').textContent = text;
    status.dataset.state = name;
    status.dataset.cell = values?.number;
    status.hidden = !text || name === 'ready';
  }

  /** Goes to the cell that the message at the bottom of the window is about. */
  function find() {
    const { element } = cells[Number(status.dataset.cell) - 1];
    element.scrollIntoView({ block: 'center' });
    element.querySelector('.run').focus({ preventScroll: true });
  }

  /** Runs a cell after those it depends on: the chapter's cells above it, and the answer that it checks. */
  function run(cell) {
    const above = cells.slice(0, cell.number - 1);
    const answer = cell.is('check') && above.at(-1);
    const needed = above.filter((other) => other === answer || !other.exercise);
    const missing = needed.filter(({ text, number }) => !runtime.has(text, number));
    for (const each of [...missing, cell]) if (!each.is('running')) each.execute();
  }

  /** Shows a stored text whose cell the book has changed or removed, to be used in a cell or discarded. */
  function offer(key, text, cell) {
    const box = tools.part('former');
    const code = box.querySelector('code');
    const shown = [...box.childNodes];
    const value = self.bookMemory.get(key);
    const turn = (kept, ...parts) => {
      self.bookMemory.set(key, kept);
      box.replaceChildren(...parts);
      box.querySelector('button').focus(); // the one that was pressed is gone
    };
    const drop = () => turn('', tools.part('dropped'));
    const restore = () => turn(value, ...shown);
    const take = async () => {
      await cell.put(text);
      if (stored(cell.key)?.text !== text) return; // it is stored only here
      self.bookMemory.set(key, '');
      box.remove();
    };
    code.textContent = text;
    formers.set(box, { drop, restore, take });
    if (cell) cell.element.prepend(box);
    else {
      box.querySelector('[data-live=take]').remove();
      box.classList.add('listing');
      document.querySelector('.text').append(box);
    }
    self.bookReach(code.parentElement);
  }

  // Answers as a notebook: download and upload

  /** Saves the programs of the page with its headings, edited solutions only, and texts of cells that are gone. */
  function download() {
    const wanted = '.text > :is(h2, h3, .cell), .text .cell.edited, .former code';
    const passages = [...document.querySelectorAll(wanted)];
    const made = passages.map((passage) => cellOf(passage)?.notebookCell ?? other(passage));
    const notebook = {
      nbformat: 4, nbformat_minor: 5,
      metadata: { kernelspec: { name: 'python3', display_name: 'Python 3 (ipykernel)' } },
      cells: made.map((cell, index) => ({ id: `${index}`, ...cell })),
    };
    self.onbeforeunload = null; // what the browser could not store is kept now
    self.bookSave(`${chapter.replace('/', '-')}.ipynb`, JSON.stringify(notebook, null, 1));
  }

  /** What is a heading, or the text of a cell that is gone, as part of a notebook. */
  function other({ id, localName, textContent }) {
    if (localName === 'code') return codeCell(textContent);
    const title = document.querySelector(`.on-page [href="#${id}"]`).textContent;
    return { cell_type: 'markdown', metadata: {}, source: `${'#'.repeat(localName[1])} ${title}` };
  }

  /** The answers in a notebook by exercise: of several, the first, with the cells that Jupyter has split off it. */
  function answersIn(notebook) {
    const found = new Map();
    let last;
    for (const { metadata, source } of JSON.parse(notebook).cells) {
      const name = metadata.tags?.includes('exercise') && metadata.exercise;
      const text = [source].flat().join('');
      const isPart = name && name === last;
      last = isPart || !found.has(name) ? name : undefined;
      if (last) found.set(name, isPart ? `${found.get(name)}\n${text}` : text);
    }
    return found;
  }

  /** Loads the answers in a notebook, and offers the texts that they replace. */
  async function load(file) {
    let count = 0;
    for (const [name, text] of await file.text().then(answersIn).catch(() => [])) { // told below
      const cell = cells.find((each) => each.is('exercise') && each.exercise === name);
      if (!cell || ['', cell.original].includes(text.trimEnd())) continue; // a starter is no answer
      await cell.put(text);
      count += 1;
    }
    say(count ? 'taken' : 'no_answers', { count, file: file.name });
  }

  const acts = { stop: () => runtime.stop(), close: () => say('nothing'), find, download, load };
  return (element) => cellOf(element) ?? formers.get(element) ?? acts;
}
