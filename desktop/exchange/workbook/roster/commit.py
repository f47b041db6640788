"""Writes a roster's plan into the register: households with their members, in one unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from desktop.common.errors import UsageError
from desktop.common.ids import new_id
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.register_places import place_divisions
from desktop.store.register import Register
from desktop.store.unit_of_work import Committed

Progress = Callable[[int, int], None]
_NOT_COLUMNS = ("village_name", "town_name", "members")


def commit_roster(register: Register, plan: ImportPlan, *, progress: Progress | None = None) -> Committed:
    """All households that go in, with their members, or none. Raises UsageError when there are none."""
    records = list(plan.ready())
    if not records:
        raise UsageError("没有可以导入的住户；请先处理疑点。")
    total = sum(1 + len(r.values["members"]) for r in records)
    with register.write(f"导入花名册：{plan.file_name}", source=f"import:{plan.sha256}") as scope:
        divisions = place_divisions(register, scope, (r.values.get("division_code") for r in records))
        members: list[dict[str, Any]] = []

        def households() -> Iterator[dict[str, Any]]:
            for record in records:
                row = {k: v for k, v in record.values.items() if k not in _NOT_COLUMNS}
                row["id"] = new_id()
                row["division_id"] = divisions.get(str(row.get("division_code") or ""))
                for planned in record.values["members"]:
                    person = {k: v for k, v in planned.items() if k != "is_head"}
                    person["id"], person["household_id"] = new_id(), row["id"]
                    if planned.get("is_head"):
                        row["head_person_id"] = person["id"]
                    members.append(person)
                yield row

        def counted(done: int) -> None:
            if progress:
                progress(done, total)

        made = len(scope.insert_many("household", households(), counted))
        scope.insert_many("person", members, lambda done: counted(made + done))
    assert scope.result is not None
    return scope.result
