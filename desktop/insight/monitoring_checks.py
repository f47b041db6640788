"""What `check` asks of monitoring: who should be looked at, what was removed too early, which help is missing.

Rules R-IN-05, R-RK-03 to R-RK-07, R-SG-01 and -02 of `validation_rule.csv`, and the alerts of DOMAIN §2.4. An alert is
about the family, not about its data. Lines, ages and months are the county's (`policies.py`); without a line for a year
nothing is compared with it. When a risk was removed, the journal tells (`monitoring_history.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from desktop.common.money import format_yuan
from desktop.insight.household_records import period_word
from desktop.insight.monitoring_history import Course, courses, ended_courses
from desktop.insight.person_checks import LIVE, STAYING, settings
from desktop.registry.codelists import CodeItem, merged, word
from desktop.registry.county_items import county_items
from desktop.registry.invariants import Invariant
from desktop.registry.policies import policy
from desktop.store.database import Sql

NATURAL = "自然消除"
"""`risk_removal_mode.csv`: said in a household's remark, the months of waiting do not count."""
UNSAFE = ("C", "D")
_PAID = (
    "COALESCE(stated_compliant_self_pay_fen,"
    "COALESCE(self_pay_medical_fen,0)+COALESCE(self_pay_edu_fen,0)+COALESCE(self_pay_disaster_fen,0))"
)
_HAS_LABOUR = "('ordinary','skilled','weak_or_half')"


@dataclass(frozen=True)
class _Income:
    """What a household's records say of one period."""

    period: str
    per_head: int | None
    net: int | None
    gross: int | None
    self_pay: int | None

    @property
    def year(self) -> str:
        """The year the period ends in."""
        return self.period.rpartition("-")[2][:4]


def income_alerts(sql: Sql, on: str) -> Iterator[Invariant]:
    """R-IN-05 and DOMAIN §2.4: below the line, much less than before, much to pay, and not monitored."""
    lines = {str(year): int(fen) for year, fen in policy(sql, "monitoring.lines").items()}
    drop, rigid = (Fraction(str(policy(sql, key))) for key in ("income.drop_percent", "income.rigid_percent"))
    for home, periods in _incomes(sql, max(lines.values(), default=0), drop, rigid):
        now, before = periods[-1], periods[-2] if len(periods) > 1 else None
        line = lines.get(now.year)
        if line is not None and now.per_head is not None and now.per_head < line:
            yield _below(home, now.period, now.per_head, line)
        if drop and before is not None and now.net is not None and before.net and before.net > 0:
            less = before.net - now.net
            if less * 100 >= before.net * drop:
                said = (
                    f"{period_word(now.period)}家庭纯收入 {format_yuan(now.net)} 元，比{period_word(before.period)}"
                    f"少了 {_percent(less, before.net)}，不是监测对象，请上门看看"
                )
                yield Invariant("income_drop", "household", home, said, "alert")
        if rigid and now.self_pay and now.gross is not None and now.self_pay * 100 >= now.gross * rigid:
            said = (
                f"{period_word(now.period)}合规自付支出 {format_yuan(now.self_pay)} 元，年收入 "
                f"{format_yuan(now.gross)} 元，不是监测对象，请上门看看"
            )
            yield Invariant("rigid_spending", "household", home, said, "alert")
    for home, period, fen in sql.rows(
        "SELECT id,income_period,per_capita_income_fen FROM household WHERE removed=0 AND canonical_id IS NULL "
        "AND monitored_type IS NULL AND income_period IS NOT NULL AND per_capita_income_fen<? "
        # what is registered by period counts for more than what the roster said
        "AND NOT EXISTS (SELECT 1 FROM income_record r WHERE r.household_id=household.id AND r.removed=0 "
        "AND r.canonical_id IS NULL) ORDER BY id",
        (max(lines.values(), default=0),),
    ):
        line = lines.get(str(period)[:4])
        if line is not None and fen < line:
            yield _below(home, str(period), int(fen), line)


def _below(home: str, period: str, fen: int, line: int) -> Invariant:
    said = (
        f"{period_word(period)}人均纯收入 {format_yuan(fen)} 元，低于监测范围 {format_yuan(line)} 元，"
        "不是监测对象，请入户排查"
    )
    return Invariant("income_below_line", "household", home, said, "alert")


