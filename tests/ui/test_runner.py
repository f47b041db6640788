"""The runner on real forms: every type of question by keys, what is open, what is kept, rows, languages, speed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.app.records.photos import prepare_photo
from desktop.common.errors import InputRefused, StorageFailed
from desktop.survey.session.session import Session
from desktop.ui.runner.date_editors import read_time
from desktop.ui.runner.draw_editor import DrawEditor
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.media_editors import FileEditor, PhotoEditor
from desktop.ui.runner.place_editors import read_degrees
from desktop.ui.runner.prompts import MonthsDialog, PickDialog, RemarkDialog
from desktop.ui.runner.question_box import QuestionBox
from desktop.ui.runner.runner import Runner
from desktop.ui.runner.words import plain, rich
from desktop.ui.theme import theme
from tests.bench.bench_runner import QuietShell
from tests.survey.form_filling import shipped_form
from tests.ui.all_types import all_types

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


class Shell(QuietShell):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.undo: Callable[[], object] | None = None

    def toast(self, text: str, undo: object = None) -> None:
        self.said.append(text)
        self.undo = undo  # type: ignore[assignment]


class Kept:
    """Files of a filling."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, path: str, name: str, data: bytes) -> str:
        self.files[name] = data
        return name

    def get(self, name: str) -> bytes | None:
        return self.files.get(name)


def write(widget: QWidget, text: str) -> None:
    """Type: ASCII as key presses, anything else as an input method commits it."""
    if text.isascii():
        QTest.keyClicks(widget, text)
        return
    QApplication.sendEvent(widget, QInputMethodEvent(text, []))
    done = QInputMethodEvent("", [])
    done.setCommitString(text)
    QApplication.sendEvent(widget, done)


