// Shows the outputs of a cell while it runs, in the same form as the recorded outputs.

/** @typedef {import('./runtime.mjs').Output} Output */

/** Adds an output to those of a cell. @param {HTMLElement} place @param {Output} output */
export function show(place, { form, text, title }) {
  const last = place.lastElementChild;
  if (form.startsWith('std') && last.matches(`.${form}`)) {
    last.append(text); // the stream continues
    if (last.textContent.includes('\r')) last.textContent = overwritten(last.textContent);
  } else {
    place.append(title ? frame(form, text, title) : element('pre', `output ${form}`, overwritten(text)));
    self.bookReach(place.lastElementChild);
  }
}

/** Returns what a terminal shows of a text: a carriage return lets the rest of a line replace its beginning. */
const overwritten = (text) => text.replace(/(?<=^|\n)[^\n]*\r(?=[^\n])/g, '');

/** Shows HTML or a picture from a program in the style of the page, where no scripts run. */
function frame(form, markup, title) {
  const { lang, dataset } = document.documentElement;
  /** @type {HTMLLinkElement} */
  const { href } = document.querySelector('link[href*="/book.css"]');
  const shown = element('iframe', `output ${form}`, '');
  shown.sandbox = 'allow-same-origin'; // to read its height
  shown.title = title;
  shown.srcdoc = `<!doctype html><html lang="${lang}" data-theme="${dataset.theme ?? ''}">
    <link rel="stylesheet" href="${href}"><body class="output ${form}">${markup}`;
  const fit = new ResizeObserver(() => {
    const content = shown.contentDocument?.documentElement; // null once the output is replaced
    if (content) shown.style.height = `${content.offsetHeight}px`;
  });
  shown.onload = () => fit.observe(shown);
  return shown;
}

/**
 * Marks the lines of a check's report like those of recorded ones.
 * @param {HTMLElement} place
 * @param {Object<string, string>} verdicts  the beginnings of lines, and their meanings
 */
export function markReport(place, verdicts) {
  const marked = (line) => (verdicts[line[0]] ? element('span', verdicts[line[0]], line) : line);
  for (const output of place.querySelectorAll('.stdout')) {
    output.replaceChildren(...output.textContent.split(/(?<=\n)/).map(marked));
  }
}

function element(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}
