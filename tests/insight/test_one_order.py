"""One order on both stores: what is empty stands in one place, whichever engine a register lies on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.app.money.contracts import contract_detail
from desktop.app.workspace import Workspace, create_workspace
from desktop.insight import case_lists, household_records
from desktop.insight.distribution_list import distribution_ids, distributions_of_asset, receipts_of_asset
from desktop.insight.lists import ListQuery, asset_ids, household_ids
from desktop.store.database import _for_postgres, order_terms
from desktop.store.key_slot import FAST_FOR_TESTS

VILLAGE = "440705104201"


def number(table: int, n: int) -> str:
    return f"{table:02x}{n:030x}"


def filled(place: str | Path) -> Workspace:
    """Three of each record, the middle one empty where it can be, under the same ids on every store."""
    ws, _ = create_workspace(
        place, unit_name="双水镇人民政府", level="town", division_code="440705104", user="镇样例",
        passphrase="correct horse battery staple", profile=FAST_FOR_TESTS,
    )  # fmt: skip
    home, asset, contract = number(1, 9), number(2, 9), number(3, 9)
    with ws.write("三样", right="admin") as scope:
        scope.insert("household", {"head_name": "样", "division_code": VILLAGE}, home)
        scope.insert("asset", {"name": "铺", "division_code": VILLAGE}, asset)
        scope.insert("contract", {"contract_no": "1", "assets": [[asset]]}, contract)
        for n, day, year, fen in ((1, "2024-01-01", 2024, 5), (2, None, None, None), (3, "2025-01-01", 2025, 7)):
            scope.insert("household", {"head_name": None if n == 2 else f"样{n}", "division_code": VILLAGE,
                                       "per_capita_income_fen": fen}, number(1, n))  # fmt: skip
            scope.insert("asset", {"name": f"铺{n}", "division_code": VILLAGE, "original_value_fen": fen,
                                   "keeper": day and f"守{n}"}, number(2, n))  # fmt: skip
            scope.insert("disposal", {"asset_id": number(2, n), "applied_date": day, "appraised_fen": fen,
                                      "kind": day and "scrap"}, number(4, n))  # fmt: skip
            scope.insert("finding", {"asset_id": asset, "due_date": day, "found_date": day,
                                     "responsible": day and "样"}, number(5, n))  # fmt: skip
            scope.insert("notice", {"title": day and f"公示{n}", "start_date": day, "end_date": day}, number(6, n))
            scope.insert("receipt", {"contract_id": contract, "asset_id": asset, "on_date": day, "amount_fen": fen},
                         number(7, n))  # fmt: skip
            scope.insert("distribution", {"title": day and f"方案{n}", "year": year, "receipts": [[number(7, n), fen]]},
                         number(8, n))  # fmt: skip
            scope.insert("measure", {"household_id": home, "period": "2026", "start_date": day}, number(9, n))
            scope.insert("visit", {"household_id": home, "visited_at": day}, number(10, n))
            scope.insert("lead", {"household_id": home, "found_date": day}, number(11, n))
    return ws


def orders(ws: Workspace) -> Iterator[tuple[str, list[str]]]:
    """Every list under every column it sorts by, both ways: its name and the ids."""
    lists = {
        "household": (household_ids, ("head_name", "per_capita_income", "helper_name")),
        "asset": (asset_ids, ("name", "original_value", "keeper", "contract_end")),
        "disposal": (case_lists.disposal_ids, ("applied", "value", "proceeds", "kind", "state")),
        "finding": (lambda sql, q: case_lists.finding_ids(sql, q, "2025-06-01"), ("due", "found", "responsible")),
        "notice": (case_lists.notice_ids, ("title", "start", "end", "kind")),
        "distribution": (distribution_ids, ("year", "title", "state")),
    }
    home, asset, contract = number(1, 9), number(2, 9), number(3, 9)
    with ws.register.reading() as sql:
        for name, (ids, columns) in lists.items():
            for column in ("", *columns):
                for down in (False, True):
                    yield f"{name} {column} {down}", ids(sql, ListQuery(sort=column, descending=down))
        yield "receipts", [r[0] for r in receipts_of_asset(sql, asset)]
        yield "plans", [r[0] for r in distributions_of_asset(sql, asset)]
        yield "measures", [x.id for x in household_records.measure_lines(sql, home)]
        yield "visits", [x.id for x in household_records.visit_lines(sql, home)]
        yield "leads", [x.id for x in household_records.lead_lines(sql, home)]
    detail = contract_detail(ws, contract, "2025-06-01")
    yield "of the contract", [r.id for r in detail.receipts]


def test_lists_are_in_one_order_in_a_folder_and_on_a_server(tmp_path: Path, postgres_database: str) -> None:
    with filled(tmp_path / "册") as folder, filled(postgres_database) as server:
        here, there = dict(orders(folder)), dict(orders(server))
    assert here == there
    assert here["receipts"] == [number(7, n) for n in (3, 1, 2)], "the latest first, without a day last"
    assert here["notice start False"][0] == number(6, 2) and here["disposal value True"] == [
        number(4, n) for n in (3, 1, 2)
    ]


@pytest.mark.parametrize(
    ("statement", "there"),
    [
        ("SELECT a FROM t ORDER BY d.year DESC,d.id LIMIT ?",
         "SELECT a FROM t ORDER BY d.year DESC NULLS LAST,d.id LIMIT %s"),
        ("SELECT x FROM (SELECT y FROM z ORDER BY COALESCE(a,'x, (y') DESC,b LIMIT 1) q ORDER BY 1, id DESC",
         "SELECT x FROM (SELECT y FROM z ORDER BY COALESCE(a,'x, (y') DESC NULLS LAST,b NULLS FIRST LIMIT 1) q "
         "ORDER BY 1 NULLS FIRST, id DESC"),
        ("SELECT COUNT(*) OVER (PARTITION BY a ORDER BY b) FROM t ORDER BY name NULLS LAST",
         "SELECT COUNT(*) OVER (PARTITION BY a ORDER BY b NULLS FIRST) FROM t ORDER BY name NULLS LAST"),
    ],
)  # fmt: skip
def test_an_order_says_on_a_server_what_a_folder_does(statement: str, there: str) -> None:
    assert _for_postgres(statement) == there


def test_terms_are_not_cut_inside_brackets() -> None:
    assert order_terms("COALESCE(a.b,c.d),e.id") == ["COALESCE(a.b,c.d)", "e.id"]
