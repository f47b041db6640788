"""Papers that cases end in: the certificate of a registration, the list of a handover, the form of a disposal, the
notice to put a finding right. Made from the records, logged; sums are those of their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from desktop.app.cases.disposals import disposal_sums
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.records.details import AssetDetail, asset_detail
from desktop.app.records.record_words import value_words
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import InputRefused, UsageError
from desktop.common.money import format_yuan
from desktop.insight.asset_ledger import built_words
from desktop.registry.case_papers import list_rows
from desktop.registry.codelists import word
from desktop.registry.disposal_procedure import DEDUCTION, DESTINATION, LEVELS
from desktop.registry.labels import label, record_word
from desktop.registry.registration_procedure import certificate_number
from desktop.reports.document import (
    Blank,
    Block,
    Document,
    Fact,
    Facts,
    Gap,
    Grid,
    GridColumn,
    Line,
    Signatures,
    Text,
    Together,
    heading,
    title,
)
from desktop.reports.document_layout import write_documents

_NONE = "—"


def certificate(ws: Workspace, registration_id: str) -> list[Document]:
    """权属证书: one page for each asset of a certified registration. InputRefused before it is certified."""
    row = _case(ws, "registration", registration_id)
    if row.get("state") != "certified":
        raise InputRefused("还没有发证，没有打印；发证步骤完成后才有证书号。")
    assets = [str(p["asset_id"]) for p in list_rows(row["assets"], ("asset_id",))]
    documents = []
    for place, asset in enumerate(assets, 1):
        detail = _asset(ws, asset)
        number = certificate_number(str(row["cert_no"]), place, len(assets))
        rights = [
            (word("rights", r.kind), h.name, h.level or _NONE, h.fraction, r.valid_from or _NONE, r.source_doc or _NONE)
            for r in detail.rights if not r.withdrawn and not r.valid_to for h in r.holders
        ]  # fmt: skip
        columns = (
            GridColumn("权利", 1.2, "centre"), GridColumn("权利人", 2.8), GridColumn("性质", 1.8),
            GridColumn("份额", 0.9, "centre"), GridColumn("起始日期", 1.2, "centre"), GridColumn("依据", 2.2),
        )  # fmt: skip
        blocks: list[Block] = [
            Gap(30), title("帮扶项目资产权属证书", 24), Text(f"证书号：{number}", 12, align="centre", after=22),
            Facts(_asset_facts(detail)), heading("权属"), Grid(columns, rights), Gap(14),
            Text(f"依据{row.get('doc_no') or _NONE}，经核实、公示无异议，准予登记，发给此证。", 12, indent=2, after=30),
            Together((
                Text(f"登记单位（盖章）：{ws.unit_name}", 12, align="right"),
                Text(_chinese_day(row.get("doc_date")), 12, align="right"),
            )),
        ]  # fmt: skip
        documents.append(_document(ws, f"权属证书 {number}", blocks, code=asset, caption=number))
    return documents


def handover_list(ws: Workspace, handover_id: str) -> list[Document]:
    """资产移交清单 with its three signatures; the sum is that of its rows."""
    row = _case(ws, "handover", handover_id)
    rows, total = [], 0
    for place, part in enumerate(list_rows(row["assets"], ("asset_id", "condition", "note")), 1):
        detail = _asset(ws, str(part["asset_id"]))
        value = detail.values.get("original_value_fen")
        total += int(value or 0)
        quantity = f"{detail.values.get('quantity') or ''}{detail.values.get('unit') or ''}"
        rows.append((
            str(place), str(detail.values.get("asset_no") or _NONE), detail.name, quantity or _NONE, detail.village,
            _NONE if value is None else format_yuan(int(value)), str(part.get("condition") or _NONE),
            str(part.get("note") or ""),
        ))  # fmt: skip
    columns = (
        GridColumn("序号", 0.5, "centre"), GridColumn("资产编号", 1.3), GridColumn("资产名称", 2.4),
        GridColumn("数量", 0.8), GridColumn("坐落村", 1.1), GridColumn("原始价值（元）", 1.3, "right"),
        GridColumn("状况", 1.0), GridColumn("备注", 1.0),
    )  # fmt: skip
    names = {c: _party(ws, row.get(c)) for c in ("from_party_id", "to_party_id")}
    text = (
        f"{names['from_party_id']}将下列资产移交{names['to_party_id']}管理使用，双方已到现场逐项核对，"
        f"自{_chinese_day(row.get('on_date'))}起由接收方负责管护。"
    )
    blocks: list[Block] = [
        title("资产移交清单"), Line(left=f"移交事项：{row.get('title') or _NONE}", right="单位：元", after=6),
        Text(text, 11, indent=2, after=8),
        Grid(columns, rows, foot=("", "合计", f"{len(rows)} 项", "", "", format_yuan(total), "", "")),
        Gap(6), Text(f"依据：{row.get('source_doc') or _NONE}　　管护责任人：{row.get('keeper') or _NONE}", 10.5),
        Signatures(("移交人（签字）", "接收人（签字）", "监交人（签字）")),
    ]  # fmt: skip
    return [_document(ws, f"资产移交清单 {row.get('title') or ''}".strip(), blocks)]


def disposal_form(ws: Workspace, disposal_id: str) -> list[Document]:
    """资产处置审批表: the asset, why, what it is worth, who approved, and where the proceeds went."""
    row = _case(ws, "disposal", disposal_id)
    detail = _asset(ws, str(row["asset_id"]))

    def said(column: str) -> str:
        return value_words("disposal", column, row.get(column)) if row.get(column) not in (None, "") else _NONE

    level = LEVELS.get(str(row.get("approval_level")), _NONE)
    blocks: list[Block] = [
        title("帮扶项目资产处置审批表"),
        Line(f"申请单位：{said('applicant')}", right=f"申请日期：{said('applied_date')}", after=6),
        Facts(_asset_facts(detail)), heading("处置"),
        Facts([
            [Fact("处置方式", said("kind")), Fact("处置原因", said("reason"))],
            [Fact("原因说明", said("reason_text"), 2)],
            [Fact("评估机构", said("appraiser")), Fact("评估价值", said("appraised_fen"))],
            [Fact("审批层级", level), Fact("批复文号", said("approval_doc_no"))],
            [Fact("受让人", said("buyer")), Fact("交易平台", said("trade_platform"))],
            [Fact("处置收入", said("proceeds_fen")), Fact("到账日期", said("proceeds_date"))],
            *_exchanged(ws, row),
        ]),
    ]  # fmt: skip
    if row.get("proceeds_fen") is not None:
        blocks += _proceeds(ws, disposal_id, row)
    blocks += [
        heading("审批意见"),
        Facts([[Fact(who, "\n\n签字（盖章）：　　　　　　　　　　年　　月　　日", 1)] for who in
               ("村民会议（成员大会）", "村集体经济组织", "镇人民政府", "县级主管部门")], parts=1, caption_width=110),
        Signatures(("经办人", "审核人", "负责人")),
    ]  # fmt: skip
    return [_document(ws, f"资产处置审批表 {detail.name}", blocks)]


def _exchanged(ws: Workspace, row: Mapping[str, Any]) -> list[list[Fact]]:
    """The other side of a swap or a free transfer: who, what came in, what was paid besides."""
    receiver, received = row.get("receiver_party_id"), row.get("received_asset_id")
    lines = [[Fact("接收方", _party(ws, receiver), 2)]] if receiver else []
    if received:
        asset = ws.register.row("asset", str(received)) or {}
        said = " ".join(str(p) for p in (asset.get("asset_no"), asset.get("name")) if p)
        paid = format_yuan(int(row.get("paid_fen") or 0))
        lines.append([Fact("换入资产", said or _NONE), Fact("补付差价", f"{paid} 元")])
    return lines


def _proceeds(ws: Workspace, disposal_id: str, row: Mapping[str, Any]) -> list[Block]:
    """The deductions and destinations; their sum is printed, and what of the proceeds has no destination yet."""
    sums = disposal_sums(ws, disposal_id)
    lines = [
        (f"扣除：{p.get('kind') or ''}", _NONE, format_yuan(int(p["amount_fen"] or 0)), str(p.get("note") or ""))
        for p in list_rows(row["deductions"], DEDUCTION)
    ]
    for part in list_rows(row["destinations"], DESTINATION):
        use = word("income_use", part.get("use")) if part.get("use") else _NONE
        amount = format_yuan(int(part["amount_fen"] or 0))
        lines.append((_party(ws, part.get("party_id")), use, amount, str(part.get("note") or "")))
    columns = (
        GridColumn("去向", 3), GridColumn("用途", 2), GridColumn("金额（元）", 1.5, "right"), GridColumn("说明", 2),
    )  # fmt: skip
    left = f"未安排 {format_yuan(sums.open_fen)}" if sums.open_fen else ""
    foot = ("合计", "", format_yuan(sums.deducted_fen + sums.placed_fen), left)
    return [heading("收入去向"), Grid(columns, lines, foot=foot)] if lines else []


def rectification_notice(ws: Workspace, finding_id: str) -> list[Document]:
    """整改通知书 of a finding: what, by whom, until when; with room for what was done and the re-check."""
    row = _case(ws, "finding", finding_id)
    asset = _asset(ws, str(row["asset_id"])).name if row.get("asset_id") else _NONE

    def said(column: str) -> str:
        return value_words("finding", column, row.get(column)) if row.get(column) not in (None, "") else _NONE

    responsible = row.get("responsible_unit") or row.get("responsible") or "＿＿＿＿＿＿"
    blocks: list[Block] = [
        title("整改通知书"), Text(f"{responsible}：", 12, after=4),
        Text(
            f"{_chinese_day(row.get('found_date'))}检查发现以下问题，请于{_chinese_day(row.get('due_date'))}前整改完毕，"
            "并报送整改佐证，逾期将予通报。", 12, indent=2, after=8,
        ),
        Facts([
            [Fact("资产", asset, 2)], [Fact("问题类型", said("kind")), Fact("严重程度", said("seriousness"))],
            [Fact("问题", said("what"), 2)], [Fact("整改要求", said("measure"), 2)],
            [Fact("责任人", said("responsible")), Fact("整改期限", said("due_date"))],
            [Fact("原定期限", said("first_due_date")), Fact("延期原因", said("put_off_reason"))],
        ]),
        heading("整改情况"), *([Text(said("done_text"), 10.5)] if row.get("done_text") else [Blank(4)]),
        heading("复查意见"), *([Text(said("recheck_result"), 10.5)] if row.get("recheck_result") else [Blank(3)]),
        Signatures(("整改责任人", "复查人", "销号人")),
        Gap(14), Text(ws.unit_name, 12, align="right"), Text(_chinese_day(today()), 12, align="right"),
    ]  # fmt: skip
    return [_document(ws, "整改通知书", blocks)]


MAKERS: dict[str, tuple[str, Callable[[Workspace, str], list[Document]], str]] = {
    "certificate": ("registration", certificate, "权属证书"),
    "handover": ("handover", handover_list, "资产移交清单"),
    "disposal": ("disposal", disposal_form, "资产处置审批表"),
    "rectification": ("finding", rectification_notice, "整改通知书"),
}
"""Kind of paper → table of its case, how it is made, its name."""


def case_pdf(ws: Workspace, kind: str, case_id: str) -> tuple[bytes, int]:
    """A case's paper in memory: the PDF and its pages. UsageError, InputRefused, GlyphMissing, NotAllowed."""
    ws.require("print")
    _, make, _ = MAKERS[kind]
    stream = BytesIO()
    pages = write_documents(make(ws, case_id), stream)
    return stream.getvalue(), pages


