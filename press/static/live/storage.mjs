// Readers' edits and progress, stored in this browser: changes to the book delete nothing.

/** Stores texts under a prefix; if the browser cannot store them, `failed` is called once. */
export class Storage {
  /** @param {string} prefix @param {() => void} failed */
  constructor(prefix, failed) {
    this.prefix = prefix;
    this.failed = failed;
  }

  /** @returns {{text: string, base: string} | null} what is stored for a cell, and the text that was edited */
  get(name) {
    try {
      const kept = JSON.parse(localStorage.getItem(this.prefix + name));
      return typeof kept?.text === 'string' ? kept : null;
    } catch { return null; }
  }

  set(name, kept) {
    try {
      if (kept) localStorage.setItem(this.prefix + name, JSON.stringify(kept));
      else localStorage.removeItem(this.prefix + name);
    } catch {
      this.failed();
      this.failed = () => {};
    }
  }

  /** Calls `change` with the name of a cell that another tab has edited. */
  watch(change) {
    addEventListener('storage', ({ key }) => {
      if (key?.startsWith(this.prefix)) change(key.slice(this.prefix.length));
    });
  }
}
