"""From a roster workbook to an import plan: households with members, every finding at its cell, and what stays out.

A household goes in whole: as long as one of its cells has an undecided error it is set aside and listed. Decisions
(`findings.Decision`) change cells, close findings, leave rows or households out; the rules then run again over the
result, so that a decided value that is wrong stays an error. Same file and same decisions give the same plan.
"""

from __future__ import annotations

import datetime as dt
import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from desktop.common.divisions import Villages, shipped_villages
from desktop.exchange.workbook.findings import Decision, Decisions, Finding, condense, order
from desktop.exchange.workbook.plan import ImportPlan, PlannedRecord
from desktop.exchange.workbook.reader import Progress, Workbook, column_number
from desktop.exchange.workbook.roster.contradictions import (
    KEEP,
    check_ages,
    check_birth_dates,
    check_disability,
    check_sexes,
    find_duplicates,
)
from desktop.exchange.workbook.roster.grouping import check_household_numbers, check_subtotals, group_households
from desktop.exchange.workbook.roster.home import check_homes
from desktop.exchange.workbook.roster.identity import read_identities
from desktop.exchange.workbook.roster.kinship import check_households
from desktop.exchange.workbook.roster.life import check_lives
from desktop.exchange.workbook.roster.model import HOUSEHOLD_FIELDS, Choices, Log, Roster, RosterSheet
from desktop.exchange.workbook.roster.names import (
    check_comments,
    check_head_names,
    check_names,
    check_placeholders,
    check_remarks,
    check_spaces,
)
from desktop.exchange.workbook.roster.places import check_places
from desktop.exchange.workbook.roster.records import household_values, person_values
from desktop.exchange.workbook.roster.sheets import KIND, find_sheets, load, settle_reference, with_edits
from desktop.exchange.workbook.roster.social import check_social
from desktop.exchange.workbook.roster.words import (
    NOTHING,
    Reading,
    read_education,
    read_health,
    read_labor,
    read_nation,
    read_political,
    read_relation,
    read_sex,
    read_student,
    read_work,
)

_PERSON_READERS: dict[str, Callable[[str], Reading]] = {
    "sex": read_sex, "nation": read_nation, "education": read_education, "student_status": read_student,
    "health": read_health, "labor_skill": read_labor, "political": read_political, "work": read_work,
    "relation": read_relation,
}  # fmt: skip
_PATTERN_LEAST = 30
_PATTERN_SHARE = 0.3
"""A code that stands in so many, and in this share of a sheet's member rows, is one finding with its rows."""

_HARD = (
    "id_number_lost_precision", "id_number_length", "id_number_check_digit_wrong", "id_number_date_",
    "id_number_letter_for_digit", "id_number_not_number", "id_number_is_disability_no", "disability_",
    "sex_not_in_list", "relation_not_in_list", "income_not_number",
)  # fmt: skip
"""A decided value in which one of these is found again is not accepted."""


