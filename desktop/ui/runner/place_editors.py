"""Editors of places: a village of the register by name, coordinates of points, lines and areas."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.common.text import narrow
from desktop.survey.session.nodes import FormNode
from desktop.ui.runner.choice_editors import SearchEditor
from desktop.ui.runner.editors import AnswerEditor, MultilineEditor
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.search_list import Item
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label


class DivisionEditor(SearchEditor):
    """A village, found by name, initials or code; the answer is its code."""

    def items(self) -> list[Item]:
        return [Item(code, name) for code, name in self.filling.villages]

    def refresh(self) -> None:
        super().refresh()
        self.field.setPlaceholderText(self.tr("村名或首字母，如 xlc"))


def positioning_available() -> bool:
    """Whether this machine's Qt has a position source (the extra with Qt's add-on modules)."""
    if importlib.util.find_spec("PySide6.QtPositioning") is None:
        return False
    try:
        from PySide6 import QtPositioning
    except ImportError:
        return False
    return bool(QtPositioning.QGeoPositionInfoSource.availableSources())


class Locator(QObject):
    """Asks the device where it is, once; `found(latitude, longitude, altitude, accuracy)` or `failed(words)`."""

    found = Signal(float, float, float, float)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        from PySide6 import QtPositioning

        kinds: Any = QtPositioning  # its stub says there always is a source
        self._source: Any = kinds.QGeoPositionInfoSource.createDefaultSource(self)
        if self._source is None:
            QTimer.singleShot(0, lambda: self.failed.emit(self.tr("没有找到定位设备，可以手填")))
            return
        self._source.positionUpdated.connect(self._take)
        self._source.errorOccurred.connect(lambda _e: self.failed.emit(self.tr("没有定到位，可以手填")))
        self._source.requestUpdate(20_000)

    def _take(self, info: Any) -> None:
        place = info.coordinate()
        kind = type(info).Attribute.HorizontalAccuracy
        accuracy = info.attribute(kind) if info.hasAttribute(kind) else 0.0
        altitude = place.altitude() if place.altitude() == place.altitude() else 0.0
        self.found.emit(place.latitude(), place.longitude(), altitude, accuracy)


_DEGREES = re.compile(
    r"([NSEW北南东西]?)\s*(-?\d+(?:\.\d+)?)\s*°?\s*"
    r"(?:(\d+(?:\.\d+)?)\s*['′分]\s*(?:(\d+(?:\.\d+)?)\s*[\"″秒])?)?"
)


def read_degrees(typed: str, limit: int) -> float | None:
    """Degrees as typed: 22.5431, 北纬 22°32′35″; None when they are none or beyond the limit."""
    text = narrow(typed).strip().replace("纬", "").replace("经", "").replace("度", "°")
    found = _DEGREES.fullmatch(text)
    if found is None:
        return None
    number = abs(float(found[2])) + float(found[3] or 0) / 60 + float(found[4] or 0) / 3600
    if found[2].startswith("-") or found[1] in ("S", "W", "南", "西"):
        number = -number
    return round(number, 7) if abs(number) <= limit else None


class PointEditor(AnswerEditor):
    """A point: latitude and longitude by hand, or from the device (F3) where it has a source."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.latitude = TextField("", self.tr("如 22.5431"))
        self.longitude = TextField("", self.tr("如 112.9876"))
        self._problem = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for word, field in ((self.tr("纬度"), self.latitude), (self.tr("经度"), self.longitude)):
            row.addWidget(Label(word, "second"))
            field.setFixedWidth(130)
            field.setAccessibleName(word)
            field.editingFinished.connect(self.commit)
            row.addWidget(field)
        self._can_locate = positioning_available()
        self.note = Label("" if self._can_locate else self.tr("本机没有定位设备，请手填"), "caption")
        row.addWidget(self.note)
        row.addStretch(1)
        self._rest = ""
        self.setFocusProxy(self.latitude)
        self.refresh()

    def target(self) -> QWidget:
        return self.latitude

    def problem(self) -> str:
        return self._problem

    def next_field(self) -> bool:
        """Enter in the latitude goes to the longitude first."""
        if self.latitude.hasFocus() and self.latitude.text().strip() and not self.longitude.text().strip():
            self.longitude.setFocus()
            return True
        return False

    def commit(self) -> None:
        first, second = self.latitude.text().strip(), self.longitude.text().strip()
        self._problem = ""
        if not first and not second:
            self.said.emit("", "")
            if self.node.text:
                self.give("")
            return
        latitude, longitude = read_degrees(first, 90), read_degrees(second, 180)
        if first and latitude is None:
            self._problem = self.tr("纬度要在 −90 到 90 之间，如 22.5431")
        elif second and longitude is None:
            self._problem = self.tr("经度要在 −180 到 180 之间，如 112.9876")
        elif latitude is None or longitude is None:
            self._problem = self.tr("纬度和经度都要写")
        inside = self.latitude.hasFocus() or self.longitude.hasFocus()
        half = latitude is None or longitude is None
        self.said.emit("" if inside and half and not (first and second) else self._problem, "danger")
        if not self._problem:
            text = f"{latitude} {longitude} {self._rest or '0 0'}"
            if self.node.text.split()[:2] != text.split()[:2]:
                self.give(text)

    def refresh(self) -> None:
        for field in (self.latitude, self.longitude):
            field.setReadOnly(self.node.readonly)
        parts = self.node.text.split()
        if len(parts) >= 2:
            if not self.latitude.hasFocus():
                self.latitude.setText(parts[0])
            if not self.longitude.hasFocus():
                self.longitude.setText(parts[1])
            if len(parts) == 4 and parts[3] not in ("0", "0.0"):
                self.note.setText(self.tr("误差约 {n} 米").format(n=round(float(parts[3]))))
        elif not (self.latitude.hasFocus() or self.longitude.hasFocus()):
            self.latitude.clear()
            self.longitude.clear()

    def help_word(self) -> str:
        return self.tr("取本机位置") if self._can_locate else ""

    def helper(self) -> None:
        if not self._can_locate:
            return
        self.note.setText(self.tr("正在定位"))
        self._locator = Locator(self)
        self._locator.failed.connect(self.note.setText)
        self._locator.found.connect(self._located)

    def _located(self, latitude: float, longitude: float, altitude: float, accuracy: float) -> None:
        self._rest = f"{altitude:.1f} {accuracy:.1f}"
        self.latitude.setText(f"{latitude:.7f}")
        self.longitude.setText(f"{longitude:.7f}")
        self.commit()

    def words_of(self, text: str) -> str:
        return "，".join(text.split()[:2])


