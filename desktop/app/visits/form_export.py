"""Takes a form and its answers out for other programs: ODK, CSV, Excel, SPSS, Stata. Plain files, hence logged."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, get_args
from xml.sax.saxutils import escape, unescape

from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.visits.answer_tables import (
    AnswerColumn,
    AnswerTable,
    Progress,
    answer_tables,
    answered_visits,
    empty_tables,
    masked_answer,
)
from desktop.app.visits.forms import FormInfo, files_of, form_info, form_versions, load_form_of, xform_of
from desktop.app.visits.past_visits import answers_of
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import FolderMissing, write_atomically
from desktop.common.errors import UsageError, XiangceError
from desktop.exchange.workbook.table_workbook import MOST_ROWS, SAFE, sheet_name

Shape = Literal["odk", "csv", "xlsx", "sav", "dta"]
SHAPES: tuple[str, ...] = get_args(Shape)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LEAF = re.compile(r">([^<>]+)</([\w:.-]+)>")


@dataclass(frozen=True)
class FormExport:
    """What was written: how many visits, which files; visits whose answers are not on this machine."""

    visits: int
    files: tuple[str, ...]
    without_answers: int


def export_form(
    ws: Workspace, form_id: str, target: Path, shape: str, *, with_id: bool = False, purpose: str = "",
    split: bool = False, words: bool = False, progress: Progress | None = None,
) -> FormExport:  # fmt: skip
    """Write a form's finished visits as plain files; logged, numbers of people masked unless `with_id`.

    `split`: a column a choice for questions with several answers; `words`: questions and choices by their words.
    Raises NotAllowed, UsageError (no such form or shape, the target is there, complete numbers without a purpose, the
    extra for SPSS and Stata is not installed), StorageFailed.
    """
    ws.require("plain-export")
    if shape not in SHAPES:
        raise UsageError(f"格式只能是 {'、'.join(SHAPES)}。")
    if with_id and not purpose.strip():
        raise UsageError("写出完整的证件号、电话要说明用途，没有写出。")
    info = form_info(ws, form_id)
    if shape in ("sav", "dta"):
        _statistics()  # said before anything is written
        if target.suffix.lower() == ".zip":
            raise UsageError("SPSS、Stata 文件请写到文件夹：-o 后写文件夹名。")
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise UsageError(f"{target.name} 已存在，没有覆盖；请换一个名字。")
    if shape == "odk":
        files, visits, columns = _odk_files(ws, info, with_id, progress)
    else:
        tables = answer_tables(ws, info, with_id=with_id, progress=progress)
        visits = len(tables[0].rows)
        columns = [column.name for table in tables for column in table.columns]
        if shape in ("sav", "dta"):
            names = _write_statistics(ws, info, tables, target, shape)
            return _logged(ws, info, shape, purpose, columns, visits, names, with_id)
        if shape == "xlsx":
            if max(len(table.rows) for table in tables) > MOST_ROWS:
                raise UsageError(f"超过 {MOST_ROWS} 行，Excel 放不下；请写成 CSV。")
            content = _workbook(info, tables, split, words)
            with ws.register.storage_errors():
                write_atomically(target, content)
            return _logged(ws, info, shape, purpose, columns, visits, [target.name], with_id)
        files = {
            f"{info.form_id}{'-' + table.name if table.name else ''}.csv": _csv(table, split, words)
            for table in tables
        }
    with ws.register.storage_errors():
        _write_files(target, files)
    return _logged(ws, info, shape, purpose, columns, visits, list(files), with_id)


def _logged(
    ws: Workspace, info: FormInfo, shape: str, purpose: str, columns: Sequence[str], visits: int, files: Sequence[str],
    with_id: bool,
) -> FormExport:  # fmt: skip
    log_plain_export(ws, f"form {info.form_id} {shape}", purpose, list(columns), visits, with_id=with_id)
    with ws.register.reading() as sql:
        known = int(
            sql.scalar(
                "SELECT COUNT(*) FROM visit WHERE form_id=? AND removed=0 AND canonical_id IS NULL", (info.form_id,)
            )
        )
    return FormExport(visits, tuple(files), known - visits)


def _write_files(target: Path, files: Mapping[str, bytes]) -> None:
    if target.suffix.lower() == ".zip":
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        write_atomically(target, held.getvalue())
        return
    _refuse_nowhere(target)
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)


def _refuse_nowhere(target: Path) -> None:
    """A folder of answers is made, but not the way to it: a mistyped stick must not put answers somewhere unseen."""
    if not target.parent.is_dir():
        raise FolderMissing(target)


# -- ODK ---------------------------------------------------------------------------------------------------------------


def _odk_files(
    ws: Workspace, info: FormInfo, with_id: bool, progress: Progress | None
) -> tuple[dict[str, bytes], int, list[str]]:
    """The folder of ODK Briefcase: the form, its media, and a folder a submission with the files it names."""
    title = _file_name(info.title)
    base = f"forms/{title}"
    files: dict[str, bytes] = {f"{base}/{title}.xml": xform_of(ws, info).encode("utf-8")}
    for other in form_versions(ws, info.form_id):
        if other.digest != info.digest:
            files[f"{base}/{title} {_file_name(other.version or other.digest[:8])}.xml"] = xform_of(ws, other).encode()
    for name, content in files_of(ws, info).items():
        files[f"{base}/{title}-media/{_file_name(name)}"] = content
    columns = {column.path: column for table in empty_tables(load_form_of(ws, info)) for column in table.columns}
    personal = {path[-1].rpartition(":")[2] for path, column in columns.items() if column.personal}
    visits = 0
    for answered in answered_visits(ws, info.form_id, progress):
        visits += 1
        folder = f"{base}/instances/{_folder_of(answered.xml, answered.visit_id)}"
        xml = answered.xml if with_id else masked_xml(answered.xml, personal)
        files[f"{folder}/submission.xml"] = ('<?xml version="1.0" encoding="UTF-8"?>\n' + xml).encode("utf-8")
        files.update({f"{folder}/{_file_name(name)}": data for name, data in _media(ws, answered.visit_id, xml)})
    return files, visits, [column.name for column in columns.values()]


def masked_xml(xml: str, personal: set[str]) -> str:
    """A submission with the numbers of people masked; elements and identifiers as they are."""

    def masked(found: re.Match[str]) -> str:
        text, name = unescape(found[1]), found[2]
        column = _PERSONAL if name.rpartition(":")[2] in personal else None
        return f">{escape(masked_answer(column, text))}</{name}>"

    return _LEAF.sub(masked, xml)


_PERSONAL = AnswerColumn("", "", (), "", "string", "text", personal=True)


def _media(ws: Workspace, visit_id: str, xml: str) -> Iterator[tuple[str, bytes]]:
    """The files that a submission names, as far as they are on this machine."""
    named = set(answers_of(xml).values()) | {"audit.csv"}
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT name,sha256 FROM attachment WHERE record_id=? AND kind<>'submission' AND removed=0 "
            "AND canonical_id IS NULL ORDER BY id",
            (visit_id,),
        )
    for name, digest in rows:
        if name in named and ws.register.read_attachment is not None:
            try:
                yield str(name), ws.register.read_attachment(str(digest))
            except XiangceError:
                continue


def _folder_of(xml: str, visit_id: str) -> str:
    """`uuid…` as Briefcase names a submission's folder: the instanceID without its colon."""
    found = re.search(r"<(?:\w+:)?instanceID>([^<]+)<", xml)
    return re.sub(r"[^\w-]", "", found[1] if found else visit_id)


