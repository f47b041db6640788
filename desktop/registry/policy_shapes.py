"""What a county's rule may be set to: kinds of values, each checked in words and shown in words, the same everywhere.

`check(value)` raises ValueError with the reason; `show(value)` is what a person reads. Values are those of the stored
JSON: money in 分, shares and percentages as exact text, never a float.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from desktop.common.money import format_yuan
from desktop.registry import codelists

UNSET = "不限"


@dataclass(frozen=True)
class Shape:
    """Base: one kind of value."""

    def check(self, value: Any) -> None:
        """ValueError with the reason when this cannot be the value."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """The value in words."""
        raise NotImplementedError


@dataclass(frozen=True)
class YesNo(Shape):
    """A switch: what it says when on and when off."""

    yes: str = "是"
    no: str = "否"

    def check(self, value: Any) -> None:
        if not isinstance(value, bool):
            raise ValueError("应是或否")

    def show(self, value: Any) -> str:
        return self.yes if value else self.no


@dataclass(frozen=True)
class Whole(Shape):
    """A whole number with its unit, between two bounds."""

    unit: str
    least: int = 0
    most: int = 9999

    def check(self, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("应是整数")
        if not self.least <= value <= self.most:
            raise ValueError(f"应在 {self.least} 到 {self.most} {self.unit}之间")

    def show(self, value: Any) -> str:
        return f"{value} {self.unit}"


@dataclass(frozen=True)
class Money(Shape):
    """An amount in 分, shown in 元; None where there may be no limit. `zero` says what 0 means."""

    optional: bool = False
    zero: str = ""

    def check(self, value: Any) -> None:
        if value is None and self.optional:
            return
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("应是金额（以分为单位的整数，1 元写作 100）")
        if not 0 <= value < 10**15:
            raise ValueError("金额不能是负数，也不能超过十万亿元")

    def show(self, value: Any) -> str:
        return UNSET if value is None else self.zero if not value and self.zero else f"{format_yuan(value)} 元"


@dataclass(frozen=True)
class Day(Shape):
    """A whole day (ISO)."""

    def check(self, value: Any) -> None:
        try:
            good = date.fromisoformat(value).isoformat() == value
        except (TypeError, ValueError):
            good = False
        if not good:
            raise ValueError("应是日期，写作 2025-05-01")

    def show(self, value: Any) -> str:
        return str(value)


@dataclass(frozen=True)
class Choice(Shape):
    """One of a few words."""

    options: Mapping[str, str] = field(default_factory=dict)

    def check(self, value: Any) -> None:
        if not isinstance(value, str) or value not in self.options:
            raise ValueError(f"只能是 {'、'.join(f'{k}（{w}）' for k, w in self.options.items())}")

    def show(self, value: Any) -> str:
        return self.options.get(str(value), str(value))


@dataclass(frozen=True)
class Share(Shape):
    """A share of people: `2/3` is at least two thirds, `>1/2` more than half."""

    of: str = ""

    def check(self, value: Any) -> None:
        found = re.fullmatch(r"[>≥]? ?(\d{1,4})/(\d{1,4})", value) if isinstance(value, str) else None
        if found is None or not int(found[2]):
            raise ValueError("应写作 2/3（达到），或 >1/2（超过）")
        if not 0 < Fraction(int(found[1]), int(found[2])) <= 1:
            raise ValueError("比例应大于 0，不超过 1")

    def show(self, value: Any) -> str:
        text = str(value)
        return f"{'超过' if text.startswith('>') else '达到'}{self.of} {text.lstrip('>≥ ')}"


@dataclass(frozen=True)
class Days(Shape):
    """Several numbers of days, the largest first."""

    def check(self, value: Any) -> None:
        if not isinstance(value, list) or not value:
            raise ValueError("应是列表，写天数，至少一个")
        for n in value:
            if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 3650:
                raise ValueError(f"“{n}”不是 1 到 3650 之间的天数")
        if len(set(value)) != len(value):
            raise ValueError("有写了两次的天数")

    def show(self, value: Any) -> str:
        return "、".join(str(n) for n in value) + " 天"


@dataclass(frozen=True)
class Codes(Shape):
    """Items of a code list; `ordered` when their order matters."""

    list_name: str = ""
    ordered: bool = False
    nothing: str = "没有"
    also: str = ""
    """A second list whose codes are taken, too."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Codes that a county may have in its lists and the shipped ones have not."""

    def check(self, value: Any) -> None:
        if not isinstance(value, list):
            raise ValueError("应是列表，写代码表里的代码")
        strange = [str(code) for code in value if self.word(str(code)) is None]
        if strange:
            raise ValueError(f"“{'、'.join(strange)}”不在代码表中")
        if len(set(value)) != len(value):
            raise ValueError("有写了两次的")

    def show(self, value: Any) -> str:
        between = " → " if self.ordered else "、"
        return between.join(self.word(str(code)) or str(code) for code in value) or self.nothing

    def word(self, code: str) -> str | None:
        """The word of a code; None when none of the lists has it."""
        item = codelists.find(self.list_name, code) or (codelists.find(self.also, code) if self.also else None)
        return item.name if item is not None else self.others.get(code)

    def choices(self) -> list[tuple[str, str]]:
        """(code, word) of what may be chosen today."""
        lists = [name for name in (self.list_name, self.also) if name]
        found = {item.code: item.name for name in lists for item in codelists.items(name)}
        return list({**found, **self.others}.items())


