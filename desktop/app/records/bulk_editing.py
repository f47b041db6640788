"""One value for many records: what each was and will be, what will not change and why, then one unit of work.

What was seen when the preview was made travels with the write: a change merged in between becomes a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.app.assets.status_history import first_day
from desktop.app.records.editing import complete_place, refuse_lacking, refuse_many
from desktop.app.records.masking import masked_value
from desktop.app.records.record_words import value_words
from desktop.app.records.records import today
from desktop.app.records.survey_records import check_survey_values, refuse_unexplained_many
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.registry import codelists
from desktop.registry.asset_status import follow_status
from desktop.registry.checks import clean_values
from desktop.registry.edit_rules import CERTIFIED_COLUMNS, not_many_at_once, refuse_edit
from desktop.registry.labels import label, table_label
from desktop.registry.survey_identity import KEYS
from desktop.store.database import quoted
from desktop.store.unit_of_work import Seen

BULK_FIELDS: dict[str, tuple[str, ...]] = {
    "asset": (
        "status", "division_code", "category", "subcategory", "operation_mode", "keeper", "contract_end",
        "competent_dept", "project_name", "project_year", "fund_doc_no", "ledger_system", "unit", "status_reason",
        "note",
    ),
    "household": (
        "division_code", "group_name", "household_type", "monitored_type", "helper_name", "house_grade",
        "house_structure", "road_kind", "income_period",
    ),
}  # fmt: skip
"""Fields that the window offers: what many records share. Names, numbers of people and sums are each record's own."""
MOST_LINES = 20_000
"""Records of one bulk edit: more than any township has assets; a larger one is a mistake or an import."""
TITLES = {"household": "head_name", "right": "kind"}
_CHUNK = 500


@dataclass(frozen=True)
class BulkLine:
    """One record: title and place, value before and after in words; `why` it will not change ("" when it will)."""

    id: str
    title: str
    place: str
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class BulkPlan:
    """A preview that can be written: the values, each record's line, and what was seen of those that change."""

    table: str
    values: Mapping[str, Any]
    field: str
    lines: tuple[BulkLine, ...]
    seen: Mapping[str, Seen]

    @property
    def changing(self) -> int:
        """How many records will change."""
        return sum(not line.why for line in self.lines)


def plan_bulk(
    ws: Workspace,
    table: str,
    ids: Sequence[str],
    values: Mapping[str, Any],
    progress: Callable[[int, int], None] | None = None,
) -> BulkPlan:
    """What setting `values` would do to each of the records, in their order. Writes nothing.

    Raises UsageError (unknown field, a field that is a list or moved by steps, records changed one by one alone, too
    many records), InputRefused (a value that cannot be stored).
    """
    if len(ids) > MOST_LINES:
        raise UsageError(f"一次最多改 {MOST_LINES:,} 条，现在是 {len(ids):,} 条；没有改变任何内容。")
    spec = ws.register.table(table)
    if not values:
        raise UsageError("没有给出要改的字段。")
    for name in values:
        cell = spec.by_name.get(name)
        if cell is not None and cell.child_table is not None:
            raise UsageError(f"{label(table, name)}要逐条改，不能批量改。")
    refuse_many(table)
    shut = [label(table, name) for name in values if _moved_elsewhere(table, name)]
    if shut:
        raise UsageError(f"{'、'.join(shut)}按步骤或逐条改，不能批量改。")
    cleaned = clean_values(spec, values)
    check_survey_values(ws, table, cleaned)
    complete_place(ws, table, cleaned)
    lacking = _lacking(ws, table, cleaned)
    kept = _rows(ws, table, ids, cleaned)
    cells = {spec.by_column[name].name for name in cleaned if name in spec.by_column}
    conflicts = {c.row_id for c in ws.register.conflicts() if c.table == table and c.cell in cells}
    names = [name for name in values if name in cleaned] or list(cleaned)
    after = "，".join(_said(table, name, cleaned[name], {**cleaned, "place": _place(ws, cleaned)}) for name in names)
    lines, changing = [], []
    for i, row_id in enumerate(ids):
        if progress is not None and i % _CHUNK == 0:
            progress(i, len(ids))
        row = kept.get(row_id)
        if row is None or row["removed"]:
            lines.append(BulkLine(row_id, "", "", "", after, "这条记录已移除"))
            continue
        before = "，".join(_said(table, name, row[name], row) for name in names)
        why = _why_not(table, row, cleaned) or lacking or _fixed(ws, table, row, cleaned)
        if not why and row_id in conflicts:
            why = "这一项有冲突，先处理冲突"
        if not why:
            changing.append(row_id)
        title = str(row.get(TITLES.get(table, "name")) or row_id[:8])
        lines.append(BulkLine(row_id, title, str(row.get("place") or ""), before, after, why))
    field = "、".join(label(table, name) for name in names)
    return BulkPlan(table, cleaned, field, tuple(lines), ws.register.seen_many(table, changing))