def _file_name(text: str) -> str:
    """A name every file system takes."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", text).strip(". ")[:80] or "form"


# -- CSV and Excel -----------------------------------------------------------------------------------------------------


def _csv(table: AnswerTable, split: bool, words: bool) -> bytes:
    """A table as CSV in UTF-8 with a mark that Excel and WPS know it by; text cells cannot become formulas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*([] if table.repeat else table.about_columns[:-1]), *_heads(table, split, words),
                     *(table.about_columns if table.repeat else table.about_columns[-1:])])  # fmt: skip
    for about, cells in zip(table.about, _cells(table, split, words), strict=True):
        before, after = ((), about) if table.repeat else (about[:-1], about[-1:])
        writer.writerow([_safe(cell) for cell in (*before, *cells, *after)])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _heads(table: AnswerTable, split: bool, words: bool) -> list[str]:
    heads: list[str] = []
    for column in table.columns:
        name = (column.label or column.name) if words else column.name
        heads.append(name)
        if split and column.kind == "multiple":
            heads += [f"{name}/{word if words else code}" for code, word in column.choices]
    return heads


def _cells(table: AnswerTable, split: bool, words: bool) -> Iterator[list[str]]:
    known = {column.path: dict(column.choices) for column in table.columns}
    for row in table.rows:
        cells: list[str] = []
        for column in table.columns:
            text = row.get(column.path, "")
            said = known[column.path]
            if words and column.kind == "select":
                cells.append(said.get(text, text))
            elif words and column.kind == "multiple":
                cells.append("、".join(said.get(code, code) for code in text.split()))
            else:
                cells.append(text)
            if split and column.kind == "multiple":
                given = text.split()
                cells += [("1" if code in given else "0") if text else "" for code, _ in column.choices]
        yield cells


