"""The forms one can fill: those shipped and those the county added to the register; checked, compiled once, loaded."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from platformdirs import user_cache_path

from desktop.app.visits.form_code_items import with_county_items
from desktop.app.workspace import Workspace
from desktop.common.errors import FileDamaged, InputRefused, UsageError, XiangceError
from desktop.common.resources import data_root
from desktop.registry import codelists
from desktop.registry.labels import table_label
from desktop.registry.tables import SCHEMA
from desktop.registry.visit import survey_form_id

if TYPE_CHECKING:
    from desktop.survey.xform.model import Form
    from desktop.survey.xlsform.compile import Compiled
    from desktop.survey.xlsform.findings import Finding

Subject = Literal["household", "asset", "village"]
Origin = Literal["shipped", "county"]
SUBJECT_OF_LIST: dict[str, Subject] = {"household": "household", "asset": "asset", "division": "village",
                                       "village_profile": "village", "person": "household"}  # fmt: skip
TABLE_OF_SUBJECT: dict[Subject, str] = {"household": "household", "asset": "asset", "village": "division"}
WRITABLE = frozenset(
    ("household", "person", "asset", "division", "visit", "income_record", "safeguard_check", "lead", "measure",
     "village_profile", "inspection", "finding")
)  # fmt: skip
"""Tables that a form may write to."""
LARGEST = 8 << 20
"""Bytes of a form's workbook with its files: it travels to every laptop."""


@dataclass(frozen=True)
class FormInfo:
    """A form in the list of forms. `subject`: what a visit with it is about; `digest`: SHA-256 of the workbook."""

    form_id: str
    title: str
    version: str
    origin: Origin
    languages: tuple[str, ...]
    subject: Subject | None
    digest: str = ""

    @property
    def subject_table(self) -> str | None:
        """The table of its subject: `household`, `asset`, `division`."""
        return None if self.subject is None else TABLE_OF_SUBJECT[self.subject]


@dataclass(frozen=True)
class AddedForm:
    """A form that was added: what it is, what is worth saying about it, whether it was here already."""

    info: FormInfo
    findings: tuple[Finding, ...]
    fresh: bool


def list_forms(ws: Workspace) -> list[FormInfo]:
    """The forms in use, by title. A county's form stands in place of the shipped one with the same id."""
    found: dict[str, FormInfo] = {info.form_id: info for info in _shipped()}
    found.update({info.form_id: info for info in reversed(_added(ws))})
    order = {info.form_id: at for at, info in enumerate(_shipped())}
    return sorted(found.values(), key=lambda info: (order.get(info.form_id, len(order)), info.title))


def form_info(ws: Workspace, form_id: str) -> FormInfo:
    """The form in use with this id (or title); UsageError when there is none."""
    forms = list_forms(ws)
    for info in forms:
        if form_id in (info.form_id, info.title):
            return info
    raise UsageError(f"没有调查表 {form_id}；现有：{'、'.join(f'{i.form_id}（{i.title}）' for i in forms)}。")


def form_versions(ws: Workspace, form_id: str) -> list[FormInfo]:
    """Every version of a form that is here, the one in use first."""
    found = [info for info in _added(ws, retired=True) if info.form_id == form_id]
    found += [info for info in _shipped() if info.form_id == form_id and info.digest not in {f.digest for f in found}]
    return found


def workbook_of(ws: Workspace, info: FormInfo) -> bytes:
    """The form's workbook as it was shipped or added."""
    if info.origin == "shipped":
        return _shipped_bytes()[info.digest]
    with ws.register.reading() as sql:
        content = sql.scalar("SELECT content FROM survey_form WHERE id=?", (survey_form_id(info.form_id, info.digest),))
    if content is None:
        raise UsageError(f"调查表 {info.title} 的工作簿不在本册。")
    return base64.b64decode(content)


def files_of(ws: Workspace, info: FormInfo) -> dict[str, bytes]:
    """The files that came with a form, by name: pictures of questions and choices, lists it looks up in."""
    if info.origin == "shipped":
        return {}
    held: dict[str, str] = json.loads(_files_text(ws, info) or "{}")
    return {name: base64.b64decode(content) for name, content in held.items()}


def form_picture(ws: Workspace, info: FormInfo, address: str) -> bytes | None:
    """The content behind `jr://images/…` (or a plain file name) of a form; None when it did not come along."""
    return files_of(ws, info).get(address.rsplit("/", 1)[-1])


def xform_of(ws: Workspace, info: FormInfo) -> str:
    """The XForm the workbook compiles to."""
    return _compiled(info, lambda: workbook_of(ws, info)).xform


def load_form_of(ws: Workspace, info: FormInfo) -> Form:
    """The form ready for filling, with the county's items in its lists.

    The first time a workbook is compiled (a second for a large one), then cached.
    """
    key = f"{info.digest}{hashlib.sha256(_files_text(ws, info).encode()).hexdigest()}{codelists.edition()}"
    held = _loaded.get(key)
    if held is None:
        compiled = _compiled(info, lambda: workbook_of(ws, info))
        held = compiled.form(_lists_in(files_of(ws, info)), with_county_items(compiled.xform))
        while len(_loaded) >= 8:
            _loaded.pop(next(iter(_loaded)))
        _loaded[key] = held
    return held


