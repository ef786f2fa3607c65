// Opens the book in the language chosen before, or else in the browser's first language that the
// book has. Without a match, or without scripts, the page offers all languages.
(function () {
  'use strict';
  const books = new Map();
  for (const link of document.querySelectorAll('link[rel=alternate]')) {
    books.set(link.hreflang.toLowerCase(), link.href);
  }
  const wanted = [...navigator.languages];
  try {
    wanted.unshift(localStorage.getItem('language') ?? '');
  } catch {
    // Storage may be blocked; the browser's languages remain.
  }
  const codes = wanted.flatMap((tag) => { // for pt-BR, that or else pt
    const parts = tag.toLowerCase().split('-');
    return parts.map((_, less) => parts.slice(0, parts.length - less).join('-'));
  });
  const code = codes.find((code) => books.has(code));
  if (code) location.replace(books.get(code));
})();