def _workbook(info: FormInfo, tables: Sequence[AnswerTable], split: bool, words: bool) -> bytes:
    """A sheet a table: whole and decimal answers as numbers, everything else as text."""
    import xlsxwriter

    held = io.BytesIO()
    with xlsxwriter.Workbook(held, SAFE) as book:
        head = book.add_format({"bold": True, "bg_color": "#EFEDE8", "bottom": 1, "text_wrap": True, "valign": "top"})
        text_format = book.add_format({"num_format": "@"})
        used: set[str] = set()
        for table in tables:
            name = sheet_name(table.name or info.title)
            while name.lower() in used:
                name = sheet_name(f"{name[:28]}_{len(used)}")
            used.add(name.lower())
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            heads = [*table.about_columns, *_heads(table, split, words)]
            numeric = [False] * len(table.about_columns)
            for column in table.columns:
                numeric.append(column.kind in ("integer", "decimal"))
                if split and column.kind == "multiple":
                    numeric += [True] * len(column.choices)
            for at, said in enumerate(heads):
                sheet.write_string(0, at, said, head)
            for line, (about, cells) in enumerate(zip(table.about, _cells(table, split, words), strict=True), 1):
                for at, cell in enumerate((*about, *cells)):
                    if not cell:
                        continue
                    if numeric[at] and _NUMBER.fullmatch(cell) and len(cell) <= 15:
                        sheet.write_number(line, at, float(cell))
                    else:
                        sheet.write_string(line, at, cell[:32_767], text_format)
            if table.rows:
                sheet.autofilter(0, 0, len(table.rows), len(heads) - 1)
    return held.getvalue()


# -- SPSS and Stata ----------------------------------------------------------------------------------------------------


def _statistics() -> tuple[Any, Any]:
    """The libraries that write SPSS and Stata; UsageError says how to get them when they are not there."""
    try:
        import pandas
        import pyreadstat
    except ImportError:
        raise UsageError(
            "没有安装写 SPSS、Stata 文件的组件，没有写出。",
            hint="请安装 xiangce[statistics]（pyreadstat、pandas），或改写成 csv、xlsx。",
        ) from None
    return pyreadstat, pandas


def _write_statistics(
    ws: Workspace, info: FormInfo, tables: Sequence[AnswerTable], target: Path, shape: str
) -> list[str]:
    """One file a table, with the questions as variable labels and the choices as value labels."""
    pyreadstat, pandas = _statistics()
    names: list[str] = []
    with ws.register.storage_errors():
        _refuse_nowhere(target)
        target.mkdir(exist_ok=True)
        for table in tables:
            data, labels, values = _variables(table, pandas)
            name = f"{info.form_id}{'-' + table.name if table.name else ''}.{shape}"
            frame = pandas.DataFrame(data)
            said = {key: label[:80] if shape == "dta" else label[:255] for key, label in labels.items()}
            if shape == "sav":
                pyreadstat.write_sav(
                    frame, str(target / name), file_label=info.title[:60], column_labels=said,
                    variable_value_labels=values,
                )  # fmt: skip
            else:
                pyreadstat.write_dta(
                    frame, str(target / name), file_label=info.title[:80], column_labels=said,
                    variable_value_labels=values, version=15,
                )  # fmt: skip
            names.append(name)
    return names


def _variables(
    table: AnswerTable, pandas: Any
) -> tuple[dict[str, Any], dict[str, str], dict[str, dict[Any, str]]]:
    """(values, variable labels, value labels). Choices whose codes are no numbers are numbered in their order: Stata
    labels numbers alone, and SPSS texts only up to the longest one answered.
    """
    data: dict[str, Any] = {}
    labels: dict[str, str] = {}
    values: dict[str, dict[Any, str]] = {}
    for at, name in enumerate(table.about_columns):
        data[name] = pandas.Series([about[at] for about in table.about], dtype="object")
        labels[name] = name
    for column in table.columns:
        texts = [row.get(column.path, "") for row in table.rows]
        labels[column.short] = column.label or column.name
        if column.kind in ("integer", "decimal"):
            data[column.short] = pandas.Series([_number(text) for text in texts], dtype="float64")
        elif column.kind in ("date", "datetime"):
            data[column.short] = pandas.Series([_moment(text) for text in texts], dtype="object")
        elif column.kind == "select" and column.choices:
            codes = [code for code, _ in column.choices]
            if all(_NUMBER.fullmatch(code) for code in codes):
                data[column.short] = pandas.Series([_number(text) for text in texts], dtype="float64")
                values[column.short] = {float(code): word for code, word in column.choices}
            else:
                numbers = {code: float(n) for n, code in enumerate(codes, 1)}
                data[column.short] = pandas.Series([numbers.get(text) for text in texts], dtype="float64")
                values[column.short] = {numbers[code]: word for code, word in column.choices}
        elif column.kind == "multiple" and column.choices:
            for n, (code, word) in enumerate(column.choices, 1):
                name = f"{column.short[:28]}_{n}"
                while name in data:
                    name += "x"
                data[name] = pandas.Series(
                    [None if not text else float(code in text.split()) for text in texts], dtype="float64"
                )
                labels[name] = f"{column.label or column.name}：{word}"
                values[name] = {0.0: "否", 1.0: "是"}
        else:
            data[column.short] = pandas.Series([text[:2000] for text in texts], dtype="object")
    return data, labels, values


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _moment(text: str) -> date | datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return None


__all__ = ["SHAPES", "FormExport", "export_form", "masked_xml"]
