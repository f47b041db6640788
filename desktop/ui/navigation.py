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


_GROUPS: dict[str, str] = {
    "start": "",
    "people": _n("农户"),
    "assets": _n("资产"),
    "place": _n("村情"),
    "data": _n("数据"),
    "foot": "",
}
"""The groups in order, by key; `foot` stands at the bottom of the navigation."""

_ENTRIES: tuple[tuple[str, str, str, str], ...] = (
    ("start", "home", _n("首页"), "home"),
    ("people", "household", _n("住户"), "household"),
    ("people", "survey", _n("入户调查"), "survey"),
    ("people", "risk", _n("风险监测"), "risk"),
    ("people", "sample", _n("抽查抽样"), "sample"),
    ("assets", "asset", _n("资产台账"), "asset"),
    ("assets", "books", _n("资产总览"), "chart"),
    ("assets", "ledger", _n("总台账"), "file"),
    ("assets", "contract", _n("合同与收款"), "file"),
    ("assets", "project", _n("项目库"), "flag"),
    ("assets", "decision", _n("决策记录"), "check"),
    ("assets", "distribution", _n("收益分配"), "share"),
    ("assets", "disposal", _n("处置"), "dispose"),
    ("assets", "inspection", _n("检查整改"), "inspect"),
    ("assets", "notice", _n("公示公告"), "notice"),
    ("place", "village", _n("村情"), "village"),
    ("place", "map", _n("民情地图"), "map"),
    ("place", "statistics", _n("统计"), "chart"),
    ("data", "import", _n("数据导入"), "import"),
    ("data", "compare", _n("数据比对"), "compare"),
    ("data", "exchange", _n("数据交换"), "exchange"),
    ("data", "print", _n("打印中心"), "print"),
    ("foot", "settings", _n("设置"), "settings"),
    ("foot", "help", _n("帮助"), "help"),
)
"""Every place one can go (DESIGN §3): group, page, word, icon. A new page is one line here and one in `page_list`."""


def _word(source: str) -> str:
    return QCoreApplication.translate("navigation", source) if source else ""


def _entries(group: str, existing: Iterable[str]) -> tuple[Entry, ...]:
    pages = set(existing)
    return tuple(
        Entry(page, _word(word), icon) for place, page, word, icon in _ENTRIES if place == group and page in pages
    )


def groups(existing: Iterable[str]) -> list[Group]:
    """The navigation reduced to pages that exist; a group without pages is left out."""
    pages = set(existing)
    found = [Group(_word(word), _entries(group, pages)) for group, word in _GROUPS.items() if group != "foot"]
    return [group for group in found if group.entries]


def foot(existing: Iterable[str]) -> list[Entry]:
    """Settings and help, where they exist."""
    return list(_entries("foot", existing))


def page_word(page: str) -> str:
    """A page's word on the screen; the page's own name when it stands in no group."""
    return next((_word(word) for _group, known, word, _icon in _ENTRIES if known == page), page)


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