class Hand:
    """A runner and a hand on its keyboard."""

    def __init__(self, qtbot: QtBot, runner: Runner, shell: Shell) -> None:
        self.qtbot, self.runner, self.shell = qtbot, runner, shell
        self.session = runner.filling.session

    def press(self, *keys: Qt.Key | str, mod: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Keys on whatever has the focus; a string is typed."""
        for key in keys:
            widget = QApplication.focusWidget()
            assert widget is not None, "nothing has the focus"
            if isinstance(key, str):
                write(widget, key)
            else:
                QTest.keyClick(widget, key, mod)

    def at(self, path: str) -> QuestionBox:
        """Stand at a question."""
        self.runner.jump(self.session.node(path))
        box = self.runner.box()
        assert isinstance(box, QuestionBox) and box.node is self.session.node(path)
        return box

    def here(self) -> str:
        """The name of the question one stands at."""
        box = self.runner.box()
        return "" if box is None else box.node.definition.name

    def value(self, path: str) -> str:
        """The answer."""
        return self.session.node(path).text


@pytest.fixture
def hand(qtbot: QtBot) -> Hand:
    """A fresh filling of the form with all types."""
    session = Session(all_types())
    filling = Filling(
        session, lambda _place: dt.datetime.now(dt.UTC), media=Kept(), previous={"/data/typed/short": "上回的话",
        "/data/typed/money": "22200.0", "/data/chosen/several": "a b"}, previous_word="2026-05-18　何试秀入户",
        villages=[("360299101201", "虚岭村"), ("360299101202", "拟塘村")], watermark=lambda: ["虚岭村", "试员"],
    )  # fmt: skip
    shell = Shell()
    runner = Runner(filling, shell, "样例户", "虚岭村")
    qtbot.addWidget(runner)
    runner.resize(1318, 672)
    runner.show()
    runner.activateWindow()
    qtbot.waitUntil(runner.isActiveWindow)
    runner.begin()
    return Hand(qtbot, runner, shell)


ENTER = Qt.Key.Key_Return


def test_typed_answers_with_the_keyboard_alone(hand: Hand) -> None:
    assert hand.here() == "short"
    assert [w for w in QApplication.topLevelWidgets() if w.isVisible()] == [hand.runner]
    hand.press("一行", ENTER)
    assert hand.here() == "long" and hand.value("/data/typed/short") == "一行"
    hand.press("第一行", ENTER, "第二行")
    hand.press(ENTER, mod=CTRL)
    assert hand.here() == "phone" and hand.value("/data/typed/long") == "第一行\n第二行"
    hand.press("１２３", ENTER)  # full-width digits are taken, the rule is said, and only once holds up
    box = hand.runner.box()
    assert hand.here() == "phone" and isinstance(box, QuestionBox) and box.message is not None
    assert box.message.text() == "电话要写 11 位数字。" and hand.value("/data/typed/phone") == "123"
    hand.press(ENTER)
    assert hand.here() == "whole"
    hand.press("12.5", ENTER)
    assert hand.here() == "whole" and hand.value("/data/typed/whole") == ""
    hand.press(Qt.Key.Key_A, mod=CTRL)
    hand.press("12", ENTER, "3.25", ENTER)
    assert hand.value("/data/typed/whole") == "12" and hand.value("/data/typed/part") == "3.25"
    hand.press("0.82w", ENTER)
    assert hand.here() == "certificate" and hand.value("/data/typed/money") == "8200.0"
    hand.press("440799199001010011", ENTER)
    box = hand.runner.box()
    assert isinstance(box, QuestionBox) and box.message is not None and "末位不对" in box.message.text()
    assert hand.value("/data/typed/certificate") == "440799199001010011"  # said, kept as typed, never mended
    hand.press(ENTER)
    assert hand.here() == "village"
    hand.press("ntc", ENTER)  # initials of 拟塘村; one choice made leads on
    assert hand.value("/data/typed/village") == "360299101202" and hand.here() == "mood"
    hand.press("7", ENTER)
    assert hand.here() == "mood" and hand.value("/data/typed/mood") == ""
    hand.press(Qt.Key.Key_A, mod=CTRL)
    hand.press("8", ENTER)
    assert hand.value("/data/typed/mood") == "8"
    hand.press("6901234567892", ENTER, "1")
    assert hand.value("/data/typed/code") == "6901234567892" and hand.value("/data/typed/agreed") == "OK"
    assert hand.session.node("/data/typed/shown").text == "24"
    hand.press(ENTER, mod=SHIFT)
    assert hand.here() == "code"


def test_choices_by_digits_arrows_and_search(hand: Hand) -> None:
    hand.at("/data/chosen/one")
    hand.press("2")
    assert hand.value("/data/chosen/one") == "b" and hand.here() == "quick"
    hand.press("1")
    assert hand.here() == "flat" and hand.value("/data/chosen/quick") == "a"
    hand.press(Qt.Key.Key_Right, Qt.Key.Key_Space)
    assert hand.value("/data/chosen/flat") == "b" and hand.here() == "flat"
    hand.press(ENTER, "3", "2")
    assert hand.value("/data/chosen/likert") == "3" and hand.value("/data/chosen/columned") == "b"
    assert hand.here() == "minimal"
    hand.press("21", ENTER)
    assert hand.value("/data/chosen/minimal") == "m21"
    hand.press("1", "2")
    assert hand.value("/data/chosen/several") == "a b" and hand.here() == "several"
    hand.press("3")
    assert hand.value("/data/chosen/several") == "none" and hand.shell.said[-1] == "选了“都没有”，去掉了“甲”“乙”"
    hand.press(ENTER, "3号", ENTER, "第5号", ENTER)
    assert hand.value("/data/chosen/lots") == "m3 m5" and hand.here() == "lots"
    hand.press(ENTER)
    assert hand.here() == "filtered"
    hand.press(Qt.Key.Key_Down, ENTER)
    assert hand.value("/data/chosen/filtered") == "b1"
    hand.at("/data/chosen/one")
    hand.press("1")
    assert hand.session.node("/data/chosen/filtered").text == ""
    hand.at("/data/chosen/ranked")
    hand.press(Qt.Key.Key_Down, mod=ALT)
    assert hand.value("/data/chosen/ranked") == "2 1 3 4"
    hand.press("4")
    assert hand.value("/data/chosen/ranked") == "2 3 4 1"
    hand.at("/data/grid/road")
    hand.press("1", "2", "4")
    assert [hand.value(f"/data/grid/{n}") for n in ("road", "water", "power")] == ["1", "2", "4"]


def test_what_was_typed_and_is_no_choice_is_never_kept(hand: Hand) -> None:
    box = hand.at("/data/chosen/minimal")
    hand.press("没有这项", ENTER)
    assert hand.here() == "minimal" and hand.value("/data/chosen/minimal") == ""
    assert box.message is not None and "不在列表里" in box.message.text()
    hand.press(ENTER)
    assert hand.here() == "several"


def test_dates_times_and_places(hand: Hand) -> None:
    hand.at("/data/when/day")
    hand.press("2021.11", ENTER)
    box = hand.runner.box()
    assert isinstance(box, QuestionBox) and box.message is not None and "要写到日" in box.message.text()
    hand.press(Qt.Key.Key_A, mod=CTRL)
    hand.press("2021年11月5日", ENTER, "2111", ENTER, "二〇二一年", ENTER, "905", ENTER)
    hand.press("2026-3-1", ENTER, "下午3:20", ENTER)
    when = {name: hand.value(f"/data/when/{name}") for name in ("day", "month", "year")}
    assert when == {"day": "2021-11-05", "month": "2021-11-01", "year": "2021-01-01"}
    assert hand.value("/data/when/hour")[:5] == "09:05"
    assert hand.value("/data/when/moment")[:16] == "2026-03-01T15:20"
    assert hand.here() == "point"
    hand.press("22.5431", ENTER, "112.9876", ENTER)
    assert hand.value("/data/when/point").split()[:2] == ["22.5431", "112.9876"] and hand.here() == "trace"
    hand.press("22.5 112.9", ENTER, "22.6 113")
    hand.press(ENTER, mod=CTRL)
    assert len(hand.value("/data/when/trace").split(";")) == 2
    hand.press("22.5 112.9", ENTER, "22.6 113", ENTER, "22.6 112.9")
    hand.press(ENTER, mod=CTRL)
    points = hand.value("/data/when/shape").split(";")
    assert len(points) == 4 and points[0] == points[-1]
    assert read_time("9点") == "09:00" and read_time("25:00") is None
    assert read_degrees("北纬 22°30′", 90) == 22.5 and read_degrees("91", 90) is None


def test_missing_reasons_open_points_and_the_way_back_to_them(hand: Hand) -> None:
    hand.at("/data/typed/whole")
    hand.press(ENTER)
    assert hand.here() == "whole"  # required: said once
    hand.press(ENTER)
    assert hand.here() == "part" and len(hand.runner.filling.noticed) == 1
    hand.press(Qt.Key.Key_F6)
    assert hand.session.reasons["/data/typed/part"] == "to_collect" and hand.here() == "money"
    hand.press(Qt.Key.Key_F7)
    assert isinstance(hand.runner.dialog, PickDialog)
    QTest.keyClick(hand.runner.dialog, Qt.Key.Key_2)
    assert hand.session.reasons["/data/typed/money"] == "refused" and hand.here() == "certificate"
    hand.press(Qt.Key.Key_F8)
    assert hand.here() == "whole"
    hand.press(Qt.Key.Key_F8)
    assert hand.here() == "part"
    hand.press(Qt.Key.Key_F2, mod=SHIFT)
    dialog = hand.runner.dialog
    assert isinstance(dialog, RemarkDialog)
    write(dialog.field, "下次带尺子")
    dialog.go_button.click()
    assert hand.session.remarks["/data/typed/part"] == "下次带尺子"
    hand.press("2.5")
    hand.press(ENTER, mod=CTRL)
    assert hand.runner.reviewing and "/data/typed/part" not in hand.session.reasons
    assert [(p.kind, p.node.definition.name) for p in hand.runner.review.points] == [("required", "whole")]
    assert not hand.runner.actions_bar.finish.isEnabled()
    hand.press(ENTER)
    assert hand.here() == "whole"
    hand.press("5")
    asked: list[bool] = []
    hand.runner.finish_asked.connect(lambda: asked.append(True))
    hand.press(ENTER, mod=CTRL)
    hand.press(ENTER, mod=CTRL)
    assert asked == [True]


def test_soft_warnings_ask_for_a_reason_and_let_on(hand: Hand) -> None:
    hand.at("/data/typed/money")
    hand.press("15w", ENTER)
    box = hand.runner.box()
    assert hand.here() == "money_note" and box is not None
    assert [p.kind for p in hand.runner.filling.noticed_points()] == ["warning"]
    hand.press("1")
    assert hand.session.reasons["/data/typed/money_note"] == "核对过，数字没错"
    assert hand.runner.filling.noticed_points() == []
    hand.press("4")
    dialog = hand.runner.dialog
    assert isinstance(dialog, RemarkDialog)
    dialog.field.setPlainText("卖了房")
    dialog.go_button.click()
    assert hand.session.reasons["/data/typed/money_note"] == "卖了房"
    hand.press(ENTER)
    assert hand.here() == "certificate"


def test_last_time_beside_each_question_and_taken_over_with_one_key(hand: Hand) -> None:
    box = hand.at("/data/typed/short")
    assert box.last is not None and box.last.text().startswith("上次：上回的话")
    hand.press(Qt.Key.Key_F9)
    assert hand.value("/data/typed/short") == "上回的话" and hand.here() == "long"
    box = hand.at("/data/typed/money")
    assert box.last is not None and "22,200.00 元" in box.last.text()
    assert hand.runner.help.before.text() == "22,200.00 元" and "何试秀" in hand.runner.help.when.text()
    box = hand.at("/data/chosen/several")
    assert box.last is not None and box.last.text().startswith("上次：甲、乙")


def test_months_times_amount(hand: Hand) -> None:
    hand.at("/data/typed/money")
    hand.press(Qt.Key.Key_F3)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, MonthsDialog)
    QTest.keyClicks(dialog.months, "6")
    QTest.keyClick(dialog.months, ENTER)
    QTest.keyClicks(dialog.each, "3200.5")
    assert dialog.words.text() == "壹万玖仟贰佰零叁元整"
    QTest.keyClick(dialog.each, ENTER)
    assert hand.value("/data/typed/money") == "19203.0"


def test_rows_are_added_inside_rows_and_taken_away_only_after_asking(hand: Hand) -> None:
    hand.at("/data/plot[1]/plot_name")
    hand.press("门前田", ENTER)
    assert hand.here() == "crop_name"
    hand.press("稻", ENTER)
    assert hand.runner.box() is not None and hand.here() == "plot"  # the offer of another 作物 stands at its plot
    hand.press("1", "豆", ENTER, ENTER)
    assert hand.value("/data/plot[1]/crop[2]/crop_name") == "豆" and hand.here() == "data"
    hand.press("1", "后山地")
    assert hand.here() == "plot_name" and hand.runner.question_page.title.text().endswith("地块 后山地") is False
    hand.session.remarks["/data/plot[2]/plot_name"] = "远"
    hand.press(ENTER)
    rows = [row.text for row in hand.runner.outline_view.rows]
    assert rows[rows.index("地块") + 1 :][:2] == ["地块 门前田", "地块 后山地"]
    hand.at("/data/plot[1]/plot_name")
    hand.press(Qt.Key.Key_Minus, mod=CTRL)
    dialog = hand.runner.dialog
    assert dialog is not None and len(hand.session.root.instances("plot")) == 2
    dialog.buttons["go"].click()  # type: ignore[attr-defined]
    hand.qtbot.waitUntil(hand.runner.isActiveWindow)
    assert hand.value("/data/plot[1]/plot_name") == "后山地"
    assert hand.session.remarks == {"/data/plot[1]/plot_name": "远"}
    hand.press(Qt.Key.Key_PageDown, mod=CTRL)
    hand.press(Qt.Key.Key_Down, mod=CTRL)
    assert hand.here() == "last"


def test_a_whole_section_at_once_and_another_language(hand: Hand) -> None:
    hand.at("/data/plot[1]/plot_name")
    hand.press(Qt.Key.Key_Tab, mod=CTRL)
    shown = [box.node.definition.name for box in hand.runner.question_page.boxes]
    assert shown == ["plot_name", "crop_name", "plot"] and hand.here() == "plot_name"
    hand.at("/data/typed/short")
    hand.press(Qt.Key.Key_F1)
    assert hand.runner.dialog is not None
    assert "写不下就写在备注里" in hand.runner.dialog.body.text()  # type: ignore[attr-defined]
    hand.runner.dialog.close()
    hand.runner.filling.set_language("English (en)")
    box = hand.runner.box()
    assert isinstance(box, QuestionBox) and box.label.words() == "short (en)"
    hand.runner.filling.set_language("中文 (zh)")
    assert hand.here() == "short"


def test_an_open_composition_owns_the_keys(hand: Hand) -> None:
    box = hand.at("/data/typed/short")
    field = box.editor.target()
    QApplication.sendEvent(field, QInputMethodEvent("xia", []))
    hand.press(ENTER)
    assert hand.here() == "short"
    hand.press(Qt.Key.Key_F6)
    assert hand.session.reasons == {}
    done = QInputMethodEvent("", [])
    done.setCommitString("下")
    QApplication.sendEvent(field, done)
    hand.press(ENTER)
    assert hand.here() == "long" and hand.value("/data/typed/short") == "下"


def picture(size: tuple[int, int] = (1200, 900), *, sharp: bool = True) -> bytes:
    """A picture with edges, or without."""
    image = Image.new("RGB", size, (200, 205, 210))
    if sharp:
        draw = ImageDraw.Draw(image)
        for x in range(0, size[0], 24):
            draw.rectangle((x, 0, x + 10, size[1]), fill=(30, 60, 90))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_photos_are_made_small_marked_and_kept_at_once(hand: Hand, tmp_path: Path) -> None:
    box = hand.at("/data/files/photo")
    editor = box.editor
    assert isinstance(editor, PhotoEditor) and isinstance(hand.runner.filling.media, Kept)
    editor.use(picture())
    name = hand.value("/data/files/photo")
    kept = Image.open(BytesIO(hand.runner.filling.media.files[name]))
    assert name.endswith(".jpg") and kept.size == (800, 600) and kept.format == "JPEG"
    assert box.message is not None and box.message.text() == "已存进本户，不留在相册"
    editor.use(picture(sharp=False))
    assert box.message.text() == "照片模糊，建议重拍"
    hand.press(Qt.Key.Key_Delete)
    assert hand.value("/data/files/photo") == "" and hand.shell.undo is not None
    hand.shell.undo()
    assert hand.value("/data/files/photo")
    editor.use(b"no picture")
    assert "不是能用的图片" in box.message.text()
    with pytest.raises(InputRefused):
        prepare_photo(b"GIF89a")
    signed = hand.at("/data/files/signed")
    assert isinstance(signed.editor, DrawEditor)
    pad = signed.editor.pad
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(20, 40))
    QTest.mouseMove(pad, QPoint(120, 90))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(160, 60))
    signed.editor.commit()
    drawn = hand.value("/data/files/signed")
    assert drawn.endswith(".png") and Image.open(BytesIO(hand.runner.filling.media.files[drawn])).size == (960, 360)
    sound = tmp_path / "话.wav"
    sound.write_bytes(b"RIFF" + bytes(2000))
    heard = hand.at("/data/files/sound")
    assert isinstance(heard.editor, FileEditor)
    heard.editor.use(str(sound))
    assert hand.value("/data/files/sound").endswith(".wav")


def test_saved_is_said_only_when_it_was_kept(qtbot: QtBot) -> None:
    kept: list[str] = []
    full = [True]

    def keep(place: str) -> dt.datetime:
        if full[0]:
            raise StorageFailed("磁盘已满")
        kept.append(place)
        return dt.datetime(2026, 11, 28, 9, 42, 18).astimezone()

    runner = Runner(Filling(Session(all_types()), keep), Shell(), "样例户")
    qtbot.addWidget(runner)
    runner.show()
    runner.begin()
    node = runner.filling.session.node("/data/typed/short")
    runner.filling.answer(node, "话")
    qtbot.waitUntil(lambda: "未保存" in runner.head.saved.text())
    gone: list[bool] = []
    runner.left.connect(lambda: gone.append(True))
    runner.pause()
    assert isinstance(runner.shell, Shell) and "最后几题还没有存下" in runner.shell.said[-1]
    assert gone == [] and "磁盘已满" in runner.head.saved.text()
    full[0] = False
    runner.pause()
    assert gone == [True] and runner.head.saved.text() == "已保存 09:42:18" and kept == ["/data/typed/short"]


def test_every_page_of_a_shipped_form_can_be_shown(qtbot: QtBot) -> None:
    for name in ("asset_check", "village_profile"):
        session = Session(shipped_form(name))
        runner = Runner(Filling(session, lambda _place: dt.datetime.now(dt.UTC)), Shell(), name)
        qtbot.addWidget(runner)
        runner.begin()
        shown = 0
        for page in runner.outline.all_pages():
            runner.question_page.show_pages([page], anew=True)
            runner.question_page.build_all()
            shown += len(runner.question_page.boxes)
        asked = [path for path in session.form.questions if not any(map(session.form.is_repeat, _heads(path)))]
        assert shown >= len(asked) > 20


def _heads(path: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [path[:length] for length in range(1, len(path))]


def test_fingers_get_large_targets_and_narrow_windows_get_less(hand: Hand) -> None:
    theme().configure(density="touch")
    try:
        box = hand.at("/data/chosen/one")
        hand.runner.show_page(hand.runner.page, box.node.path(), anew=True)
        box = hand.at("/data/chosen/one")
        assert all(button.sizeHint().height() >= 44 for button in box.editor.buttons)  # type: ignore[attr-defined]
    finally:
        theme().configure(density="standard")
    hand.runner.resize(976, 614)
    assert not hand.runner.help.isVisible() and hand.runner.outline_view.isVisible()
    hand.runner.resize(640, 340)
    assert not hand.runner.outline_view.isVisible() and hand.runner.actions_bar.next.isVisible()


def test_markdown_of_labels_is_light_and_safe() -> None:
    assert rich("**先问好**，再说 *明来意*") == "<b>先问好</b>，再说 <b>明来意</b>"
    assert rich("# 一\n- 甲\n- 乙") == "<b>一</b><br>• 甲<br>• 乙"
    assert rich("a < b & <b>粗</b>") == "a &lt; b &amp; &lt;b&gt;粗&lt;/b&gt;"
    assert plain("[政策](http://x) \\*原样\\* snake_case_name") == "政策 *原样* snake_case_name"
    assert plain('<span style="color:red">红</span>') == "红"
