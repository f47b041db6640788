"""Workbooks as they come: hidden parts and formulas are seen, encodings read, bad files refused without effect."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from desktop.common.errors import Cancelled, FileDamaged, InputRefused
from desktop.exchange.workbook.reader import read_workbook
from desktop.exchange.workbook.sheet_xml import Limits, column_letters, column_number, shift

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("w") / "表.xlsx"
    made = xlsxwriter.Workbook(str(path))
    sheet = made.add_worksheet("甲 & 乙")
    sheet.write(2, 2, "名称\n二")
    sheet.write(3, 2, 12.5)
    sheet.write_datetime(4, 2, dt.datetime(2020, 2, 3), made.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_formula(5, 2, '=IF(C4>1,C4&"<",0)', None, "12.5<")
    sheet.write_string(6, 2, "360299195304140027")
    sheet.write_number(7, 2, 360299195304140027)
    sheet.merge_range(8, 2, 9, 3, "合并")
    sheet.write_comment(3, 2, "已续签")
    sheet.set_row(4, None, None, {"hidden": True})
    sheet.set_column(27, 28, None, None, {"hidden": True})
    sheet.write(0, 27, "远")
    made.add_worksheet("空")
    made.add_worksheet("藏").hide()
    made.close()
    return path


def test_values_and_what_hides_beside_them(book: Path) -> None:
    read = read_workbook(book)
    assert [(s.name, s.state) for s in read.sheets] == [("甲 & 乙", "visible"), ("空", "visible"), ("藏", "hidden")]
    grid = read.sheet("甲 & 乙")
    assert grid.value(3, 3) == "名称\n二"
    assert grid.value(4, 3) == 12.5
    assert grid.value(5, 3) == dt.date(2020, 2, 3)
    assert grid.value(7, 3) == "360299195304140027"
    assert grid.value(8, 3) == 3.6029919530414003e17
    assert grid.value(99, 99) == "" and grid.value(1, 1) == ""
    assert grid.formulas == {(6, 3): '=IF(C4>1,C4&"<",0)'}
    assert grid.comments == {(4, 3): "已续签"}
    assert grid.merged == [(9, 3, 10, 4)] and grid.merge_at(10, 4) == (9, 3, 10, 4)
    assert grid.hidden_rows == {5} and grid.hidden_cols == {28, 29}
    assert len(read.sha256) == 64


def test_both_ways_of_reading_agree_on_the_samples() -> None:
    for path in [SAMPLES / "资产台账样表.xlsx"]:
        formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
        for grid in read_workbook(path).sheets:
            sheet = formulas[grid.name]
            seen = {
                (c.row, c.column): c.value
                for row in sheet.iter_rows()
                for c in row
                if isinstance(c.value, str) and c.value.startswith("=")
            }
            assert grid.formulas == seen
            assert {(m.min_row, m.min_col, m.max_row, m.max_col) for m in sheet.merged_cells.ranges} == set(grid.merged)
            assert grid.hidden_rows == {r for r, d in sheet.row_dimensions.items() if d.hidden}
            for row in values[grid.name].iter_rows():
                for c in row:
                    found = grid.value(c.row, c.column)
                    if isinstance(c.value, dt.datetime):
                        assert found in (c.value, c.value.date())
                    else:
                        assert found == ("" if c.value is None else c.value)


def test_old_binary_workbooks() -> None:
    grid = read_workbook(SAMPLES / "旧格式台账.xls").sheets[0]
    assert grid.rows[3] == ["A-001", "岭头村样例冷库", "岭头村", dt.date(2019, 5, 6), 12.34, "岭头村经济联合社", "正常"]
    assert (grid.value(6, 5), type(grid.value(6, 5))) == (30.0, float)
    assert grid.merged == [(1, 1, 1, 6)]


def test_shared_formulas_are_written_out(tmp_path: Path, book: Path) -> None:
    path = tmp_path / "共享.xlsx"
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.endswith("sheet2.xml"):
                cells = (
                    b'<sheetData><row r="1"><c r="A1"><f t="shared" ref="A1:A3" si="0">B1+$C$1</f><v>1</v></c></row>'
                    b'<row r="2"><c r="A2"><f t="shared" si="0"/><v>2</v></c></row></sheetData>'
                )
                data = data.replace(b"<sheetData/>", cells)
            new.writestr(item, data)
    assert read_workbook(path).sheet("空").formulas == {(1, 1): "=B1+$C$1", (2, 1): "=B2+$C$1"}
    assert shift("=SUM(A1:$B$2)", 1, 1) == "=SUM(B2:$B$2)"
    assert (column_letters(28), column_number("AB"), column_letters(702)) == ("AB", 28, "ZZ")


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_text_files(tmp_path: Path, encoding: str, mark: str) -> None:
    path = tmp_path / "台账.csv"
    text = f'资产名称{mark}坐落地点{mark}原值\r\n"甲{mark}乙"{mark}蓢头村{mark}="0012"\r\n'
    path.write_bytes(text.encode(encoding))
    grid = read_workbook(path).sheets[0]
    assert grid.rows == [["资产名称", "坐落地点", "原值"], [f"甲{mark}乙", "蓢头村", "0012"]]
    assert not grid.typed


def test_rare_characters_of_old_files(tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"
    path.write_bytes("姓名,村\n\ue863例,岭头村\n".encode("gb18030"))
    assert read_workbook(path).sheets[0].rows[1][0] == "䶮例"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.et", OLE, "另存为 xlsx"),
        ("a.xlsx", OLE + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), "密码"),
        ("a.xlsx", b"", "空的"),
        ("a.xlsx", b"PK\x03\x04 truncated", "损坏"),
        ("a.xlsx", b"hello", "不是 Excel"),
        ("a.xls", b"<html><table></table></html>", "网页"),
        ("a.xls", OLE + b"\x00" * 4096, "无法读取"),
        ("a.csv", b"PK\x03\x04....", "扩展名"),
        ("a.csv", b"\xff\xff\xff\xff", "编码"),
        ("a.docx", b"PK\x03\x04", "不支持"),
    ],
)
def test_files_refused_with_a_sentence(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputRefused) as error:
        read_workbook(path)
    assert says in str(error.value)
    assert "没有导入任何内容" in str(error.value)


def test_a_cut_or_bent_workbook_is_refused_never_half_read(tmp_path: Path, book: Path) -> None:
    data = book.read_bytes()
    path = tmp_path / "坏.xlsx"
    for cut in (50, len(data) // 2, len(data) - 30):
        path.write_bytes(data[:cut])
        with pytest.raises(FileDamaged):
            read_workbook(path)
    with zipfile.ZipFile(book) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
        at = info.header_offset + 60
    bent = bytearray(data)
    for n in range(at, at + 40):
        bent[n] ^= 0x5A
    path.write_bytes(bent)
    with pytest.raises(FileDamaged):
        read_workbook(path)


def test_oversized_workbooks_are_refused_before_they_unpack(tmp_path: Path, book: Path) -> None:
    path = tmp_path / "炸弹.xlsx"
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item, old.read(item))
        new.writestr("xl/media/x.bin", b"\x00" * (70 << 20))
    with pytest.raises(InputRefused, match="过大"):
        read_workbook(path)
    with pytest.raises(InputRefused, match="过大"):
        read_workbook(book, limits=Limits(unpacked_bytes=1000))


def test_a_stray_cell_far_away_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "远.xlsx"
    made = xlsxwriter.Workbook(str(path))
    sheet = made.add_worksheet()
    sheet.write(0, 0, "资产名称")
    sheet.write(1_048_575, 16_383, "x")
    made.close()
    with pytest.raises(InputRefused, match="范围异常"):
        read_workbook(path)


def test_reading_can_be_stopped(book: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise Cancelled("已停止")

    with pytest.raises(Cancelled):
        read_workbook(book, progress=stop)
