"""Where one can go: groups and entries of the navigation, addresses of records, and the back stack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication


@dataclass(frozen=True)
class Address:
    """One place: a page and, when it is about one record, that record's id; `part` is a tab or sub-page."""

    page: str
    record: str = ""
    part: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation: the page it opens, its word on the screen and its icon."""

    page: str
    word: str
    icon: str


@dataclass(frozen=True)
class Group:
    """A group of entries; the first has no word."""

    word: str
    entries: tuple[Entry, ...]


def _n(source: str) -> str:
    """Marks a word for translation; it is translated where it is shown."""
    return source


_PLAN: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("", (("home", _n("首页"), "home"),)),
    (
        _n("农户"),
        (
            ("household", _n("住户"), "household"),
            ("survey", _n("入户调查"), "survey"),
            ("risk", _n("风险监测"), "risk"),
            ("sample", _n("抽查抽样"), "sample"),
        ),
    ),
    (
        _n("资产"),
        (
            ("asset", _n("资产台账"), "asset"),
            ("distribution", _n("收益分配"), "share"),
            ("disposal", _n("处置"), "dispose"),
            ("inspection", _n("检查整改"), "inspect"),
            ("notice", _n("公示公告"), "notice"),
        ),
    ),
    (
        _n("村情"),
        (
            ("village", _n("村情"), "village"),
            ("map", _n("民情地图"), "map"),
            ("statistics", _n("统计"), "chart"),
        ),
    ),
    (
        _n("数据"),
        (
            ("import", _n("数据导入"), "import"),
            ("compare", _n("数据比对"), "compare"),
            ("exchange", _n("数据交换"), "exchange"),
            ("print", _n("打印中心"), "print"),
        ),
    ),
)
_FOOT: tuple[tuple[str, str, str], ...] = (
    ("settings", _n("设置"), "settings"),
    ("help", _n("帮助"), "help"),
)


def _word(source: str) -> str:
    return QCoreApplication.translate("navigation", source) if source else ""


def groups(existing: Iterable[str]) -> list[Group]:
    """The navigation of DESIGN §3 reduced to pages that exist; a group without pages is left out."""
    pages = set(existing)
    found = []
    for word, entries in _PLAN:
        kept = tuple(Entry(page, _word(name), icon) for page, name, icon in entries if page in pages)
        if kept:
            found.append(Group(_word(word), kept))
    return found


def foot(existing: Iterable[str]) -> list[Entry]:
    """Settings and help, where they exist."""
    pages = set(existing)
    return [Entry(page, _word(name), icon) for page, name, icon in _FOOT if page in pages]


def page_word(page: str) -> str:
    """A page's word on the screen; the page's own name when it stands in no group."""
    for _group, entries in _PLAN:
        for known, name, _icon in entries:
            if known == page:
                return _word(name)
    return next((_word(name) for known, name, _icon in _FOOT if known == page), page)


@dataclass
class BackStack:
    """Places visited; going somewhere new forgets what lay ahead. Keeps at most 50 places."""

    _places: list[Address] = field(default_factory=list)
    _here: int = -1

    def current(self) -> Address | None:
        """The present place."""
        return self._places[self._here] if 0 <= self._here < len(self._places) else None

    def visit(self, place: Address) -> None:
        """Go somewhere new; the present place again changes nothing."""
        if place == self.current():
            return
        del self._places[self._here + 1 :]
        self._places.append(place)
        del self._places[:-50]
        self._here = len(self._places) - 1

    def replace(self, place: Address) -> None:
        """The present place has become another (a row was selected): no new step back."""
        if self._here >= 0:
            self._places[self._here] = place
        else:
            self.visit(place)

    def back(self) -> Address | None:
        """One step back, or None at the beginning."""
        if self._here <= 0:
            return None
        self._here -= 1
        return self._places[self._here]

    def forward(self) -> Address | None:
        """One step forward again, or None at the end."""
        if self._here + 1 >= len(self._places):
            return None
        self._here += 1
        return self._places[self._here]
