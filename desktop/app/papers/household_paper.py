"""一户一档: everything the register holds about a household on a few pages, numbers of people masked unless asked."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.records.details import HouseholdDetail, household_detail
from desktop.app.records.household_records import HouseholdRecords, household_records
from desktop.app.records.record_words import value_words
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import UsageError
from desktop.common.idnumber import mask_id
from desktop.common.money import format_yuan
from desktop.registry.labels import label
from desktop.reports.document import (
    Block,
    Document,
    Fact,
    Facts,
    Gap,
    Grid,
    GridColumn,
    Line,
    Signatures,
    heading,
    title,
)
from desktop.reports.document_layout import write_documents

_NONE = "—"
_FACTS = (
    "group_name", "household_type", "monitored_type", "category", "stated_size", "living_size", "urban_rural",
    "house_grade", "house_structure", "house_area_m2", "land_arable_mu", "land_forest_mu", "toilet_kind", "road_kind",
    "fuel", "helper_name", "risk_type",
)  # fmt: skip
SAFE_WORDS = {1: "是", 0: "否", None: "不知道"}
SAFEGUARDS = (
    ("food_ok", "不愁吃"), ("clothes_ok", "不愁穿"), ("education_ok", "义务教育"), ("medical_ok", "基本医疗"),
    ("house_ok", "住房安全"), ("water_ok", "饮水安全"),
)  # fmt: skip


def household_dossier(ws: Workspace, household: str, *, with_id: bool = False) -> Document:
    """The household with its members, income, safeguards, risks, measures and visits. UsageError when it is gone."""
    detail = household_detail(ws, household)
    if detail is None:
        raise UsageError("没有这一户，可能已被撤回；请刷新列表。")
    records = household_records(ws, household)
    now = datetime.now(UTC).astimezone()
    blocks: list[Block] = [
        title("一户一档"), Line(left=f"填报单位：{ws.unit_name}", right=f"打印日期：{now:%Y-%m-%d}", after=6),
        Facts(_facts(detail, with_id)), heading("家庭成员"), _members(detail, with_id), *_records(records),
        Gap(6), Signatures(("户主（签字或手印）", "帮扶责任人", "村负责人")),
    ]  # fmt: skip
    return Document(
        f"一户一档 {detail.head_name}", blocks, footmark=f"数据截至 {now:%Y-%m-%d}", as_of=f"{now:%Y-%m-%d}",
        known_at=f"{now:%Y-%m-%d %H:%M}",
    )  # fmt: skip


def print_household(
    ws: Workspace, household: str, target: Path, *, with_id: bool = False, purpose: str = ""
) -> int:
    """Write a household's dossier into a PDF file; how many pages. Logged; whole numbers need the right to export."""
    ws.require("plain-export" if with_id else "print")
    stream = BytesIO()
    pages = write_documents([household_dossier(ws, household, with_id=with_id)], stream)
    with ws.register.storage_errors():
        write_atomically(target, stream.getvalue())
    log_plain_export(ws, "print household", purpose or "一户一档", ["household"], 1, with_id=with_id, file=target)
    return pages


def _facts(detail: HouseholdDetail, with_id: bool) -> list[list[Fact]]:
    def shown(column: str) -> str:
        return value_words("household", column, detail.values.get(column))

    phone = detail.values.get("phone")
    pairs = [
        ("户主", detail.head_name or _NONE), ("行政村", detail.village or _NONE),
        ("联系电话", _NONE if not phone else str(phone) if with_id else mask_id(str(phone))),
        *((label("household", c), shown(c)) for c in _FACTS if detail.values.get(c) not in (None, "")),
    ]  # fmt: skip
    if len(pairs) % 2:
        pairs.append(("", ""))
    rows = [[Fact(*pairs[i]), Fact(*pairs[i + 1])] for i in range(0, len(pairs), 2)]
    if detail.values.get("address"):
        rows.append([Fact("住址", str(detail.values["address"]), 2)])
    return rows


def _members(detail: HouseholdDetail, with_id: bool) -> Grid:
    columns = (
        GridColumn("姓名", 1.1), GridColumn("与户主关系", 1.1), GridColumn("性别", 0.6, "centre"),
        GridColumn("出生日期", 1.2, "centre"), GridColumn("证件号码", 2.1), GridColumn("健康", 1.3),
        GridColumn("劳动技能", 1.3), GridColumn("文化程度", 1.1),
    )  # fmt: skip
    rows = [
        (m.name, m.relation or _NONE, m.sex or _NONE, m.birth_date or _NONE,
         _NONE if not m.id_no else m.id_no if with_id else mask_id(m.id_no), m.health or _NONE,
         m.labor_skill or _NONE, m.education or _NONE)
        for m in detail.members
    ]  # fmt: skip
    return Grid(columns, rows, size=8.5, foot=("合计", f"{len(rows)} 人", "", "", "", "", "", ""))


def _records(records: HouseholdRecords) -> list[Block]:
    blocks: list[Block] = []
    for line in records.income:
        f = line.figures
        rows = [(word, _money(fen, why)) for word, fen, why in line.items]
        rows += [("家庭纯收入", _money(f.net_income)), ("人均纯收入", _money(f.per_capita))]
        blocks += [heading(f"收支：{line.period_word}"),
                   Grid((GridColumn("项目", 3), GridColumn("金额（元）", 1.5, "right")), rows, size=8.5)]  # fmt: skip
    if records.safeguards:
        columns = (GridColumn("期间", 1.2), *(GridColumn(word, 1, "centre") for _, word in SAFEGUARDS))
        rows_ = [(s.period, *(SAFE_WORDS[s.values.get(c)] for c, _ in SAFEGUARDS)) for s in records.safeguards]
        blocks += [heading("两不愁三保障和饮水安全"), Grid(columns, rows_, size=8.5)]
    if records.leads:
        lead_columns = (GridColumn("发现日期", 1.2, "centre"), GridColumn("风险", 1.6), GridColumn("渠道", 1.2),
                        GridColumn("情况", 2.6), GridColumn("核查意见", 1.4))  # fmt: skip
        blocks += [heading("风险线索"), Grid(lead_columns, [
            (x.found_date, x.risks, x.channel, x.story, x.verdict) for x in records.leads
        ], size=8.5)]  # fmt: skip
    if records.measures:
        measure_columns = (GridColumn("期间", 1.1), GridColumn("措施", 2.4), GridColumn("对象", 1),
                           GridColumn("金额（元）", 1.2, "right"), GridColumn("成效", 1.8))  # fmt: skip
        blocks += [heading("帮扶措施"), Grid(measure_columns, [
            (m.period, m.measure, m.for_whom, _money(m.amount_fen), m.effect) for m in records.measures
        ], size=8.5)]  # fmt: skip
    if records.visits:
        visit_columns = (GridColumn("日期", 1.2, "centre"), GridColumn("调查表", 2), GridColumn("方式", 0.8),
                         GridColumn("走访人", 1.4), GridColumn("结果和问题", 2.6))  # fmt: skip
        blocks += [heading("走访"), Grid(visit_columns, [
            (v.visited_at[:10], v.title, v.mode, v.visitors, "；".join(x for x in (v.result, v.issue) if x))
            for v in records.visits
        ], size=8.5)]  # fmt: skip
    return blocks


def _money(fen: Any, why: str = "") -> str:
    """An amount in 元; unknown ones say why."""
    return format_yuan(int(fen)) if fen is not None else f"（{why}）" if why else _NONE
