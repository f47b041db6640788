"""The errors of the demo roster: each spoils a cell of a clean row and says what an import must find and people decide.

A member and a household get one error each, so that each finding stands for itself. What cannot be planted in a small
roster (no child under six, say) is left out.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any, Literal

from desktop.app.demo.places import TYPOS
from desktop.app.demo.roster import MERGED, REPEATED, TWO_HEADS, Draft, Household, Member, cell
from desktop.app.demo.sheet import Planted

Severity = Literal["error", "warning", "info"]
Take = Literal["proposed", "value", "skip"]
Wanted = Callable[[Household, Member], bool]

_WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_CHILDREN = ("son", "daughter")


def anyone(household: Household, member: Member) -> bool:
    """No wish."""
    return True


def son(household: Household, member: Member) -> bool:
    """A son, in a household where relations are in order."""
    return member.relation == "son"


def pick(draft: Draft, sheet: str, wanted: Wanted = anyone, *, kin: bool = False) -> tuple[Household, Member] | None:
    """A member without an error (for `kin`: in a household without any) that fits; None when there is none."""
    found = [
        (h, m)
        for h in draft.households[sheet]
        for m in h.members
        if not m.taken and not h.kin and wanted(h, m) and not (kin and any(o.taken for o in h.members))
    ]
    if not found:
        return None
    household, member = draft.rng.choice(found)
    member.taken = True
    household.kin = household.kin or kin
    return household, member


def mark(
    draft: Draft, sheet: str, row: int, key: str, code: str, severity: Severity, take: Take | None = None,
    value: Any = None, note: str = "",
) -> None:  # fmt: skip
    """Remember an error at a cell."""
    draft.planted.append(Planted(*cell(sheet, row, key), code, severity, take, value, note))


def spoil(
    draft: Draft, sheet: str, key: str, typed: Any, code: str, severity: Severity, take: Take | None = None,
    value: Any = None, *, wanted: Wanted = anyone, kin: bool = False, note: str = "",
) -> Member | None:  # fmt: skip
    """Type something else into one cell of a fitting member; `typed` and `value` may be functions of the member."""
    found = pick(draft, sheet, wanted, kin=kin)
    if found is None:
        return None
    _, member = found
    decided = value(member) if callable(value) else value
    member.typed[key] = typed(member) if callable(typed) else typed
    mark(draft, sheet, member.row, key, code, severity, take, decided, note)
    return member


def spoil_home(
    draft: Draft, sheet: str, key: str, typed: Any, code: str, severity: Severity, take: Take | None = None,
    value: Any = None, *, wanted: Callable[[Household], bool] = lambda household: True, note: str = "",
) -> Household | None:  # fmt: skip
    """The same for one of a household's own cells (in sheets where they stand once)."""
    found = [h for h in draft.households[sheet] if not h.taken and not h.kin and wanted(h)]
    if not found:
        return None
    household = draft.rng.choice(found)
    household.taken = True
    decided = value(household) if callable(value) else value
    household.typed[key] = typed(household) if callable(typed) else typed
    mark(draft, sheet, household.row, key, code, severity, take, decided, note)
    return household


def plant_borders(draft: Draft) -> None:
    """Before all others: a merged range that covers the head of the next household."""
    own = draft.households[MERGED]
    pairs = [
        (a, b) for a, b in itertools.pairwise(own) if a.place == b.place and min(len(a.members), len(b.members)) > 1
    ]
    one, two = draft.rng.choice(pairs)
    one.early, two.late = 1, 1
    for household in (one, two):
        household.taken = household.kin = True
    code = "merge_range_covers_next_household"
    mark(draft, MERGED, one.row, "serial", code, "warning")
    mark(draft, MERGED, two.members[0].row, "head", code, "warning")


