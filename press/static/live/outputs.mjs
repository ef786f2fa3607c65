// Shows the outputs of a cell while it runs, in the same form as the recorded outputs.

const COLORS = ['ink', 'line', 'fill', 'accent', 'accent-fill', 'muted', 'paper'];

/** Makes a place for outputs, and returns the function that adds each of them. */
export function receiver(place) {
  let last; // the stream that continues
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

// Makes wide outputs scrollable with the keyboard
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
 * Marks the lines of a check's report like those of recorded ones.
 * @param {Element} place @param {Object<string, string>} verdicts  the beginnings of lines, and their meanings
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

/** Shows HTML from a program where no scripts run. */
function frame(html, title) {
  const style = getComputedStyle(document.documentElement);
  const colors = COLORS.map((name) => `--fig-${name}: ${style.getPropertyValue(`--fig-${name}`)};`);
  const shown = document.createElement('iframe');
  shown.sandbox.add('allow-same-origin'); // to read its height
  shown.title = title.split('\n', 1)[0];
  shown.srcdoc = `<!doctype html><style>:root { color-scheme: ${style.colorScheme}; ${colors.join(' ')} }
    body { margin: 0; color: ${style.getPropertyValue('--ink')}; font: 15px/1.5 ${style.getPropertyValue('--plain')}; }
    svg { display: block; max-width: 100%; height: auto; }</style>${html}`;
  const fit = () => {
    const content = shown.contentDocument?.documentElement; // null once the output is replaced
    if (content) shown.style.height = `${content.offsetHeight}px`;
  };
  shown.addEventListener('load', () => { fit(); new ResizeObserver(fit).observe(shown); });
  return box('html', shown);
}

/** A picture as an image: whatever it contains is only drawn; black on white becomes ink on paper. */
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
