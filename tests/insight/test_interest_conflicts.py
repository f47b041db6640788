"""Hints at officials and their households as lessees: never more than a hint, and never without a reason."""

from __future__ import annotations

from pathlib import Path

from desktop.app.county.configuring import set_setting
from desktop.app.money.contracts import contract_detail, new_contract
from desktop.app.records.editing import new_record
from desktop.insight.interest_conflicts import interest_hints, party_hint
from tests.app.money.books import VILLAGE, party, register_at


def test_officials_and_those_who_live_with_them(tmp_path: Path) -> None:
    with register_at(tmp_path) as ws:
        home = new_record(ws, "household", {"head_name": "陈样例", "division_code": VILLAGE})
        other = new_record(ws, "household", {"head_name": "林样平", "division_code": VILLAGE})
        for name, household, category in (
            ("陈样例", home, "村干部"), ("陈样妹", home, None), ("林样平", other, None),
        ):  # fmt: skip
            new_record(ws, "person", {"name": name, "household_id": household, "category": category})
        lessees = {
            "kin": party(ws, "陈样妹", "person"), "home": party(ws, "陈样弟", "household", household_id=home),
            "self": party(ws, "陈样例", "person"), "none": party(ws, "林样平", "household", household_id=other),
            "firm": party(ws, "陈样例", "enterprise"),
        }  # fmt: skip
        with ws.register.reading() as sql:
            how = {key: getattr(party_hint(sql, who), "how", None) for key, who in lessees.items()}
        assert how == {
            "kin": "kin_name", "home": "same_household", "self": "same_name", "none": None, "firm": None,
        }  # fmt: skip
        lease = new_contract(ws, {"contract_no": "1", "mode": "lease", "operator_party_id": lessees["kin"]})
        new_contract(ws, {"contract_no": "2", "mode": "lease", "operator_party_id": lessees["none"]})
        detail = contract_detail(ws, lease, "2026-01-01")
        assert detail is not None and detail.hint == "经营方与镇村干部陈样例与其家庭成员同名，请核实是否回避"
        new_record(ws, "distribution", {"title": "方案", "lines": [
            ["risk_people", "household", home, "陈样例", None, 100, None],
            ["risk_people", "household", other, "林样平", None, 100, None],
        ]})  # fmt: skip
        with ws.register.reading() as sql:
            hints = interest_hints(sql)
        assert [(h.role, h.how) for h in hints] == [("lessee", "kin_name"), ("recipient", "same_household")]
        set_setting(ws, "interest.officials", ["林样平"])
        with ws.register.reading() as sql:
            assert sum(h.official == "林样平" for h in interest_hints(sql)) == 2