def _percent(part: int, whole: int) -> str:
    return f"{part * 100 // whole}%"


def _incomes(sql: Sql, line: int, drop: Fraction, rigid: Fraction) -> Iterator[tuple[str, list[_Income]]]:
    """The income records, the earliest first, of every household that is not monitored and may call for a look."""
    doubtful: set[str] = set()
    if line or rigid:
        doubtful.update(
            home for (home,) in sql.rows(
                f"SELECT household_id FROM income_record WHERE {LIVE} AND household_id IS NOT NULL AND "
                f"(per_capita_fen<? OR ({_PAID}>0 AND {_PAID}*?>=gross_income_fen*?))",
                (line, 100 * rigid.denominator, rigid.numerator or 1 << 20),
            )
        )  # fmt: skip
    last: tuple[str, int | None] = ("", None)
    if drop:  # from the index alone
        for home, net in sql.rows(
            f"SELECT household_id,net_income_fen FROM income_record WHERE {LIVE} AND household_id IS NOT NULL "
            "ORDER BY household_id,period"
        ):
            if home == last[0] and net is not None and last[1] is not None and net < last[1]:
                doubtful.add(home)
            last = (home, net)
    found = sql.in_chunks(
        f"SELECT r.household_id,r.period,r.per_capita_fen,r.net_income_fen,r.gross_income_fen,{_PAID} "
        "FROM income_record r JOIN household h "
        "ON h.id=r.household_id AND h.removed=0 AND h.canonical_id IS NULL AND h.monitored_type IS NULL "
        "WHERE r.removed=0 AND r.canonical_id IS NULL AND r.period IS NOT NULL AND r.household_id IN (*) "
        "ORDER BY r.household_id",
        sorted(doubtful),
    )
    for home, rows in groupby(found, key=lambda row: str(row[0])):
        yield home, sorted((_Income(*row[1:]) for row in rows), key=lambda i: (i.year, i.period))


