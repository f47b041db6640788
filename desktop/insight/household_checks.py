"""What `check` proves about families and what visits left at them: income, safeguards, leads, help, days.

Rules R-IN-01, -02, -04, -06, R-RK-01, -02, -08 of `validation_rule.csv`, and the order of days (DOMAIN §2.4–2.9);
members and kinship stand in `person_checks` and `family_checks`, the line, removals and unsafe homes in
`monitoring_checks`, villages in `village_checks`. Derived sums are proved against the journal by `check_tables`; who is
named and is not there, by `registry.reference_checks`. Words carry no personal data. A warning asks, an error cannot
stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from desktop.common.money import format_yuan
from desktop.insight import family_checks, monitoring_checks, person_checks, village_checks
from desktop.insight.person_checks import GONE, LIVE, STAYING
from desktop.registry.codelists import merged, shipped, word
from desktop.registry.county_items import county_items
from desktop.registry.income import PARTS
from desktop.registry.invariants import Invariant
from desktop.registry.labels import label
from desktop.store.database import Sql


def household_problems(sql: Sql, day: str | None = None) -> list[Invariant]:
    """Everything about people, families, their monitoring and villages, as of a day (today when left out)."""
    on = day or date.today().isoformat()  # noqa: DTZ011
    return [found for piece in household_pieces() for found in piece(sql, on)]


def household_pieces() -> tuple[Callable[[Sql, str], Iterable[Invariant]], ...]:
    """The rules in pieces: each is asked of the register by itself, as of a day."""
    return (
        *family_checks.PIECES, *person_checks.PIECES, *monitoring_checks.PIECES, _monitored, _risks, _income_sums,
        _income_parts, _dividends, _days, _visits, _houses, _leads, _measures, _linkages, *village_checks.PIECES,
    )  # fmt: skip


def _monitored(sql: Sql, _on: str) -> Iterator[Invariant]:
    """A kind of monitoring fits where the household comes from (`monitored_type.csv`)."""
    for home, monitored, kind in sql.rows(
        f"SELECT id,monitored_type,household_type FROM household WHERE {LIVE} AND household_type IS NOT NULL AND "
        "((monitored_type='unstable_lifted' AND household_type='general') OR "
        "(monitored_type='marginal' AND household_type<>'general')) ORDER BY id"
    ):
        words = f"监测类别是{word('monitored_type', monitored)}，户类型却是{word('household_type', kind)}，请核对"
        yield Invariant("monitored_origin", "household", home, words, "warning")


def _risks(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-RK-01 (where help is recorded at all), R-RK-02: what is stated as a risk has its help, and its ground."""
    needed = {i.code: str(i.more.get("must_match_measure") or "").removesuffix("_assist") for i in shipped("risk_type")}
    measures = merged("assistance_measure", county_items(sql).get("assistance_measure", ()))
    group_of = {i.code: str(i.more.get("group_id") or "") for i in measures}
    groups = {
        "health": ("health", "social"), "edu": ("education", "compulsory", "social"), "housing": ("housing",),
        "water": ("water",), "comprehensive_security": ("comprehensive", "social"),
    }  # fmt: skip
    stated = sql.rows(
        f"SELECT id,risk_type FROM household WHERE {LIVE} AND monitored_type IS NOT NULL AND risk_type IS NOT NULL "
        "ORDER BY id"
    )
    homes = [home for home, _ in stated]
    given: dict[str, set[str]] = {}
    for home, code in sql.in_chunks(
        f"SELECT household_id,measure_code FROM measure WHERE {LIVE} AND measure_code IS NOT NULL "
        "AND household_id IN (*)",
        homes,
    ):
        given.setdefault(home, set()).add(group_of.get(code, ""))
    disabled = {
        home for (home,) in sql.in_chunks(
            f"SELECT p.household_id FROM person p WHERE {STAYING} "
            "AND (p.disability_no IS NOT NULL OR p.health LIKE ?) AND p.household_id IN (*)",
            homes, before=("%disabled%",),
        )
    }  # fmt: skip
    for home, risks in stated:
        codes = str(risks).split(",")
        if "disability" in codes and home not in disabled:
            words = "风险是因残，家中没有登记残疾成员，请核对"
            yield Invariant("risk_without_ground", "household", home, words, "warning")
        lacking = [
            word("risk_type", code) for code in codes
            if home in given and needed.get(code) in groups and not given[home] & set(groups[needed[code]])
        ]  # fmt: skip
        if lacking:
            words = f"风险“{'、'.join(lacking)}”没有对应的帮扶措施，请落实或补登"
            yield Invariant("risk_without_measure", "household", home, words)


_ITEMS = [item for items in PARTS.values() for item in items]