def print_case(ws: Workspace, kind: str, case_id: str, target: Path) -> int:
    """Write a case's paper into a PDF file; how many pages. Logged."""
    data, pages = case_pdf(ws, kind, case_id)
    with ws.register.storage_errors():
        write_atomically(target, data)
    log_plain_export(ws, f"print {kind}", MAKERS[kind][2], [kind], 1, file=target)
    return pages


def _case(ws: Workspace, table: str, row_id: str) -> Mapping[str, Any]:
    row = ws.register.row(table, row_id)
    if row is None or row.get("removed"):
        raise UsageError(f"没有这条{record_word(table)}，可能已被移除或撤回。")
    return row


def _asset(ws: Workspace, asset_id: str) -> AssetDetail:
    detail = asset_detail(ws, asset_id)
    if detail is None:
        raise UsageError("清单里有一项资产不在册中，没有打印。")
    return detail


def _asset_facts(detail: AssetDetail) -> Sequence[Sequence[Fact]]:
    values, words = detail.values, detail.words
    quantity = f"{values.get('quantity') or ''} {values.get('unit') or ''}".strip()
    value = values.get("original_value_fen")
    return [
        [Fact("资产名称", detail.name, strong=True), Fact("资产编号", str(values.get("asset_no") or _NONE))],
        [Fact("资产类别", " ".join(w for w in (words.get("category"), words.get("subcategory")) if w) or _NONE),
         Fact("规格型号", str(values.get("spec") or _NONE))],
        [Fact("数量", quantity or _NONE), Fact(label("asset", "built_date"), built_words(values) or _NONE)],
        [Fact("坐落", " ".join(dict.fromkeys(w for w in (detail.village, values.get("address")) if w)) or _NONE),
         Fact("原始价值（元）", _NONE if value is None else format_yuan(int(value)))],
    ]  # fmt: skip


def _party(ws: Workspace, party_id: object) -> str:
    row = ws.register.row("party", str(party_id)) if party_id else None
    return str((row or {}).get("name") or "＿＿＿＿＿＿")


def _chinese_day(iso: object) -> str:
    """2026-11-28 → 2026年11月28日; room to write when there is none."""
    if not iso:
        return "　　　　年　　月　　日"
    year, month, on = str(iso)[:10].split("-")
    return f"{year}年{int(month)}月{int(on)}日"


def _document(ws: Workspace, name: str, blocks: list[Block], *, code: str = "", caption: str = "") -> Document:
    now = datetime.now(UTC).astimezone()
    return Document(name, blocks, code=code, code_caption=caption, footmark=f"打印日期 {now:%Y-%m-%d}",
                    as_of=f"{now:%Y-%m-%d}", known_at=f"{now:%Y-%m-%d %H:%M}")  # fmt: skip
