// Opens the book in the language that was chosen before, or else in the browser's first language
// that the book has. Without a match, or without scripts, the page offers them all.
(function () {
  'use strict';
  const books = new Map();
  for (const link of document.querySelectorAll('link[rel=alternate]')) {
    books.set(link.hreflang, link.href);
  }
  const wanted = [...navigator.languages];
  try {
    wanted.unshift(localStorage.getItem('language') ?? '');
  } catch {
    // Storage may be closed to us; the browser's languages remain.
  }
  const codes = wanted.map((tag) => tag.toLowerCase().split('-')[0]);
  const code = codes.find((code) => books.has(code));
  if (code) location.replace(books.get(code));
})();
