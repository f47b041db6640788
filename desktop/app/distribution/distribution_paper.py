"""Papers of a distribution, as PDF or as a workbook: plan, sign-off sheet, result, the year by use; each is logged."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from desktop.app.distribution.distribution_view import PlanView, plan_view
from desktop.app.distribution.paying import PaymentLine, payments_of
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.lists import place_names
from desktop.insight.recipients import criteria_words
from desktop.registry.codelists import word
from desktop.registry.distribution_plan import use_order
from desktop.registry.distribution_steps import BOOKED, DISTRIBUTION
from desktop.reports.distribution_tables import (
    LineRow,
    PaperHead,
    SourceRow,
    UseRow,
    YearRow,
    plan_tables,
    result_tables,
    sign_off_table,
    year_table,
)
from desktop.reports.streamed_pdf import Origin
from desktop.reports.table_layout import PrintedTable, write_tables
from desktop.reports.table_model import A4_LANDSCAPE, A4_PORTRAIT, Paper, Table
from desktop.reports.table_workbook import write_workbook
from desktop.store.database import Sql

PaperKind = Literal["distribution", "sign-off", "distribution-result", "distribution-year"]
PAPER_WORDS: dict[str, str] = {
    "distribution": "收益分配方案和明细表", "sign-off": "签领表", "distribution-result": "分配结果公告",
    "distribution-year": "年度汇总表",
}  # fmt: skip
LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True)
class Paperwork:
    """Tables ready to be printed or saved."""

    kind: str
    title: str
    tables: Sequence[tuple[str, Table]]
    paper: Paper


@dataclass(frozen=True)
class PaperSummary:
    """What was written: pages (0 for a workbook), rows, and the sum of the last table in 分."""

    pages: int
    rows: int
    total_fen: int


def prepare(ws: Workspace, kind: str, subject: str, *, division: str = "") -> Paperwork:
    """Draw the tables: `subject` is a plan, for `distribution-year` a year. Raises UsageError, InputRefused."""
    ws.require("print")
    if kind == "distribution-year":
        return _year(ws, subject, division)
    view = plan_view(ws, subject)
    head = _head(ws, view)
    title = str(view.row.get("title") or "")
    if kind == "distribution":
        uses = [UseRow(u.word, u.note, u.lines, u.amount_fen) for u in view.balance.uses]
        tables = plan_tables(head, _sources(view), uses, view.balance.kept_fen, _lines(view))
        return Paperwork(kind, title, tables, A4_LANDSCAPE)
    if kind == "sign-off":
        rows = _sign_off_rows(ws, view)
        if not rows:
            raise InputRefused("没有待发或已发到户（人）的，没有签领表可打印。")
        return Paperwork(kind, title, [("签领表", sign_off_table(head, rows))], A4_PORTRAIT)
    if kind == "distribution-result":
        return Paperwork(kind, title, _result(ws, view, head), A4_PORTRAIT)
    raise UsageError(f"没有这种表：{kind}。")


def print_paper(ws: Workspace, work: Paperwork, target: Path) -> PaperSummary:
    """Write the paper to `target`: a workbook when its name ends in .xlsx, else a PDF; logged. StorageFailed."""
    if target.suffix.lower() == ".xlsx":
        stream = io.BytesIO()
        write_workbook(work.tables, stream, landscape=work.paper is A4_LANDSCAPE)
        summary = _counted(work)
        data = stream.getvalue()
    else:
        data, summary = preview(work)
    with ws.register.storage_errors():
        write_atomically(target, data)
    columns = [c.title for _, table in work.tables for c in table.columns]
    log_plain_export(ws, f"print {work.kind}", work.title, columns, summary.rows, file=target)
    return summary


def preview(work: Paperwork) -> tuple[bytes, PaperSummary]:
    """The PDF in memory."""
    stream = io.BytesIO()
    origin = Origin(work.title, datetime.now(UTC), "", "", "")
    printed: list[PrintedTable] = write_tables([table for _, table in work.tables], work.paper, origin, stream)
    last = printed[-1]
    return stream.getvalue(), PaperSummary(
        sum(p.pages for p in printed), sum(p.rows for p in printed), int(last.sums.get("fen") or 0)
    )


def _counted(work: Paperwork) -> PaperSummary:
    rows = [list(table.rows) for _, table in work.tables]
    table = work.tables[-1][1]
    at = next((i for i, c in enumerate(table.columns) if c.key == "fen"), None)
    total = 0 if at is None else sum(int(r.cells[at] or 0) for r in rows[-1])
    return PaperSummary(0, sum(map(len, rows)), total)


def _head(ws: Workspace, view: PlanView) -> PaperHead:
    local = datetime.now().astimezone()
    state = DISTRIBUTION.states.get(view.state, view.state)
    said = [
        f"{word('income_use', use)}：{criteria_words(entry['where'])}"
        for use, entry in view.criteria.items()
        if isinstance(entry, dict) and entry.get("where") and view.lines_of(use)
    ]
    snapshot = f"名单日期 {view.row['snapshot_date']}　" if view.row.get("snapshot_date") else ""
    return PaperHead(
        view.village, view.row.get("year"), str(view.row.get("title") or ""), ws.unit_name,
        f"{local.year}年{local.month}月{local.day}日", f"{snapshot}办理状态：{state}　打印 {local:%Y-%m-%d %H:%M}",
        "；".join(said),
    )  # fmt: skip


def _sources(view: PlanView) -> list[SourceRow]:
    rows = [SourceRow(c.title, f"{c.on_date} {c.kind}".strip(), c.taken_fen) for c in view.receipts]
    if view.balance.carried_over_fen:
        rows.append(SourceRow("上期结余", "", view.balance.carried_over_fen))
    return rows


def _lines(view: PlanView) -> list[LineRow]:
    return [
        LineRow(
            word("income_use", line.use), line.recipient.village, line.recipient.group, line.recipient.name,
            line.recipient.people or None, line.weight if _weighted(view, line.use) else "", line.basis,
            line.amount_fen,
        )
        for line in view.lines
    ]  # fmt: skip


def _weighted(view: PlanView, use: str) -> bool:
    entry = view.criteria.get(use)
    return isinstance(entry, dict) and entry.get("method") == "weight"


def _sign_off_rows(ws: Workspace, view: PlanView) -> list[LineRow]:
    """Payments that are or will be handed over; before there are any, what the plan will hand over."""
    basis = {line.recipient.id: line.basis for line in view.lines}
    made = payments_of(ws, view.id)
    payments = [p for p in made if p.kind != "use" and p.state in ("waiting", "paid")]
    if made:
        return [
            LineRow(
                "", p.village, p.group, p.name, p.people or None, "", basis.get(p.recipient_id, ""), p.amount_fen,
                payee=p.payee, paid_date=p.paid_date, note="补发" if p.repays else "",
            )
            for p in payments
        ]  # fmt: skip
    sums: dict[str, LineRow] = {}
    for line in view.lines:
        r = line.recipient
        before = sums[r.id].amount_fen if r.id in sums else 0
        sums[r.id] = LineRow("", r.village, r.group, r.name, r.people or None, "", line.basis, before + line.amount_fen)
    return list(sums.values())


def _result(ws: Workspace, view: PlanView, head: PaperHead) -> list[tuple[str, Table]]:
    payments = payments_of(ws, view.id)
    if not payments:
        raise InputRefused("方案还没有发放，没有结果可公告。", hint="先办到“发放”一步。")
    got: dict[str, PaymentLine] = {}
    for payment in payments:
        if payment.recipient_id not in got or payment.state == "paid":
            got[payment.recipient_id] = payment
    paid: dict[str, int] = {}
    lines = []
    for line in view.lines:
        made = got.get(line.recipient.id)
        day = made.paid_date if made is not None and made.state == "paid" else ""
        paid[line.use] = paid.get(line.use, 0) + (line.amount_fen if day else 0)
        lines.append(LineRow(
            word("income_use", line.use), line.recipient.village, line.recipient.group, line.recipient.name,
            line.recipient.people or None, "", line.basis, line.amount_fen,
            state=word("payment_state", made.state) if made is not None else "", paid_date=day,
        ))  # fmt: skip
    uses = []
    for use in view.balance.uses:
        whole = got.get(use.use)
        done_fen = use.amount_fen if not use.lines and whole and whole.state == "paid" else paid.get(use.use, 0)
        uses.append(UseRow(use.word, use.note, use.lines, use.amount_fen, done_fen))
    return result_tables(head, uses, view.balance.kept_fen, lines)


def year_rows(sql: Sql, year: int, division: str) -> tuple[list[YearRow], dict[str, str]]:
    """The confirmed plans of a year in a division, and the uses that occur in them (code → word) in their order."""
    marks = ",".join("?" * len(BOOKED))
    plans = sql.rows(
        "SELECT d.id,d.title,d.division_code,d.carried_over_fen,d.kept_fen,d.state FROM distribution d "
        "WHERE d.removed=0 AND d.canonical_id IS NULL AND d.year=? AND COALESCE(d.division_code,'') LIKE ? "
        f"AND d.state IN ({marks}) AND d.reversal_of IS NULL ORDER BY COALESCE(d.division_code,''),d.id",
        (year, division + "%", *BOOKED),
    )
    ids = [p[0] for p in plans]
    received = dict(
        sql.in_chunks(
            "SELECT distribution_id,SUM(amount_fen) FROM distribution_receipt WHERE distribution_id IN (*) "
            "GROUP BY distribution_id",
            ids,
        )
    )
    uses: dict[str, dict[str, int]] = {}
    for plan, use, fen in sql.in_chunks(
        "SELECT distribution_id,use,SUM(amount_fen) FROM distribution_use WHERE distribution_id IN (*) "
        "GROUP BY distribution_id,use",
        ids,
    ):
        uses.setdefault(plan, {})[use] = int(fen or 0)
    occurring = {code: word("income_use", code) for code in use_order(sql) if any(code in u for u in uses.values())}
    names = place_names(sql)
    rows = [
        YearRow(
            names.get(code or "", code or ""), title or "", int(received.get(i, 0) or 0), int(carried or 0),
            uses.get(i, {}), int(kept or 0), DISTRIBUTION.states.get(state, ""), code or "",
        )
        for i, title, code, carried, kept, state in plans
    ]  # fmt: skip
    return rows, occurring


def _year(ws: Workspace, year: str, division: str) -> Paperwork:
    if not (year.isdecimal() and len(year) == 4):
        raise UsageError(f"“{year}”不是年度，应写作 2026。")
    with ws.register.reading() as sql:
        rows, occurring = year_rows(sql, int(year), division)
        place = sql.scalar(
            f"SELECT COALESCE(short_name,name) FROM division WHERE code=? AND {LIVE}", (division or ws.division_code,)
        )
    if not rows:
        raise InputRefused(f"{year} 年没有已确认的分配方案，没有生成文件。")
    local = datetime.now().astimezone()
    head = PaperHead(
        str(place or ""), int(year), "", ws.unit_name, f"{local.year}年{local.month}月{local.day}日",
        f"打印 {local:%Y-%m-%d %H:%M}",
    )  # fmt: skip
    return Paperwork("distribution-year", f"{year} 年", [("年度汇总", year_table(head, rows, occurring))], A4_LANDSCAPE)
