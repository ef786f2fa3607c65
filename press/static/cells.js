// Buttons to run and edit the code on a page; what they need is loaded on the first press.
(function () {
  'use strict';
  const page = JSON.parse(document.querySelector('#live')?.textContent ?? 'null');
  if (!page) return;
  const cells = [...document.querySelectorAll('.text .cell')];
  const edits = `cell ${page.chapter}#`; // how the keys of the reader's texts begin
  const isServed = location.protocol.startsWith('http');
  let loading;

  /** Loads what makes cells live, once; it returns what the buttons of a cell do, or of no cell. */
  function live() {
    if (!isServed) return Promise.reject();
    loading ??= import(page.live).then((module) => module.default(page, { part, remark, edits }));
    loading.catch(() => { loading = undefined; }); // the next press tries again
    return loading;
  }

  /** A new copy of one of the page's templates, by its class. */
  const part = (name) => document.querySelector('#parts').content.querySelector(`.${name}`).cloneNode(true);

  /** Shows a remark above a cell, in place of an earlier one; without a name, none. */
  function remark(cell, name) {
    cell.querySelector(':scope > .remark')?.remove();
    if (name) cell.prepend(part(name));
  }

  /** Tells at a place that there is no server, or that it is gone. */
  const absent = (place) => (error) => {
    remark(place, isServed ? 'absent' : 'file');
    if (error) throw error;
  };

  for (const [index, cell] of cells.entries()) {
    const tools = part('tools');
    tools.title = page.words.cell.replace('{number}', index + 1); // as errors call it
    const input = cell.querySelector('.input');
    tools.prepend(input.querySelector('.copy'));
    if (cell.matches('.check')) tools.querySelector('.run').textContent = page.words.check;
    input.append(tools);
  }
  document.addEventListener('click', ({ target }) => {
    const act = target.dataset.live; // each button names its action
    if (!act) return;
    const place = target.closest('.former, .cell, .answers');
    live().then((acts) => acts(place)[act]()).then(() => {
      for (const told of document.querySelectorAll('.remark.absent')) told.remove();
      if (document.activeElement !== document.body) return;
      place?.querySelector('.run')?.focus({ preventScroll: true }); // the button pressed is gone
    }).catch(absent(place));
  });
  if (!isServed) return;

  // Answers: shows what was written here before, and opens exercises for writing

  if (self.bookMemory.keys(edits).length) live();
  const near = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) live().then((acts) => acts(target).open());
    }
  }, { rootMargin: '200px' });
  for (const cell of cells) if (cell.matches('.exercise')) near.observe(cell);
  document.querySelector('.answers input')?.addEventListener('change', ({ target }) => {
    const [file] = target.files;
    target.value = ''; // so that the same file can be chosen again
    if (file) live().then((acts) => acts().load(file)).catch(absent(target.closest('.answers')));
  });
})();
