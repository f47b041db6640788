"""Cases on a county's PostgreSQL register: every list, page and check answers there as it does in a folder."""

from __future__ import annotations

from desktop.app.assets.ownership import affected_distributions
from desktop.app.assets.right_questions import committee_questions, keeper_history
from desktop.app.cases import inspections
from desktop.app.cases.cases import case_detail, cases_about, decision_choices, plan_choices
from desktop.app.cases.disposals import disposal_sums, disposals_of
from desktop.app.cases.notice_printing import preview_notice
from desktop.app.cases.notices import make_notice, notice_doubts, objections_of
from desktop.app.demo.register import make_demo
from desktop.app.records.details import rights_of
from desktop.insight.case_lists import (
    disposal_ids,
    disposal_rows,
    finding_ids,
    finding_rows,
    notice_ids,
    notice_rows,
    stage_counts,
    waiting_cases,
)
from desktop.insight.lists import ListQuery
from desktop.registry.invariants import invariant_problems

DAY = "2099-01-01"


def test_every_question_about_cases_is_answered_on_a_server(postgres_database: str) -> None:
    with make_demo(postgres_database, households=24, seed=1) as ws:
        with ws.register.reading() as sql:
            assert invariant_problems(sql) == []
            everything = ListQuery(text="", division="360299", equal={"stage": "open"})
            findings = finding_ids(sql, everything, DAY)
            assert len(finding_rows(sql, findings, DAY)) == len(findings) == 3
            assert finding_ids(sql, ListQuery(text="闲置", equal={"late": "1"}, sort="due", descending=True), DAY)
            notices, disposals = notice_ids(sql, everything), disposal_ids(sql, everything)
            assert notice_rows(sql, notices, DAY)[0].open_objections == 1
            assert disposal_rows(sql, disposals)[0].kind == "报废"
            assert stage_counts(sql, "disposal") == {"all": 1, "open": 1, "closed": 0}
            assert waiting_cases(sql, DAY) == {"inspection": 2, "notice": 1}
            asset = sql.scalar("SELECT asset_id FROM disposal")
            case = sql.scalar("SELECT id FROM registration")
        (plan,) = plan_choices(ws)
        assert sum(line.done for line in inspections.progress_of(ws, plan[1], DAY)) == 2
        assert inspections.waiting_assets(ws, plan[1], DAY)[0].late
        assert inspections.overdue_units(ws, DAY)[0].overdue >= 1
        assert len(inspections.care_of(ws, DAY)) == 3
        assert decision_choices(ws, "360299101201") is not None and committee_questions(ws, asset) == []
        detail = case_detail(ws, "disposal", disposals[0])
        assert detail is not None and detail.steps and disposal_sums(ws, disposals[0]).problem == ""
        assert [d.id for d in disposals_of(ws, asset)] == disposals and keeper_history(ws, asset)
        assert len(objections_of(ws, notices[0])) == 1
        doubted = make_notice(ws, "registration", case, values={"body": "因尿毒症"})
        assert len(notice_doubts(ws, doubted)) == 1 and preview_notice(ws, doubted)[0].startswith(b"%PDF")
        with ws.register.reading() as sql:
            right = rights_of(sql, asset)[0]
            listed = sql.scalar("SELECT asset_id FROM registration_asset")
        assert all(a.year for a in affected_distributions(ws, asset, right))
        assert [c.state for c in cases_about(ws, "registration", listed)] == ["checked"]
