"""A small real register with households to visit, and answers for the shipped forms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from desktop.app.visits.surveying import Visit
from desktop.app.workspace import Workspace, create_workspace
from desktop.store.key_slot import FAST_FOR_TESTS
from desktop.survey.session.nodes import FormNode
from tests.survey.form_filling import identity

PASSPHRASE = "correct horse battery staple"
VILLAGE = "440705104201"
PHOTO = b"\xff\xd8" + b"x" * 999


def make_register(folder: Path, **options: Any) -> Workspace:
    """An empty town register."""
    ws, _ = create_workspace(
        folder, unit_name="样例镇", level="town", division_code="440705104", user="样员", passphrase=PASSPHRASE,
        profile=FAST_FOR_TESTS, **options,
    )  # fmt: skip
    return ws


def add_family(ws: Workspace, head: str = "样大") -> tuple[str, list[str]]:
    """A household of four in the register: its id and its members'."""
    with ws.register.reading() as sql:
        division = sql.scalar("SELECT id FROM division WHERE code=?", (VILLAGE,))
    members = [
        {"name": head, "relation": "head", "sex": "1", "id_no": identity("19750312", "1"), "education": "junior",
         "health": "healthy", "labor_skill": "ordinary", "work_state": "未务工", "medical_resident": 1,
         "pension_resident": 1, "dibao_state": "未享受"},
        {"name": "仿二", "relation": "spouse", "sex": "2", "id_no": identity("19770815", "2"), "education": "primary",
         "health": "healthy", "labor_skill": "ordinary", "medical_resident": 1, "pension_resident": 1,
         "dibao_state": "未享受"},
        {"name": "拟三", "relation": "mother", "sex": "2", "id_no": identity("19500101", "2"),
         "education": "illiterate", "health": "chronic", "medical_resident": 1, "pension_resident": 1,
         "dibao_state": "农村低保"},
        {"name": "样四", "relation": "son", "sex": "1", "id_no": identity("20080901", "1"),
         "student_status": "普通高中一年级", "school": "样例中学", "health": "healthy", "medical_resident": 1,
         "dibao_state": "未享受"},
    ]  # fmt: skip
    with ws.write("建户", table="household") as scope:
        household = scope.insert(
            "household",
            {"division_id": division, "division_code": VILLAGE, "group_name": "一组", "head_name": head,
             "phone": "10012345678", "household_type": "general", "stated_size": 4, "urban_rural": "农村",
             "house_grade": "B", "land_arable_mu": "2.5", "land_forest_mu": "0", "toilet_kind": "卫生厕所",
             "toilet_ok": 1, "power_life": 1},
        )  # fmt: skip
        people = [
            scope.insert(
                "person",
                {"household_id": household, "cert_type": "id_card_18", "nation": "01", "birth_precision": "day",
                 "birth_date": f"{m['id_no'][6:10]}-{m['id_no'][10:12]}-{m['id_no'][12:14]}", **m},
            )
            for m in members
        ]  # fmt: skip
        scope.change("household", household, {"head_person_id": people[0]})
    return household, people


def fill(visit: Visit, answers: Mapping[str, Any]) -> list[str]:
    """Answer what is asked, by name (`member[2].name` in rows), in the form's order; what was never asked."""
    given = dict(_flat(answers))
    while True:
        before = len(given)
        for node, key in _asked(visit):
            if key in given and node.relevant and not node.readonly:
                violation = visit.session.answer(node, given.pop(key))
                assert violation is None, (key, violation)
                if visit.session.engine.added:  # rows came: what is asked in them comes next
                    visit.session.engine.added.clear()
                    break
        if len(given) == before:
            return sorted(given)


def text(visit: Visit, name: str, row: int = 1) -> str:
    """The answer of the question of this name, in row `row`."""
    return [n for n in visit.session.root.subtree() if n.definition.name == name][row - 1].text


def path(visit: Visit, name: str, row: int = 1) -> str:
    """The path of the question of this name, in row `row`."""
    return [n for n in visit.session.root.subtree() if n.definition.name == name][row - 1].path()


def _asked(visit: Visit) -> list[tuple[FormNode, str]]:
    questions = visit.session.form.questions
    return [
        (node, _key(node))
        for node in visit.session.root.subtree()
        if node.relevant and not node.readonly and node.definition.path in questions
    ]


def _key(node: FormNode) -> str:
    current: FormNode | None = node.parent
    while current is not None and current.parent is not None:
        if current.definition.repeat is not None:
            return f"{current.definition.name}[{current.position}].{node.definition.name}"
        current = current.parent
    return node.definition.name


def _flat(answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in answers.items():
        if isinstance(value, str):
            found.append((name, value))
            continue
        for at, row in enumerate(value, 1):
            found.extend((f"{name}[{at}].{inner}", answer) for inner, answer in row.items())
    return found


LIVING = {
    "slope_risk": "0", "water_quantity": "good", "water_quality": "basic", "water_convenience": "good",
    "water_reliability": "good",
}  # fmt: skip
FINE = {"food_ok": "1", "clothes_ok": "1", "has_risk": "0", "measure_rows": "0"}
CLOSING = {"leaflet_given": "1", "signature_kind": "paper", "signed_by": "样大", "confirmed": "OK"}
INCOME = {
    "income_kinds": "wage_local business_plant property_other transfer_pension", "wage_local": "38000",
    "business_plant": "6500.5", "property_other": "800", "transfer_pension": "4560",
    "expense_kinds": "op_plant self_pay_medical", "op_plant": "2860.25", "self_pay_medical": "1200",
}  # fmt: skip
MEMBERS = [
    {"work_state": "县内务工", "work_place": "样例县", "work_months": "6", "work_income_month": "3200.5"},
    {"work_state": "未务工", "work_willing": "1", "skill": "缝纫"},
    {"self_care": "能自理", "labor_now": "none", "work_state": "未务工", "doctor_contract": "1", "medical_aid": "0"},
    {"student_now": "普通高中二年级"},
]
FAMILY = {"visitors": "试员", "member": MEMBERS, **LIVING, **INCOME, **FINE, **CLOSING}
BABY = {
    "name": "模五", "change": "出生", "change_date": "2026-05-20", "cert_type": "none_newborn", "sex_asked": "2",
    "birth_asked": "2026-05-20", "relation": "daughter", "health": "healthy", "medical": "resident", "relief": "none",
}  # fmt: skip
