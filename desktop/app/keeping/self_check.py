"""The register's self-check: pages of the file, tables against journal, and every rule over several records.

Each problem names its record as people know it: an asset by name and number, a household by its head and village. The
last result stays with the open register, in memory alone: `last_check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from desktop.app.records.record_names import RecordNames
from desktop.app.workspace import Workspace
from desktop.insight import asset_checks, asset_money_checks, step_checks
from desktop.insight.household_checks import household_pieces
from desktop.registry import invariants
from desktop.registry.invariants import Invariant
from desktop.registry.labels import label, table_label
from desktop.store.cipher_database import integrity_problems
from desktop.store.database import Sql, quoted
from desktop.store.table_check import Difference

SEVERITIES = {"error": "要改正", "warning": "请核实", "alert": "要关注"}
"""What is wrong, what a person looks at, and what is no fault of the data: a family that may need help."""
LAST_CHECK = "self_check"
"""Where the last result is kept in the open register (gone when it is closed); what pages hear when there is one."""

@dataclass(frozen=True)
class Problem:
    """Something the self-check found: which rule, which record, in words."""

    rule: str
    table: str
    row_id: str
    message: str
    severity: str = "error"
    record: str = ""
    """What people call the record: 资产 保鲜冷库（YL-3），双水村; "" where the problem is of no record."""
    village: str = ""
    """Short name of the village the record lies in, "" where none is known."""

    @property
    def sentence(self) -> str:
        """The record and what is wrong with it, in one line."""
        return f"{self.record}：{self.message}" if self.record else self.message

    @property
    def kind(self) -> str:
        """What sort of rule it is, in words: 权属, 合同和收款, 重复登记."""
        return _KIND_OF_RULE.get(self.rule) or _KIND_OF_TABLE.get(self.table) or OTHER_KIND


@dataclass(frozen=True)
class CheckResult:
    """What a whole check found, when (local time), and how much was looked at."""

    at: datetime
    problems: tuple[Problem, ...]
    operations: int
    """Statements of the journal that were compared with the tables."""
    records: int
    """Records of all kinds the rules were asked of."""

    def count(self, severity: str) -> int:
        """How many problems are of one severity."""
        return sum(p.severity == severity for p in self.problems)

    @property
    def words(self) -> str:
        """要改正 3 处，请核实 5 处，要关注 1 处; that nothing was found."""
        found = [f"{word} {self.count(key):,} 处" for key, word in SEVERITIES.items() if self.count(key)]
        return "，".join(found) or "没有发现问题"


Record = tuple[str, str]
"""A table and the id of a row in it."""
Progress = Callable[[int, int, str], object]
"""Hears how much is done of how much (in rows, roughly; of 0 while that is counted), and what is looked at now; raises
to stop."""

Rule = Callable[[Sql], Iterable[Invariant]]


def _rules(on: str) -> Sequence[tuple[str, Sequence[Rule]]]:
    """The rules by what they look at, in pieces between which a check can be stopped, as of a day."""
    def as_of(pieces: Iterable[Callable[[Sql, str], Iterable[Invariant]]]) -> list[Rule]:
        return [partial(_asked, piece, on) for piece in pieces]

    return (
        ("合计、份额、办理状态和日期先后", invariants.PIECES),
        ("办过的步骤、证书和账", step_checks.PIECES),
        ("资产的价值、合同和收款", as_of(asset_money_checks.PIECES)),
        ("资产的权属、使用和处置", as_of(asset_checks.PIECES)),
        ("住户的成员、收入、保障和帮扶", as_of(household_pieces())),
    )


def _asked(piece: Callable[[Sql, str], Iterable[Invariant]], on: str, sql: Sql) -> Iterable[Invariant]:
    return piece(sql, on)


_PARTS_OF_JOURNAL, _FILE_PARTS = 20, 3
"""How the time is divided, measured at 3,000 households: a row of a table costs 1, one twentieth of all rows each of
the rules' modules and the names, three of them the file's pages. The time left that is told rests on it."""


def check_register(ws: Workspace, progress: Progress | None = None) -> list[Problem]:
    """Everything that must hold: the file's pages, tables against journal, sums, shares, days, unique facts.

    What must be put right first, then what a person should look at; equal rules together.
    """
    return list(run_check(ws, progress).problems)


def run_check(ws: Workspace, progress: Progress | None = None) -> CheckResult:
    """`check_register` with when and how much; kept as the register's last result. Writes nothing.

    What `progress` raises ends it within a moment, whatever the database is at.
    """
    began = datetime.now().astimezone()
    rules = _rules(began.date().isoformat())
    with ws.register.reading() as sql, sql.heeding(lambda: progress and progress(0, 0, "数据库文件")):
        operations = _last_operation(sql)  # before anything is looked at: what comes meanwhile counts as later
        sizes = {
            spec.name: int(sql.scalar(f"SELECT COUNT(*) FROM {quoted(spec.name)} WHERE removed=0"))
            for spec in ws.register.schema.tables
        }
    records = sum(sizes.values())
    share = max(records // _PARTS_OF_JOURNAL, 1)
    total = share * (_FILE_PARTS + len(rules) + 1) + records

    def say(done: int, what: str) -> None:
        if progress is not None:
            progress(min(done, total), total, what)

    done = _FILE_PARTS * share
    begins: dict[str, int] = {}
    for name, size in sizes.items():
        begins[name] = done
        done += size

    def compared(table: str, rows: int) -> None:
        if not table:
            say(_FILE_PARTS * share, "变更记录")
            return
        counted = f" {rows:,} 条" if rows else ""
        say(begins[table] + min(rows, sizes[table]), f"变更记录：{table_label(table)}{counted}")

    problems: list[Problem] = []
    say(0, "数据库文件")
    if ws.register.reader.dialect.name == "sqlite":
        damage = integrity_problems(ws.register.reader, asked=lambda: say(0, "数据库文件"))
        problems += [Problem("file", "", "", f"数据库文件：{text}") for text in damage]
    differences = ws.register.check_tables(compared)
    found: list[Invariant] = []
    with ws.register.reading() as sql:
        for what, pieces in rules:
            for n, piece in enumerate(pieces):
                at = done + share * n // len(pieces)
                say(at, what)
                with sql.heeding(partial(say, at, what)):
                    found += piece(sql)
            done += share
    say(done, "涉及的记录叫什么、在哪个村")
    names = RecordNames(ws)
    wanted = [(d.table, d.row_id) for d in differences] + [(p.table, p.row_id) for p in found]
    told = _records(ws, names, wanted, lambda: say(done, "涉及的记录叫什么、在哪个村"))
    problems += [_of_journal(d, told) for d in differences]
    problems += [_of_rule(p, told) for p in found]
    order = list(SEVERITIES)
    result = CheckResult(
        began, tuple(sorted(problems, key=lambda p: order.index(p.severity))), operations, records
    )
    ws.register.facts[LAST_CHECK] = result
    return result


def last_check(ws: Workspace) -> CheckResult | None:
    """The last whole check since the register was opened, None before the first."""
    found: CheckResult | None = ws.register.facts.get(LAST_CHECK)
    return found


def changed_since(ws: Workspace, result: CheckResult) -> bool:
    """Whether something was written after the check began: its findings may be mended, others may be new."""
    with ws.register.reading() as sql:
        return _last_operation(sql) != result.operations


def _last_operation(sql: Sql) -> int:
    return int(sql.scalar("SELECT COALESCE(MAX(seq),0) FROM op"))


OTHER_KIND = "其他"
_KINDS_OF_RULES: dict[str, str] = {
    "数据库文件": "file",
    "变更记录": "journal",
    "证件号码": "id_number_length id_number_check_digit id_number_birth id_number_lost_digits id_number_missing "
    "sex_differs birth_differs disability_number",
    "就学劳动健康": "education_twice education_missing student_age out_of_school dropout_health labor_of_minor "
    "labor_of_disabled working_unable healthy_unable post_age posts_many disability_without_number medical_insurance",
    "监测和帮扶": "monitored_origin leads_open risk_without_measure risk_without_ground removed_below_line "
    "removed_without_safeguards removed_without_labour removed_too_soon developmental_missing house_without_measure "
    "water_without_measure income_below_line income_drop rigid_spending measure_after_departure",
    "重复登记": "id_number_twice asset_number_twice asset_twice linkage_twice measure_twice assessment_twice "
    "contract_number_twice certificate_twice registered_twice disposals_at_once",
    "归属和引用": "orphan reference removed_fact place_unknown visit_of_nobody voucher_source reversal_without "
    "linkage_with_nothing",
    "办理和日期": "unknown_state state_without_step day_ahead days_of_record days_out_of_order notice_of_case "
    "decision_of_case decision_order changed_after_step open_under_closed",
    "利益冲突": "interest",
    "权属": "owner_missing owner_nature rights_overlap shares_sum right_without_holder right_after_disposal "
    "certificate_differs certified_without_right",
    "合同和收款": "contract_missing contract_expired ledger_contract",
    "收入": "stated_per_head income_class_sum income_differs income_ground income_negative income_size "
    "dividend_differs income_bounds",
}
_KINDS_OF_TABLES: dict[str, str] = {
    "家庭成员": "household person",
    "收入": "income_record",
    "保障和帮扶": "safeguard_check lead measure linkage visit",
    "资产价值和使用": "asset value_change asset_income status_change",
    "权属": "right party registration handover",
    "合同和收款": "contract receipt",
    "收益分配和账": "distribution payment voucher",
    "项目": "project",
    "决策": "decision",
    "处置": "disposal",
    "检查整改": "inspection inspection_plan finding maintenance_round complaint assessment",
    "公示公告": "notice objection",
    "村情": "village_profile division",
}
_KIND_OF_RULE = {rule: kind for kind, rules in _KINDS_OF_RULES.items() for rule in rules.split()}
"""Rules that are of one sort whatever record they are shown at; all others go by their record."""
_KIND_OF_TABLE = {table: kind for kind, tables in _KINDS_OF_TABLES.items() for table in tables.split()}


def _of_journal(found: Difference, records: Mapping[Record, tuple[str, str]]) -> Problem:
    if not found.table:
        return Problem("journal", "", found.row_id, f"新版程序的记录：{found.what}")
    cell, _, rest = found.what.partition(" ")
    what = f"{label(found.table, cell)}{rest}" if rest else found.what
    record, village = records[found.table, found.row_id]
    return Problem("journal", found.table, found.row_id, what, record=record, village=village)


def _of_rule(found: Invariant, records: Mapping[Record, tuple[str, str]]) -> Problem:
    record, village = records[found.table, found.row_id]
    return Problem(found.rule, found.table, found.row_id, found.message, found.severity, record, village)


NAMED_TOGETHER = 500
"""Records whose names are read at once: some hundredths of a second."""


def _records(
    ws: Workspace, names: RecordNames, wanted: Iterable[Record], asked: Callable[[], object]
) -> dict[Record, tuple[str, str]]:
    """(table, row) → kind and name with the village that tells it from others of that name; and the village."""
    ids: dict[str, list[str]] = {}
    for table, row in dict.fromkeys(wanted):
        if table in ws.register.schema.by_name:
            ids.setdefault(table, []).append(row)
    out = {}
    for table, rows in ids.items():
        for start in range(0, len(rows), NAMED_TOGETHER):
            asked()
            part = rows[start : start + NAMED_TOGETHER]
            # an attachment names records of any kind: read together, not one by one
            names.prepare("attachment", ({"record_table": table, "record_id": row} for row in part))
            places = _places(ws, table, part)
            for row in part:
                name = names.reference(table, row)
                village = names.village(places.get(row))
                where = f"，{village}" if village and village not in name else ""
                out[table, row] = f"{table_label(table)} {name}{where}", village
    return out


def _places(ws: Workspace, table: str, rows: Sequence[str]) -> dict[str, str]:
    """Row → code of the village it is of: its own, its household's, or its asset's."""
    columns = ws.register.schema.by_name[table].by_column
    joins = {"household_id": "household", "asset_id": "asset", "distribution_id": "distribution"}
    codes, sources = [], []
    if "division_code" in columns and table != "division":
        codes.append("t.division_code")
    for column, named in joins.items():
        if column in columns:
            codes.append(f"{named}.division_code")
            sources.append(f"LEFT JOIN {named} ON {named}.id=t.{column}")
    if not codes:
        return {}
    code = codes[0] if len(codes) == 1 else f"COALESCE({','.join(codes)})"
    statement = f"SELECT t.id,{code} FROM {quoted(table)} t {' '.join(sources)} WHERE t.id IN (*)"
    with ws.register.reading() as sql:
        return {row: place for row, place in sql.in_chunks(statement, rows) if place}