def plan_roster(
    workbook: Workbook,
    *,
    decisions: Decisions | None = None,
    sheets: Collection[str] | None = None,
    mapping: Mapping[str, dict[str, Any]] | None = None,
    reference: dt.date | None = None,
    today: dt.date | None = None,
    villages: Villages | None = None,
    progress: Progress | None = None,
) -> ImportPlan:
    """The plan of a roster workbook. `reference`: the day ages are counted to (default: as the sheets state it).

    `villages`: those of the register (default: the shipped list). Raises InputRefused when no sheet is a
    roster, and whatever `progress` raises to cancel.
    """
    with _collector_at_rest():
        return _plan_roster(workbook, decisions, sheets, mapping, reference, today, villages, progress)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """No search for reference cycles meanwhile: rules make a great many small objects, none of them in a cycle."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _plan_roster(
    workbook: Workbook,
    decisions: Decisions | None,
    sheets: Collection[str] | None,
    mapping: Mapping[str, dict[str, Any]] | None,
    reference: dt.date | None,
    today: dt.date | None,
    villages: Villages | None,
    progress: Progress | None,
) -> ImportPlan:
    villages = villages or shipped_villages()
    today = today or dt.datetime.now().astimezone().date()
    found, _mappings, about_sheets = find_sheets(workbook, villages, only=sheets, saved=mapping)
    roster, log = _check(found, Choices(), villages, reference, today, progress)
    findings, parts = _fold(log)
    if decisions:
        choices = _choices(roster, log, parts, decisions)
        again = with_edits(found, choices)
        roster, second = _check(again, choices, villages, reference, today, progress)
        findings = _merge(findings, parts, log, second, choices, decisions)
        log = second
    names = [grid.name for grid in workbook.sheets]
    shown = order(condense(about_sheets + findings), names)
    return _plan(workbook, roster, log, shown)


def _check(
    sheets: list[RosterSheet],
    choices: Choices,
    villages: Villages,
    reference: dt.date | None,
    today: dt.date,
    progress: Progress | None,
) -> tuple[Roster, Log]:
    """Load the sheets and run every rule once, in the order in which they build on each other."""
    roster = load(sheets, choices)
    log = Log(roster)

    flagged: dict[str, bool] = {}

    def words() -> None:
        for name, reader in _PERSON_READERS.items():
            texts, at = roster.text[name], roster.sheet_at
            known = {t: reader(t) for t in set(texts)}
            flagged[name] = any(r.level for r in known.values())
            if all(name in s.columns for s in roster.sheets):
                roster.read[name] = [known[t] for t in texts]
            else:
                has = [name in s.columns for s in roster.sheets]
                roster.read[name] = [known[t] if has[at[i]] else NOTHING for i, t in enumerate(texts)]
            roster.codes[name] = [r.value for r in roster.read[name]]
        roster.relation = list(roster.codes["relation"])

    def word_findings() -> None:
        for name in _PERSON_READERS:
            if name in ("relation", "work") or not flagged[name]:
                continue
            for i, reading in enumerate(roster.read[name]):
                if reading.level and i not in roster.dropped:
                    proposed = None
                    if name == "sex" and reading.value is None and roster.sex[i]:
                        proposed = {"1": "男", "2": "女"}.get(roster.sex[i] or "")
                    log.reading(i, name, reading, proposed)

    def drafts() -> None:
        for household in roster.households:
            household.head = next((i for i in household.members if roster.relation[i] == "head"), None)

    steps: list[Callable[[], None]] = [
        words,
        lambda: read_identities(roster, log, today),
        lambda: settle_reference(roster, reference, today),
        lambda: check_names(roster, log),
        lambda: group_households(roster, log),
        drafts,
        lambda: check_head_names(roster, log),
        lambda: check_places(roster, log, villages),
        lambda: check_birth_dates(roster, log, today),
        lambda: find_duplicates(roster, log),
        lambda: check_sexes(roster, log),
        lambda: check_ages(roster, log),
        word_findings,
        lambda: check_spaces(roster, log),
        lambda: check_placeholders(roster, log),
        lambda: check_disability(roster, log),
        lambda: check_households(roster, log),
        lambda: check_household_numbers(roster, log),
        lambda: check_homes(roster, log),
        lambda: check_lives(roster, log),
        lambda: check_social(roster, log),
        lambda: check_remarks(roster, log),
        lambda: check_comments(roster, log),
        lambda: check_subtotals(roster, log),
    ]
    for done, step in enumerate(steps):
        if progress:
            progress(done, len(steps))
        step()
    return roster, log


def _fold(log: Log) -> tuple[list[Finding], dict[int, list[int]]]:
    """One finding for a code that fills a column; the second value says which of the log's findings each stands for."""
    groups: dict[tuple[str, str | None, str], list[int]] = defaultdict(list)
    for at, finding in enumerate(log.findings):
        if finding.rows is None and log.at[at] is not None:
            groups[finding.sheet, finding.col, finding.code].append(at)
    members = {s.name: len(s.member_rows) for s in log.roster.sheets}
    households = Counter(log.roster.sheets[h.sheet].name for h in log.roster.households)
    many = {
        key: group
        for key, group in groups.items()
        if len(group) >= _PATTERN_LEAST
        and len(group)
        >= _PATTERN_SHARE * (households if log.findings[group[0]].field in HOUSEHOLD_FIELDS else members)[key[0]]
    }
    findings: list[Finding] = []
    parts: dict[int, list[int]] = {}
    for at, finding in enumerate(log.findings):
        key = (finding.sheet, finding.col, finding.code)
        if key not in many or finding.rows is not None:
            parts[len(findings)] = [at]
            findings.append(finding)
        elif many[key][0] == at:
            group = many[key]
            rows = sorted({r for k in group if (r := log.findings[k].row) is not None})
            message = f"{finding.message}（本列共 {len(rows)} 行都是如此）"
            parts[len(findings)] = group
            findings.append(replace(finding, message=message, rows=rows, options=list(finding.options)))
    return findings, parts


def _choices(roster: Roster, log: Log, parts: dict[int, list[int]], decisions: Decisions) -> Choices:
    """What the decisions on findings mean for cells and rows."""
    folded, _ = _fold(log)
    edits: dict[tuple[str, int, int], Any] = {}
    dropped: set[tuple[str, int]] = set()
    kept: set[tuple[str, int]] = set()
    skipped: set[tuple[str, int]] = set()
    closed: set[tuple[str, int | None, str | None, str]] = set()
    for number, finding in enumerate(folded):
        decision = decisions.get(finding.key)
        for at in parts[number]:
            part = log.findings[at]
            own = decisions.get(part.key) or decision
            if own is None or part.row is None or part.col is None:
                continue
            place = (part.sheet, part.row)
            if own.take == "skip" or (own.take == "proposed" and "skip" in part.options and part.proposed is None):
                (dropped if "skip" in part.options else skipped).add(place)
                closed.add(part.key)
            elif own.take == "value" and own.value == KEEP and KEEP in part.options:
                kept.add(place)
                closed.add(part.key)
            else:
                value = part.proposed if own.take == "proposed" else own.value
                closed.add(part.key)
                if _edits_cell(part, own):
                    edits[part.sheet, part.row, column_number(part.col)] = value
    return Choices(edits, frozenset(dropped), frozenset(kept), frozenset(skipped), frozenset(closed))


