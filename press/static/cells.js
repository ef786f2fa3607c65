// Buttons to run and edit the code on a page; what they need is loaded on the first press.
(function () {
  'use strict';
  const place = document.querySelector('#live');
  const cells = [...document.querySelectorAll('.text .cell')];
  if (!place || !cells.length) return;
  const page = JSON.parse(place.textContent);
  const { words } = page;
  const isServed = location.protocol.startsWith('http');
  let loading;

  /** Loads what makes cells live, once. */
  function live() {
    for (const key of ['runtime', 'lock', 'wheel', 'isolation']) page[key] = new URL(page[key], location.href).href;
    page.python = page.python.map((address) => new URL(address, location.href).href);
    return import(new URL(page.live, location.href).href).then((module) => module.default(page, { button, remark }));
  }
  const ready = () => (loading ??= live());

  /** A button that does something or, if nothing can run, says why. */
  function button(label, kind, act) {
    const made = document.createElement('button');
    Object.assign(made, { type: 'button', className: kind, textContent: label });
    made.addEventListener('click', isServed ? act : () => {
      document.querySelector('.remark')?.remove();
      remark(made.closest('.cell'), words.live_file);
    });
    return made;
  }

  /** Shows a remark above a cell, and returns a place for buttons to act on it. */
  function remark(cell, text) {
    cell.querySelector('.remark')?.remove();
    const shown = document.createElement('p');
    Object.assign(shown, { className: 'remark', role: 'status', textContent: text });
    cell.prepend(shown);
    return shown;
  }

  for (const cell of cells) {
    const tools = document.createElement('div');
    tools.className = 'tools';
    const isCheck = cell.classList.contains('check');
    tools.append(button(words.live_edit, 'edit', async () => (await ready()).edit(cell)));
    tools.append(button(isCheck ? words.live_check : words.live_run, 'run', async () => (await ready()).run(cell)));
    const input = cell.querySelector('.input');
    tools.prepend(input.querySelector('.copy'));
    input.append(tools);
  }
  if (!isServed) return;

  // Answers: shows what was written here before, and opens exercises for writing

  const exercises = cells.filter((cell) => cell.classList.contains('exercise'));
  function has(prefix) {
    try { return Object.keys(localStorage).some((key) => key.startsWith(prefix)); } catch { return false; }
  }
  if (has(`cell ${page.chapter}#`)) ready();
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      ready().then((way) => way.edit(target, { focus: false }));
    }
  }, { rootMargin: '200px' });
  for (const exercise of exercises) near.observe(exercise);
  if (!exercises.length) return;
  const file = document.createElement('input');
  Object.assign(file, { type: 'file', accept: '.ipynb', hidden: true });
  file.addEventListener('change', async () => {
    if (file.files[0]) (await ready()).load(file.files[0]);
    file.value = '';
  });
  const answers = document.createElement('p');
  answers.className = 'answers';
  answers.append(
    button(words.live_download, 'download', async () => (await ready()).download()),
    button(words.live_upload, 'upload', () => file.click()),
    file,
  );
  document.querySelector('.text').append(answers);
})();
