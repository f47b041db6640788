"""Functions on text."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import re

from desktop.survey.xpath.compiler import Compiler
from desktop.survey.xpath.context import Closure, Context
from desktop.survey.xpath.functions.registry import MANY, function, special
from desktop.survey.xpath.parser import ExpressionError
from desktop.survey.xpath.syntax import Call
from desktop.survey.xpath.values import Value, index_of, number_of_text, to_text

_BLANKS = " \t\r\n"


@special("string", 0, 1)
def string(compiler: Compiler, call: Call) -> Closure:
    """string(x), of the context node without an argument."""
    return compiler.text(call.arguments[0]) if call.arguments else _own_text


def _own_text(context: Context) -> str:
    return to_text(context.node.atom())  # type: ignore[arg-type]


@special("string-length", 0, 1)
def string_length(compiler: Compiler, call: Call) -> Closure:
    """Number of characters."""
    text = string(compiler, call)
    return lambda context: float(len(text(context)))


@special("normalize-space", 0, 1)
def normalize_space(compiler: Compiler, call: Call) -> Closure:
    """Blanks trimmed and runs of them made one."""
    text = string(compiler, call)
    return lambda context: " ".join(re.split(r"[ \t\r\n]+", text(context).strip(_BLANKS)))


def texts_of(arguments: tuple[Value, ...]) -> list[str]:
    """Texts of all arguments; a node-set gives one for each node."""
    found: list[str] = []
    for argument in arguments:
        if isinstance(argument, list):
            found.extend(to_text(node.atom()) for node in argument)  # type: ignore[arg-type]
        else:
            found.append(to_text(argument))
    return found


@function("concat", least=0, most=MANY)
def concat(_context: Context, *arguments: Value) -> str:
    """All texts in a row."""
    return "".join(texts_of(arguments))


@function("join", least=1, most=MANY)
def join(_context: Context, separator: Value, *arguments: Value) -> str:
    """All texts with a separator between them."""
    return to_text(separator).join(texts_of(arguments))


@function("starts-with", least=2, take="text")
def starts_with(_context: Context, text: str, part: str) -> bool:
    """Whether text begins with part."""
    return text.startswith(part)


@function("ends-with", least=2, take="text")
def ends_with(_context: Context, text: str, part: str) -> bool:
    """Whether text ends with part."""
    return text.endswith(part)


@function("contains", least=2, take="text")
def contains(_context: Context, text: str, part: str) -> bool:
    """Whether part occurs in text."""
    return part in text


@function("substring-before", least=2, take="text")
def substring_before(_context: Context, text: str, part: str) -> str:
    """What stands before the first occurrence of part."""
    before, found, _ = text.partition(part) if part else ("", "", "")
    return before if found else ""


@function("substring-after", least=2, take="text")
def substring_after(_context: Context, text: str, part: str) -> str:
    """What stands after the first occurrence of part."""
    return text.partition(part)[2] if part else text


@function("substring", least=2, most=3, take="text,number")
def substring(_context: Context, text: str, start: float, length: float = math.inf) -> str:
    """XPath's substring: positions from 1, rounded."""
    first = _round_half_up(start)
    end = math.inf if length == math.inf and first == first else first + _round_half_up(length)
    return "".join(char for position, char in enumerate(text, 1) if first <= position < end)


def _round_half_up(number: float) -> float:
    return number if number != number or math.isinf(number) else math.floor(number + 0.5)


@function("substr", least=2, most=3, take="text,number")
def substr(_context: Context, text: str, start: float, end: float | None = None) -> str:
    """OpenRosa's substr: positions from 0, negative ones from the end, `end` excluded."""
    length = len(text)
    first = index_of(start)
    last = length if end is None else index_of(end)
    first = min(max(first + length if first < 0 else first, 0), length)
    last = min(max(last + length if last < 0 else last, 0), length)
    return text[first:last] if first <= last else ""


@function("translate", least=3, take="text")
def translate(_context: Context, text: str, old: str, new: str) -> str:
    """Characters of old replaced by those of new at the same place, or dropped."""
    table: dict[int, str | None] = {}
    for position, char in enumerate(old):
        table.setdefault(ord(char), new[position] if position < len(new) else None)
    return text.translate(table)


_PATTERNS: dict[str, re.Pattern[str]] = {}


@function("regex", least=2, take="text")
def regex(_context: Context, text: str, pattern: str) -> bool:
    """Whether the whole text matches the pattern."""
    compiled = _PATTERNS.get(pattern)
    if compiled is None:
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise ExpressionError(f"正则表达式写错（第 {(error.pos or 0) + 1} 个字符）：{pattern[:80]}") from error
        if len(_PATTERNS) > 500:
            _PATTERNS.clear()
        _PATTERNS[pattern] = compiled
    return compiled.fullmatch(text) is not None


_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


@function("digest", least=2, most=3, take="text")
def digest(_context: Context, text: str, algorithm: str, encoding: str = "base64") -> str:
    """A hash of the text's UTF-8 bytes, base64 unless `hex` is asked for."""
    name = _ALGORITHMS.get(algorithm.strip().upper())
    if name is None:
        raise ExpressionError(f"digest() 不认识算法“{algorithm}”，可用：{'、'.join(_ALGORITHMS)}。")
    data = hashlib.new(name, text.encode(), usedforsecurity=False).digest()
    if encoding.strip().lower() == "hex":
        return data.hex()
    if encoding.strip().lower() == "base64":
        return base64.b64encode(data).decode()
    raise ExpressionError(f"digest() 不认识编码“{encoding}”，可用：base64、hex。")


@function("base64-decode", least=1, take="text")
def base64_decode(_context: Context, text: str) -> str:
    """The text that base64 holds; empty when it holds none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


@function("thousandsep", least=2, take="text")
def thousandsep(_context: Context, separator: str, text: str) -> str:
    """Digits grouped by three."""
    number = number_of_text(text)
    if number != number:
        return text
    whole, point, rest = text.strip().partition(".")
    grouped = f"{int(whole or '0'):,}".replace(",", separator)
    return grouped + point + rest


@special("boolean-from-string", 1, 1)
def boolean_from_string(compiler: Compiler, call: Call) -> Closure:
    """True for `true` and `1`."""
    text = compiler.text(call.arguments[0])
    return lambda context: text(context).lower() in ("true", "1")
