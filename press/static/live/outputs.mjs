// Shows the outputs of a cell while it runs, in the same form as the recorded outputs.

/** @typedef {import('./runtime.mjs').Output} Output */

/** Adds an output to those of a cell. @param {HTMLElement} place @param {Output} output */
export function show(place, { form, text, title }) {
  const last = place.lastElementChild;
  if (form.startsWith('std') && last.matches(`.${form}`)) {
    last.append(text); // the stream continues
  } else {
    place.append(title ? frame(form, text, title) : element('pre', `output ${form}`, text));
    self.bookReach(place.lastElementChild);
  }
}

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
  const fit = () => {
    const content = shown.contentDocument?.documentElement; // null once the output is replaced
    if (content) shown.style.height = `${content.offsetHeight}px`;
  };
  shown.addEventListener('load', () => { fit(); new ResizeObserver(fit).observe(shown); });
  return shown;
}

/**
 * Marks the lines of a check's report like those of recorded ones.
 * @param {HTMLElement} place
 * @param {Object<string, string>} verdicts  the beginnings of lines, and their meanings
 */
export function markReport(place, verdicts) {
  for (const output of place.querySelectorAll('.stdout')) {
    const lines = output.textContent.split(/(?<=\n)/);
    output.replaceChildren(...lines.map((line) => {
      const verdict = verdicts[line[0]];
      return verdict ? element('span', verdict, line) : line;
    }));
  }
}

function element(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}