_NO_EDIT = (
    "merge_range_", "household_border_", "subtotal_", "comment_on_cell", "hidden_", "age_nominal_", "age_by_year_",
    "age_of_last_", "note_",
)  # fmt: skip
_UNTIL_GIVEN = ("name_question_mark", "name_private_character_unknown")
"""A broken name stays as it is written until a person gives the true one."""


def _edits_cell(finding: Finding, decision: Decision) -> bool:
    """Whether a decision changes the cell: taking a warning that has no proposal only confirms what stands there."""
    if decision.take == "proposed" and finding.proposed is None and finding.severity != "error":
        return False
    if finding.code in _UNTIL_GIVEN:
        return decision.take == "value"
    return not finding.code.startswith(_NO_EDIT)


def _merge(
    findings: list[Finding],
    parts: dict[int, list[int]],
    first: Log,
    second: Log,
    choices: Choices,
    decisions: Mapping[tuple[str, int | None, str | None, str], Decision],
) -> list[Finding]:
    """The findings a person had before with what was decided, and what the decided values brought to light."""
    left = {f.key for f in second.findings}
    result: list[Finding] = []
    for number, finding in enumerate(findings):
        decision = decisions.get(finding.key)
        if decision is not None:
            finding.take, finding.value = decision.take, decision.value
            if any(
                _refused(f, choices) for at in parts[number] for f in second.findings if f.key == first.findings[at].key
            ):
                finding.take = None
                finding.message += "（改后的值仍不正确）"
            result.append(finding)
        elif any(first.findings[at].key in left for at in parts[number]):
            result.append(finding)
    known = {f.key for f in first.findings}
    for finding in second.findings:
        if finding.key in known or finding.row is None or finding.col is None:
            continue
        edited = (finding.sheet, finding.row, column_number(finding.col)) in choices.edits
        if not edited or finding.severity == "error":
            result.append(finding)
    return result


def _refused(finding: Finding, choices: Choices) -> bool:
    """A finding of the second pass that stays an error although it was decided: the decided value is wrong itself."""
    if finding.severity != "error" or not finding.code.startswith(_HARD) or finding.options:
        return False
    if finding.row is None or finding.col is None:
        return False
    return choices.edits.get((finding.sheet, finding.row, column_number(finding.col))) not in (None, "")


def _plan(workbook: Workbook, roster: Roster, log: Log, findings: list[Finding]) -> ImportPlan:
    choices = roster.choices
    open_at: dict[int, list[Finding]] = defaultdict(list)
    for finding, i in zip(log.findings, log.at, strict=True):
        if i is None or finding.severity != "error" or i in roster.dropped:
            continue
        if finding.key not in choices.closed or _refused(finding, choices):
            open_at[roster.household_of[i]].append(finding)
    records: list[PlannedRecord] = []
    by_village: dict[str, list[int]] = {}
    for number, household in enumerate(roster.households):
        if not household.members:
            continue
        values = household_values(roster, household, workbook.file_name)
        errors = open_at.get(number, [])
        record = PlannedRecord(str(values["source_sheet"]), int(values["source_row"]), values, errors)
        places = {(roster.sheet_of(i).name, roster.row_at[i]) for i in household.members}
        if places & choices.skipped:
            record.set_aside = "按处理意见，这一户先不导入"
        elif errors:
            record.set_aside = f"这一户还有 {len(errors)} 处错误没有处理"
        elif not values["members"]:
            record.set_aside = "这一户没有可导入的成员"
        else:
            count = by_village.setdefault(str(values.get("village_name") or ""), [0, 0])
            count[0] += 1
            count[1] += len(values["members"])
        records.append(record)
    for i, why in sorted(roster.dropped.items()):
        values = {"members": [person_values(roster, i, workbook.file_name, False)]}
        said = "按处理意见，这一行不导入" if why == "decision" else "与另一行是同一人，这一行不导入"
        records.append(PlannedRecord(roster.sheet_of(i).name, roster.row_at[i], values, [], said))
    totals = {
        "households": sum(h for h, _p in by_village.values()),
        "persons": sum(p for _h, p in by_village.values()),
        "by_village": {v: {"households": h, "persons": p} for v, (h, p) in by_village.items()},
        "households_left_out": sum(1 for r in records if r.set_aside and "source_row" in r.values),
        "rows_left_out": len(roster.dropped),
        "reference_date": roster.sheets[0].reference.isoformat() if roster.sheets[0].reference else None,
    }
    return ImportPlan(KIND, workbook.file_name, workbook.sha256, records, findings, totals)