class LineOfPointsEditor(MultilineEditor):
    """A line or an area: one point a line, latitude and longitude; an area closes by itself."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        self._problem = ""
        super().__init__(filling, node, parent)
        self._is_shape = self.view.data_type == "geoshape"
        self.field.setPlaceholderText(self.tr("一行一个点：纬度 经度，如 22.5431 112.9876"))
        lines = self.layout()
        assert isinstance(lines, QVBoxLayout)
        self.count = Label("", "caption")
        lines.addWidget(self.count)
        if positioning_available():
            add = Button(self.tr("加上本机位置"), key="F3", small=True, bind=False)
            add.clicked.connect(self.helper)
            lines.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        self._count()

    def problem(self) -> str:
        return self._problem

    def _points(self) -> list[str] | None:
        points = []
        for number, line in enumerate(self.field.toPlainText().splitlines(), 1):
            parts = re.split(r"[\s,，、]+", line.strip())
            if parts == [""]:
                continue
            latitude = read_degrees(parts[0], 90)
            longitude = read_degrees(parts[1], 180) if len(parts) > 1 else None
            if latitude is None or longitude is None:
                self._problem = self.tr("第 {n} 行不是“纬度 经度”").format(n=number)
                return None
            points.append(f"{latitude} {longitude} 0 0")
        self._problem = ""
        return points

    def commit(self) -> None:
        self._pause.stop()
        points = self._points()
        if points and self.view.data_type == "geoshape":
            if points[0] != points[-1]:
                points.append(points[0])
            if len(points) < 4:
                self._problem = self.tr("一块地至少要三个点")
        elif points is not None and len(points) == 1:
            self._problem = self.tr("一条线至少要两个点")
        self.said.emit(self._problem, "danger" if self._problem else "")
        if not self._problem and points is not None:
            text = ";".join(points)
            if _pairs(text) != _pairs(self.node.text):
                self.give(text)
        self._count()

    def _count(self) -> None:
        if hasattr(self, "count"):
            n = len(_pairs(self.node.text))
            if self._is_shape and n:
                n -= 1
            self.count.setText(self.tr("已有 {n} 个点").format(n=n) if n else "")

    def refresh(self) -> None:
        self.field.setReadOnly(self.node.readonly)
        pairs = _pairs(self.node.text)
        if self.view.data_type == "geoshape" and len(pairs) > 1 and pairs[0] == pairs[-1]:
            pairs = pairs[:-1]
        if not self.field.hasFocus() and not self._problem:
            text = "\n".join(f"{a} {b}" for a, b in pairs)
            if self.field.toPlainText().strip() != text:
                self.field.setPlainText(text)
                self._pause.stop()
        self._count()

    def helper(self) -> None:
        if positioning_available():
            self._locator = Locator(self)
            self._locator.found.connect(lambda a, b, _h, _e: self.field.appendPlainText(f"{a:.7f} {b:.7f}"))
            self._locator.failed.connect(lambda words: self.said.emit(words, "warning"))

    def help_word(self) -> str:
        return self.tr("加上本机位置") if positioning_available() else ""

    def words_of(self, text: str) -> str:
        return self.tr("{n} 个点").format(n=len(_pairs(text)))


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for point in text.split(";"):
        parts = point.split()
        if len(parts) >= 2:
            found.append((_short(parts[0]), _short(parts[1])))
    return found


def _short(text: str) -> str:
    return f"{float(text):.7f}".rstrip("0").rstrip(".")
