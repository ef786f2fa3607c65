// An editor that replaces a cell's code: CodeMirror with what Python needs.

import {
  autocompletion, bracketMatching, classHighlighter, closeBrackets, closeBracketsKeymap, completionKeymap,
  Decoration, defaultKeymap, EditorView, history, historyKeymap, indentOnInput, indentUnit,
  indentWithTab, keymap, pythonLanguage, StateEffect, StateField, syntaxHighlighting,
} from '../vendor/codemirror/codemirror.mjs';

const RUN = ['Shift-Enter', 'Ctrl-Enter', 'Cmd-Enter']; // as in Jupyter
const wrong = Decoration.line({ class: 'wrong-line' });
const setMarks = StateEffect.define();
const marks = StateField.define({
  create: () => Decoration.none,
  update(before, { docChanged, effects }) {
    return effects.find((effect) => effect.is(setMarks))?.value ?? (docChanged ? Decoration.none : before);
  },
  provide: (field) => EditorView.decorations.from(field),
});
/** Lines that wrap continue farther right than they begin. */
const hanging = EditorView.decorations.compute(['doc'], ({ doc }) => Decoration.set(
  Array.from(doc.iterLines(), (text, index) => Decoration.line({
    attributes: { style: `--indent: ${text.search(/\S|$/)}ch` },
  }).range(doc.line(index + 1).from)),
));

/**
 * Puts an editor before the buttons of a cell, so that Escape and Tab lead on from it.
 * @param {HTMLElement} buttons
 * @param {{text: string, label: string, change: (text: string) => void, run: () => void,
 *   leave: () => void, complete: (before: string) => Promise<[number, string[]] | undefined>}} way
 *   `complete` returns the number of characters to replace before the cursor, and names for them
 */
export function editor(buttons, way) {
  const names = async (context) => {
    if (!context.explicit && !context.matchBefore(/[\w.]+/)) return null;
    const found = await way.complete(context.state.sliceDoc(0, context.pos));
    if (!found) return null;
    const [length, options] = found;
    return { from: context.pos - length, options: options.map((label) => ({ label })), validFor: /^[\w.]*$/ };
  };
  const view = new EditorView({
    doc: way.text,
    extensions: [
      history(), indentOnInput(), bracketMatching(), closeBrackets(), marks, hanging,
      indentUnit.of('    '), pythonLanguage, syntaxHighlighting(classHighlighter), EditorView.lineWrapping,
      autocompletion({ override: [names] }), EditorView.contentAttributes.of({ 'aria-label': way.label }),
      EditorView.updateListener.of(({ docChanged, state }) => docChanged && way.change(`${state.doc}`)),
      keymap.of([
        ...RUN.map((key) => ({ key, run: () => { way.run(); return true; } })),
        ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab,
        { key: 'Escape', run: () => { way.leave(); return true; } },
      ]),
    ],
  });
  buttons.before(view.dom);
  return {
    focus: () => view.focus(),
    /** Replaces the text; undo restores the old one. */
    put(text) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }); },
    /** Marks the line in which an error occurred; 0 marks none. */
    mark(line) {
      const { doc } = view.state;
      const found = line > 0 && line <= doc.lines ? [wrong.range(doc.line(line).from)] : [];
      view.dispatch({ effects: setMarks.of(Decoration.set(found)) });
    },
  };
}
