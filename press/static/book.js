// Everything a page can do besides being read: all of it works from file://, and reading needs none.
(function () {
  'use strict';
  const root = document.documentElement;
  const bar = document.querySelector('.bar');
  const passages = [...document.querySelectorAll(':is(.text, .folded) > [id], .footnotes [id]')];
  const OPEN = CSS.supports('selector(:popover-open)') ? ':popover-open' : ':not(*)'; // none before 2024

  /** What is kept between visits; `set` returns whether the browser can store it. */
  const memory = self.bookMemory = {
    keys(beginning) {
      try { return Object.keys(localStorage).filter((key) => key.startsWith(beginning)); } catch { return []; }
    },
    get(key) {
      try { return localStorage.getItem(key) ?? ''; } catch { return ''; }
    },
    set(key, value) {
      try {
        if (value) localStorage.setItem(key, value);
        else localStorage.removeItem(key);
        return true;
      } catch { return false; }
    },
  };

  const isUnfolded = (passage) => passage.closest('details')?.open ?? true;

  /** The passage being read: the first one that extends below the bar. */
  function passageAtTop() {
    const edge = bar.offsetHeight + 24;
    const below = (passage) => passage.getBoundingClientRect().bottom > edge;
    return passages.find((passage) => below(passage) && isUnfolded(passage));
  }

  /** Runs something that moves the text, but keeps the passage being read in place. */
  function inPlace(change) {
    const passage = scrollY > 0 ? passageAtTop() : undefined;
    const before = passage?.getBoundingClientRect().top;
    change();
    if (passage) scrollBy(0, passage.getBoundingClientRect().top - before);
  }

  // Light, dark, or like the system

  for (const radio of document.querySelectorAll('input[name=theme]')) {
    radio.checked = radio.value === (root.dataset.theme ?? 'system');
    radio.addEventListener('change', () => {
      const frames = [...document.querySelectorAll('iframe')]; // of live outputs
      const roots = [root, ...frames.map(({ contentDocument }) => contentDocument.documentElement)];
      for (const { dataset } of roots) dataset.theme = radio.value;
      memory.set('theme', radio.value === 'system' ? '' : radio.value);
    });
  }

  // Another language, at the same passage; if it is the second language, the two change places

  let beside = '';
  for (const link of document.querySelectorAll('.languages a')) {
    const page = link.getAttribute('href');
    const aim = () => {
      const passage = scrollY > bar.offsetHeight ? passageAtTop() : undefined;
      const second = beside === link.hreflang ? root.lang : beside;
      link.href = page + (second ? `?with=${second}` : '') + (passage ? `#${passage.id}` : '');
      memory.set('language', link.hreflang);
    };
    link.addEventListener('pointerdown', aim);
    link.addEventListener('click', aim);
  }

  // A second language beside the text, passage by passage

  const besides = [...document.querySelectorAll('input[name=beside]')]; // none, and each language

  /** Adds a passage in the second language to its sister on the page. */
  function pair(sister) {
    const passage = document.getElementById(sister.dataset.for);
    passage?.classList.add('paired');
    if (passage?.matches('li')) passage.append(sister.cloneNode(true));
    else passage?.after(sister.cloneNode(true));
  }

  /** The passage in the second language, beside a passage or below it. */
  function sisterOf(passage) {
    const next = passage.matches('li') ? passage.lastElementChild : passage.nextElementSibling;
    return next?.matches('.sister') ? next : undefined;
  }

  /** Shows one passage in the last second language, or hides it again. */
  function turnOne(passage) {
    const there = sisterOf(passage);
    if (there) {
      there.remove();
      return;
    }
    const all = [...document.querySelectorAll('template[data-language]')];
    const carried = all.find(({ dataset }) => dataset.language === memory.get('second')) ?? all[0];
    const sister = carried?.content.querySelector(`[data-for="${CSS.escape(passage.id)}"]`);
    if (sister) pair(sister);
  }
  document.querySelector('.text')?.addEventListener('click', (event) => {
    const passage = event.target.closest('.text > [id], .folded > [id], .footnotes li[id]');
    const meant = event.pointerType === 'touch' || event.detail === 2;
    const busy = beside || event.target.closest('a, button, summary, .cell, .sister');
    if (passage && meant && !busy) turnOne(passage);
  });

  function setBeside(language) {
    inPlace(() => {
      for (const sister of document.querySelectorAll('.text .sister')) sister.remove();
      const carried = document.querySelector(`template[data-language="${CSS.escape(language)}"]`);
      root.classList.toggle('beside', Boolean(carried));
      beside = carried ? language : '';
      for (const sister of carried?.content.children ?? []) pair(sister);
    });
    for (const radio of besides) radio.checked = radio.value === language;
  }
  const asked = new URLSearchParams(location.search).get('with') ?? memory.get('beside');
  if (asked && besides.some(({ value }) => value === asked)) {
    setBeside(asked);
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }
  for (const radio of besides) {
    radio.addEventListener('change', () => {
      setBeside(radio.value);
      memory.set('beside', radio.value);
      if (radio.value) memory.set('second', radio.value);
      const address = new URL(location.href);
      if (radio.value) address.searchParams.set('with', radio.value);
      else address.searchParams.delete('with');
      history.replaceState(null, '', address);
    });
  }

  // Passage by passage: keys move the focus, and show the focused passage in the second language

  /** The passage that has the focus, itself or in the second language. */
  function passageInFocus() {
    const { activeElement } = document;
    return passages.find((each) => each === activeElement || sisterOf(each) === activeElement);
  }

  function focusOn(passage) {
    if (!passage.hasAttribute('tabindex')) passage.tabIndex = -1;
    passage.focus();
  }

  /** Moves the focus by one passage; the first time, to the passage being read. */
  function step(by) {
    const shown = passages.filter(isUnfolded);
    const from = shown.indexOf(passageInFocus());
    const passage = shown[from < 0 ? shown.indexOf(passageAtTop()) : from + by];
    if (passage) focusOn(passage);
  }

  // The contents of the page follow the text

  const links = [...document.querySelectorAll('.outline a')];
  const headings = [...document.querySelectorAll('.on-page a')]
    .map((link) => document.getElementById(link.hash.slice(1)));
  let shown;
  function follow() {
    const edge = bar.offsetHeight + innerHeight / 4;
    const above = headings.filter((heading) => heading.getBoundingClientRect().top < edge);
    const current = above.at(-1);
    if (current === shown) return;
    shown = current;
    const section = above.findLast((heading) => heading.matches('h2')); // the drawer has no others
    for (const link of links) {
      const heading = link.closest('.contents') ? section : current;
      if (link.hash.slice(1) !== heading?.id) {
        link.removeAttribute('aria-current');
        continue;
      }
      link.setAttribute('aria-current', 'true');
      const list = link.closest('nav'); // a long list scrolls too, on its own
      const hidden = link.offsetTop < list.scrollTop + 40
        || link.offsetTop > list.scrollTop + list.clientHeight - 80;
      if (hidden) list.scrollTop = link.offsetTop - list.clientHeight / 2;
    }
  }
  if (links.length) {
    let waiting = false;
    addEventListener('scroll', () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; follow(); });
    }, { passive: true });
    follow();
  }
  document.querySelector('#contents')?.addEventListener('click', (event) => {
    if (event.target.closest('a') && event.currentTarget.matches(OPEN)) {
      event.currentTarget.hidePopover();
    }
  });

  // Remembers where reading stopped, one passage per chapter, and offers it: nothing moves unasked

  /** What is stored about a place, as far as it is still valid. */
  function kept(place) {
    try { return JSON.parse(memory.get(`read ${place}`)) ?? {}; } catch { return {}; }
  }
  function keep(place, found) {
    memory.set(`read ${place}`, found && JSON.stringify(found));
  }
  const file = location.pathname.split('/').pop();
  const chapter = `${root.lang}/${file}`;

  function mark() {
    const passage = passageAtTop();
    if (!passage || scrollY < innerHeight / 2) return; // a quick look is not reading yet
    const after = document.querySelector('.turn .after');
    if (scrollY + 1.5 * innerHeight > root.scrollHeight) { // read to the end: the next one follows
      keep(chapter, '');
      keep(root.lang, after ? { file: after.getAttribute('href') } : '');
      return;
    }
    const before = passages.slice(0, passages.indexOf(passage) + 1);
    const heading = before.findLast((each) => each.matches('h2, h3'));
    const link = heading && document.querySelector(`.on-page a[href="#${heading.id}"]`);
    const found = { file, anchor: passage.id, section: link?.textContent };
    keep(chapter, found);
    keep(root.lang, found);
  }

  /** Offers a link back to a place; `words` say where it is. */
  function offer(box, href, words) {
    const link = box.querySelector('a');
    link.href = href;
    link.querySelector('span').textContent = words;
    box.hidden = false;
  }

  const resume = document.querySelector('.resume');
  if (resume?.closest('.cover')) {
    const { file: last = '', anchor, section } = kept(root.lang);
    const title = document.querySelector(`.part-of-book a[href="${CSS.escape(last)}"] .title`);
    if (title) {
      const words = [title.textContent, section].filter(Boolean).join(' · ');
      offer(resume, last + (anchor ? `#${anchor}` : ''), words);
    }
  } else if (resume) {
    const { anchor = '', section } = kept(chapter);
    const isLed = scrollY > 0 || document.getElementById(location.hash.slice(1));
    const places = [anchor, anchor.replace(/-\d+$/, '')]; // the section, if the book has lost the passage
    const passage = places.map((id) => passages.find((each) => each.id === id)).find(Boolean);
    if (passage && !isLed) offer(resume, `#${passage.id}`, section ?? '');
    const away = () => { resume.hidden = true; };
    resume.querySelector('button').addEventListener('click', away);
    let still;
    addEventListener('scroll', () => {
      clearTimeout(still);
      still = setTimeout(() => {
        if (scrollY > innerHeight) away();
        mark();
      }, 300);
    }, { passive: true });
    addEventListener('pagehide', mark);
  }
  // The exercises done, by chapter, once there are any

  function showProgress() {
    for (const link of document.querySelectorAll('[data-exercises]')) {
      const all = link.dataset.exercises.split(' ');
      const done = all.filter((name) => memory.get(`exercise ${name}`).includes('done')).length;
      link.querySelector('.done')?.remove();
      if (!done) continue;
      const shown = document.createElement('span');
      shown.className = 'done';
      shown.textContent = root.dataset.done.replace('{done}', done).replace('{all}', all.length);
      link.append(shown);
    }
  }
  document.addEventListener('progress', showProgress);
  showProgress();

  // Search: its scripts are loaded when it is first opened

  const search = document.querySelector('#search');
  function openSearch() {
    search.showModal();
    search.querySelector('input').select();
    const { scripts } = search.dataset;
    delete search.dataset.scripts;
    Promise.all(scripts?.split(' ').map(bring) ?? []).catch(() => {
      search.querySelector('.status').textContent = search.dataset.failed;
      search.dataset.scripts = scripts; // so that opening it again retries
    });
  }

  /** Loads another script of the book; those loaded together run in order. */
  function bring(address) {
    return new Promise((resolve, reject) => {
      const script = document.createElement('script');
      Object.assign(script, { src: address, async: false, onload: resolve, onerror: reject });
      document.head.append(script);
    });
  }

  document.querySelector('.open-search').addEventListener('click', openSearch);
  for (const dialog of document.querySelectorAll('dialog')) {
    dialog.querySelector('[type=button]').addEventListener('click', () => dialog.close());
    dialog.addEventListener('pointerdown', (event) => {
      if (event.target === dialog) dialog.close(); // outside its content is the backdrop
    });
  }

  // The keyboard: single letters, for those who want them

  const keys = document.querySelector('#keys');
  const actions = {
    '/': openSearch,
    '?': () => keys.showModal(),
    ArrowLeft: () => document.querySelector('[rel=prev]')?.click(),
    ArrowRight: () => document.querySelector('[rel=next]')?.click(),
    l: () => {
      const all = [...document.querySelectorAll('.languages a')];
      all[(all.findIndex((link) => link.ariaCurrent) + 1) % all.length]?.click();
    },
    p: () => {
      const [none, first] = besides;
      const last = besides.find(({ value }) => value && value === memory.get('second'));
      (none?.checked ? last ?? first : none)?.click();
    },
    j: () => step(1),
    k: () => step(-1),
    s: () => document.querySelector('.runtime .stop')?.click(), // far from the cell for who tabs there
    Enter: () => {
      const passage = passageInFocus();
      if (!beside) turnOne(passage);
      focusOn(sisterOf(passage) ?? passage);
    },
  };

  /** The key as labeled on the keyboard, even if a Korean or Japanese input method takes the letter. */
  function engraved({ key, code, shiftKey }) {
    if (/^[ -~]$|^Arrow|^Enter$/.test(key)) return key;
    if (code === 'Slash') return shiftKey ? '?' : '/';
    return code.replace(/^Key/, '').toLowerCase();
  }

  addEventListener('keydown', (event) => {
    const busy = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey
      || event.repeat || memory.get('keys') === 'off'
      || event.target.closest('input, textarea, select, [contenteditable]')
        ?.getClientRects().length // the field of a dialog that was just closed keeps the focus for a moment
      || document.querySelector(`dialog[open], ${OPEN}:not(.preview)`);
    const key = engraved(event);
    const own = key.startsWith('Arrow') ? event.target.closest('[tabindex="0"]') // scrolls
      : key === 'Enter' && !passageInFocus(); // follows a link, presses a button
    if (busy || own || !Object.hasOwn(actions, key)) return;
    event.preventDefault();
    actions[key]();
  });
  const wanted = keys.querySelector('input');
  wanted.checked = memory.get('keys') !== 'off';
  wanted.addEventListener('change', () => memory.set('keys', wanted.checked ? '' : 'off'));
  document.querySelector('.open-keys').addEventListener('click', () => keys.showModal());

  // Previews of what a link leads to: a term, a work, a figure, an equation, a section, a note

  const LEADS = '.text :is(a.term, a.work, a.reference, .mark a)';
  const carried = document.querySelector('#previews')?.content; // previews from other pages
  const card = document.createElement('div');
  Object.assign(card, { id: 'preview', className: 'preview', role: 'tooltip', popover: 'manual' });
  let told; // the link whose preview is shown
  let soon;

  /** A short preview of a link's target: the elements to show, without links. */
  function gist(link) {
    const href = link.getAttribute('href');
    const target = carried?.querySelector(`[data-for="${CSS.escape(href)}"]`)
      ?? (href[0] === '#' && document.getElementById(href.slice(1)));
    if (!target) return [];
    const copy = plain(target);
    if (target.matches('li')) return [...copy.children];
    if (!target.matches('h2, h3, h4')) return [copy];
    const title = document.createElement('p');
    title.append(document.createElement('b'));
    title.firstChild.append(...copy.childNodes);
    let after = target.nextElementSibling;
    while (after?.matches('.sister')) after = after.nextElementSibling;
    const speaks = after?.matches('p, ul, ol, figure, .equation, .table');
    return speaks ? [title, plain(after)] : [title];
  }

  /** A copy without what a preview does not need, or what a page may contain only once. */
  function plain(original) {
    const copy = original.cloneNode(true);
    for (const extra of copy.querySelectorAll('.sister, .anchor, .back, .copy')) extra.remove();
    for (const link of copy.querySelectorAll('a')) link.replaceWith(...link.childNodes);
    for (const picture of copy.querySelectorAll('svg')) {
      picture.removeAttribute('role'); // its caption is there
      picture.ariaHidden = 'true';
    }
    for (const element of [copy, ...copy.querySelectorAll('[id], [tabindex]')]) {
      element.removeAttribute('tabindex');
      if (document.getElementById(element.id)) element.removeAttribute('id');
    }
    return copy;
  }

  function tell(link, ...more) {
    if (link === told) return;
    const parts = gist(link);
    untell();
    if (!parts.length) return;
    told = link;
    card.replaceChildren(...parts, ...more);
    link.setAttribute('aria-describedby', card.id);
    card.showPopover();
    const { left, top, bottom } = link.getClientRects()[0];
    const above = top - bar.offsetHeight;
    const below = innerHeight - bottom;
    const under = below > card.offsetHeight + 20 || below > above;
    card.style.maxHeight = `${Math.max(above, below) - 20}px`;
    card.style.left = `${Math.max(12, Math.min(left - 16, root.clientWidth - card.offsetWidth - 12))}px`;
    card.style.top = `${under ? bottom + 8 : top - 8 - card.offsetHeight}px`;
  }
  function untell() {
    clearTimeout(soon);
    told?.removeAttribute('aria-describedby');
    told = undefined;
    if (card.matches(OPEN)) card.hidePopover();
    card.style.maxHeight = '';
  }
  if (card.showPopover && document.querySelector(LEADS)) {
    document.querySelector('main').append(card);
    document.addEventListener('pointerover', ({ target, pointerType }) => {
      if (pointerType === 'touch') return;
      const link = target.closest(LEADS);
      clearTimeout(soon);
      if (link) soon = setTimeout(() => tell(link), 150);
      else if (told && !target.closest('.preview')) soon = setTimeout(untell, 250); // time to reach it
    });
    document.addEventListener('focusin', ({ target }) => {
      untell();
      const reached = target.matches(LEADS) && target.matches(':focus-visible');
      if (reached) soon = setTimeout(() => tell(target), 150); // the page may have to scroll to it
    });
    document.addEventListener('click', (event) => { // a finger cannot hover: tapping again follows the link
      const link = event.target.closest(LEADS);
      const first = link && link !== told && event.pointerType === 'touch';
      if (!first) {
        untell();
        return;
      }
      const hint = document.createElement('p');
      hint.className = 'hint';
      hint.textContent = root.dataset.again;
      tell(link, hint);
      if (told) event.preventDefault();
    });
    document.addEventListener('keydown', ({ key }) => { if (key === 'Escape') untell(); });
    document.addEventListener('scroll', () => { if (told) untell(); }, { passive: true });
  }

  // Downloads of a chapter: on file:// a browser saves no other file, so they come in a script

  /** Saves a text as a file of the reader. */
  self.bookSave = (name, text) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text]));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  if (location.protocol === 'file:') {
    document.querySelector('.downloads')?.addEventListener('click', (event) => {
      const link = event.target.closest('a[download]');
      if (!link) return;
      event.preventDefault();
      const name = link.getAttribute('href');
      bring(name.replace(/\.\w+$/, '.files.js')).then(
        () => self.bookSave(name, self.bookFiles[name]),
        () => location.assign(link.href), // better to show it than nothing
      );
    });
  }

  // Code: copy it, and scroll it with the keyboard if it is larger than its place

  for (const program of document.querySelectorAll('.input > pre, .listing > pre')) {
    const button = document.createElement('button');
    button.className = 'copy';
    button.textContent = root.dataset.copy;
    button.addEventListener('click', async () => {
      await copy(program.textContent);
      button.textContent = root.dataset.copied;
      setTimeout(() => { button.textContent = root.dataset.copy; }, 1500);
    });
    program.after(button);
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement('textarea'); // there is no clipboard access on file://
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
  }

  const widths = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const isLong = target.matches('.output') && target.scrollHeight > target.clientHeight;
      if (isLong || target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute('tabindex');
    }
  });
  self.bookReach = (box) => widths.observe(box);
  document.querySelectorAll('pre, .table, .equation, .output').forEach(self.bookReach);
})();
