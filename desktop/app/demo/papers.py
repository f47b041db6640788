"""Cases of the demo register that ended in a paper: rights certified for two assets, and two others handed over.

Their days count back from today, as those of `demo_cases`.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from desktop.app.cases.case_documents import case_pdf
from desktop.app.cases.procedures import take_step
from desktop.app.records.attaching import attach_file
from desktop.app.records.editing import new_record
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.registry.right import party_id

PEOPLE = ("单样平", "曾仿来", "谢拟民")


def fill_papers(ws: Workspace) -> None:
    """A certified registration and a finished handover of public assets that nothing else is done with."""
    with ws.register.reading() as sql:
        free = sql.rows(
            "SELECT a.id,a.division_code,s.party_id FROM asset a JOIN \"right\" r ON r.asset_id=a.id AND "
            "r.kind='ownership' AND r.valid_to IS NULL JOIN right_share s ON s.right_id=r.id AND s.position=0 "
            "WHERE a.category='public' AND a.project_year<? AND a.keep_cycle_months IS NULL "
            "ORDER BY a.project_year,a.asset_no LIMIT 4",
            (int(today()[:4]) - 2,),
        )
    if len(free) < 3:
        return
    _registration(ws, [str(asset) for asset, _code, _owner in free[:2]])
    code, owner = str(free[2][1]), str(free[2][2])
    _handover(ws, [str(asset) for asset, _code, other in free[2:] if other == owner], code, owner)


def _registration(ws: Workspace, assets: list[str]) -> None:
    year = today()[:4]
    case = new_record(ws, "registration", {
        "title": "第 1 批确权", "division_code": ws.division_code, "applicant": ws.unit_name,
        "basis": f"仿府〔{year}〕1 号", "assets": [[a] for a in assets],
    })  # fmt: skip
    take_step(
        ws, "registration", case, "check", {"checked_by": PEOPLE[0], "checked_date": _ago(60)}, on=_ago(60),
    )  # fmt: skip
    with ws.write("公示确权登记（演示）", right="edit-assets") as scope:
        notice = scope.insert("notice", {
            "kind": "asset_register", "title": "第 1 批资产确权登记公示", "subject_table": "registration",
            "subject_id": case, "division_code": ws.division_code, "start_date": _ago(58), "end_date": _ago(49),
            "state": "ended", "result": "公示期内没有收到异议", "result_date": _ago(48), "places": [["镇政府公示栏"]],
            "body": "下列资产的权属已经核实，现予公示。", "contact_address": "镇政府二楼",
        })  # fmt: skip
        for name, before, after, day in (("post", "draft", "running", _ago(58)), ("end", "running", "ended", _ago(48))):
            scope.insert("step_taken", {
                "case_table": "notice", "case_id": notice, "step": name, "from_state": before, "to_state": after,
                "on_date": day, "taken_by": ws.user,
            })  # fmt: skip
    take_step(ws, "registration", case, "notice", on=_ago(48))
    take_step(
        ws, "registration", case, "approve", {"doc_no": f"仿府确〔{year}〕41 号", "doc_date": _ago(45)}, on=_ago(45),
    )  # fmt: skip
    take_step(ws, "registration", case, "certify", {"cert_no": f"{year}0041"}, on=_ago(44))


def _handover(ws: Workspace, assets: list[str], code: str, owner: str) -> None:
    """The town hands finished works over to the village's collective; the signed list is the printed one."""
    town = party_id("government", "仿溪镇人民政府", ws.division_code)
    case = new_record(ws, "handover", {
        "title": "公益性资产移交村管", "division_code": code, "assets": [[a, "完好", None] for a in assets],
        "from_party_id": town, "to_party_id": owner, "signed_from": PEOPLE[0], "signed_to": PEOPLE[1],
        "signed_witness": PEOPLE[2],
    })  # fmt: skip
    with TemporaryDirectory() as folder:
        signed = Path(folder) / "移交清单（演示）.pdf"
        signed.write_bytes(case_pdf(ws, "handover", case)[0])
        attach_file(ws, "handover", case, signed, "signed")
    take_step(ws, "handover", case, "sign", on=_ago(21))
    take_step(
        ws, "handover", case, "complete",
        {"on_date": _ago(20), "keeper": PEOPLE[1], "source_doc": f"移交清单〔{today()[:4]}〕1 号"}, on=_ago(20),
    )  # fmt: skip


def _ago(days: int) -> str:
    return (date.fromisoformat(today()) - timedelta(days=days)).isoformat()