def plant_id_numbers(draft: Draft) -> None:
    """Digits that Excel lost, slips, other people's numbers, signs that do not belong there."""

    def plain(household: Household, member: Member) -> bool:
        return member.typed["disability"] is None

    def right(member: Member) -> str | None:
        return member.id_no

    for sheet in (MERGED, REPEATED, TWO_HEADS):
        spoil(draft, sheet, "id", lambda m: float(int(m.id_no[:15]) * 1000), "id_number_lost_precision", "error",
              "value", right, wanted=plain, note="已对照身份证")  # fmt: skip
    lost = spoil(draft, MERGED, "id", lambda m: float(int(m.id_no[:15]) * 1000), "id_number_lost_precision", "error",
                 "proposed", wanted=plain, note="证件不在手边，留待补采")  # fmt: skip
    if lost:
        lost.id_no = None
    spoil(draft, MERGED, "id", lambda m: m.id_no[:17] + ("1" if m.id_no[17] != "1" else "2"),
          "id_number_check_digit_wrong", "error", "value", right, wanted=plain)  # fmt: skip
    spoil(draft, REPEATED, "id", lambda m: m.id_no[:16] + m.id_no[17], "id_number_length", "error", "value", right,
          wanted=plain)  # fmt: skip
    spoil(draft, TWO_HEADS, "id", lambda m: m.id_no[:6] + m.id_no[6:].replace("0", "O", 1),
          "id_number_letter_for_digit", "error", "proposed", wanted=plain)  # fmt: skip
    spoil(draft, MERGED, "id", lambda m: m.id_no[:6] + m.id_no[8:17], "id_number_15_digits", "warning",
          wanted=lambda h, m: plain(h, m) and m.birth.year < 2000)  # fmt: skip
    for sheet, typed, code in (
        (MERGED, lambda m: f"{m.id_no[:6]} {m.id_no[6:14]} {m.id_no[14:]}", "id_number_spaces"),
        (MERGED, lambda m: m.id_no.translate(_WIDE), "id_number_fullwidth"),
        (REPEATED, lambda m: "'" + m.id_no, "id_number_quote"),
        (TWO_HEADS, lambda m: f"{m.id_no[:6]}-{m.id_no[6:14]}-{m.id_no[14:]}", "id_number_hyphens"),
    ):
        spoil(draft, sheet, "id", typed, code, "info", wanted=plain)
    spoil(draft, MERGED, "id", lambda m: m.id_no.lower(), "id_number_lowercase_x", "info",
          wanted=lambda h, m: plain(h, m) and m.id_no is not None and m.id_no.endswith("X"))  # fmt: skip
    young = spoil(
        draft, MERGED, "id", None, "id_number_missing", "warning", wanted=lambda h, m: plain(h, m) and m.age < 6
    )
    if young:
        young.id_no, young.typed["note"] = None, "未上户"
    _someone_elses_number(draft, plain)


def _someone_elses_number(draft: Draft, plain: Wanted) -> None:
    first = pick(draft, MERGED, plain)
    if first is None:
        return
    household, owner = first
    other = pick(
        draft, MERGED,
        lambda h, m: plain(h, m) and h is not household and m.sex == owner.sex and abs(m.age - owner.age) > 3,
    )  # fmt: skip
    if other is None:
        return
    _, member = other
    member.typed["id"] = owner.id_no
    mark(draft, MERGED, owner.row, "id", "id_number_duplicate", "warning")
    for code in ("id_number_differs_from_birth_and_age", "id_number_duplicate"):
        mark(draft, MERGED, member.row, "id", code, "error", "value", member.id_no, "已对照身份证")


