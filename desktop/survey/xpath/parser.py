"""Reads XPath 1.0 text into an expression tree; every refusal names the place in the text."""

from __future__ import annotations

import re
from functools import lru_cache

from desktop.common.errors import InputRefused
from desktop.survey.xpath import syntax
from desktop.survey.xpath.syntax import Binary, Call, Expression, Filter, Literal, Negate, Number, Path, Step

DEPTH_LIMIT = 100
"""Brackets, predicates and calls inside each other; more is a mistake or an attack."""

LENGTH_LIMIT = 200_000


class ExpressionError(InputRefused):
    """An expression cannot be read or evaluated; the message says where and why."""


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<literal>"[^"]*"|'[^']*')
    | (?P<symbol>::|//|\.\.|!=|<=|>=|[()\[\]@,./|+\-=<>*$:])
    | (?P<name>[^\W\d][\w.\-·]*)
    )""",
    re.VERBOSE,
)
_OPERATOR_NAMES = frozenset(("and", "or", "mod", "div"))
_STRENGTH = {
    "or": 0, "and": 1, "=": 2, "!=": 2, "<": 3, "<=": 3, ">": 3, ">=": 3, "+": 4, "-": 4, "*": 5, "div": 5, "mod": 5,
}  # fmt: skip
# a name or `*` after one of these is an operand, not an operator (XPath 1.0 §3.7)
_BEFORE_OPERAND = frozenset(["@", "::", "(", "[", ",", "/", "//", "|", "+", "-", "=", "!=", "<", "<=", ">", ">=", "$"])

_Token = tuple[str, str, int]


def _wants_operand(tokens: list[_Token]) -> bool:
    """Whether an operand comes next, after these tokens."""
    if not tokens:
        return True
    kind, value, _ = tokens[-1]
    return kind == "op" or (kind == "symbol" and value in _BEFORE_OPERAND)


def _tokenise(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.end() == position:
            raise _error(text, position, "有不能识别的字符")
        kind = match.lastgroup or ""
        value = match.group(kind)
        start = match.start(kind)
        position = match.end()
        if kind == "name":
            operand = _wants_operand(tokens)
            if not operand and value not in _OPERATOR_NAMES:
                # `a div-1`, `1mod2`: where only an operator can stand, a name that begins with one is split
                for word in _OPERATOR_NAMES:
                    if value.startswith(word):
                        position = start + len(word)
                        value = word
                        break
            if not operand and value in _OPERATOR_NAMES:
                kind = "op"
            elif value[-1] == ".":
                value = value.rstrip(".")
                position = start + len(value)
            if kind == "name" and text.startswith(":", position) and not text.startswith("::", position):
                local = re.compile(r":(\*|[^\W\d][\w.\-·]*)").match(text, position)
                if local is None:
                    raise _error(text, position, "冒号后缺名称")
                value += local.group()
                position = local.end()
        elif kind == "symbol" and value == "*":
            if not _wants_operand(tokens):
                kind = "op"
        elif kind == "symbol" and value == ":":
            raise _error(text, start, "多了一个冒号")
        tokens.append((kind, value, start))
    return tokens


def _error(text: str, position: int, what: str) -> ExpressionError:
    shown = text if len(text) <= 80 else text[:77] + "…"
    return ExpressionError(f"表达式第 {position + 1} 个字符处{what}：{shown}")


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokenise(text)
        self.at = 0
        self.depth = 0

    def peek(self, offset: int = 0) -> tuple[str, str]:
        at = self.at + offset
        if at < len(self.tokens):
            kind, value, _ = self.tokens[at]
            return kind, value
        return "end", ""

    def symbol(self, value: str) -> bool:
        if self.peek() == ("symbol", value):
            self.at += 1
            return True
        return False

    def expect(self, value: str) -> None:
        if not self.symbol(value):
            raise self.error(f"缺“{value}”")

    def error(self, what: str) -> ExpressionError:
        position = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text)
        return _error(self.text, position, what)

    def whole(self) -> Expression:
        if not self.tokens:
            raise self.error("没有内容")
        expression = self.binary()
        if self.at < len(self.tokens):
            raise self.error("多出内容")
        return expression

    def binary(self, least: int = 0) -> Expression:
        """Operators that bind at least as strongly as `least`, by precedence climbing."""
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise self.error("嵌套过深")
        left = self.unary()
        while True:
            kind, value = self.peek()
            strength = _STRENGTH.get(value) if kind in ("op", "symbol") else None
            if strength is None or strength < least or (value == "*" and kind != "op"):
                break
            self.at += 1
            left = Binary(value, left, self.binary(strength + 1))
        self.depth -= 1
        return left

    def unary(self) -> Expression:
        negative = False
        count = 0
        while self.symbol("-"):
            negative = not negative
            count += 1
        operand = self.union()
        if negative:
            return Negate(operand)
        return Negate(Negate(operand)) if count else operand

    def union(self) -> Expression:
        left = self.path()
        while self.symbol("|"):
            left = Binary("|", left, self.path())
        return left

    def path(self) -> Expression:
        kind, value = self.peek()
        if kind == "symbol" and value in ("/", "//"):
            self.at += 1
            if value == "//":
                return Path("/", (syntax.ANY_DEPTH, *self.steps()))
            return Path("/", self.steps() if self.starts_step() else ())
        if self.starts_primary():
            primary = self.primary()
            predicates = self.predicates()
            if predicates:
                primary = Filter(primary, predicates)
            if self.symbol("/"):
                return Path(primary, self.steps())
            if self.symbol("//"):
                return Path(primary, (syntax.ANY_DEPTH, *self.steps()))
            return primary
        return Path(None, self.steps())

    def starts_step(self) -> bool:
        kind, value = self.peek()
        return kind == "name" or (kind == "symbol" and value in (".", "..", "@", "*"))

    def starts_primary(self) -> bool:
        kind, value = self.peek()
        if kind in ("number", "literal") or (kind == "symbol" and value in ("(", "$")):
            return True
        return kind == "name" and self.peek(1) == ("symbol", "(") and value not in syntax.KIND_TESTS

    def primary(self) -> Expression:
        kind, value = self.peek()
        self.at += 1
        if kind == "number":
            return Number(float(value))
        if kind == "literal":
            return Literal(value[1:-1])
        if value == "(":
            inner = self.binary()
            self.expect(")")
            return inner
        if value == "$":
            self.at += 1
            return syntax.Variable(self.tokens[self.at - 1][1] if self.at <= len(self.tokens) else "")
        self.expect("(")
        arguments: list[Expression] = []
        if not self.symbol(")"):
            arguments.append(self.binary())
            while self.symbol(","):
                arguments.append(self.binary())
            self.expect(")")
        return Call(value, tuple(arguments))

    def steps(self) -> tuple[Step, ...]:
        found = [self.step()]
        while True:
            if self.symbol("//"):
                found.append(syntax.ANY_DEPTH)
            elif not self.symbol("/"):
                return tuple(found)
            found.append(self.step())

    def step(self) -> Step:
        if self.symbol("."):
            predicates = self.predicates()
            return Step("self", syntax.SELF.test, predicates) if predicates else syntax.SELF
        if self.symbol(".."):
            predicates = self.predicates()
            return Step("parent", syntax.PARENT.test, predicates) if predicates else syntax.PARENT
        axis = "child"
        if self.symbol("@"):
            axis = "attribute"
        elif self.peek(1) == ("symbol", "::"):
            axis = self.peek()[1]
            if axis not in syntax.AXES:
                raise self.error(f"没有名为“{axis}”的轴")
            self.at += 2
        return Step(axis, self.test(), self.predicates())

    def test(self) -> syntax.NameTest | syntax.KindTest:
        kind, value = self.peek()
        if kind == "symbol" and value == "*":
            self.at += 1
            return syntax.NameTest("", "*")
        if kind != "name":
            raise self.error("缺节点名称" if kind != "end" else "没有写完")
        self.at += 1
        if value in syntax.KIND_TESTS and self.symbol("("):
            target = ""
            if self.peek()[0] == "literal":
                target = self.peek()[1][1:-1]
                self.at += 1
            self.expect(")")
            return syntax.KindTest(value, target)
        prefix, _, local = value.rpartition(":")
        return syntax.NameTest(prefix, local)

    def predicates(self) -> tuple[Expression, ...]:
        found: list[Expression] = []
        while self.symbol("["):
            found.append(self.binary())
            self.expect("]")
        return tuple(found)


@lru_cache(maxsize=20_000)
def parse(text: str) -> Expression:
    """The tree of an expression. Raises ExpressionError with the place of the mistake."""
    if len(text) > LENGTH_LIMIT:
        raise ExpressionError(f"表达式有 {len(text)} 个字符，超过 {LENGTH_LIMIT} 个，未读入。")
    return _Parser(text).whole()