def _income_sums(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-IN-01: a class stated as a whole is the sum of its items, where both are there; nobody earns for no people."""
    classes = {name: items for name, items in PARTS.items() if items}
    total = {name: "+".join(f"COALESCE({item}_fen,0)" for item in items) for name, items in classes.items()}
    asked = {
        name: f"stated_{name}_fen<>{total[name]} AND ({' OR '.join(f'{item}_fen IS NOT NULL' for item in items)})"
        for name, items in classes.items()
    }
    negative = " OR ".join(f"{column}<0" for column in _amount_columns())
    stated = ",".join(f"CASE WHEN {asked[name]} THEN stated_{name}_fen END,{total[name]}" for name in classes)
    # in one pass: there are as many records as households
    for row, size, below, *pairs in sql.rows(
        f"SELECT id,size,CASE WHEN {negative} THEN 1 ELSE 0 END,{stated} FROM income_record WHERE {LIVE} AND (size<=0 "
        f"OR {negative} OR {' OR '.join(f'({condition})' for condition in asked.values())}) ORDER BY id"
    ):
        for at, name in enumerate(classes):
            if pairs[2 * at] is not None:
                words = (
                    f"{_plain(f'stated_{name}_fen')}写的是 {format_yuan(int(pairs[2 * at]))} 元，"
                    f"各项之和是 {format_yuan(int(pairs[2 * at + 1]))} 元"
                )
                yield Invariant("income_class_sum", "income_record", row, words)
        if size is not None and size <= 0:
            yield Invariant("income_size", "income_record", row, f"计算人均的人口是 {size} 人，请补填")
        if below:
            yield Invariant("income_negative", "income_record", row, "有的收入或支出项是负数，请核对")


def _amount_columns() -> list[str]:
    stated = [f"stated_{name}_fen" for name, items in PARTS.items() if items]
    return [*(f"{item}_fen" for item in _ITEMS), "claim_fen", *stated]


def _plain(column: str) -> str:
    return label("income_record", column).removesuffix("（元）")


def _income_parts(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-IN-02 and R-IN-04: what earns also costs; what is paid has its ground."""
    def total(name: str) -> str:
        items = "+".join(f"COALESCE(r.{item}_fen,0)" for item in PARTS[name])
        return f"(CASE WHEN COALESCE(r.stated_{name}_fen,0)>{items} THEN r.stated_{name}_fen ELSE {items} END)"

    for row, eco, dibao, land, category, earned, cost in sql.rows(
        f"SELECT r.id,r.transfer_eco_fen,r.transfer_dibao_fen,h.land_returned_forest_mu,h.category,"
        f"{total('business_gross')},{total('business_cost')} FROM income_record r JOIN household h "
        "ON h.id=r.household_id WHERE r.removed=0 AND r.canonical_id IS NULL AND h.removed=0 "
        f"AND (({total('business_gross')}>0 AND COALESCE({total('business_cost')},0)=0) OR (r.transfer_eco_fen>0 "
        "AND h.land_returned_forest_mu LIKE ?) OR (r.transfer_dibao_fen=0 AND h.category LIKE ?)) ORDER BY r.id",
        ("0%", "%dibao%"),
    ):
        said = []
        if earned > 0 and not cost:
            said.append("有生产经营性收入，没有生产经营性支出")
        if (eco or 0) > 0 and land is not None and not str(land).strip("0."):
            said.append("有生态补偿金，退耕还林面积是 0")
        if dibao == 0 and "dibao" in str(category or "").split(","):
            said.append("类别是低保对象，低保金是 0")
        if said:
            yield Invariant("income_ground", "income_record", row, f"{'；'.join(said)}，请核实", "warning")


def _dividends(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-IN-06: dividends as told at the door are what the register paid that household and its people that year."""
    paid: dict[tuple[str, str], int] = {}
    for home, when, fen in sql.rows(
        "SELECT COALESCE(p.household_id,y.recipient_id),y.paid_date,y.amount_fen FROM payment y LEFT JOIN person p "
        "ON p.id=y.recipient_id AND y.recipient_kind='person' WHERE y.removed=0 AND y.canonical_id IS NULL "
        "AND y.state='paid' AND y.recipient_kind IN ('household','person') AND y.paid_date IS NOT NULL"
    ):
        key = (str(home), str(when)[:4])
        paid[key] = paid.get(key, 0) + int(fen or 0)
    if not paid:
        return
    for row, home, period, told in sql.rows(
        "SELECT id,household_id,period,property_asset_dividend_fen FROM income_record "
        f"WHERE {LIVE} AND property_asset_dividend_fen IS NOT NULL ORDER BY id"
    ):
        given = paid.get((str(home), str(period)))
        if given is not None and given != int(told):
            words = f"资产收益分红写的是 {format_yuan(int(told))} 元，分配名单发了 {format_yuan(given)} 元，请核实"
            yield Invariant("dividend_differs", "income_record", row, words, "warning")


_ORDERED = (
    # table, first day, second day
    ("measure", "start_date", "end_date"), ("linkage", "since_date", "until_date"),
    ("lead", "event_date", "found_date"), ("visit", "visited_at", "issue_done_date"),
    ("visit", "visited_at", "issue_due_date"),
    ("finding", "found_date", "done_date"), ("complaint", "received_date", "answered_date"),
    ("objection", "received_date", "handled_date"), ("inspection_plan", "start_date", "due_date"),
)  # fmt: skip
"""Days of one record that stand in this order."""
_HAPPENED = (
    ("visit", "visited_at"), ("visit", "issue_done_date"), ("safeguard_check", "checked_date"), ("lead", "found_date"),
    ("lead", "event_date"), ("inspection", "on_date"),
    ("maintenance_round", "on_date"), ("finding", "found_date"), ("complaint", "received_date"),
    ("village_profile", "filled_date"),
)  # fmt: skip
"""Days on which something was done or found: none lies ahead. Of people's changes: `person_checks`."""


def _days(sql: Sql, on: str) -> Iterator[Invariant]:
    # machines stand in one zone, but their clocks may differ by hours: a day ahead is let pass
    last = (date.fromisoformat(on) + timedelta(days=1)).isoformat()
    tables: dict[str, tuple[list[tuple[str, str]], list[str]]] = {}
    for table, first, second in _ORDERED:
        tables.setdefault(table, ([], []))[0].append((first, second))
    for table, column in _HAPPENED:
        tables.setdefault(table, ([], []))[1].append(column)
    for table, (ordered, happened) in tables.items():
        columns = list(dict.fromkeys([c for pair in ordered for c in pair] + happened))
        broken = [f"{second}<{first}" for first, second in ordered] + [f"{column}>?" for column in happened]
        for row, *days in sql.rows(
            f"SELECT id,{','.join(columns)} FROM {table} WHERE {LIVE} AND ({' OR '.join(broken)}) ORDER BY id",
            [last] * len(happened),
        ):
            found = dict(zip(columns, days, strict=True))
            for first, second in ordered:
                if found[first] and found[second] and found[second] < found[first]:
                    words = (
                        f"{label(table, second)} {found[second]} 早于{label(table, first)} {found[first]}，请核对"
                    )
                    yield Invariant("days_of_record", table, row, words)
            for column in happened:
                if found[column] and found[column] > last:
                    yield Invariant("day_ahead", table, row, f"{label(table, column)} {found[column]} 还没有到，请核对")


def _visits(sql: Sql, _on: str) -> Iterator[Invariant]:
    """A visit is of somebody or something, and does not end before it began."""
    for (row,) in sql.rows(
        f"SELECT id FROM visit WHERE {LIVE} AND household_id IS NULL AND asset_id IS NULL AND division_code IS NULL "
        "ORDER BY id"
    ):
        yield Invariant("visit_of_nobody", "visit", row, "没有写走访的是哪一户、哪项资产或哪个村")
    for row, start, end in sql.rows(
        f"SELECT id,started_at,ended_at FROM visit WHERE {LIVE} AND ended_at<started_at ORDER BY id"
    ):
        if _moment(start) > _moment(end):
            yield Invariant("visit_times", "visit", row, "结束时间早于开始时间，请核对走访用的电脑的时钟", "warning")


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _houses(sql: Sql, _on: str) -> Iterator[Invariant]:
    """A house of grade C, D or N is not safe, unless it is said why it counts as safe (DOMAIN §2.6)."""
    for row, grade in sql.rows(
        f"SELECT id,house_grade FROM safeguard_check WHERE {LIVE} AND house_ok=1 AND house_grade IN ('C','D','N') "
        "AND COALESCE(house_otherwise,'')='' ORDER BY id"
    ):
        words = f"住房等级是{word('house_safety_grade', grade)}，却记为住房安全，没有写视为安全的理由"
        yield Invariant("house_grade", "safeguard_check", row, words)


def _leads(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-RK-08, one open lead a household, and a proposal that says of which kind."""
    for row, risks, other, disaster, verdict, kind in sql.rows(
        f"SELECT id,COALESCE(risk_type,''),risk_other,disaster_kind,verdict,proposed_type FROM lead WHERE {LIVE} AND "
        "(risk_type LIKE ? OR risk_type LIKE ? OR verdict='propose') ORDER BY id",
        ("%other%", "%natural_disaster%"),
    ):
        codes = risks.split(",")
        said = []
        if "other" in codes and not other:
            said.append("风险“其他”没有写明是什么")
        if "natural_disaster" in codes and not disaster:
            said.append("因自然灾害没有写是哪一种")
        if verdict == "propose" and not kind:
            said.append("建议纳入监测，没有写哪一类")
        if said:
            yield Invariant("lead_words", "lead", row, "；".join(said), "warning")
    for home, number in sql.rows(
        "SELECT l.household_id,COUNT(l.id) FROM lead l JOIN household h ON h.id=l.household_id AND h.removed=0 "
        "WHERE l.removed=0 AND l.canonical_id IS NULL AND l.verdict IS NULL GROUP BY l.household_id "
        "HAVING COUNT(l.id)>1 ORDER BY l.household_id"
    ):
        yield Invariant("leads_open", "household", home, f"有 {number} 条线索都没有核实结论，请并作一件核实", "warning")
    wanted = [
        (row, home, person)
        for row, home, persons in sql.rows(
            f"SELECT id,household_id,persons FROM lead WHERE {LIVE} AND COALESCE(persons,'')<>'' ORDER BY id"
        )
        for person in str(persons).split(",")
    ]
    named = sorted({person for _, _, person in wanted})
    there = {person for (person,) in sql.in_chunks("SELECT id FROM person WHERE removed=0 AND id IN (*)", named)}
    for row in dict.fromkeys(row for row, _, person in wanted if person not in there):
        yield Invariant("lead_persons", "lead", row, "涉及的家庭成员有的不在册中，请改正")


def _measures(sql: Sql, _on: str) -> Iterator[Invariant]:
    """The person helped lives in the household; the same help is not given twice at one time (000 §六(二十四))."""
    for (row,) in sql.rows(
        "SELECT m.id FROM measure m JOIN person p ON p.id=m.person_id AND p.removed=0 WHERE m.removed=0 "
        "AND m.canonical_id IS NULL AND p.household_id<>m.household_id ORDER BY m.id"
    ):
        yield Invariant("measure_person", "measure", row, "受益的人现在不是这一户的成员，请核对", "warning")
    for row, start, change, day in sql.rows(
        "SELECT m.id,m.start_date,p.change_kind,p.change_date FROM measure m JOIN person p ON p.id=m.person_id "
        "AND p.removed=0 WHERE m.removed=0 AND m.canonical_id IS NULL AND m.start_date>p.change_date "
        f"AND p.change_kind IN ({GONE}) ORDER BY m.id"
    ):
        said = f"开始日期 {start} 晚于受益的人{change}的日期 {day}，请核对"
        yield Invariant("measure_after_departure", "measure", row, said, "warning")
    for (row,) in sql.rows(f"SELECT id FROM measure WHERE {LIVE} AND amount_fen<0 ORDER BY id"):
        yield Invariant("measure_amount", "measure", row, "金额是负数，请核对")
    for (row,) in sql.rows(
        "SELECT DISTINCT b.id FROM measure a JOIN measure b ON b.person_id=a.person_id "
        "AND b.measure_code=a.measure_code AND b.id>a.id AND b.start_date<=COALESCE(a.end_date,a.start_date) "
        "AND a.start_date<=COALESCE(b.end_date,b.start_date) WHERE a.removed=0 AND a.canonical_id IS NULL "
        "AND b.removed=0 AND b.canonical_id IS NULL AND a.person_id IS NOT NULL ORDER BY b.id"
    ):
        words = "同一人同一时期的同一项措施登记了两次，请核实是否重复补助"
        yield Invariant("measure_twice", "measure", row, words, "warning")


def _linkages(sql: Sql, _on: str) -> Iterator[Invariant]:
    """A household is linked with something, and not twice in one way at one time."""
    for (row,) in sql.rows(
        f"SELECT id FROM linkage WHERE {LIVE} AND asset_id IS NULL AND project_id IS NULL ORDER BY id"
    ):
        yield Invariant("linkage_with_nothing", "linkage", row, "没有写与哪项资产或哪个项目联结")
    last: tuple[tuple[str, ...], str] = ((), "")
    for row, home, target, person, mode, since, until in sql.rows(
        "SELECT id,COALESCE(household_id,''),COALESCE(asset_id,project_id,''),COALESCE(person_id,''),COALESCE(mode,''),"
        f"COALESCE(since_date,''),COALESCE(until_date,'9999-12-31') FROM linkage WHERE {LIVE} "
        "ORDER BY 2,3,4,5,6,1"
    ):
        key = (home, target, person, mode)
        if key == last[0] and since <= last[1] and target:
            yield Invariant("linkage_twice", "linkage", row, "与同一资产（项目）的同一种联结登记了两次", "warning")
        last = (key, max(until, last[1]) if key == last[0] else until)
