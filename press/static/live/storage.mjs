// Readers' edits and progress, kept by this browser: nothing is dropped because the book changed.

/** Keeps texts under a prefix; where the browser keeps nothing, `failed` is called once. */
export class Storage {
  /** @param {string} prefix @param {() => void} failed */
  constructor(prefix, failed) {
    this.prefix = prefix;
    this.failed = failed;
  }

  /** @returns {{text: string, base: string} | null} what was kept for a cell, and what it was an edit of */
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

  /** Calls `change` with the name of a cell that another tab has written. */
  watch(change) {
    addEventListener('storage', ({ key }) => {
      if (key?.startsWith(this.prefix)) change(key.slice(this.prefix.length));
    });
  }
}
