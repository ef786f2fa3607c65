// An editor that replaces a cell's code: CodeMirror with what Python needs.

import {
  autocompletion, bracketMatching, classHighlighter, closeBrackets, closeBracketsKeymap, completionKeymap,
  Decoration, defaultKeymap, EditorState, EditorView, history, historyKeymap, indentOnInput, indentUnit,
  indentWithTab, keymap, pythonLanguage, StateEffect, StateField, syntaxHighlighting,
} from '../vendor/codemirror/codemirror.mjs';

const markLine = StateEffect.define();
const wrongLine = StateField.define({
  create: () => Decoration.none,
  update(marks, change) {
    if (change.docChanged) return Decoration.none;
    for (const effect of change.effects) {
      if (!effect.is(markLine)) continue;
      const { doc } = change.state;
      const known = effect.value && effect.value <= doc.lines;
      const mark = Decoration.line({ class: 'wrong-line' });
      return known ? Decoration.set([mark.range(doc.line(effect.value).from)]) : Decoration.none;
    }
    return marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Puts an editor into `parent`.
 * @param {HTMLElement} parent
 * @param {{text: string, label: string, change: (text: string) => void, run: () => void,
 *   leave: () => void, complete: (before: string) => Promise<[string, string[]] | null>}} way
 */
export function editor(parent, way) {
  const names = async (context) => {
    const word = context.matchBefore(/[\w.]+/);
    if (!word && !context.explicit) return null;
    const found = await way.complete(context.state.sliceDoc(0, context.pos));
    if (!found?.[1].length) return null;
    const [part, options] = found;
    return { from: context.pos - part.length, options: options.map((label) => ({ label })), validFor: /^[\w.]*$/ };
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: way.text,
      extensions: [
        history(), indentOnInput(), bracketMatching(), closeBrackets(), wrongLine,
        indentUnit.of('    '), EditorState.tabSize.of(4), EditorState.allowMultipleSelections.of(false),
        pythonLanguage, syntaxHighlighting(classHighlighter), autocompletion({ override: [names] }),
        EditorView.lineWrapping, EditorView.contentAttributes.of({ 'aria-label': way.label }),
        EditorView.updateListener.of((update) => { if (update.docChanged) way.change(view.state.doc.toString()); }),
        keymap.of([
          { key: 'Shift-Enter', run: () => { way.run(); return true; } },
          ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab,
          { key: 'Escape', run: () => { way.leave(); return true; } },
        ]),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    /** Replaces the text; undo restores the old one. */
    put(text) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }); },
    /** Marks the line in which an error occurred; null marks none. */
    mark(line) { view.dispatch({ effects: markLine.of(line) }); },
  };
}
