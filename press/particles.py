"""Korean particles after code: their form tells how a name is read, and all places must agree."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from press.errors import BookError
from press.passages import Passage, split
from press.texts import Text
from press.tokens import lines_of

# whether the name before it ends with a consonant; 로 follows vowels and ㄹ, so it tells nothing
_FORMS = {"은": True, "을": True, "과": True, "이": True, "으로": True}
_FORMS |= {"는": False, "를": False, "와": False, "가": False}
_PARTICLE = re.compile(rf"({'|'.join(_FORMS)})(?![가-힣])")


def unlike_particles(texts: Iterable[Text]) -> Iterator[BookError]:
    """Yield an error for each name that Korean texts read in two ways, at the rarer one."""
    places: dict[str, dict[bool, list[tuple[str, Text, int]]]] = defaultdict(dict)
    for text in (text for text in texts if text.language == "ko"):
        for passage in split(text):
            for line, name, particle in _uses(passage):
                form = places[name].setdefault(_FORMS[particle], [])
                form.append((particle, text, line))
    for name, forms in places.items():
        if len(forms) == 2:
            rare, usual = sorted(forms.values(), key=len)
            particle, text, line = rare[-1]
            other, where, place = usual[0]
            message = f"`{name}` is followed by {particle!r} here, by {other!r} elsewhere"
            hint = f"See {where.name}, line {place}: use the particle that fits how it is read."
            yield text.error(line, message, hint)


def _uses(passage: Passage) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the name and the particle of each piece of code with one after it."""
    for token in passage.tokens:
        if token.type != "inline":
            continue
        for (line, code), (_, after) in pairwise(lines_of(token)):
            match = _PARTICLE.match(after.content) if after.type == "text" else None
            if code.type == "code_inline" and match:
                yield line, code.content, match[1]
