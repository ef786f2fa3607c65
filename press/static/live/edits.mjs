// The reader's texts of cells: what names them in the browser's storage, and what becomes of those that no cell has.

/**
 * A text is stored with the program of the book that was edited, and with texts that it replaced. What names it
 * must survive edits elsewhere in the chapter, and must not lead to another cell: the exercise and the role, or else
 * the program. Names like `shapes-3`, as stored before, count passages.
 * @typedef {{text: string, base: string, before: string[]}} Edit
 * @typedef {import('./cell.mjs').Cell} Cell
 */

const ALIKE = 0.4; // the fraction of three-letter parts that a program and its new version have in common
const ROLES = ['solution', 'check'];

/** Returns the end of a cell's key; programs begin with a line break, so that none looks like another name. */
export function nameOf({ exercise, section, original, element }) {
  const roles = ROLES.filter((role) => element.classList.contains(role));
  return exercise ? [section, ...roles].join(' ') : `\n${original}`;
}

/** @returns {Edit | undefined} */
export function stored(key) {
  try {
    const { text, base, before = [] } = JSON.parse(self.bookMemory.get(key));
    return typeof text === 'string' ? { text, base: `${base}`, before } : undefined;
  } catch { return undefined; }
}

/**
 * Gives stored texts without a cell to the unedited cells with the program that was edited.
 * @param {string} start  of the chapter's keys @param {Cell[]} cells
 * @param {(key: string, text: string, cell: Cell | undefined) => void} offer
 *   gets the reader's text of each of the others, with the unedited cell that may be the new version of the edited one
 */
export function settle(start, cells, offer) {
  const known = new Set(cells.map(({ key }) => key));
  for (const key of self.bookMemory.keys(start).sort()) {
    const edit = known.has(key) ? undefined : stored(key);
    if (!edit) continue;
    const name = key.slice(start.length);
    const exercise = name.match(/^ex-.+?(?= |-\d+$|$)/)?.[0];
    const isFor = (cell) => (exercise ? cell.section === exercise : !cell.exercise);
    const free = cells.filter((cell) => cell.text === cell.original && isFor(cell));
    const same = free.filter(({ original }) => original === edit.base);
    const own = same.length > 1 ? same.find(({ element }) => element.id === name) : same[0];
    if (own) own.adopt(key, edit);
    else offer(key, edit.text === edit.base ? edit.before[0] : edit.text, successor(edit, free));
  }
}

/** Returns the cell whose program is most like the one that was edited, unless none is. */
function successor({ base }, cells) {
  const likeness = new Map(cells.map((cell) => [cell, common(parts(base), parts(cell.original))]));
  const best = Math.max(...likeness.values());
  return best < ALIKE ? undefined : cells.find((cell) => likeness.get(cell) === best);
}

const parts = (text) => new Set(Array.from(text, (_, at) => text.slice(at, at + 3)));

function common(one, other) {
  const both = [...one].filter((part) => other.has(part)).length;
  return both / (one.size + other.size - both);
}
