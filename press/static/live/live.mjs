// Runs and edits the cells of a page. Loaded when a reader first runs or edits one.

import { Cell, codeCell, stored } from './cell.mjs';
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
  const home = { ...tools, say, run, runtime, words, verdicts };
  /** @type {NodeListOf<HTMLElement>} */
  const elements = document.querySelectorAll('.text .cell');
  const cells = Array.from(elements, (element, index) => new Cell(element, index + 1, home));
  follow();
  for (const cell of cells) cell.restore();
  const cellOf = (element) => cells.find((cell) => cell.element === element);
  addEventListener('storage', ({ key }) => cells.find((cell) => cell.key === key)?.heed());
  addEventListener('pageshow', () => cells.forEach((cell) => cell.heed())); // was away, and heard nothing

  // If the server does not send the headers, this makes the next page one that can be interrupted
  const isolation = new URL('../../isolation.js', import.meta.url);
  if (!crossOriginIsolated) navigator.serviceWorker?.register(isolation).catch(() => {});

  /** Shows a message at the bottom of the window; a name without words hides it, one is only heard. */
  function say(name, values) {
    const text = words[name]?.replace(/\{(\w+)\}/g, (_, key) => values[key]);
    status.querySelector('[role=status]').textContent = text;
    status.dataset.state = name;
    status.hidden = !text || name === 'ready';
  }

  /** Runs a cell after those it depends on: the chapter's cells above it, and the answer that it checks. */
  function run(cell) {
    const above = cells.slice(0, cell.number - 1);
    const answer = cell.is('check') && above.at(-1);
    const needed = above.filter((other) => other === answer || !other.exercise);
    const missing = needed.filter(({ text, number }) => !runtime.has(text, number));
    for (const each of [...missing, cell]) if (!each.is('running')) each.execute();
  }

  /** The edits that the browser stores for this chapter, and the cells that have their keys. */
  function edits() {
    const keys = self.bookMemory.keys(`cell ${chapter}#`);
    return keys.map((key) => ({ key, edit: stored(key), cell: cells.find((each) => each.key === key) }));
  }

  /** Lets edits follow their programs to where these are in the book now; none is overwritten. */
  function follow() {
    const isHome = ({ cell, edit }) => cell?.is('exercise') || cell?.original === edit.base;
    const all = edits();
    const free = cells.filter((each) => !all.some((one) => one.cell === each && isHome(one)));
    const moves = [];
    for (const { key, edit } of all.filter((one) => !isHome(one))) {
      const at = free.findIndex(({ original }) => original === edit.base);
      if (at >= 0) moves.push({ key, edit, to: free.splice(at, 1)[0].key });
    }
    const stays = all.filter(({ key }) => !moves.some((move) => move.key === key));
    for (const { key, edit } of stays) {
      if (moves.some(({ to }) => to === key)) moves.push({ key, edit, to: `${key} ${Date.now()}` });
    }
    for (const { key } of moves) self.bookMemory.set(key, '');
    for (const { to, edit } of moves) self.bookMemory.set(to, JSON.stringify(edit));
  }

  // Answers as a notebook: download and upload

  /** Saves the programs of the page with its headings, without solutions, and edits of cells that are gone. */
  function download() {
    const passages = [...document.querySelectorAll('.text > :is(h2, h3, .cell)')];
    const gone = edits().filter(({ cell }) => !cell).map(({ edit }) => codeCell(edit.text));
    const made = passages.map((passage) => cellOf(passage)?.notebookCell ?? heading(passage)).concat(gone);
    const notebook = {
      nbformat: 4, nbformat_minor: 5,
      metadata: { kernelspec: { name: 'python3', display_name: 'Python 3 (ipykernel)' } },
      cells: made.map((cell, index) => ({ id: `${index}`, ...cell })),
    };
    self.onbeforeunload = null; // what the browser could not store is kept now
    self.bookSave(`${chapter.replace('/', '-')}.ipynb`, JSON.stringify(notebook, null, 1));
  }

  function heading({ id, localName }) {
    const title = document.querySelector(`.on-page [href="#${id}"]`).textContent;
    return { cell_type: 'markdown', metadata: {}, source: `${'#'.repeat(localName[1])} ${title}` };
  }

  /** Loads the answers in a notebook; undo or reset restores the present text of a cell. */
  async function load(file) {
    const notebook = await file.text().then(JSON.parse).catch(() => null); // told below
    let count = 0;
    for (const { metadata, source } of notebook?.cells ?? []) {
      const answer = metadata?.tags?.includes('exercise') && metadata.exercise;
      const cell = cells.find((each) => each.is('exercise') && each.exercise === answer);
      if (!cell) continue;
      await cell.put([source].flat().join(''));
      count += 1;
    }
    say(count ? 'taken' : 'no_answers', { count, file: file.name });
  }

  const acts = { stop: () => runtime.stop(), close: () => say('nothing'), download, load };
  return (element) => cellOf(element) ?? acts;
}