def plant_birth_and_sex(draft: Draft) -> None:
    """Birth dates, ages and sexes that contradict the ID number, and dates in many spellings."""
    spoil(draft, MERGED, "sex", lambda m: "女" if m.sex == "1" else "男", "sex_differs_from_id", "warning", "proposed",
          wanted=lambda h, m: m.relation in (*_CHILDREN, "father", "mother"), kin=True)  # fmt: skip
    spoil(draft, MERGED, "birth", lambda m: m.birth.replace(month=m.birth.month % 12 + 1, day=9).isoformat(),
          "birth_date_differs_from_id", "warning", "proposed", wanted=lambda h, m: m.age > 1)  # fmt: skip
    spoil(draft, MERGED, "age", lambda m: m.age + 4, "age_differs_from_birth", "warning", "proposed")
    for sheet, typed in (
        (MERGED, lambda m: f"{m.birth.year}.{m.birth.month:02d}.{m.birth.day:02d}"),
        (MERGED, lambda m: f"{m.birth.year}年{m.birth.month}月{m.birth.day}日"),
        (TWO_HEADS, lambda m: m.birth.year * 10000 + m.birth.month * 100 + m.birth.day),
        (TWO_HEADS, lambda m: f"{m.birth.year}/{m.birth.month}/{m.birth.day}"),
    ):
        spoil(draft, sheet, "birth", typed, "date_format_variant", "info")
    spoil(draft, TWO_HEADS, "birth", lambda m: f"{m.birth.year}.{m.birth.month:02d}", "birth_date_month_only", "info")
    spoil(draft, MERGED, "birth", lambda m: (m.birth - dt.date(1899, 12, 30)).days, "birth_date_serial_number",
          "warning", wanted=lambda h, m: m.birth.year > 1960)  # fmt: skip
    spoil(draft, MERGED, "birth", lambda m: f"农历{m.birth.year}年{m.birth.month}月", "birth_date_lunar", "warning",
          "proposed")  # fmt: skip
    for member in [m for h in draft.households[MERGED] for m in h.members if not m.taken][::9]:
        member.typed["birth"] = member.birth  # a date value, as some cells of every roster are
    first = draft.households[TWO_HEADS][0].members[0]
    mark(draft, TWO_HEADS, first.row, "age", "age_nominal_in_village", "warning")


def plant_kinship(draft: Draft) -> None:
    """Two heads, relations missing or ambiguous, sizes that are wrong, people who stand twice or are dead."""
    spoil(draft, MERGED, "relation", "户主", "head_more_than_one", "error", "value", "之子", wanted=son, kin=True)
    spoil(draft, MERGED, "relation", None, "relation_missing", "error", "value", "之子", wanted=son, kin=True)
    spoil(draft, REPEATED, "relation", "父子", "relation_ambiguous", "warning", "value", "之子", wanted=son, kin=True)
    spoil(draft, TWO_HEADS, "relation", "长子", "relation_alias", "info", wanted=son, kin=True)
    spoil(draft, MERGED, "relation", "之女", "relation_differs_from_sex", "warning", "proposed", wanted=son, kin=True)
    spoil_home(draft, MERGED, "size", lambda h: len(h.members) + 3, "household_size_mismatch", "error", "proposed",
               note="按户口簿人数")  # fmt: skip
    dead = spoil(draft, MERGED, "note", "2026年2月病故", "note_person_deceased", "warning", "skip",
                 wanted=lambda h, m: m is not h.members[0], kin=True)  # fmt: skip
    if dead:
        dead.out = True
    _married_out(draft)


def _married_out(draft: Draft) -> None:
    """A daughter stands with her parents and again in another household; she is kept with her parents."""
    found = pick(draft, MERGED, lambda h, m: m.relation == "daughter" and m.age > 19 and len(h.members) > 1, kin=True)
    homes = [
        h for h in draft.households[REPEATED] if not h.kin and not h.taken and h.members[-1].row < draft.head_again
    ]
    if found is None or not homes:
        return
    _, daughter = found
    home = draft.rng.choice(homes)
    home.kin = home.taken = True
    again = Member(
        daughter.name, daughter.id_no, daughter.sex, "other", daughter.birth, daughter.age,
        {**daughter.typed, "relation": "其他"}, home.members[-1].row + 1, True, True,
    )  # fmt: skip
    home.members.append(again)
    draft.bottom[REPEATED] += 1
    draft.head_again += 1
    for household in draft.households[REPEATED]:
        for member in household.members:
            if member.row >= again.row and member is not again:
                member.row += 1
    for at, planted in enumerate(draft.planted):
        if planted.sheet == REPEATED and planted.row >= again.row:
            moved = Planted(REPEATED, planted.row + 1, planted.col, planted.code, planted.severity, planted.take,
                            planted.value, planted.note)  # fmt: skip
            draft.planted[at] = moved
    for key, code in (("name", "person_in_two_households"), ("id", "id_number_duplicate")):
        mark(draft, REPEATED, again.row, key, code, "error", "skip", note="户口仍在娘家")


