"""What the tests of exercises expect: each function returns, or raises `Wrong` with the result.

Keyword arguments name typical wrong answers: `equal(y, x + 1, forgot_bias=x)` gives the hint
`forgot_bias` to whoever returns `x`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from .. import autograd, nn
from ..errors import MXNetError
from ..ndarray import NDArray, arrays_in
from ..parameter import Parameter
from .words import word

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_LONGEST = 120  # characters of a value in a report
_SMALL = 12  # elements of an array that is shown in full


class Wrong(Exception):  # noqa: N818 (an answer, not a program, is wrong)
    """An answer is not what was expected; `hint` is a key in the words."""

    def __init__(self, expected: str, found: str, hint: str = "") -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected, self.found, self.hint = expected, found, hint


def equal(found: Any, expected: Any, hint: str = "", /, **typical: Any) -> None:
    """Expect a value: arrays and numbers of the same shape and with the same elements to 5 digits.

    Raises:
        Wrong: with the hint of the first of the typical wrong values that was found, or else with
            ``hint``.
    """
    if not same(found, expected):
        is_array = isinstance(expected, NDArray | np.ndarray)
        hint = _typical(found, typical) or hint or _default_hint(found, is_array)
        raise Wrong(*_both(expected, found), hint)


def shape(found: Any, expected: tuple[int, ...], **typical: tuple[int, ...]) -> None:
    """Expect an array of a given shape."""
    seen = getattr(found, "shape", None)
    if not isinstance(found, NDArray | np.ndarray) or seen != expected:
        hint = _typical(seen, typical) or _default_hint(found, is_array=True)
        raise Wrong(word("value", "array").format(shape=expected), describe(found), hint)


def true(condition: Any, expected: str, found: Any, hint: str = "") -> None:
    """Expect a condition.

    `expected` says what holds then, as code or as a key in the words.
    """
    if not condition:
        raise Wrong(expected, describe(found), hint)


def secret(found: Any, expected: Any, instead: str, **typical: Any) -> None:
    """Expect a value that the report must not give away: it says `instead`, as `true` does."""
    true(same(found, expected), instead, found, _typical(found, typical))


def block_class(answer: Any) -> Any:
    """Expect a class derived from nn.Block, and return it."""
    if not (isinstance(answer, type) and issubclass(answer, nn.Block)):
        hint = "instance" if isinstance(answer, nn.Block) else "not_a_block"
        raise Wrong(word("value", "class").format(name="nn.Block"), describe(answer), hint)
    return answer


def block(answer: Any, hint: str = "") -> nn.Block:
    """Expect an instance of a block, and return it."""
    if not isinstance(answer, nn.Block):
        raise Wrong(word("value", "block"), describe(answer), hint or _default_hint(answer))
    return answer


def function(answer: Any) -> Any:
    """Expect something that can be called and is neither a class nor a block, and return it."""
    if not callable(answer) or isinstance(answer, type | nn.Block):
        raise Wrong(word("value", "function"), describe(answer))
    return answer


def entry(answer: Any, name: str) -> Any:
    """Expect a dictionary with an entry, and return the entry."""
    if not isinstance(answer, Mapping) or name not in answer:
        found = describe(answer) if not isinstance(answer, Mapping) else word("value", "no_entry")
        raise Wrong(word("value", "entry").format(name=repr(name)), found)
    return answer[name]


def error(found: Any, kind: type[BaseException], part: str = "") -> None:
    """Expect an exception, given itself or by its class, whose message contains `part`."""
    is_class = isinstance(found, type) and issubclass(found, kind)
    if not (is_class or (isinstance(found, kind) and part in str(found))):
        expected = f"{kind.__name__}: … {part} …" if part else kind.__name__
        hint = "nothing_seen" if found is None else "error_text" if isinstance(found, str) else ""
        raise Wrong(expected, describe(found), hint)


def parameters(answer: nn.Block, count: int, **typical: int) -> None:
    """Expect a block with `count` parameters, where shared ones count once."""
    found = len(answer.collect_params())
    if found != count:
        expected = f"len(collect_params()) == {count}"
        raise Wrong(expected, str(found), _typical(found, typical))


def separate(blocks: Iterable[Any], hint: str = "shared") -> None:
    """Expect blocks that are different objects and share no parameters."""
    owner: dict[int, int] = {}
    for number, each in enumerate(blocks):
        for part in (each, *block(each).collect_params().values()):
            if owner.setdefault(id(part), number) != number:
                kind = part.name if isinstance(part, Parameter) else type(part).__name__
                raise Wrong(f"[{owner[id(part)]}] is not [{number}]", f"{kind} is {kind}", hint)


def pure(call: Callable[..., Any], *arguments: Any) -> Any:
    """Expect a call that writes into none of the arrays that it gets, and return its result."""
    arrays = [(array, array.copy()) for array in arrays_in(arguments)]
    result = call(*arguments)
    for array, kept in arrays:
        if not same(array, kept):
            raise Wrong(*_both(kept, array), "mutated")
    return result


def backward(call: Callable[..., Any], *arguments: Any) -> NDArray:
    """Record a call, run backward from the sum of the array that it returns, and return that."""
    with autograd.record():
        y: NDArray = call(*arguments)
        true(isinstance(y, NDArray), "NDArray", y, _default_hint(y, True) or "not_recorded")
        total = y.sum()
    try:
        total.backward()
    except MXNetError as error:
        hint = "not_recorded" if "no recorded history" in str(error) else ""
        raise Wrong("y.sum().backward()", told(error), hint) from error
    return y


def numbers(*shape: int) -> NDArray:
    """Return a new array of a given shape, with elements from 0 to 1 that are all different."""
    count = int(np.prod(shape))
    return NDArray(np.linspace(0, 1, count, dtype=np.float32).reshape(shape))


def ready(made: nn.Block) -> nn.Block:
    """Return a block, initialized."""
    block(made).initialize()
    return made


def listed(value: Any) -> list[Any]:
    """Return what is in a list or the like, in keys, between commas in a text, or alone."""
    inside = value.tolist() if isinstance(value, NDArray | np.ndarray) else value
    if isinstance(inside, str):
        return [part.strip() for part in inside.split(",")]
    return list(inside) if isinstance(inside, Iterable) else [inside]


def name(value: Any) -> Any:
    """Return the bare name in `self.name`, `name(x)` or a function, and anything else unchanged."""
    text = _alone(value)
    text = getattr(text, "__name__", text) if callable(text) else text
    if not isinstance(text, str):
        return text
    return text.strip().partition("(")[0].rpartition(".")[2]


def array(value: Any) -> Any:
    """Return a list of numbers as an array, and anything else unchanged."""
    if isinstance(value, list | tuple | np.ndarray):
        with suppress(TypeError, ValueError):
            return NDArray(np.asarray(value, dtype=float))
    return value


def number(value: Any) -> Any:
    """Return the number in text, or in an array or a list of one, and anything else unchanged."""
    found = _alone(value)
    if isinstance(found, str):
        with suppress(ValueError):
            return float(found)
    is_array = isinstance(found, NDArray | np.ndarray)
    return found.item() if is_array and found.size == 1 else found


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same: arrays and numbers to five digits."""
    if _is_numeric(one) and _is_numeric(other):
        left, right = np.asarray(one), np.asarray(other)
        return left.shape == right.shape and bool(_close(left, right).all())
    if isinstance(one, list | tuple) and type(one) is type(other):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def describe(value: Any, digits: int = 4) -> str:
    """Return a value as a report shows it: short, and the same on every run."""
    if _is_numeric(value):
        return _array(np.asarray(value), digits)
    if value is None:
        return word("value", "none")
    if isinstance(value, type):
        return word("value", "is_class").format(name=value.__name__)
    if isinstance(value, BaseException):
        return told(value)
    if callable(value):
        name = getattr(value, "__name__", None)
        key = "is_function" if name else "is_instance"
        return word("value", key).format(name=name or type(value).__name__)
    if isinstance(value, list | tuple):
        inner = ", ".join(describe(each, digits) for each in value[:_SMALL])
        more = ", …" if len(value) > _SMALL else ""
        marks = "[]" if isinstance(value, list) else "()"
        return shortened(f"{marks[0]}{inner}{more}{marks[1]}")
    if isinstance(value, set | frozenset):
        return shortened("{" + ", ".join(sorted(map(repr, value))) + "}")
    try:
        return shortened(repr(value))
    except Exception:
        return word("value", "strange")


