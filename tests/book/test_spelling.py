"""The words of the book stand in a dictionary, or in our list of the field's words.

The dictionaries are hunspell's. Japanese has none, since it writes words without spaces.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from notebooks import BOOK

DICTIONARIES = {"en": "en_US", "ko": "ko"}
# no names of classes such as NestMLP; no particle that follows code, a formula or a word in Latin
WORDS = {"en": r"(?<![\w'])[A-Za-z][a-z']+(?!\w)", "ko": r"(?<![\w)\]’”`'*…])[가-힣]+"}
PAGES = {"en": ("README.md", "CONTRIBUTING.md"), "ko": ("README.ko.md",)}
# code, formulas, front matter, roles and targets are no prose
NO_PROSE = re.compile(
    r"^---\n.*?^---\n|^ *(?P<fence>```+)(?!\{(?:figure|note|tip|warning)\}).*?^ *(?P=fence)$"
    r"|^ *:\w+:|\$\$.*?\$\$|`+[^`\n]+`+|\$[^$]+\$|\{\w+\}|<[^>\n]+>|\]\([^)]+\)|https?:\S+|\\n",
    re.DOTALL | re.MULTILINE,
)
# what may follow a Korean noun: particles, or a verb made of it
ENDINGS = re.compile(
    r"(?:들|은|는|이|가|을|를|의|에|에서|로|으로|와|과|도|만|까지|부터|마다|처럼|별|뿐|끼리|씩|쯤|든|나|서|면|만큼"
    r"|여야|인|일|입니다|이고|이며|이라면|이므로|이어서|이기)*|[하한할합해되된될됩했시킨][가-힣]*"
)
VALUE = re.compile(r'= ?"(.*)"')


def is_known(word: str, language: str) -> bool:
    """Tell whether we know a word to be right though the dictionary lacks it."""
    if language == "ko":
        ends = range(1, len(word) + 1)
        return any(word[:n] in known(language) and ENDINGS.fullmatch(word[n:]) for n in ends)
    return not {word, word.lower()}.isdisjoint(known(language))


@cache
def known(language: str) -> frozenset[str]:
    """Return our own list of words."""
    file = Path(__file__).with_name("spelling") / f"{language}.txt"
    lines = file.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def words(language: str) -> dict[str, str]:
    """Return each word of a language, and the file where it stands first."""
    texts = {}
    for path in (BOOK.root / "chapters" / language).glob("*.md"):
        texts[path] = path.read_text(encoding="utf-8")
    for name in PAGES.get(language, ()):
        texts[BOOK.root / name] = (BOOK.root / name).read_text("utf-8")
    for path in (BOOK.root / "d2lmini" / "exercises" / "words" / language).glob("*.toml"):
        texts[path] = "\n".join(VALUE.findall(path.read_text(encoding="utf-8")))
    own = BOOK.root / "press" / "words" / f"{language}.toml"
    texts[own] = "\n".join(VALUE.findall(own.read_text("utf-8")))
    found: dict[str, str] = {}
    for path, text in sorted(texts.items()):
        for word in re.findall(WORDS[language], NO_PROSE.sub("`", text)):
            found.setdefault(word, str(path.relative_to(BOOK.root)))
    return found


@pytest.mark.parametrize("language", DICTIONARIES)
def test_every_word_is_known(language: str):
    found = words(language)
    assert len(found) > 1000
    slips = {"en": "mispelled", "ko": "틀리닌다"}
    lacking = misspelled(language, [*found, slips[language]])
    assert slips[language] in lacking, "the dictionary finds what is wrong"
    left = [f"{found[w]}: {w}" for w in sorted(found.keys() & lacking) if not is_known(w, language)]
    assert not left, "Fix these, or add them to tests/book/spelling:\n" + "\n".join(left)


def misspelled(language: str, candidates: list[str]) -> set[str]:
    """Return the words that the dictionary lacks; skip where there is none."""
    if not shutil.which("hunspell"):
        pytest.skip("hunspell is not installed")
    done = subprocess.run(
        ["hunspell", "-i", "UTF-8", "-d", DICTIONARIES[language], "-l"],
        input="\n".join(candidates),
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        encoding="utf-8",
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"hunspell has no dictionary for {language}")
    return set(done.stdout.split())
