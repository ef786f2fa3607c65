// Shows what a cell gives while it runs, in the forms that the recorded outputs have.

const COLORS = ['ink', 'line', 'fill', 'accent', 'accent-fill', 'muted', 'paper'];

/** Makes a place for outputs and gives the function that takes each of them. */
export function receiver(place) {
  let last; // the stream that goes on
  return (message) => {
    if (message.kind === 'stream') {
      if (last?.dataset.name !== message.name) {
        last = place.appendChild(text(message.name, ''));
        last.dataset.name = message.name;
      }
      last.append(message.text);
      return;
    }
    last = undefined;
    if (message.kind === 'error') place.append(text('error', message.text));
    else place.append(value(message.data));
  };
}

/** @param {Object<string, string>} data  the forms of a value by MIME type */
function value(data) {
  if (data['text/html']) return frame(data['text/html'], data['text/plain']);
  if (data['image/svg+xml']) return picture(data['image/svg+xml'], data['text/plain'] ?? '');
  return text('value', data['text/plain']);
}

// What is wider than the page is reached by keyboard
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
  }
});

function text(kind, content) {
  const shown = document.createElement('pre');
  shown.className = `output ${kind}`;
  shown.append(content);
  widths.observe(shown);
  return shown;
}

/**
 * Marks the lines of a check's report, as the recorded ones are.
 * @param {Element} place @param {Object<string, string>} verdicts  what lines begin with, and what that means
 */
export function markReport(place, verdicts) {
  for (const output of place.querySelectorAll('.output.stdout')) {
    const lines = output.textContent.match(/.*\n|.+$/g) ?? [];
    output.replaceChildren(...lines.map((line) => {
      if (!verdicts[line[0]]) return line;
      const marked = document.createElement('span');
      marked.className = verdicts[line[0]];
      marked.textContent = line;
      return marked;
    }));
  }
}

/** HTML that a program has written is shown where no script runs. */
function frame(html, title) {
  const style = getComputedStyle(document.documentElement);
  const colors = COLORS.map((name) => `--fig-${name}: ${style.getPropertyValue(`--fig-${name}`)};`);
  const shown = document.createElement('iframe');
  shown.sandbox.add('allow-same-origin'); // so that its height can be asked for
  shown.title = title.split('\n', 1)[0];
  shown.srcdoc = `<!doctype html><style>:root { color-scheme: ${style.colorScheme}; ${colors.join(' ')} }
    body { margin: 0; color: ${style.getPropertyValue('--ink')}; font: 15px/1.5 ${style.getPropertyValue('--plain')}; }
    svg { display: block; max-width: 100%; height: auto; }</style>${html}`;
  const fit = () => {
    const content = shown.contentDocument?.documentElement; // none once the output is replaced
    if (content) shown.style.height = `${content.offsetHeight}px`;
  };
  shown.addEventListener('load', () => { fit(); new ResizeObserver(fit).observe(shown); });
  return box('html', shown);
}

/** A picture as an image: whatever it says, it is drawn and nothing more; black on white is ink on paper. */
function picture(svg, alt) {
  const shown = document.createElement('img');
  const { color } = getComputedStyle(document.body);
  const style = `<style>svg { fill: ${color} } [style*='fill: #ffffff'] { fill: none !important }
    [style*='fill: #000000'] { fill: ${color} !important } [style*='stroke: #000000'] { stroke: ${color} !important }</style>`;
  const inked = svg.replace(/<svg[^>]*>/, (opening) => opening + style);
  shown.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(inked)}`;
  shown.alt = alt;
  return box('plot', shown);
}

function box(kind, content) {
  const shown = document.createElement('div');
  shown.className = `output ${kind}`;
  shown.append(content);
  return shown;
}
