"""The choices of a code list wherever the window offers one: shipped items and the county's, as they are today."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from desktop.registry import codelists
from desktop.ui.widgets.fields import Select


def code_choices(list_name: str) -> list[tuple[str, str]]:
    """(word, code) of the items in use today: for a new value."""
    return [(item.name, item.code) for item in codelists.items(list_name)]


def filter_choices(list_name: str) -> list[tuple[str, str]]:
    """The same for a filter: ended items follow, marked, because records of their time hold them."""
    day = codelists.today()
    ended = QCoreApplication.translate("code_select", "{word}（已停用）")
    return code_choices(list_name) + [
        (ended.format(word=item.name), item.code) for item in codelists.whole(list_name) if item.ended(day)
    ]


class CodeSelect(Select):
    """`CodeSelect(list_name, caption="", first=(), filters=False)`: a select over a code list.

    `first`: choices before the list's (全部, 未填). The list is asked anew whenever it opens, so that an item the
    county sent down a minute ago is there; a code that is not offered any more is shown by its word while it is the
    record's value. `filters`: ended items are offered, too.
    """

    def __init__(
        self,
        list_name: str,
        caption: str = "",
        first: Iterable[tuple[str, Any]] = (),
        *,
        filters: bool = False,
        placeholder: str = "",
        parent: QWidget | None = None,
    ) -> None:
        self._list, self._first, self._filters = list_name, tuple(first), filters
        super().__init__(self._choices(), caption, placeholder=placeholder, parent=parent)

    def _choices(self) -> list[tuple[str, Any]]:
        return [*self._first, *(filter_choices if self._filters else code_choices)(self._list)]

    def renew(self) -> None:
        """Ask the list again, keeping what is chosen."""
        chosen = self.value() if self.currentIndex() >= 0 else None
        found = self._choices()
        if found != [(self.itemText(i), self.itemData(i)) for i in range(self.count())]:
            self.set_items(found)
            if chosen is None:
                self.setCurrentIndex(-1)
            else:
                self.set_value(chosen)

    def set_value(self, value: Any) -> None:
        if value and self.findData(value) < 0 and codelists.find(self._list, str(value)) is not None:
            self.addItem(codelists.word(self._list, str(value)), value)
        super().set_value(value)

    def showPopup(self) -> None:
        self.renew()
        super().showPopup()