def plant_names(draft: Draft) -> None:
    """Lost, private-use and spaced characters, nicknames, remarks and comments."""

    def other(household: Household, member: Member) -> bool:
        return member is not household.members[0] and len(member.name) == 3

    def old(member: Member) -> str:
        member.name = member.name[:2] + "䶮"
        return member.name[:2] + "\ue863"  # as GBK systems before 2005 kept it

    lost = spoil(draft, MERGED, "name", lambda m: m.name[:2] + "?", "name_question_mark", "error", "proposed",
                 wanted=other, note="原字待查")  # fmt: skip
    if lost:
        lost.name = lost.name[:2] + "?"
    spoil(draft, MERGED, "name", old, "name_private_use_character", "info", wanted=other)
    spoil(draft, TWO_HEADS, "name", lambda m: f"{m.name[0]}　{m.name[1:]}", "name_with_blank", "info", wanted=other)
    spoil(draft, REPEATED, "name", lambda m: f"{m.name}（阿{m.name[2]}）", "name_with_nickname", "warning", "proposed",
          wanted=other)  # fmt: skip
    found = pick(draft, MERGED)
    if found:
        _, member = found
        letters = cell(MERGED, member.row, "labor")
        draft.sheets[MERGED].comments[member.row, _column(letters[2])] = "2026年5月到珠三角务工，待核（黎例记）"
        draft.planted.append(Planted(*letters, "comment_on_cell", "warning"))
    found = pick(draft, MERGED, lambda h, m: m is h.members[-1] and len(h.members) > 2)
    if found:
        _, member = found
        draft.sheets[MERGED].hidden_rows.add(member.row)
        mark(draft, MERGED, member.row, "name", "hidden_row", "info")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def plant_lives(draft: Draft) -> None:
    """School, health, disability, work."""

    def pupil(household: Household, member: Member) -> bool:
        return 7 <= member.age <= 14

    def grown(household: Household, member: Member) -> bool:
        return 20 <= member.age <= 55 and member.typed["health"] == "健康"

    spoil(draft, MERGED, "education", "小学", "education_and_student_both", "error", "value", "", wanted=pupil)
    spoil(draft, REPEATED, "student", None, "out_of_school_without_reason", "error", "value",
          lambda m: m.typed["student"], wanted=pupil, note="学校已回复在读")  # fmt: skip
    spoil(draft, TWO_HEADS, "labor", "普通劳动力", "labor_but_minor_or_student", "warning", "proposed", wanted=pupil)
    spoil(draft, MERGED, "health", "高血压", "health_alias", "info", wanted=grown)
    spoil(draft, TWO_HEADS, "health", "一般", "health_not_in_list", "warning", "proposed", wanted=grown)
    spoil(draft, MERGED, "disability", None, "disability_no_missing", "warning",
          wanted=lambda h, m: m.typed["disability"] is not None)  # fmt: skip
    for sheet in (MERGED, REPEATED, TWO_HEADS):
        wrong = spoil(
            draft, sheet, "disability", lambda m: m.typed["id"][:14] + "9999" + m.typed["disability"][18:],
            "disability_no_differs_from_id", "error", "value", lambda m: m.typed["disability"],
            wanted=lambda h, m: m.typed["disability"] is not None, note="已对照残疾证",
        )  # fmt: skip
        if wrong:
            break
    worker = spoil(draft, REPEATED, "labor", "丧失劳动力", "working_without_labor", "warning", wanted=grown)
    if worker:
        worker.typed["work"] = "县内务工"


