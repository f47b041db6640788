"""What a notice says about its case: title, basis, body and tables, drawn from the register (DOMAIN §3.2).

Only what may hang on a board is taken: names, villages, amounts, holders. Identification numbers, telephones, accounts
and causes of poverty are never asked for. A person edits the words afterwards; the privacy check looks at all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.common.errors import UsageError
from desktop.common.money import format_yuan
from desktop.registry.codelists import word
from desktop.registry.distribution_checks import departed
from desktop.registry.notice_table import Cell, NoticeColumn, NoticeTable
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True)
class NoticeDraft:
    """A proposed notice."""

    title: str
    basis: str
    body: str
    tables: tuple[NoticeTable, ...]
    division_id: str | None
    division_code: str | None


def notice_draft(sql: Sql, subject_table: str, subject_id: str, *, year: int | None = None) -> NoticeDraft:
    """The draft for a case: a registration, distribution, disposal, or (with `year`) a division's yearly operation.

    UsageError when there is no such case, or notices of such records are not made by the program.
    """
    if subject_table == "registration":
        return _registration(sql, subject_id)
    if subject_table == "distribution":
        return _distribution(sql, subject_id)
    if subject_table == "disposal":
        return _disposal(sql, subject_id)
    if subject_table == "division" and year:
        return _year(sql, subject_id, year)
    raise UsageError("只能为确权登记、收益分配、处置和年度运营生成公示内容。", hint="其他事项请自己写正文。")


def _case(sql: Sql, table: str, row_id: str, columns: tuple[str, ...]) -> dict[str, Any]:
    row = sql.one(f"SELECT {','.join(columns)} FROM {table} WHERE id=? AND {LIVE}", (row_id,))
    if row is None:
        raise UsageError("没有这件事项，可能已被移除或撤回。")
    return dict(zip(columns, row, strict=True))


def _registration(sql: Sql, row_id: str) -> NoticeDraft:
    case = _case(sql, "registration", row_id, ("title", "basis", "division_id", "division_code", "decision_id"))
    ids = [a for (a,) in sql.rows(
        "SELECT asset_id FROM registration_asset WHERE registration_id=? ORDER BY position", (row_id,)
    )]  # fmt: skip
    owners, takers = holders(sql, ids, "ownership"), holders(sql, ids, "income")
    places = villages(sql)
    rows: list[tuple[Cell, ...]] = []
    for number, asset in enumerate(ids, 1):
        found = sql.one("SELECT name,division_code,original_value_fen FROM asset WHERE id=?", (asset,))
        name, code, value = found or ("", None, None)
        rows.append((number, name, places.get(code or "", ""), value, owners.get(asset), takers.get(asset)))
    table = NoticeTable(
        "拟确权登记资产",
        (NoticeColumn("序号"), NoticeColumn("资产名称"), NoticeColumn("坐落"), NoticeColumn("原始价值（元）", "yuan"),
         NoticeColumn("所有权人"), NoticeColumn("收益权人")),
        tuple((str(r[0]), *r[1:]) for r in rows),
    )  # fmt: skip
    place = places.get(case["division_code"] or "", "")
    total = table.total(3)
    value = f"，原始价值合计 {format_yuan(total)} 元" if total is not None else ""
    basis = str(case["basis"] or "") or _decision_words(sql, case["decision_id"])
    body = f"{_by(basis)}拟对{place} {len(ids)} 项帮扶项目资产确权登记{value}。现予公示。"
    return NoticeDraft(
        f"关于{place}帮扶项目资产确权登记的公示", basis, body, (table,), case["division_id"], case["division_code"]
    )


def _disposal(sql: Sql, row_id: str) -> NoticeDraft:
    case = _case(
        sql, "disposal", row_id,
        ("asset_id", "kind", "reason", "applicant", "approval_doc_no", "decision_id", "appraiser", "appraised_fen",
         "trade_platform"),
    )  # fmt: skip
    asset = sql.one(
        "SELECT name,division_id,division_code,original_value_fen,net_value_fen FROM asset WHERE id=?",
        (case["asset_id"],),
    )
    if asset is None:
        raise UsageError("处置没有写明资产，不能生成公示。")
    name, division, code, original, net = asset
    place = villages(sql).get(code or "", "")
    kind, reason = word("disposal_type", case["kind"]), word("disposal_reason", case["reason"])
    columns = [NoticeColumn("资产名称"), NoticeColumn("坐落"), NoticeColumn("原始价值（元）", "yuan"),
               NoticeColumn("净值（元）", "yuan")]  # fmt: skip
    cells: list[Cell] = [name, place, original, net]
    if case["appraised_fen"] is not None:
        columns.append(NoticeColumn("评估价值（元）", "yuan"))
        cells.append(case["appraised_fen"])
    owner = holders(sql, [case["asset_id"]], "ownership").get(case["asset_id"])
    columns += [NoticeColumn("所有权人"), NoticeColumn("处置方式")]
    cells += [owner, kind]
    basis = str(case["approval_doc_no"] or "") or _decision_words(sql, case["decision_id"])
    because = f"因{reason}，" if reason and case["reason"] != "other" else ""
    trade = f"拟在{case['trade_platform']}交易。" if case["trade_platform"] else ""
    body = f"{_by(basis)}{because}拟对{place}“{name}”办理{kind}。{trade}现予公示。"
    table = NoticeTable("拟处置资产", tuple(columns), (tuple(cells),), summed=False)
    return NoticeDraft(f"关于{place}“{name}”{kind}的公示", basis, body, (table,), division, code)


def _distribution(sql: Sql, row_id: str) -> NoticeDraft:
    case = _case(
        sql, "distribution", row_id,
        ("title", "year", "division_id", "division_code", "carried_over_fen", "kept_fen", "decision_id"),
    )  # fmt: skip
    place = villages(sql).get(case["division_code"] or "", "")
    received = int(sql.scalar(
        "SELECT COALESCE(SUM(amount_fen),0) FROM distribution_receipt WHERE distribution_id=?", (row_id,)
    ) or 0)  # fmt: skip
    uses: list[tuple[Cell, ...]] = [
        (word("income_use", use), int(amount or 0))
        for use, amount in sql.rows(
            "SELECT use,amount_fen FROM distribution_use WHERE distribution_id=? ORDER BY position", (row_id,)
        )
    ]
    uses.append(("结余，转下次", int(case["kept_fen"] or 0)))
    lines = sql.rows(
        "SELECT use,recipient_kind,recipient_id,name,amount_fen FROM distribution_line WHERE distribution_id=? "
        "ORDER BY position",
        (row_id,),
    )
    tables = [NoticeTable("收益和用途", (NoticeColumn("用途"), NoticeColumn("金额（元）", "yuan")), tuple(uses))]
    if lines:
        rows = tuple((str(n), *_recipient(sql, line), line[4]) for n, line in enumerate(lines, 1))
        tables.append(NoticeTable(
            "分配名单",
            (NoticeColumn("序号"), NoticeColumn("户主（名称）"), NoticeColumn("村组"),
             NoticeColumn("人数", "count"), NoticeColumn("金额（元）", "yuan")),
            rows,
        ))  # fmt: skip
    carried = int(case["carried_over_fen"] or 0)
    sources = f"本期收益 {format_yuan(received)} 元" + (f"，上期结余 {format_yuan(carried)} 元" if carried else "")
    basis = _decision_words(sql, case["decision_id"])
    year = f" {case['year']} 年度" if case["year"] else ""
    body = (
        f"{_by(basis)}现将{place}{year}帮扶项目资产收益分配方案予以公示。"
        f"可分配收益 {format_yuan(received + carried)} 元（{sources}），"
        f"安排 {format_yuan(received + carried - int(case['kept_fen'] or 0))} 元，"
        f"结余 {format_yuan(int(case['kept_fen'] or 0))} 元。"
    )
    return NoticeDraft(
        f"关于{place}{year}帮扶项目资产收益分配的公示", basis, body, tuple(tables), case["division_id"],
        case["division_code"],
    )  # fmt: skip


def _recipient(sql: Sql, line: Any) -> tuple[Cell, Cell, Cell]:
    """Name, group and number of people of a recipient; nothing else of him hangs on a board."""
    _, kind, row_id, name, _ = line
    if kind == "household":
        found = sql.one("SELECT head_name,group_name,stated_size FROM household WHERE id=?", (row_id,))
        if found:
            members = sql.column(
                "SELECT change_kind FROM person WHERE household_id=? AND removed=0 AND canonical_id IS NULL", (row_id,)
            )
            living = sum(1 for change in members if not departed(change))
            return name or found[0], found[1] or "", living or found[2]
    if kind == "person":
        found = sql.one(
            "SELECT p.name,h.group_name FROM person p LEFT JOIN household h ON h.id=p.household_id WHERE p.id=?",
            (row_id,),
        )
        if found:
            return name or found[0], found[1] or "", 1
    if kind == "party" and not name:
        name = sql.scalar("SELECT name FROM party WHERE id=?", (row_id,))
    return name or "", "", None


def _year(sql: Sql, division: str, year: int) -> NoticeDraft:
    place_row = sql.one("SELECT COALESCE(short_name,name),code FROM division WHERE id=?", (division,))
    if place_row is None:
        raise UsageError("没有这个村镇，不能生成公告。")
    place, code = str(place_row[0] or ""), str(place_row[1])
    received = {
        asset: int(total)
        for asset, total in sql.rows(
            "SELECT asset_id,SUM(amount_fen) FROM receipt WHERE income_year=? AND asset_id IS NOT NULL "
            f"AND kind IN ('rent','dividend','penalty','other') AND {LIVE} GROUP BY asset_id",
            (year,),
        )
    }
    assets = sql.rows(
        "SELECT id,name,operation_mode,original_value_fen,actual_income_fen,status FROM asset "
        f"WHERE division_code LIKE ? AND category='operating' AND {LIVE} "
        "AND COALESCE(status,'')<>'disposed' ORDER BY division_code,asset_no,id",
        (code + "%",),
    )
    operators = holders(sql, [a[0] for a in assets], "operation")
    rows: list[tuple[Cell, ...]] = [
        (
            str(n), name, word("operation_mode", mode), operators.get(asset), value,
            received.get(asset, income), word("asset_status", status),
        )
        for n, (asset, name, mode, value, income, status) in enumerate(assets, 1)
    ]  # fmt: skip
    table = NoticeTable(
        "经营性资产运营情况",
        (NoticeColumn("序号"), NoticeColumn("资产名称"), NoticeColumn("运营方式"), NoticeColumn("经营主体"),
         NoticeColumn("原始价值（元）", "yuan"), NoticeColumn("本年收益（元）", "yuan"), NoticeColumn("资产状态")),
        tuple(rows),
    )  # fmt: skip
    total = table.total(5)
    said = f"，本年收益合计 {format_yuan(total)} 元" if total is not None else ""
    body = f"现将{place} {year} 年度帮扶项目资产运营情况公告如下：经营性资产 {len(rows)} 项{said}。"
    return NoticeDraft(f"{place} {year} 年度帮扶项目资产运营情况公告", "", body, (table,), division, code)


def holders(sql: Sql, assets: list[str], kind: str, on: str | None = None) -> dict[str, str]:
    """Who holds a right on each asset, with fractions when there are several: 甲社 2/3、乙社 1/3.

    With `on` (ISO) on that day, else in the right that is open.
    """
    found: dict[str, list[str]] = {}
    condition, params = ("(r.valid_to IS NULL)", ()) if on is None else (
        "(COALESCE(r.valid_from,'')<=? AND (r.valid_to IS NULL OR ?<r.valid_to))", (on, on)
    )  # fmt: skip
    for asset, name, numerator, denominator in sql.in_chunks(
        'SELECT r.asset_id,p.name,s.numerator,s.denominator FROM "right" r JOIN right_share s ON s.right_id=r.id '
        "LEFT JOIN party p ON p.id=s.party_id WHERE r.removed=0 AND r.canonical_id IS NULL "
        f"AND COALESCE(r.withdrawn,0)=0 AND r.kind=? AND {condition} AND r.asset_id IN (*) "
        "ORDER BY r.asset_id,r.id,s.position",
        assets, before=(kind, *params),
    ):  # fmt: skip
        share = "" if numerator == denominator else f" {numerator}/{denominator}"
        found.setdefault(asset, []).append(f"{name or ''}{share}")
    return {asset: "、".join(names) for asset, names in found.items()}


def villages(sql: Sql) -> dict[str, str]:
    """Names of the register's divisions by code."""
    return {
        str(code): str(name or "")
        for code, name in sql.rows("SELECT code,COALESCE(short_name,name) FROM division WHERE removed=0 ORDER BY as_of")
    }