@dataclass(frozen=True)
class Words(Shape):
    """Texts, one a line; entries may hold more than a name (`name`, `household_id`) when set from the command line."""

    nothing: str = "没有"
    named: bool = False

    def check(self, value: Any) -> None:
        if not isinstance(value, list):
            raise ValueError("应是列表，一行一个")
        for entry in value:
            text = entry.get("name") if self.named and isinstance(entry, dict) else entry
            if not isinstance(text, str) or not text.strip():
                raise ValueError("每一行都要有文字")

    def show(self, value: Any) -> str:
        names = [str(entry.get("name")) if isinstance(entry, dict) else str(entry) for entry in value]
        return "、".join(names) if names else self.nothing


@dataclass(frozen=True)
class Text(Shape):
    """A line of text; `tokens` stand in it for what is put in when it is used, with their words."""

    tokens: Mapping[str, str] = field(default_factory=dict)

    def check(self, value: Any) -> None:
        if not isinstance(value, str):
            raise ValueError("应是文字")

    def show(self, value: Any) -> str:
        text = str(value)
        for token, word in self.tokens.items():
            text = text.replace(token, word)
        return text

    def read(self, text: str) -> str:
        """What is stored for a text as it is shown."""
        for token, word in self.tokens.items():
            text = text.replace(word, token)
        return text


@dataclass(frozen=True)
class Percent(Shape):
    """A percentage from 0 to 100, exact."""

    def check(self, value: Any) -> None:
        exact = isinstance(value, int | str) and not isinstance(value, bool)
        if not exact or not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", str(value)):
            raise ValueError("应是百分数，写作 10 或 12.5")
        if Fraction(str(value)) > 100:
            raise ValueError("不能超过 100%")

    def show(self, value: Any) -> str:
        return f"{value}%"


@dataclass(frozen=True)
class Rate(Shape):
    """A share of the value from 0 to below 1, exact: 0.05 is 5 %."""

    def check(self, value: Any) -> None:
        if isinstance(value, bool) or not re.fullmatch(r"0(\.\d{1,6})?|\d{1,4}/0*[1-9]\d{0,3}", str(value)):
            raise ValueError("应写作 0.05（5%）")
        if not 0 <= Fraction(str(value)) < 1:
            raise ValueError("应小于 1")

    def show(self, value: Any) -> str:
        return f"残值率 {value}"


@dataclass(frozen=True)
class Part:
    """A column of a table, or a part of a group: its key, title and kind; what is left out is not set."""

    key: str
    title: str
    shape: Shape


