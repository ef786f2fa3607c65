// What katex.py calls in V8: returns a formula as HTML, or why KaTeX cannot read it.
function render(tex, displayMode) {
  const trust = ({ command }) => { throw new Error(`${command} is not allowed`); };
  try { // strict: what LaTeX would reject is an error, so that the formulas stay portable
    return JSON.stringify({ html: katex.renderToString(tex, { displayMode, strict: 'error', trust }) });
  } catch ({ message }) {
    return JSON.stringify({ error: message });
  }
}
