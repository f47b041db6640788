"""What is computed once and kept says the same as computing it anew, after every change; lists sort both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from desktop.app.assets.asset_overview import overview
from desktop.app.money.money_books import total_ledger
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.insight import case_lists, decision_lists, distribution_list, lists
from desktop.insight.contract_lists import ORDERS as CONTRACT_ORDERS
from desktop.insight.contract_lists import ContractBook
from desktop.insight.lists import ListQuery
from desktop.insight.project_funds import project_lines
from desktop.insight.project_lists import ORDERS as PROJECT_ORDERS
from desktop.insight.project_lists import ProjectBook
from desktop.insight.value_ledger import CUTS, AssetBook, book, ledger
from desktop.store.database import Sql

DAY = "2026-06-30"


def kept_equals_fresh(ws: Workspace) -> int:
    """Compare what is kept with what is computed now, every cut, whole and by division; the original value, 分."""
    with ws.register.reading() as sql:
        for by in CUTS:
            for division in ("", "360299101201"):
                assert total_ledger(ws, by, DAY, division) == ledger(sql, by, DAY, division)
        some = AssetBook.of(ws.register).entries(sql, DAY, category="public")
        assert some == book(sql, DAY, category="public") and some
        assert ProjectBook.of(ws.register).lines(sql) == project_lines(sql)
        return ledger(sql, "category", DAY).total.original_fen


def test_kept_assets_and_projects_follow_every_change(demo: Workspace) -> None:
    before = kept_equals_fresh(demo)
    assert overview(demo).ledger.total.count
    with demo.register.reading() as sql:
        asset = sql.scalar("SELECT id FROM asset WHERE original_value_fen>0 ORDER BY id LIMIT 1")
        fen = sql.scalar("SELECT original_value_fen FROM asset WHERE id=?", (asset,))
    save_record(demo, open_record(demo, "asset", asset), {"original_value_fen": fen + 101})
    assert kept_equals_fresh(demo) == before + 101
    made = save_record(demo, open_record(demo, "asset", asset), {"original_value_fen": fen + 7})
    assert kept_equals_fresh(demo) == before + 7
    take_back_unit(demo, made.unit_id)
    assert kept_equals_fresh(demo) == before + 101
    project = new_record(demo, "project", {"name": "样例项目", "year": 2025})
    save_record(demo, open_record(demo, "asset", asset), {"project_id": project})
    assert kept_equals_fresh(demo) == before + 101
    with demo.register.reading() as sql:
        line = ProjectBook.of(demo.register).line(sql, project)
    assert line is not None and line.assets == 1


def test_the_cuts_read_what_they_need_whatever_was_read_before(demo: Workspace) -> None:
    kept = AssetBook()
    with demo.register.reading() as sql:
        for cuts in (("category",), ("category", "level"), ("source",), CUTS):
            assert kept.entries(sql, DAY, cuts=cuts)
        assert kept.entries(sql, DAY) == book(sql, DAY)


def test_every_column_of_every_list_sorts_both_ways(demo: Workspace) -> None:
    contracts, projects = ContractBook.of(demo.register), ProjectBook.of(demo.register)
    asked: list[tuple[Callable[[Sql, ListQuery], Sequence[str]], Sequence[str] | dict[str, Any]]] = [
        (lists.household_ids, lists.HOUSEHOLD_ORDER), (lists.asset_ids, lists.ASSET_ORDER),
        (case_lists.disposal_ids, case_lists._DISPOSAL_ORDER), (case_lists.notice_ids, case_lists._NOTICE_ORDER),
        (lambda sql, query: case_lists.finding_ids(sql, query, DAY), case_lists._FINDING_ORDER),
        (decision_lists.decision_ids, decision_lists.ORDERS), (distribution_list.distribution_ids,
                                                               distribution_list.ORDER),
        (contracts.ids, CONTRACT_ORDERS), (projects.ids, PROJECT_ORDERS),
    ]  # fmt: skip
    with demo.register.reading() as sql:
        for ids, orders in asked:
            for key in orders:
                up, down = ids(sql, ListQuery(sort=key)), ids(sql, ListQuery(sort=key, descending=True))
                assert sorted(up) == sorted(down)
                if key and len(set(up)) > 1 and orders not in (CONTRACT_ORDERS, PROJECT_ORDERS, decision_lists.ORDERS):
                    assert list(reversed(up)) == down


def test_households_are_found_the_same_whatever_was_asked_before(demo: Workspace) -> None:
    kept = lists.HouseholdList.of(demo.register)
    with demo.register.reading() as sql:
        name, initials, phone = sql.one(
            "SELECT head_name,head_name_initials,phone FROM household WHERE phone IS NOT NULL ORDER BY id LIMIT 1"
        )
        number = sql.scalar("SELECT id_no FROM person WHERE id_no IS NOT NULL ORDER BY id LIMIT 1")
        village = "蓢头"
    typed = [text[:end] for text in (name, initials, phone, number[-6:], village) for end in range(1, len(text) + 1)]
    typed += ["", initials, f"{initials[0]}1", name[0], number, ""]
    queries = [ListQuery(text=t) for t in typed]
    queries += [ListQuery(sort=k, descending=d) for k in lists.HOUSEHOLD_ORDER for d in (True, False, True)]
    queries += [ListQuery(text=name[0], division="360299101201"), ListQuery(equal={"household_type": "general"})]
    for _again in range(2):
        with demo.register.reading() as sql:
            for query in queries:
                assert kept.ids(sql, query) == lists.household_ids(sql, query), query
        new_record(demo, "household", {"head_name": name, "division_code": "360299101201"})