def add_form(ws: Workspace, data: bytes, files: Mapping[str, bytes] | None = None, note: str = "") -> AddedForm:
    """Add a form to the register: checked first, sent down with the next packages; fillings from now on use it.

    `files` are its pictures and lists by name. Raises WorkbookRefused with every error found, FileDamaged,
    InputRefused, NotAllowed.
    """
    from desktop.survey.xlsform.compile import REGISTER_LISTS, compile_workbook

    ws.require("admin")
    files = files or {}
    size = len(data) + sum(len(content) for content in files.values())
    if size > LARGEST:
        raise InputRefused(f"工作簿和附带文件有 {size / (1 << 20):.1f} MB，超过 {LARGEST >> 20} MB，没有加入。")
    compiled = compile_workbook(data, cache=cache_folder())
    form = compiled.form(_lists_in(files))
    missing = sorted(f for n, f in form.missing_instances.items() if not (n in REGISTER_LISTS and f == f"{n}.csv"))
    if missing:
        raise InputRefused(
            f"表单要用附件 {'、'.join(missing)}，没有一起给出，没有加入。",
            hint="请把附件放在同一文件夹一并加入；住户、成员、资产、区划由登记册提供。",
        )
    _refuse_foreign(form)
    info = _info(data, compiled.digest, "county")
    row = survey_form_id(info.form_id, info.digest)
    values = {
        "form_id": info.form_id, "version": info.version, "title": info.title, "digest": info.digest,
        "content": base64.b64encode(data).decode("ascii"), "note": note or None,
        "files": json.dumps({n: base64.b64encode(c).decode() for n, c in sorted(files.items())}) if files else None,
    }  # fmt: skip
    with ws.write(f"加入调查表：{info.title}", table="survey_form", source="form") as scope:
        fresh = scope.ensure("survey_form", row, values)
        if not fresh:
            scope.change("survey_form", row, {"retired": None, "files": values["files"]})
    return AddedForm(info, compiled.findings, fresh)


def retire_form(ws: Workspace, info: FormInfo) -> None:
    """Take a version the county added out of use; visits filled with it keep it. UsageError for a shipped form."""
    if info.origin == "shipped":
        raise UsageError("随程序发布的调查表不能停用；可以加入同一编号的新版来代替它。")
    with ws.write(f"停用调查表：{info.title}", table="survey_form", source="form") as scope:
        scope.change("survey_form", survey_form_id(info.form_id, info.digest), {"retired": 1})


@dataclass(frozen=True)
class CheckedForm:
    """What `form check` says of a workbook: findings, and for one that works what it is in one sentence."""

    findings: tuple[Finding, ...]
    summary: str = ""


def check_workbook(data: bytes, name: str) -> CheckedForm:
    """All findings of a workbook; what a register would refuse of it are warnings. Never raises for a wrong form."""
    from desktop.survey.xform.loader import load_form
    from desktop.survey.xlsform.compile import examine
    from desktop.survey.xlsform.findings import Finding

    try:
        findings, xform = examine(data, name)
    except XiangceError as error:
        return CheckedForm((Finding("", 0, "", "unreadable", "error", str(error)),))
    if findings.errors or xform is None:
        return CheckedForm(tuple(findings.ordered()))
    form = load_form(xform)
    refused = [f"{problem}，加入登记册时会被拒。" for problem in foreign_to(form)]
    foreign = [Finding("entities", 0, "", "register", "warning", words) for words in refused]
    return CheckedForm((*findings.ordered(), *foreign), _summary(form))


def _summary(form: Form) -> str:
    """《农户入户调查表》：182 题，30 个分组，2 个重复组，中文、English；写入住户、家庭成员。"""
    asked = sum(
        1 for path, control in form.questions.items()
        if not (control.kind == "input" and path in form.nodes and form.nodes[path].bind.readonly is True)
    )  # fmt: skip
    repeats = sum(1 for node in form.nodes.values() if node.repeat is not None)
    groups = sum(1 for node in form.nodes.values() if node.control is not None and node.control.kind == "group")
    parts = [f"{asked} 题"]
    parts += [f"{groups} 个分组"] if groups else []
    parts += [f"{repeats} 个重复组"] if repeats else []
    parts += ["、".join(form.languages)] if form.languages else []
    written = [table_label(t.dataset) for t in form.entities]
    saved = f"；写入{'、'.join(dict.fromkeys(written))}" if written else ""
    return f"《{form.title or form.form_id}》：{'，'.join(parts)}{saved}。"


def _refuse_foreign(form: Form) -> None:
    """InputRefused naming all that the form would write to fields the register does not have."""
    problems = foreign_to(form)
    if problems:
        raise InputRefused("；".join(problems) + "。没有加入。", hint="可用的表和字段见 forms/README.md。")


