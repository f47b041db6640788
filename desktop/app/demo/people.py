"""Invented households and persons of the demo township: believable shapes, impossible identities.

Given names hold one of 样例仿拟虚试模, ID numbers lie on the never-assigned county codes 360299 and 440799, telephone
numbers start with 100: nothing here can be a real person.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from desktop.common.idnumber import check_digit
from desktop.common.ids import new_id

SURNAMES = "陈林黄李张王吴刘蔡杨许郑谢郭洪邱曾廖赖徐周叶苏庄吕江何萧罗高潘简朱钟游詹胡施沈余赵卢梁颜柯翁魏孙戴范"
MARKS = "样例仿拟虚试模"
SECONDS = "华明珍玲坤权锋娣兰荣仪健燕芳琼强英文武平安福生海山"
RARE = "䶮㛃𬭊𫖯"
"""Some names hold characters outside GBK, as in every real register."""
ID_PREFIXES = ("360299", "440799")
REFERENCE = date(2026, 6, 30)

HOUSEHOLD_TYPES = ("general",) * 6 + ("lifted",) * 3 + ("lifted_policy",)
MONITORED = (None,) * 14 + ("marginal", "unstable_lifted", "sudden")


@dataclass
class Family:
    """A household row with its member rows, ready for the bulk path."""

    household: dict[str, Any]
    persons: list[dict[str, Any]]


class PeopleMaker:
    """Makes families from a seed; the same seed gives the same people (identifiers aside)."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.sequence: dict[str, int] = {}
        self.phone = 0

    def given_name(self) -> str:
        """A given name with one of the marks."""
        if self.rng.random() < 0.01:
            return self.rng.choice(MARKS) + self.rng.choice(RARE)
        return self.rng.choice(MARKS) + self.rng.choice(SECONDS)

    def id_number(self, born: date, male: bool) -> str:
        """A well-formed number that nobody can have."""
        head = self.rng.choice(ID_PREFIXES) + born.strftime("%Y%m%d")
        n = self.sequence.get(head, -1) + 1
        self.sequence[head] = n
        order = (n * 2 + (1 if male else 2)) % 1000
        first17 = f"{head}{order:03d}"
        return first17 + str(check_digit(first17))

    def person(self, household: str, surname: str, relation: str, male: bool, age: int) -> dict[str, Any]:
        """One member of about that age."""
        rng = self.rng
        born = REFERENCE - timedelta(days=age * 365 + rng.randint(3, 362))
        age = REFERENCE.year - born.year - ((born.month, born.day) > (REFERENCE.month, REFERENCE.day))
        student = 6 <= age <= 17
        healthy = rng.random() < (0.92 if age < 60 else 0.7)
        labor = (
            "none"
            if age < 16 or student or age > 74
            else "weak_or_half"
            if age >= 60
            else rng.choice(("ordinary", "ordinary", "skilled"))
        )
        row: dict[str, Any] = {
            "household_id": household,
            "name": surname + self.given_name(),
            "cert_type": "id_card_18",
            "id_no": self.id_number(born, male),
            "sex": "1" if male else "2",
            "birth_date": born.isoformat(),
            "birth_precision": "day",
            "relation": relation,
            "nation": "01",
            "education": None
            if student or age < 6
            else rng.choice(("primary", "junior", "junior", "senior", "college")),
            "student_status": school_stage(age) if age < 18 else None,
            "health": "healthy" if healthy else rng.choice(("chronic", "serious", "disabled")),
            "labor_skill": labor,
            "work_state": "县内务工" if labor in ("ordinary", "skilled") and rng.random() < 0.4 else None,
            "medical_resident": 1,
            "pension_resident": 1 if age >= 16 else 0,
        }
        row["disability_no"] = f"{row['id_no']}23" if row["health"] == "disabled" else None  # 听力，三级
        return row

    def family(self, division: tuple[str, str], number: int) -> Family:
        """A household of one to seven members in a village (division id, code)."""
        rng = self.rng
        household = new_id()
        surname = rng.choice(SURNAMES)
        age = rng.randint(26, 78)
        male = rng.random() < 0.85
        persons = [self.person(household, surname, "head", male, age)]
        if rng.random() < 0.8:
            persons.append(
                self.person(household, rng.choice(SURNAMES), "spouse", not male, max(21, age - rng.randint(-3, 5)))
            )
        for _ in range(rng.choice((0, 1, 1, 2, 2, 3))):
            child_age = age - rng.randint(22, 32)
            if 0 <= child_age < 45:
                boy = rng.random() < 0.5
                persons.append(self.person(household, surname, "son" if boy else "daughter", boy, child_age))
        if age < 55 and rng.random() < 0.35:
            persons.append(self.person(household, surname, "father", True, age + rng.randint(22, 30)))
        if age < 55 and rng.random() < 0.4:
            persons.append(self.person(household, rng.choice(SURNAMES), "mother", False, age + rng.randint(21, 28)))
        net = rng.randint(6000, 30000) * len(persons) * 100
        self.phone += 1
        row = {
            "id": household,
            "national_household_no": f"360299{number:06d}",
            "division_id": division[0],
            "division_code": division[1],
            "group_name": f"{rng.randint(1, 9)}组",
            "head_name": persons[0]["name"],
            "household_type": (kind := rng.choice(HOUSEHOLD_TYPES)),
            "monitored_type": _fitting(rng.choice(MONITORED), kind),
            "stated_size": len(persons),
            "phone": f"100{self.phone:08d}",
            "house_grade": rng.choice("AAAABB"),
            "water_safe": 1,
            "net_income_fen": net,
            "per_capita_income_fen": net // len(persons),
            "income_period": "2025",
            "land_arable_mu": f"{rng.randint(0, 80) / 10:.1f}",
            "helper_name": rng.choice(SURNAMES) + self.given_name(),
        }
        persons[0]["id"] = row["head_person_id"] = new_id()
        return Family(row, persons)


def families(rng: random.Random, villages: list[tuple[str, str]], count: int) -> Iterator[Family]:
    """That many families spread over the villages (division id, code)."""
    maker = PeopleMaker(rng)
    for number in range(1, count + 1):
        yield maker.family(villages[(number * 7 + number // 13) % len(villages)], number)


def _fitting(monitored: str | None, kind: str) -> str | None:
    """边缘易致贫户 are ordinary households, 脱贫不稳定户 lifted ones (`monitored_type.csv`)."""
    if monitored not in ("marginal", "unstable_lifted"):
        return monitored
    return "marginal" if kind == "general" else "unstable_lifted"


def school_stage(age: int) -> str:
    """The 在校生状况 usual at an age up to 17."""
    if age < 6:
        return "学龄前儿童"
    if age < 12:
        return "小学"
    if age < 15:
        return ("七年级", "八年级", "九年级")[age - 12]
    return ("普通高中一年级", "普通高中二年级", "普通高中三年级")[age - 15]
