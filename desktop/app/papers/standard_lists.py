"""The lists a county files about its assets, defined once: printed as PDF and written as a workbook from the same rows.

A list is a table of the register with the columns people know; `list_rows.py` fills it. Lists stand here in the order
of the print centre.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.common.errors import UsageError
from desktop.insight.industry_share import share_notes, share_records
from desktop.registry.checks import INTEGERS
from desktop.registry.labels import label
from desktop.reports.table_model import Kind
from desktop.store.database import Sql

Filter = Callable[[Mapping[str, Any], str], bool]
"""Whether a row belongs on the list on a day (ISO)."""
Computed = Callable[[Sql, str, str], Sequence[Mapping[str, Any]]]
"""Rows that stand in no table: a division (code prefix) and a day → values by column, with `id` and `place`."""


@dataclass(frozen=True)
class ListColumn:
    """A column of a list: a column of the table, its place on paper, and whether it is summed."""

    name: str
    title: str = ""
    weight: float = 1.0
    least: float = 4.0
    summed: bool = False


@dataclass(frozen=True)
class StandardList:
    """One list: `where` fixes column values, `belongs` what else a row must be, `counted` its measure word."""

    name: str
    title: str
    subject: str
    table: str
    columns: tuple[ListColumn, ...]
    where: Mapping[str, str] = field(default_factory=dict)
    belongs: Filter | None = None
    asks: Sequence[str] = ()
    """Columns that `belongs` looks at: a list reads these and what it shows, nothing else."""
    among: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What `belongs` asks of columns as they are today, for the database to narrow by; for a past day only of assets,
    whose status has days."""
    dated: str = ""
    """Column with the day (or year) from which the row exists: with `as_of`, later ones are left out."""
    counted: str = "项"
    computed: Computed | None = None
    """Where the rows are worked out instead of read from `table`; they come in their order and are not summed."""
    made_of: tuple[str, ...] = ()
    """The tables that `computed` and `notes` ask."""
    notes: Callable[[Sql, str, str], str] | None = None
    """What stands below the list, from a division and a day."""


WAKING, GONE = ("idle", "inefficient"), ("damaged", "lost")
"""States of assets to be put to use again, and of those that are no more."""


def _open_contract(row: Mapping[str, Any], day: str) -> bool:
    ended = str(row.get("ended_date") or "")
    running = row.get("state") == "active" or (row.get("state") in ("ended", "terminated") and ended > day)
    return running and (not row.get("term_end") or str(row["term_end"]) >= day)


def _wakes(row: Mapping[str, Any], day: str) -> bool:
    return row.get("status") in WAKING


def _gone(row: Mapping[str, Any], day: str) -> bool:
    return row.get("status") in GONE


def _open_finding(row: Mapping[str, Any], day: str) -> bool:
    return not row.get("closed_date") or str(row["closed_date"]) > day


def _overdue(row: Mapping[str, Any], day: str) -> bool:
    return _open_finding(row, day) and bool(row.get("due_date")) and str(row["due_date"]) < day


C = ListColumn
_ASSET = (C("asset_no", weight=1.0, least=6), C("name", weight=2.2, least=8))
_VALUES = (C("original_value_fen", summed=True), C("net_value_fen", summed=True))