def write_bulk(
    ws: Workspace, plan: BulkPlan, reason: str = "", progress: Callable[[int, int], None] | None = None,
    since: str | None = None,
) -> tuple[str, int]:  # fmt: skip
    """Write a preview in one unit of work; the unit's id and how many records changed.

    `since`: the first day of a changed status of assets (ISO, today when left out). Raises InputRefused (a status that
    changed later), and NotAllowed, UsageError (nothing would change), StorageFailed; then nothing was written.
    """
    changing = [line.id for line in plan.lines if not line.why]
    if not changing:
        raise UsageError("没有要改的记录，没有写入。")
    what = reason.strip() or f"批量修改{table_label(plan.table)}：{plan.field}，{len(changing)} 条"
    refuse_unexplained_many(ws, plan.table, dict.fromkeys(changing, tuple(plan.values)), reason)
    with ws.write(what, table=plan.table, source="bulk") as scope:
        for i, row_id in enumerate(changing):
            if progress is not None and i % 100 == 0:
                progress(i, len(changing))
            scope.change(plan.table, row_id, plan.values, plan.seen.get(row_id))
        if plan.table == "asset" and since:
            follow_status(scope, first_day(since))
    assert scope.result is not None
    return scope.result.unit_id, len(changing)


def _rows(ws: Workspace, table: str, ids: Sequence[str], values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Shown values of the records by id: what is changed, what it depends on, title and place."""
    spec = ws.register.table(table)
    title = TITLES.get(table, "name")
    wanted = {*values, "removed", *(c for c in (title, "category", "subcategory", "status") if c in spec.by_column)}
    columns = ["id", *sorted(wanted)]
    place = "COALESCE(d.short_name,d.name,t.division_code)" if "division_id" in spec.by_column else "''"
    join = " LEFT JOIN division d ON d.id=t.division_id" if "division_id" in spec.by_column else ""
    names = ",".join(f"t.{quoted(c)}" for c in columns)
    with ws.register.reading() as sql:
        rows = sql.in_chunks(f"SELECT {names},{place} FROM {quoted(table)} t{join} WHERE t.id IN (*)", list(ids))
        return {r[0]: dict(zip([*columns, "place"], r, strict=True)) for r in rows}


def _place(ws: Workspace, values: Mapping[str, Any]) -> str:
    """Name of the division that is set, "" when none is."""
    with ws.register.reading() as sql:
        wanted = (str(values.get("division_id") or ""),)
        row = sql.one("SELECT COALESCE(short_name,name) FROM division WHERE id=?", wanted)
    return str(row[0] or "") if row else ""


def _moved_elsewhere(table: str, column: str) -> bool:
    """Whether a column is moved by the steps of a case, holds the days of a right, or says which record it is."""
    return not_many_at_once(table, column) or column in KEYS.get(table, ())


def _lacking(ws: Workspace, table: str, cleaned: dict[str, Any]) -> str:
    """What every record would lack with these values, "" when nothing."""
    try:
        refuse_lacking(ws, table, cleaned, new=False)
    except InputRefused as error:
        return error.message.removesuffix("没有保存。").rstrip("。")
    return ""


def _why_not(table: str, row: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Why a record stays as it is; "" when it changes."""
    if all(row[name] == value for name, value in values.items()):
        return "已经是这样"
    if table == "asset":
        if row.get("status") == "disposed" and "status" in values:
            return "已处置，状态不再改"
        category = values.get("category", row.get("category"))
        subcategory = values.get("subcategory", row.get("subcategory"))
        if ("category" in values or "subcategory" in values) and subcategory and category:
            fitting = _categories_of(str(subcategory))
            if fitting and category not in fitting:
                return f"小类“{codelists.word('asset_subcategory', str(subcategory))}”不属于这个类别，两项一起改"
    return ""


def _fixed(ws: Workspace, table: str, row: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """What of the record is fixed by now (`edit_rules`), "" when nothing is."""
    if table != "asset" or not {"status", *CERTIFIED_COLUMNS} & set(values):
        return ""
    try:
        with ws.register.reading() as sql:
            refuse_edit(sql, table, row, values, today())
    except InputRefused as error:
        return error.message.removesuffix("没有保存。").rstrip("。；，")
    return ""


def _categories_of(subcategory: str) -> set[str]:
    return {
        item.more.get("category", "") for item in codelists.whole("asset_subcategory") if item.code == subcategory
    }  # one code may stand under several categories


def _said(table: str, name: str, value: Any, row: Mapping[str, Any]) -> str:
    if name in ("division_code", "division_id") and value is not None and row.get("place"):
        return str(row["place"])
    if value is None:
        return "未填"
    return value_words(table, name, masked_value(name, value))