def plant_homes(draft: Draft) -> None:
    """Types, house, water, income, village, helper and telephone of households."""

    def ordinary(household: Household) -> bool:
        return not household.monitored

    def several(household: Household) -> bool:
        return len(household.members) > 1

    spoil_home(draft, MERGED, "type", "贫困户", "household_type_ambiguous", "warning", "proposed", wanted=ordinary)
    spoil_home(draft, MERGED, "type", "特困户、低保户", "household_type_conflict", "warning", "value", "低保户",
               wanted=ordinary)  # fmt: skip
    spoil_home(draft, TWO_HEADS, "type", "五保户", "household_type_alias", "info", wanted=ordinary)
    spoil_home(draft, MERGED, "house", "C级", "house_unsafe_without_measure", "warning")
    spoil_home(draft, TWO_HEADS, "house", "安全", "house_grade_ambiguous", "warning", "value", "B级")
    spoil_home(draft, MERGED, "water", "季节性缺水", "water_status_variant", "warning", "proposed")
    spoil_home(
        draft, MERGED, "net", lambda h: f"{h.net_fen / 1_000_000:.4f}万", "unit_text_in_number", "error", "proposed"
    )
    spoil_home(draft, TWO_HEADS, "net", "—", "placeholder_for_empty", "warning", "proposed")
    spoil_home(draft, MERGED, "per_head", lambda h: h.typed["net"], "per_capita_not_divided", "error", "proposed",
               wanted=several)  # fmt: skip
    spoil_home(draft, TWO_HEADS, "per_head", -1200, "income_negative", "error", "proposed")
    spoil_home(draft, MERGED, "risk", "因病", "risk_without_monitoring", "warning", wanted=ordinary)
    spoil_home(draft, MERGED, "village", lambda h: TYPOS[h.place.name], "village_name_typo", "warning", "proposed",
               wanted=lambda h: h.place.name in TYPOS)  # fmt: skip
    spoil_home(draft, TWO_HEADS, "village", lambda h: f"双水镇{h.place.name}", "village_name_with_prefix", "info")
    spoil_home(draft, TWO_HEADS, "helper", lambda h: f"{h.typed['helper']}（已调离）", "helper_left_office", "warning")
    spoil_home(draft, MERGED, "phone", lambda h: h.typed["phone"][:-1], "phone_length", "warning")
    spoil_home(draft, TWO_HEADS, "phone", lambda h: f"{h.typed['phone']}/10000009999", "phone_multiple", "warning",
               "proposed")  # fmt: skip
    spoil_home(draft, TWO_HEADS, "phone", lambda h: f"{h.typed['phone'][:3]} {h.typed['phone'][3:]}", "phone_format",
               "info")  # fmt: skip
    own = [h for h in draft.households[MERGED] if not h.taken and not h.kin]
    if len(own) > 1:
        first, second = sorted(draft.rng.sample(own, 2), key=lambda h: h.row)
        first.taken = second.taken = True
        second.typed["phone"] = first.typed["phone"]
        mark(draft, MERGED, second.row, "phone", "phone_duplicate", "warning")


def plant_repeated_cells(draft: Draft) -> None:
    """Where household cells stand in every row: one row says something else."""
    found = pick(draft, REPEATED, lambda h, m: m is h.members[-1] and len(h.members) > 2 and not h.taken)
    if found:
        household, member = found
        household.taken = True
        member.typed["house"] = "B级" if household.typed["house"] == "A级" else "A级"
        mark(draft, REPEATED, member.row, "house", "household_value_differs", "warning", "proposed")


def plant_counts(draft: Draft) -> None:
    """A village's 小计 that was typed before the last family was added."""
    row, place, households, persons = draft.subtotals[0]
    draft.subtotals[0] = (row, place, households - 1, persons - 3)
    mark(draft, MERGED, row, "serial", "subtotal_count_differs", "error")
    draft.planted.append(Planted(REPEATED, draft.head_again - 1, "A", "empty_row", "info"))
    draft.planted.append(Planted(REPEATED, draft.head_again, "A", "repeated_header_row", "info"))