LISTS: dict[str, StandardList] = {
    found.name: found
    for found in (
        StandardList(
            "projects",
            "帮扶项目库",
            "项目",
            "project",
            (
                C("project_no", least=6),
                C("name", weight=2.4, least=8),
                C("year", least=3),
                C("kind"),
                C("fund_doc_no"),
                C("competent_dept", weight=1.2),
                C("fund_mode"),
                C("approved_fen", summed=True),
                C("completed_date", least=6),
                C("accepted_date", least=6),
                C("state"),
                C("linked_households", summed=True, least=3),
            ),
            dated="start_date",
            counted="个",
        ),
        StandardList(
            "industry-share",
            "帮扶资金产业占比逐年比较表",
            "项目",
            "project",
            (
                C("place", "地区", weight=1.4, least=6),
                C("year", "年度", least=4),
                C("total_fen", "帮扶（衔接）资金（元）"),
                C("industry_fen", "其中产业资金（元）"),
                C("share", "产业占比", least=6),
                C("before", "上年占比", least=6),
                C("change", "比上年增减（百分点）", least=6),
                C("fell", "标注", least=4),
            ),
            counted="行",
            computed=share_records,
            made_of=("project", "asset", "division", "setting"),
            notes=share_notes,
        ),
        StandardList(
            "idle",
            "闲置低效资产清单",
            "资产",
            "asset",
            (
                *_ASSET,
                C("category"),
                *_VALUES,
                C("status"),
                C("status_reason", weight=1.6),
                C("status_measure", weight=1.8),
                C("status_due", least=6),
                C("keeper"),
            ),
            belongs=_wakes,
            asks=("status",),
            among={"status": WAKING},
        ),
        StandardList(
            "lost",
            "损毁流失资产清单",
            "资产",
            "asset",
            (
                *_ASSET,
                C("category"),
                *_VALUES,
                C("status"),
                C("status_reason", weight=2),
                C("keeper"),
            ),
            belongs=_gone,
            asks=("status",),
            among={"status": GONE},
        ),
        StandardList(
            "household-assets",
            "到户类资产清单",
            "资产",
            "asset",
            (
                *_ASSET,
                C("subcategory", weight=1.2),
                C("household_id", "持有农户"),
                C("built_date", least=6),
                C("quantity", least=3),
                C("unit", least=3),
                C("original_value_fen", summed=True),
                C("status"),
                C("note", weight=1.4),
            ),
            where={"category": "household"},
        ),
        StandardList(
            "keepers",
            "公益性资产管护责任清单",
            "资产",
            "asset",
            (
                *_ASSET,
                C("subcategory", weight=1.2),
                C("address", weight=1.4),
                C("keeper"),
                C("keep_team"),
                C("keep_cycle_months", least=4),
                C("keep_fund_fen", summed=True),
                C("supervisor"),
                C("competent_dept"),
            ),
            where={"category": "public"},
        ),
        StandardList(
            "contracts",
            "经营合同清单",
            "经营",
            "contract",
            (
                C("contract_no", least=6),
                C("assets", weight=2.4, least=8),
                C("mode"),
                C("lessor_party_id", weight=1.8),
                C("operator_party_id", weight=1.8),
                C("signed_date", least=6),
                C("term_start", least=6),
                C("term_end", least=6),
                C("amount_fen", summed=True),
                C("deposit_fen", summed=True),
                C("state"),
            ),
            dated="signed_date",
            counted="份",
        ),
        StandardList(
            "contracts-in-force",
            "在履行合同清单",
            "经营",
            "contract",
            (
                C("contract_no", least=6),
                C("assets", weight=2.4, least=8),
                C("mode"),
                C("operator_party_id", weight=1.8),
                C("term_start", least=6),
                C("term_end", least=6),
                C("amount_fen", summed=True),
                C("deposit_fen", summed=True),
            ),
            belongs=_open_contract,
            asks=("state", "ended_date", "term_end"),
            dated="term_start",
            counted="份",
        ),
        StandardList(
            "receipts",
            "资产收益收款明细表",
            "经营",
            "receipt",
            (
                C("on_date", least=6),
                C("asset_id", weight=2, least=8),
                C("contract_id"),
                C("kind"),
                C("income_year", least=4),
                C("payer", weight=1.4),
                C("voucher_no"),
                C("amount_fen", summed=True),
                C("note", weight=1.2),
            ),
            dated="on_date",
            counted="笔",
        ),
        StandardList(
            "value-changes",
            "资产价值变动明细表",
            "资产",
            "value_change",
            (
                C("on_date", least=6),
                C("asset_id", weight=2, least=8),
                C("kind"),
                C("amount_fen"),
                C("reason", weight=1.8),
                C("source_doc", weight=1.6),
                C("note"),
            ),
            dated="on_date",
            counted="笔",
        ),
        StandardList(
            "decisions",
            "四议两公开决策记录",
            "经营",
            "decision",
            (
                C("title", weight=2.4, least=8),
                C("kind"),
                C("proposed_date", least=6),
                C("consulted_date", least=6),
                C("party_date", least=6),
                C("resolved_date", least=6),
                C("should_attend", least=3),
                C("attended", least=3),
                C("agreed", least=3),
                C("resolution_public_date", least=6),
                C("result_public_date", least=6),
            ),
            dated="resolved_date",
            counted="次",
        ),
        StandardList(
            "registrations",
            "确权登记清单",
            "权属",
            "registration",
            (
                C("title", weight=2),
                C("assets", weight=2.6, least=8),
                C("applicant", weight=1.4),
                C("checked_date", least=6),
                C("doc_no", weight=1.4),
                C("doc_date", least=6),
                C("cert_no"),
                C("state"),
            ),
            dated="doc_date",
            counted="件",
        ),
        StandardList(
            "handovers",
            "资产移交清单",
            "权属",
            "handover",
            (
                C("title", weight=1.8),
                C("assets", weight=2.6, least=8),
                C("from_party_id", weight=1.6),
                C("to_party_id", weight=1.6),
                C("keeper"),
                C("on_date", least=6),
                C("signed_from"),
                C("signed_to"),
                C("signed_witness"),
                C("state"),
            ),
            dated="on_date",
            counted="次",
        ),
        StandardList(
            "distributions",
            "收益分配台账",
            "收益",
            "distribution",
            (
                C("title", weight=2.2, least=8),
                C("year", least=4),
                C("level"),
                C("carried_over_fen", summed=True),
                C("kept_fen", summed=True),
                C("snapshot_date", least=6),
                C("state"),
                C("note", weight=1.2),
            ),
            dated="year",
            counted="个",
        ),
        StandardList(
            "disposals",
            "资产处置台账",
            "处置",
            "disposal",
            (
                C("asset_id", weight=2.2, least=8),
                C("kind"),
                C("reason", weight=1.4),
                C("applied_date", least=6),
                C("appraiser", weight=1.2),
                C("appraised_fen", summed=True),
                C("approval_doc_no", weight=1.2),
                C("buyer", weight=1.2),
                C("proceeds_fen", summed=True),
                C("proceeds_date", least=6),
                C("write_off_date", least=6),
                C("state"),
            ),
            dated="applied_date",
            counted="件",
        ),
        StandardList(
            "inspections",
            "资产检查记录表",
            "检查",
            "inspection",
            (
                C("asset_id", weight=2.2, least=8),
                C("plan_id", weight=1.4),
                C("due_date", least=6),
                C("on_date", least=6),
                C("inspectors"),
                C("found"),
                C("condition"),
                C("use_state", weight=1.2),
                C("result", weight=1.8),
            ),
            dated="on_date",
            counted="次",
        ),
        StandardList(
            "findings",
            "问题整改台账",
            "检查",
            "finding",
            (
                C("asset_id", weight=1.8, least=8),
                C("kind"),
                C("what", weight=2.2, least=8),
                C("found_date", least=6),
                C("responsible_unit", weight=1.2),
                C("responsible"),
                C("due_date", least=6),
                C("done_date", least=6),
                C("rechecked_by"),
                C("closed_date", least=6),
                C("state"),
            ),
            dated="found_date",
            counted="个",
        ),
        StandardList(
            "findings-overdue",
            "逾期未整改问题清单",
            "检查",
            "finding",
            (
                C("asset_id", weight=1.8, least=8),
                C("kind"),
                C("what", weight=2.4, least=8),
                C("found_date", least=6),
                C("responsible_unit", weight=1.4),
                C("responsible"),
                C("due_date", least=6),
                C("put_off_reason", weight=1.4),
            ),
            belongs=_overdue,
            asks=("closed_date", "due_date"),
            dated="found_date",
            counted="个",
        ),
        StandardList(
            "care",
            "公益性资产管护记录表",
            "检查",
            "maintenance_round",
            (
                C("asset_id", weight=2.2, least=8),
                C("due_date", least=6),
                C("on_date", least=6),
                C("keeper"),
                C("work", weight=2.4, least=8),
                C("cost_fen", summed=True),
                C("fund_source"),
                C("note"),
            ),
            dated="on_date",
            counted="次",
        ),
        StandardList(
            "complaints",
            "投诉举报办理台账",
            "检查",
            "complaint",
            (
                C("received_date", least=6),
                C("channel"),
                C("asset_id", weight=1.8),
                C("what", weight=2.6, least=8),
                C("answer", weight=2),
                C("answered_date", least=6),
                C("state"),
            ),
            dated="received_date",
            counted="件",
        ),
        StandardList(
            "notices",
            "公示公告台账",
            "公示",
            "notice",
            (
                C("kind", weight=1.4),
                C("title", weight=2.8, least=8),
                C("places", weight=1.6),
                C("start_date", least=6),
                C("end_date", least=6),
                C("result", weight=1.8),
                C("result_date", least=6),
                C("state"),
            ),
            dated="start_date",
            counted="件",
        ),
    )
}
"""By name, in the order of the print centre."""


def list_named(name: str) -> StandardList:
    """A list by name; UsageError names those there are."""
    found = LISTS.get(name) or next((x for x in LISTS.values() if x.title == name), None)
    if found is None:
        raise UsageError(f"没有清单 {name}；可用的：{'、'.join(f'{x.name}（{x.title}）' for x in LISTS.values())}。")
    return found


def column_kind(table: str, column: ListColumn) -> Kind:
    """How a column's cells are written."""
    if column.name.endswith("_fen"):
        return Kind.YUAN
    return Kind.COUNT if column.name in INTEGERS.get(table, ()) and not column.name.endswith("year") else Kind.TEXT


def column_title(wanted: StandardList, column: ListColumn) -> str:
    """The heading of a column on paper and in a workbook."""
    return column.title or label(wanted.table, column.name)


def all_lists() -> Sequence[StandardList]:
    """Every list, in the order of the print centre."""
    return tuple(LISTS.values())