def told(error: BaseException) -> str:
    """Return the kind and the message of an exception."""
    try:
        message = str(error).strip()
    except Exception:
        message = ""
    kind = type(error).__name__
    return shortened(f"{kind}: {message}" if message else kind, 2 * _LONGEST)


def shortened(text: str, longest: int = _LONGEST) -> str:
    """Return a text on one line, without addresses, and not too long."""
    line = _ADDRESS.sub("", " ".join(text.split()))
    return line if len(line) <= longest else line[:longest].rstrip() + " …"


def _alone(value: Any) -> Any:
    """Return what is alone in a list or a tuple, or else the value."""
    is_one = isinstance(value, list | tuple) and len(value) == 1
    return _alone(value[0]) if is_one else value


def _close(one: Any, other: Any) -> Any:
    return np.isclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True)


def _is_numeric(value: Any) -> bool:
    kinds = NDArray | np.ndarray | np.generic | bool | int | float | complex
    return isinstance(value, kinds) and np.asarray(value).dtype.kind in "biufc"


def _typical(found: Any, typical: Mapping[str, Any]) -> str:
    """Return the name of the typical wrong value that was found, or an empty string."""
    return next((hint for hint, wrong in typical.items() if same(found, wrong)), "")


def _default_hint(found: Any, is_array: bool = False) -> str:
    if is_array and isinstance(found, list | tuple):
        return "a_list"
    return "returns_nothing" if found is None else ""


def _array(array: Any, digits: int) -> str:
    if array.ndim == 0:
        return _number(array.item(), digits)
    shown = word("value", "array").format(shape=array.shape)
    if array.size <= _SMALL:
        return word("value", "small").format(value=_nested(array.tolist(), digits), array=shown)
    return shown


def _nested(values: Any, digits: int) -> str:
    if isinstance(values, list):
        return "[" + ", ".join(_nested(each, digits) for each in values) + "]"
    return _number(values, digits)


def _number(value: Any, digits: int) -> str:
    return f"{value:.{digits}g}" if isinstance(value, float | complex) else repr(value)


def _both(expected: Any, found: Any) -> tuple[str, str]:
    """Return two different values as different texts."""
    place = _difference(expected, found)

    def text(value: Any, digits: int) -> str:
        if place is None:
            return describe(value, digits)
        array = np.asarray(value)
        element, shown = _number(array[place].item(), digits), describe(array)
        return word("value", "at").format(value=element, place=list(place), array=shown)

    for digits in (4, 8, 17):
        texts = text(expected, digits), text(found, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _difference(one: Any, other: Any) -> tuple[int, ...] | None:
    """Return where two large arrays of the same shape differ first."""
    if not (_is_numeric(one) and _is_numeric(other)):
        return None
    left, right = np.asarray(one), np.asarray(other)
    if left.shape != right.shape or left.size <= _SMALL:
        return None
    apart = np.argwhere(~_close(left, right))
    return tuple(apart[0].tolist())
