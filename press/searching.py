"""What the search knows: the words of every passage, and all names of the terms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from markdown_it.token import Token

from press.exercises import is_solution
from press.fragments import Fragments
from press.katex import formula
from press.passages import Passage, words
from press.rendering import WIDE, Page, citation
from press.terms import Term, term_anchor
from press.tokens import lines_of
from press.works import Work

Chapter = Mapping[str, Any]

_MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)
_FORMS = {"msup": "{}^{}", "mover": "{}^{}", "msub": "{}_{}", "munder": "{}_{}"}
_FORMS |= {"msubsup": "{}_{}^{}", "munderover": "{}_{}^{}", "mfrac": "{}/{}", "msqrt": "√{}"}
_FORMS["mroot"] = "{1}√{0}"
_NAME = "\u2061"  # the sign of application, which follows the name of a function
_GAP = re.compile(rf"(?<={WIDE}) (?={WIDE})")
_BEFORE_STOP = re.compile(r" (?=[.,;:!?])")


def script(language: str, chapters: Iterable[Chapter], terms: Sequence[dict[str, Any]]) -> str:
    """Return the script that passes all this to the page, in one language.

    It is a script rather than JSON, because a page opened from a file may load nothing else.
    """
    packed = json.dumps(
        {"chapters": list(chapters), "terms": terms}, ensure_ascii=False, separators=(",", ":")
    )
    return f'(self.bookPassages ??= {{}})["{language}"] = {packed};\n'


def chapter(
    file: str, label: str, page: Page, passages: Sequence[Passage], anchors: Sequence[str]
) -> Chapter:
    """Return the passages of a chapter by section; `label` is its number as words.

    Hints and solutions are left out, so that nobody finds them by accident.
    """
    sections: list[dict[str, Any]] = []
    for passage, anchor in zip(passages, anchors, strict=True):
        if passage.kind == "hint" or is_solution(passage):
            continue
        entry = {"anchor": anchor, "kind": passage.kind}
        if passage.kind == "heading":
            sections.append({"title": words(passage), "passages": []})
            entry["title"] = words(passage)
        else:
            entry["words"] = spoken(passage, page)
        sections[-1]["passages"].append(entry)
    title = sections[0]["title"]
    sections[0]["title"] = ""  # what comes before the first section
    return {"file": file, "label": label, "title": title, "sections": sections}


def glossary(file: str, title: str, terms: Sequence[Term], language: str) -> Chapter:
    """Return the glossary as a chapter whose passages are its terms."""
    entries = []
    for term in terms:
        definition = term.definition.get(language, "")
        entries.append(_entry(term_anchor(term.name), "term", term.forms[language], definition))
    return _extra(file, title, [{"title": "", "passages": entries}])


def reference(file: str, title: str, about: str, modules: Sequence[Mapping[str, Any]]) -> Chapter:
    """Return the reference as a chapter with modules as its sections and names as its passages."""
    front = _entry("content", "name", title, about)
    sections: list[dict[str, Any]] = [{"title": "", "passages": [front]}]
    for module in modules:
        entries = [
            _entry(each["name"], "name", ", ".join([each["name"], *each["also"]]), each["words"])
            for member in module["members"]
            for each in (member, *member["members"])
        ]
        sections.append({"title": module["name"], "passages": entries})
    return _extra(file, title, sections)


def bibliography(file: str, title: str, works: Iterable[Work]) -> Chapter:
    """Return the bibliography as a chapter whose passages are the works."""
    entries = []
    for work in works:
        about = f"{work.names}. {work.published}, {work.year}"
        entries.append(_entry(work.anchor, "work", work.title, about))
    return _extra(file, title, [{"title": "", "passages": entries}])


def _entry(anchor: str, kind: str, title: str, words: str) -> dict[str, str]:
    """Return a passage that is not from a chapter."""
    return {"anchor": anchor, "kind": kind, "title": title, "words": words}


def _extra(file: str, title: str, sections: list[dict[str, Any]]) -> Chapter:
    """Return a page without a number as a chapter."""
    return {"file": file, "label": "", "title": title, "sections": sections}


def names(terms: Iterable[Term], language: str) -> list[dict[str, Any]]:
    """Return each term in a language, with everything else that readers may call it.

    These are its forms in the other languages, its pronunciation, and the forms the book avoids.
    """
    found = []
    for term in terms:
        form = term.forms[language]
        avoided = [wrong for forms in term.wrong.values() for wrong in forms]
        others = dict.fromkeys([*term.forms.values(), *term.readings.values(), *avoided])
        found.append({"form": form, "names": [name for name in others if name != form]})
    return found


def spoken(passage: Passage, page: Page) -> str:
    """Return the text of a passage: prose on one line, a program unchanged."""
    if passage.program is not None:
        return passage.program.strip("\n")
    pieces = (_block(token, page) for token in passage.tokens)
    line = " ".join(" ".join(pieces).split())
    line = _GAP.sub("", line) if page.is_unspaced else line
    return _BEFORE_STOP.sub("", line)


def _block(token: Token, page: Page) -> str:
    if token.type.startswith("math_block"):
        return signs(token.content, page.fragments)
    if token.type in ("fence", "code_block"):
        return token.content
    return "".join(_inline(child, page) for _, child in lines_of(token))


def _inline(token: Token, page: Page) -> str:
    if token.type == "math_inline":
        return signs(token.content, page.fragments)
    if token.type == "myst_role":
        role, targets, text = (token.meta[key] for key in ("name", "targets", "text"))
        if role == "cite":
            return citation(targets, text, page, lambda _, called: called)
        return text or page.called(role, targets[0])
    return token.content or (" " if token.type == "softbreak" else "")


def signs(tex: str, fragments: Fragments) -> str:
    """Return a formula in one line of signs, for example ``x_i^2`` for the square of an element."""
    shown = ElementTree.fromstring(_MATH.findall(formula(fragments, tex))[0])
    return _signs(shown).replace(_NAME, "")


def _signs(element: ElementTree.Element) -> str:
    """Return the text of MathML."""
    kind = element.tag.partition("}")[2]
    if kind == "annotation":
        return ""
    parts = [_signs(part) for part in element]
    if kind not in _FORMS or element.get("accent") or not parts[-1].strip("′"):
        return (element.text or "") + "".join(parts)
    is_one = [len(part) < 2 or part.isdecimal() or part.endswith(_NAME) for part in parts]
    wrapped = (x if one else f"({x})" for x, one in zip(parts, is_one, strict=True))
    return _FORMS[kind].format(*wrapped)
