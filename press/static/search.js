// Search, loaded when a reader first opens it. Searches the page's language, and others on demand.
(function () {
  'use strict';

  /** @typedef {{anchor: string, kind: string, title?: string, words?: string}} Passage */
  /** @typedef {{title: string, passages: Passage[]}} Section */
  /** @typedef {{file: string, label: string, title: string, sections: Section[]}} Chapter */
  /** @typedef {{form: string, names: string[]}} Term a term, and what else readers call it */
  /** @typedef {{chapter: Chapter, section: Section, passage: Passage, plain: string}} Entry */
  /** @typedef {{language: string, terms: Term[], entries: Entry[], index: MiniSearch}} Shelf */

  const SHOWN = 30; // passages per language, divided among its chapters
  const NEAREST = 10; // passages per language where nothing matches
  const WIDE = '\\p{sc=Hangul}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Han}ー';
  const RUN = new RegExp(`[${WIDE}]+|[[\\p{L}\\p{N}_]--[${WIDE}]]+`, 'gv');
  const GAP = new RegExp(`(?<=[${WIDE}])\\s+(?=[${WIDE}])`, 'gv');
  const FIRST = new RegExp(`^[${WIDE}]`, 'v');
  const isWide = (run) => FIRST.test(run);

  // Words: in Latin script whole words and parts; in Hangul, Kana and Han one or two characters

  /** A text in the form used to compare; spaces between Korean words are a matter of taste. */
  const squeeze = (text) => text.normalize('NFKC').replace(GAP, '');

  /** A Latin word in lower case, without a plural s. */
  const stem = (word) => word.toLowerCase().replace(/(?<=[a-z]{3}[^\Ws])s$/, '');

  /** The pairs of neighboring characters. */
  function pairs(run) {
    const characters = [...run];
    return characters.slice(1).map((character, at) => characters[at] + character);
  }

  /** The words by which a text can be found: get_constant also by get and constant. */
  function indexed(text) {
    const found = new Set();
    for (const [run] of squeeze(text).matchAll(RUN)) {
      if (isWide(run)) {
        for (const part of [...run, ...pairs(run)]) found.add(part);
      } else {
        const parts = run.split(/_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/);
        for (const part of [run, ...parts]) if (part) found.add(stem(part));
      }
    }
    return [...found];
  }

  /** The words of a query, as the reader separated them. */
  const runs = (query) => (query.normalize('NFKC').match(RUN) ?? []);

  /** The words that a passage must all contain to match a query. */
  function asked(query) {
    return runs(query).flatMap((run) => {
      if (!isWide(run)) return stem(run);
      return [...run].length > 1 ? pairs(run) : run;
    });
  }

  // Shelves: one for each language

  /** @type {Map<string, Promise<Shelf>>} */
  const shelves = new Map();

  /** The shelf of a language, loaded when it is first needed. */
  function shelf(language) {
    if (!shelves.has(language)) {
      shelves.set(language, new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.src = `../${language}/passages.js`;
        script.onload = () => resolve(fill(language, self.bookPassages[language]));
        script.onerror = () => { shelves.delete(language); reject(new Error(script.src)); };
        document.head.append(script);
      }));
    }
    return shelves.get(language);
  }

  /** @returns {Shelf} */
  function fill(language, { chapters, terms }) {
    const entries = chapters.flatMap((chapter) => chapter.sections.flatMap((section) =>
      section.passages.map((passage) => {
        const plain = squeeze(`${passage.title ?? ''}\n${passage.words ?? ''}`);
        return { chapter, section, passage, plain };
      })));
    const index = new MiniSearch({
      fields: ['title', 'words'],
      tokenize: indexed,
      processTerm: (term) => term,
      searchOptions: {
        tokenize: asked,
        combineWith: 'AND',
        boost: { title: 3 },
        prefix: (term) => !isWide(term) && term.length > 1,
      },
    });
    index.addAll(entries.map(({ passage: { title, words } }, id) => ({ id, title, words })));
    return { language, terms, entries, index };
  }

  // Finding

  const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

  /** A query in the language of a shelf: hidden layer, or 隠れ層, also means 은닉층. */
  function meanings(query, terms) {
    const said = query.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');
    const known = terms.flatMap(({ form, names }) => names.map((name) => ({ form, name: name.toLowerCase() })))
      .sort((one, other) => other.name.length - one.name.length);
    let told = said;
    const found = new Set([said]);
    for (const { form, name } of known) {
      const begun = name.startsWith(said) && said.length >= (isWide(said) ? 2 : 4);
      if (begun && !form.toLowerCase().startsWith(said)) found.add(form);
      const whole = isWide(name) ? escaped(name).replaceAll(' ', ' ?') : `(?<![\\p{L}\\p{N}_])${escaped(name)}s?(?![a-z0-9_])`;
      told = told.replace(new RegExp(whole, 'gu'), form);
    }
    return [...found.add(told)];
  }

  /** A text whose hiragana are katakana, for words that were not converted yet. */
  const converted = (text) => text.replace(/[ぁ-ゖ]/g, (kana) => String.fromCodePoint(kana.codePointAt() + 96));

  /** The passages of a shelf that match a query, best first, and the words to mark in them. */
  function find({ entries, index, terms }, query) {
    const best = new Map();
    const wordings = [...new Set([query, converted(query)].flatMap((each) => meanings(each, terms)))];
    for (const wording of wordings) {
      const wide = runs(wording).filter(isWide);
      const filter = ({ id }) => wide.every((run) => entries[id].plain.includes(run));
      for (const { id, score } of index.search(wording, { filter })) {
        const exact = entries[id].passage.title?.toLowerCase() === wording.toLowerCase();
        best.set(id, Math.max(exact ? 2 * score : score, best.get(id) ?? 0));
      }
    }
    const hits = [...best].sort((one, other) => other[1] - one[1]).map(([id]) => entries[id]);
    return { hits, marks: marker(wordings.flatMap(runs)) };
  }

  /** The longest part of a word in Hangul, Kana or Han, more than half of it, that occurs. */
  function known(word, entries) {
    for (let length = word.length; length > Math.max(1, word.length / 2); length--) {
      for (let start = 0; start + length <= word.length; start++) {
        const part = word.slice(start, start + length);
        if (entries.some(({ plain }) => plain.includes(part))) return part;
      }
    }
    return [];
  }

  /** The passages that come closest to a query that nothing matches: some words, misspelled ones. */
  function near({ entries, index, terms }, query) {
    const parts = runs(meanings(query, terms).at(-1)).flatMap((run) => (isWide(run) ? run.split('の') : run));
    const words = parts.flatMap((part) => (isWide(part) ? known(part, entries) : part));
    const fuzzy = (term) => (isWide(term) || term.length < 5 ? 0 : term.length < 7 ? 1 : 2); // letters
    const matching = (combineWith) => index.search(words.join(' '), { combineWith, fuzzy });
    const all = matching('AND');
    const found = (all.length ? all : matching('OR')).slice(0, NEAREST);
    const spelled = found.flatMap(({ terms: matched }) => matched).filter((term) => !isWide(term));
    return { hits: found.map(({ id }) => entries[id]), marks: marker([...words, ...spelled]) };
  }

  // Showing

  /** A regular expression for the search words: at the beginning of words, or else anywhere. */
  function marker(words) {
    const wide = words.filter(isWide).map((run) => [...run].map(escaped).join('\\s*'));
    const latin = words.filter((run) => !isWide(run)).map((run) => escaped(stem(run)));
    const strict = [...wide, ...latin.map((word) => `(?<![\\p{L}\\p{N}])${word}`)];
    const longest = (all) => all.sort((one, other) => other.length - one.length).join('|');
    return [strict, [...wide, ...latin]].map((all) => new RegExp(longest([...all]), 'giu'));
  }

  function element(name, kind, ...children) {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.append(...children);
    return made;
  }

  /** A text with the search words marked. */
  function marked(text, [strict, loose]) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(text.search(strict) < 0 ? loose : strict)) {
      parts.push(text.slice(end, match.index), element('mark', '', match[0]));
      end = match.index + match[0].length;
    }
    return [...parts, text.slice(end)];
  }

  /** The part of a passage around the first search word. */
  function excerpt({ kind, words = '' }, [strict, loose]) {
    const at = Math.max(words.search(strict), 0) || Math.max(words.search(loose), 0);
    if (kind === 'code' || kind === 'listing') {
      return words.slice(words.lastIndexOf('\n', at) + 1).split('\n')[0].trim();
    }
    if (at < 60) return words.slice(0, 240);
    const space = words.indexOf(' ', at - 40);
    const start = space > 0 && space < at ? space + 1 : at - 12;
    return `… ${words.slice(start, start + 240)}`;
  }

  function line(language, { chapter, section, passage }, marks) {
    const link = element('a');
    const first = chapter.sections[0].passages[0] === passage;
    link.href = `../${language}/${chapter.file}${first ? '' : `#${passage.anchor}`}`;
    const title = passage.title ?? section.title;
    if (title) link.append(element('span', 'where', ...(passage.title ? marked(title, marks) : [title])));
    if (passage.words) {
      const code = passage.kind === 'code' || passage.kind === 'listing';
      link.append(element(code ? 'code' : 'span', 'words', ...marked(excerpt(passage, marks), marks)));
    }
    return element('li', '', link);
  }

  /** The results of a language, by chapter, the chapter with the best one first. */
  function listing({ language }, { hits, marks }) {
    const section = element('section');
    section.lang = language;
    const groups = new Map();
    for (const hit of hits) groups.set(hit.chapter, [...(groups.get(hit.chapter) ?? []), hit]);
    for (const [chapter, all] of groups) {
      const isExtra = ['name', 'term', 'work'].includes(chapter.sections[0].passages[0].kind);
      const share = isExtra ? 3 : Math.max(5, Math.ceil(SHOWN / groups.size));
      const name = element('p', 'chapter', element('span', 'ordinal', chapter.label), ` ${chapter.title} `,
        element('small', '', String(all.length)));
      name.id = `found-${language}-${chapter.file.replace('.html', '')}`;
      const list = element('ul', '', ...all.slice(0, share).map((hit) => line(language, hit, marks)));
      list.setAttribute('aria-labelledby', name.id);
      section.append(name, list);
    }
    return section;
  }

  // The dialog

  const dialog = document.querySelector('#search');
  const input = dialog.querySelector('input');
  const results = dialog.querySelector('.results');
  const status = dialog.querySelector('.status');
  const others = [...dialog.querySelectorAll('.also button')];
  let asking = 0;

  /** Shows the results for the current query; while a word is being composed, only matches for it. */
  async function update(composing = false) {
    const mine = ++asking;
    const query = input.value.replace(/[\u3131-\u318e]+$/, (jamo) => (composing ? '' : jamo)).trim();
    const chosen = others.filter((button) => button.ariaPressed === 'true').map((button) => button.lang);
    const open = await Promise.all([document.documentElement.lang, ...chosen].map(shelf))
      .catch(() => null); // the next letter retries
    if (mine !== asking) return;
    if (!open) {
      status.textContent = dialog.dataset.failed;
      return;
    }
    const counted = (all) => all.reduce((sum, { hits }) => sum + hits.length, 0);
    let found = runs(query).length ? open.map((each) => find(each, query)) : [];
    const isMatched = counted(found) > 0;
    if (composing && !isMatched) return;
    if (!isMatched) found = found.map((_, at) => near(open[at], query));
    const count = counted(found);
    results.replaceChildren(...found.map((each, at) => listing(open[at], each)));
    results.scrollTop = 0;
    const { hint, none, near: nearest, found: some } = dialog.dataset;
    status.textContent = !query ? hint
      : isMatched ? some.replace('{count}', count) : (count ? nearest : none).replace('{query}', query);
  }

  input.addEventListener('input', (event) => update(event.isComposing));
  input.addEventListener('compositionend', () => update());
  for (const button of others) {
    button.addEventListener('click', async () => {
      button.ariaPressed = String(button.ariaPressed !== 'true');
      input.focus();
      await update();
      if (button.ariaPressed === 'true') results.querySelector(`[lang="${button.lang}"]`)?.scrollIntoView();
    });
  }
  dialog.querySelector('form').addEventListener('submit', (event) => {
    event.preventDefault();
    results.querySelector('a')?.click();
  });
  dialog.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing) return;
    event.preventDefault();
    const stops = [input, ...results.querySelectorAll('a')];
    stops[stops.indexOf(document.activeElement) + step]?.focus();
  });
  results.addEventListener('click', (event) => {
    if (event.target.closest('a')) dialog.close();
  });

  self.bookSearch = { indexed, asked, find, near, shelf }; // for the console and the tests
  update();
})();