@dataclass(frozen=True)
class Group(Shape):
    """Several parts under one rule: {key: value}. All are there when `whole`."""

    parts: Sequence[Part] = ()
    whole: bool = True

    def check(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise ValueError("应是对照表 {…}")
        known = {part.key: part for part in self.parts}
        strange = [key for key in value if key not in known]
        if strange:
            raise ValueError(f"没有“{'、'.join(strange)}”这一项，只有 {'、'.join(known)}")
        for part in self.parts:
            if part.key not in value:
                if self.whole:
                    raise ValueError(f"缺少{part.title}（{part.key}）")
                continue
            try:
                part.shape.check(value[part.key])
            except ValueError as error:
                raise ValueError(f"{part.title}：{error}") from None

    def show(self, value: Any) -> str:
        return "；".join(
            f"{part.title} {part.shape.show(value[part.key])}" for part in self.parts if part.key in value
        )


@dataclass(frozen=True)
class Table(Shape):
    """A value for some of the items of one or two code lists: {code: value} or {code: {column: value}}."""

    lists: Sequence[str] = ()
    columns: Sequence[Part] = ()
    single: bool = False
    """Each item has one value, not a group of columns."""
    nothing: str = "没有"
    bounds: Sequence[tuple[str, str]] = ()
    """Pairs of columns of which the first may not be above the second."""
    needed: Sequence[str] = ()
    """Columns that a line must have."""
    needed_when: Sequence[tuple[str, str, str]] = ()
    """(column, value, column that is needed then)."""

    def items(self) -> list[tuple[str, str]]:
        """(code, word) of the rows, in use today."""
        return [(item.code, item.name) for name in self.lists for item in codelists.items(name)]

    def word(self, code: str) -> str:
        """The word of an item, also of one that is no longer offered."""
        item = next((found for name in self.lists if (found := codelists.find(name, code)) is not None), None)
        return item.name if item is not None else code

    def check(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise ValueError("应是对照表 {代码: …}")
        for code, entry in value.items():
            if all(codelists.find(name, code) is None for name in self.lists):
                raise ValueError(f"“{code}”不在代码表中")
            try:
                if self.single:
                    self.columns[0].shape.check(entry)
                else:
                    self._check_line(entry)
            except ValueError as error:
                raise ValueError(f"{self.word(code)}：{error}") from None

    def _check_line(self, entry: Any) -> None:
        Group(self.columns, whole=False).check(entry)
        then = [other for key, value, other in self.needed_when if entry.get(key) == value]
        for key in (*self.needed, *then):
            if key not in entry:
                raise ValueError(f"缺少{next(p.title for p in self.columns if p.key == key)}")
        for low, high in self.bounds:
            if low in entry and high in entry and Fraction(str(entry[low])) > Fraction(str(entry[high])):
                raise ValueError("最低不能高于最高")

    def show(self, value: Any) -> str:
        said = []
        for code, entry in value.items():
            if self.single:
                said.append(f"{self.word(code)} {self.columns[0].shape.show(entry)}")
            else:
                parts = [
                    part.shape.show(entry[part.key]) if isinstance(part.shape, Choice | Rate)
                    else f"{part.title} {part.shape.show(entry[part.key])}"
                    for part in self.columns if part.key in entry
                ]  # fmt: skip
                said.append(f"{self.word(code)} {'、'.join(parts)}")
        return "；".join(said) or self.nothing


@dataclass(frozen=True)
class ByYear(Shape):
    """One value for each year: {"2025": value}; what is left out is not set."""

    columns: Sequence[Part] = ()
    nothing: str = "没有"
    single: bool = True

    def items(self) -> list[tuple[str, str]]:
        """(year, words) of the years that are offered: this one, the next, and four before."""
        this = int(codelists.today()[:4])
        return [(str(year), self.word(str(year))) for year in range(this + 1, this - 5, -1)]

    def word(self, year: str) -> str:
        """2025 年."""
        return f"{year} 年"

    def check(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise ValueError('应是对照表 {"2025": …}')
        for year, entry in value.items():
            if not isinstance(year, str) or not re.fullmatch(r"(19|20)[0-9]{2}", year):
                raise ValueError(f"“{year}”不是年度，应写四位，如 2025")
            try:
                self.columns[0].shape.check(entry)
            except ValueError as error:
                raise ValueError(f"{self.word(year)}：{error}") from None

    def show(self, value: Any) -> str:
        shape = self.columns[0].shape
        return "；".join(f"{self.word(year)} {shape.show(value[year])}" for year in sorted(value)) or self.nothing


@dataclass(frozen=True)
class Columns(Shape):
    """Columns of a sheet from left to right: [[title, content], …]."""

    contents: Mapping[str, str] = field(default_factory=dict)

    def check(self, value: Any) -> None:
        if not isinstance(value, list) or not value:
            raise ValueError("至少要有一列")
        for entry in value:
            if not isinstance(entry, list) or len(entry) != 2 or not str(entry[0]).strip():
                raise ValueError("每一列应写作 [标题, 内容]")
            if not isinstance(entry[1], str) or entry[1] not in self.contents:
                raise ValueError(f"内容“{entry[1]}”只能是 {'、'.join(self.contents)}")
        if len({str(entry[0]).strip() for entry in value}) != len(value):
            raise ValueError("有两列标题相同")

    def show(self, value: Any) -> str:
        return "、".join(str(title) for title, _content in value)