def _decision_words(sql: Sql, decision: str | None) -> str:
    """村民代表会议 2026-11-23 决议（同意 27 人，应到 30 人）."""
    if not decision:
        return ""
    found = sql.one(
        f"SELECT title,resolved_date,agreed,attended,should_attend FROM decision WHERE id=? AND {LIVE}", (decision,)
    )
    if found is None:
        return ""
    title, day, agreed, attended, should = found
    counts = [
        f"{what} {number} 人"
        for what, number in (("应到", should), ("实到", attended), ("同意", agreed))
        if number is not None
    ]
    when = f"{_chinese_day(day)}" if day else ""
    return f"{when}会议决议“{title or ''}”" + (f"（{'，'.join(counts)}）" if counts else "")


def _by(basis: str) -> str:
    space = " " if basis[:1].isdigit() else ""  # figures stand apart from characters, as in the rest of the text
    return f"根据{space}{basis}，" if basis else ""


def _chinese_day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{int(year)} 年 {int(month)} 月 {int(day)} 日"


def result_words(notice: Mapping[str, Any], objections: int, upheld: int) -> str:
    """What an announcement of a notice's result says of the objections."""
    period = ""
    if notice.get("start_date") and notice.get("end_date"):
        period = f"{_chinese_day(str(notice['start_date']))}至 {_chinese_day(str(notice['end_date']))}，"
    if not objections:
        return f"{period}公示期内没有收到异议。"
    return f"{period}公示期内收到异议 {objections} 条，均已处理，其中成立 {upheld} 条。"