def income_bounds(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-IN-03: wages of a year that are too small or too large to be believed; the month's are asked of the person."""
    bounds = settings(sql, "income.bounds")
    least, most = bounds["wage_least_fen"], bounds["wage_most_fen"]
    items = "+".join(f"COALESCE({item}_fen,0)" for item in ("wage_migrant", "wage_local", "wage_post"))
    wage = f"(CASE WHEN COALESCE(stated_wage_fen,0)>{items} THEN stated_wage_fen ELSE {items} END)"
    for row, fen in sql.rows(
        f"SELECT id,{wage} FROM income_record WHERE {LIVE} AND {wage}>0 AND ({wage}<? OR {wage}>?) ORDER BY id",
        (least, most),
    ):
        said = f"工资性收入 {format_yuan(int(fen))} 元，不在 {format_yuan(least)} 到 {format_yuan(most)} 元之间，请核实"
        yield Invariant("income_bounds", "income_record", row, said, "warning")


def removals(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-RK-03 to R-RK-06: households that were monitored and no longer are."""
    ended = ended_courses(sql)
    if not ended:
        return
    lines = {str(year): int(fen) for year, fen in policy(sql, "monitoring.lines").items()}
    wait = int(policy(sql, "monitoring.removal_months"))
    homes = sorted(ended)
    notes = dict(sql.in_chunks("SELECT id,COALESCE(note,'') FROM household WHERE id IN (*)", homes))
    no_labour = _without_labour(sql, homes)
    safe = _safeguards_known(sql, homes)
    incomes: dict[str, list[tuple[str, int]]] = {}
    for home, period, fen in sql.in_chunks(
        f"SELECT household_id,period,per_capita_fen FROM income_record WHERE {LIVE} AND per_capita_fen IS NOT NULL "
        "AND period IS NOT NULL AND household_id IN (*)",
        homes,
    ):
        incomes.setdefault(home, []).append((str(period).rpartition("-")[2], int(fen)))
    for home in homes:
        course = ended[home]
        when = f"{course.ended} 不再列为监测对象"
        last = max((i for i in incomes.get(home, ()) if i[0][:4] <= course.ended[:4]), default=None)
        line = lines.get(last[0][:4]) if last is not None else None
        if last is not None and line is not None and last[1] < line:
            said = f"{when}，人均纯收入 {format_yuan(last[1])} 元却低于监测范围 {format_yuan(line)} 元，请复核"
            yield Invariant("removed_below_line", "household", home, said)
        missing = safe.get(home, "没有登记过")
        if missing:
            said = f"{when}，“三保障”和饮水安全{missing}，请补填"
            yield Invariant("removed_without_safeguards", "household", home, said)
        if home in no_labour:
            said = f"{when}，整户没有劳动力：落实保障后暂不标注风险消除，要持续跟踪"
            yield Invariant("removed_without_labour", "household", home, said)
        if course.known and _months(course) <= wait and NATURAL not in notes[home]:
            said = (
                f"{course.identified} 列为监测对象，{course.ended} 就不再列：识别当月和之后 {wait} 个月内不得帮扶消除；"
                f"自然消除的，在备注里写明“{NATURAL}”"
            )
            yield Invariant("removed_too_soon", "household", home, said)


def _months(course: Course) -> int:
    """Months from the one in which a household was identified to the one in which that ended."""
    first, last = ((int(day[:4]), int(day[5:7])) for day in (course.identified, course.ended))
    return (last[0] - first[0]) * 12 + last[1] - first[1]


def _without_labour(sql: Sql, homes: list[str]) -> set[str]:
    """Households in which nobody can work: so confirmed, or so written for every member."""
    found = {h for (h,) in sql.in_chunks("SELECT id FROM household WHERE all_no_labor=1 AND id IN (*)", homes)}
    for home, people, unable in sql.in_chunks(
        f"SELECT p.household_id,COUNT(p.id),SUM(CASE WHEN p.labor_skill IN ('none','lost') THEN 1 ELSE 0 END) "
        f"FROM person p WHERE {STAYING} AND p.household_id IN (*) GROUP BY p.household_id",
        homes,
    ):
        if people == unable:
            found.add(home)
    return found


def _safeguards_known(sql: Sql, homes: list[str]) -> dict[str, str]:
    """Household → what its last safeguard check leaves open, "" when nothing."""
    asked = {"education_ok": "义务教育", "medical_ok": "基本医疗", "house_ok": "住房安全", "water_ok": "饮水安全"}
    latest: dict[str, tuple[str, str]] = {}
    for home, period, *values in sql.in_chunks(
        f"SELECT household_id,COALESCE(checked_date,period,''),{','.join(asked)} FROM safeguard_check WHERE {LIVE} "
        "AND household_id IN (*)",
        homes,
    ):
        open_ = "、".join(name for name, value in zip(asked.values(), values, strict=True) if value is None)
        found = (str(period), f"没有填{open_}" if open_ else "")
        latest[home] = max(latest.get(home, ("", "")), found)
    return {home: words for home, (_, words) in latest.items()}


def developmental_help(sql: Sql, on: str) -> Iterator[Invariant]:
    """R-RK-07: who can work and is monitored has some developmental help after so many months."""
    months = int(policy(sql, "monitoring.developmental_months"))
    codes = [i.code for i in _measures(sql).values() if i.more.get("developmental") == "1"]
    marks = ",".join("?" * len(codes))
    homes = [
        home for (home,) in sql.rows(
            "SELECT h.id FROM household h WHERE h.removed=0 AND h.canonical_id IS NULL "
            "AND h.monitored_type IS NOT NULL AND EXISTS (SELECT 1 FROM person p WHERE p.household_id=h.id "
            f"AND {STAYING} AND p.labor_skill IN {_HAS_LABOUR}) "
            "AND NOT EXISTS (SELECT 1 FROM measure m WHERE m.household_id=h.id "
            f"AND m.removed=0 AND m.canonical_id IS NULL AND m.measure_code IN ({marks})) ORDER BY h.id",
            codes,
        )
    ]  # fmt: skip
    for home, course in sorted(courses(sql, homes).items()):
        passed = _months(Course(course.identified, course.known, on))
        if not course.ended and passed - (on[8:] < course.identified[8:]) >= months:
            said = (
                f"有劳动力，列为监测对象已满 {months} 个月，没有开发式帮扶（产业、就业、公益性岗位、金融等），请核实"
            )
            yield Invariant("developmental_missing", "household", home, said, "warning")


def labour_risk(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-RK-02: 缺劳动力 where more than half of the members can work."""
    for home, people, able in sql.rows(
        f"SELECT h.id,COUNT(p.id),SUM(CASE WHEN p.labor_skill IN ('ordinary','skilled') THEN 1 ELSE 0 END) "
        f"FROM household h CROSS JOIN person p WHERE p.household_id=h.id AND {STAYING} AND h.removed=0 "
        "AND h.canonical_id IS NULL AND h.monitored_type IS NOT NULL AND h.risk_type LIKE ? GROUP BY h.id "
        "ORDER BY h.id",
        ("%no_labor%",),
    ):
        if able * 2 > people:
            said = f"风险是缺劳动力，{people} 人中有 {able} 人有劳动力，请核对"
            yield Invariant("risk_without_ground", "household", home, said, "warning")


def unsafe_homes(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-SG-01, R-SG-02: an unsafe house, or water, has its help; asked where the register keeps any help at all."""
    if sql.one(f"SELECT 1 FROM measure WHERE {LIVE} LIMIT 1") is None:
        return
    groups = {code: str(i.more.get("group_id") or "") for code, i in _measures(sql).items()}
    latest: dict[str, tuple[str, str | None, str | None, int | None]] = {}
    for home, when, grade, otherwise, water in sql.rows(
        f"SELECT household_id,COALESCE(checked_date,period,''),house_grade,house_otherwise,water_ok FROM "
        f"safeguard_check WHERE {LIVE} AND household_id IN (SELECT household_id FROM safeguard_check WHERE {LIVE} "
        "AND (house_grade IN ('C','D') OR water_ok=0))"
    ):
        latest[home] = max(latest.get(home, ("", None, None, None)), (str(when), grade, otherwise, water),
                           key=lambda found: found[0])  # fmt: skip
    stated = {
        home: (grade, water)
        for home, grade, water in sql.rows(
            f"SELECT id,house_grade,water_safe FROM household WHERE {LIVE} AND (house_grade IN ('C','D') "
            "OR water_safe=0) ORDER BY id"
        )
    }
    checked = {
        home for (home,) in sql.in_chunks(
            f"SELECT DISTINCT household_id FROM safeguard_check WHERE {LIVE} AND household_id IN (*)", stated
        )
    }  # fmt: skip
    wanting: dict[str, list[tuple[str, str, str]]] = {}
    for home, (_, grade, otherwise, water) in latest.items():
        _want(wanting, home, grade if not otherwise else None, water)
    for home, (grade, water) in stated.items():
        if home not in checked:  # what a visit found counts for more
            _want(wanting, home, grade, water)
    given: dict[str, set[str]] = {}
    for home, code in sql.in_chunks(
        f"SELECT household_id,measure_code FROM measure WHERE {LIVE} AND household_id IN (*)", sorted(wanting)
    ):
        given.setdefault(home, set()).add(groups.get(code, ""))
    for home in sorted(wanting):
        for rule, group, said in wanting[home]:
            if group not in given.get(home, ()):
                yield Invariant(rule, "household", home, said)


def _want(
    wanting: dict[str, list[tuple[str, str, str]]], home: str, grade: str | None, water: int | None
) -> None:
    """What help an unsafe house or water asks for: (rule, group of measures, words)."""
    if grade in UNSAFE:
        said = f"住房等级是{word('house_safety_grade', grade)}，没有住房安全的帮扶措施，请落实或补登"
        wanting.setdefault(home, []).append(("house_without_measure", "housing", said))
    if water == 0:
        said = "饮水安全没有解决，没有饮水安全的帮扶措施，请落实或补登"
        wanting.setdefault(home, []).append(("water_without_measure", "water", said))


def _measures(sql: Sql) -> Mapping[str, CodeItem]:
    return {i.code: i for i in merged("assistance_measure", county_items(sql).get("assistance_measure", ()))}


PIECES = (
    income_alerts, income_bounds, removals, developmental_help, labour_risk, unsafe_homes,
)  # fmt: skip