def foreign_to(form: Form) -> list[str]:
    """What the form would write that the register has no place for, in words."""
    problems: list[str] = []
    datasets = {target.path[:-2]: target.dataset for target in form.entities}
    tables = SCHEMA.by_name
    for dataset in dict.fromkeys(datasets.values()):
        if dataset not in WRITABLE:
            problems.append(f"登记册里没有可以由表单写入的“{dataset}”（entities 工作表）")
    for path, node in form.nodes.items():
        if not node.bind.saveto:
            continue
        owner = next((datasets[path[:n]] for n in range(len(path) - 1, 0, -1) if path[:n] in datasets), "")
        if owner in WRITABLE and node.bind.saveto not in tables[owner].by_column:
            problems.append(f"{table_label(owner)}没有字段“{node.bind.saveto}”（题目 {path[-1]} 的 save_to）")
    return problems


def _lists_in(files: Mapping[str, bytes]) -> dict[str, str]:
    """The files that expressions look up in, as text."""
    return {
        name: content.decode("utf-8-sig", "replace")
        for name, content in files.items()
        if name.lower().endswith((".csv", ".xml", ".json", ".geojson"))
    }


def _files_text(ws: Workspace, info: FormInfo) -> str:
    if info.origin == "shipped":
        return ""
    with ws.register.reading() as sql:
        return str(
            sql.scalar("SELECT files FROM survey_form WHERE id=?", (survey_form_id(info.form_id, info.digest),)) or ""
        )


def cache_folder() -> Path:
    """Where compiled forms are kept between starts: definitions of questions, no answers."""
    return user_cache_path("xiangce", appauthor=False) / "forms"


_loaded: dict[str, Form] = {}
_compiled_here: dict[str, Compiled] = {}


def _compiled(info: FormInfo, data: Callable[[], bytes]) -> Compiled:
    from desktop.survey.xlsform.compile import compile_workbook

    held = _compiled_here.get(info.digest)
    if held is None:
        held = compile_workbook(data(), cache=cache_folder())
        while len(_compiled_here) >= 8:
            _compiled_here.pop(next(iter(_compiled_here)))
        _compiled_here[info.digest] = held
    return held


@lru_cache(maxsize=1)
def _shipped_bytes() -> Mapping[str, bytes]:
    files = sorted((data_root() / "forms").glob("*.xlsx"))
    return {hashlib.sha256(data).hexdigest(): data for data in (path.read_bytes() for path in files)}


@lru_cache(maxsize=1)
def _shipped() -> tuple[FormInfo, ...]:
    """The shipped forms: those of households first."""
    order = {"household": 0, "asset": 1, "village": 2, None: 3}
    infos = [_info(data, digest, "shipped") for digest, data in _shipped_bytes().items()]
    return tuple(sorted(infos, key=lambda info: (order[info.subject], info.form_id)))


def _added(ws: Workspace, *, retired: bool = False) -> list[FormInfo]:
    """The forms of the register, newest version of each first."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT id,form_id,version,digest FROM survey_form WHERE removed=0 AND canonical_id IS NULL"
            + ("" if retired else " AND COALESCE(retired,0)=0")
        )
    found: list[tuple[tuple[int, str], FormInfo]] = []
    for row_id, _, version, digest in rows:
        info = _known.get(digest)
        if info is None:
            with ws.register.reading() as sql:
                content = sql.scalar("SELECT content FROM survey_form WHERE id=?", (row_id,))
            try:
                info = _known[digest] = _info(base64.b64decode(content or ""), digest, "county")
            except (FileDamaged, InputRefused, ValueError):
                continue  # a row that another program wrote wrongly is no form anybody can fill
        found.append((_rank(version or ""), info))
    return [info for _, info in sorted(found, key=lambda pair: (pair[0], pair[1].digest), reverse=True)]


_known: dict[str, FormInfo] = {}


def _rank(version: str) -> tuple[int, str]:
    """Versions in order: numbers as numbers, before them whatever else was written."""
    return (int(version), "") if version.isascii() and version.isdigit() else (-1, version)


def _info(data: bytes, digest: str, origin: Origin) -> FormInfo:
    """What the workbook says of itself, read without compiling it."""
    from desktop.survey.xlsform.workbook import read_workbook

    sheets = read_workbook(data)
    settings = sheets.get("settings")
    row = settings.rows[0] if settings is not None and settings.rows else None

    def said(name: str) -> str:
        return "" if row is None else row.text(name)

    form_id = said("form_id") or said("id_string") or "data"
    survey = sheets.get("survey")
    languages = tuple(
        dict.fromkeys(h.partition("::")[2] for h in (survey.headers if survey else ()) if h.startswith("label::"))
    )
    entities = sheets.get("entities")
    lists = [r.text("list_name") or r.text("dataset") for r in entities.rows] if entities is not None else []
    for question in survey.rows if survey is not None else []:
        kind, _, rest = question.text("type").partition(" ")
        if kind in ("select_one_from_file", "select_multiple_from_file"):
            lists.append(rest.strip().partition(".")[0])
    subject = next((SUBJECT_OF_LIST[name] for name in lists if name in SUBJECT_OF_LIST), None)
    return FormInfo(
        form_id, said("form_title") or said("title") or form_id, said("version"), origin, languages, subject, digest
    )
