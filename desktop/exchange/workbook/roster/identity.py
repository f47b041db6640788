"""Reads ID numbers, birth dates and ages of a roster, each cell by itself.

A number that Excel kept as a number has lost its last digits: it is never repaired (DOMAIN §4.4). Proposals for wrong
digits are made only when the birth date, the sex and the check digit all agree on one number; a person must confirm.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from desktop.common.dates import DateError, parse_partial_date
from desktop.common.idnumber import check_digit, to_18
from desktop.common.text import BLANKS, clean, is_placeholder, narrow
from desktop.exchange.workbook.roster.model import Log, Roster
from desktop.exchange.workbook.roster.words import Level, read_remark

_OLDEST = dt.date(1900, 1, 1)
_ANY_BLANK = re.compile(f"[{BLANKS}]")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[Ee]\+?\d{2}")
_NO_NUMBER = re.compile(r"不详|未知|没有|暂无|未办|无证|未上户|未落户|待补|待办|丢失|遗失|不清楚|无身份证|新生儿|未领")
_LUNAR = re.compile(r"农历|阴历|旧历|古历")
_LETTERS = str.maketrans(
    {
        "O": "0",
        "o": "0",
        "Q": "0",
        "D": "0",
        "l": "1",
        "I": "1",
        "i": "1",
        "|": "1",
        "Z": "2",
        "z": "2",
        "S": "5",
        "s": "5",
        "B": "8",
    }
)
_SHORT_YEAR = re.compile(r"\d{2}[-/.年]")
_PASSPORT = re.compile(r"[HMhm]\d{8}(\d{2})?|[A-Za-z]{1,2}\d{7,9}")


@dataclass(frozen=True, slots=True)
class IdReading:
    """An ID cell: the 18 characters when they can be trusted, else why not."""

    id18: str | None
    level: Level = ""
    code: str = ""
    message: str = ""
    proposed: str | None = None
    cert_type: str | None = None
    digits: str = ""
    """The cleaned characters of a number that failed its check, for proposals and duplicates."""


def id_date(text: str) -> dt.date | None:
    """The date in characters 7–14 of an 18-character number; None when it is none."""
    try:
        return dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return None


def id_sex(text: str) -> str:
    """ "1" or "2" by the parity of character 17 (GB 11643)."""
    return "1" if int(text[16]) % 2 else "2"


def read_id(raw: Any, today: dt.date) -> IdReading:
    """One ID cell: Excel's numbers, signs, length, letters, date and check digit, in the order of DOMAIN §2.3.1."""
    if raw.__class__ is str and len(raw) == 18 and raw.isascii() and raw[:17].isdigit() and raw[17] in "0123456789X":
        return _eighteen(raw, [], today) if raw[:6] != raw[0] * 6 else _virtual(raw)
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        if raw >= 1e15:
            return _lost(f"{raw:.15g}")
        raw = str(int(raw)) if float(raw).is_integer() else repr(raw)
    text = clean(str(raw)) if raw else ""
    if not text or is_placeholder(text) or (_NO_NUMBER.search(text) and not re.search(r"\d{10}", text)):
        said = f"写“{text}”，" if text else "空着，"
        return IdReading(None, "warning", "id_number_missing", f"证件号码{said}须补采；新生儿等暂无证件的请写明原因")
    plain, steps = _plain(str(raw))
    if _SCIENTIFIC.fullmatch(plain):
        return _lost(plain)
    if re.fullmatch(r"(\d)\1{5}.*", plain) and len(plain) in (15, 18, 19, 20):
        return _virtual(plain)
    if re.fullmatch(r"\d{15}", plain):
        return _fifteen(plain, today)
    if len(plain) == 18 and re.fullmatch(r"\d{17}[\dX]", plain):
        return _eighteen(plain, steps, today)
    return _odd(plain, today)


def _plain(raw: str) -> tuple[str, list[str]]:
    """The number without what does not belong to it, and what was taken away."""
    steps: list[str] = []
    text = raw
    for code, pattern, new in (
        ("line_break", r"[\r\n\v\f\u2028\u2029]+", ""),
        ("spaces", f"[{BLANKS}]+", ""),
        ("quote", r"['‘’`´＇\"“”]+", ""),
    ):
        changed = re.sub(pattern, new, text)
        if changed != text:
            steps.append(code)
            text = changed
    narrowed = narrow(text)
    if narrowed != text:
        steps.append("fullwidth")
        text = narrowed
    changed = re.sub(r"[\-‐–—_./·]+", "", text) if re.search(r"\d{6}[\-‐–—_./·]", text) else text
    if changed != text:
        steps.append("hyphens")
        text = changed
    if len(text) == 18 and text[17] in "x×хχ*":
        steps.append("lowercase_x" if text[17] == "x" else "wrong_x")
        text = text[:17] + "X"
    return text, steps


def _virtual(plain: str) -> IdReading:
    message = f"{plain[:6]} 开头的是虚拟号，不是真实证件号；按“无证”登记，须补采"
    return IdReading(None, "warning", "id_number_virtual", message, None, "none_other", plain)


def _lost(shown: str) -> IdReading:
    message = "Excel 把证件号存成数字，末几位已经丢失，算不回来：须对照证件重新登记"
    return IdReading(None, "error", "id_number_lost_precision", message, None, None, shown)


def _fifteen(plain: str, today: dt.date) -> IdReading:
    text = to_18(plain)
    if _date_problem(text, today):
        return IdReading(
            None, "error", "id_number_date_invalid", "15 位证件号里的出生日期不成立，须对照证件登记", None, None, plain
        )
    message = "15 位老证件号，已按国标补成 18 位，请对照现行证件确认"
    return IdReading(text, "warning", "id_number_15_digits", message, text, "id_card_18", text)


_STEP_WORDS = {
    "line_break": ("id_number_line_break", "换行"),
    "spaces": ("id_number_spaces", "空格"),
    "quote": ("id_number_quote", "引号"),
    "fullwidth": ("id_number_fullwidth", "全角字符"),
    "hyphens": ("id_number_hyphens", "分隔符"),
    "lowercase_x": ("id_number_lowercase_x", "小写 x"),
    "wrong_x": ("id_number_x_variant", "代替 X 的符号"),
}


def _eighteen(plain: str, steps: list[str], today: dt.date) -> IdReading:
    problem = _date_problem(plain, today)
    if problem:
        code, message = problem
        return IdReading(None, "error", code, message, None, None, plain)
    right = check_digit(plain[:17])
    if right != plain[17]:
        if plain.endswith("000"):
            return _lost(plain[:15] + "000")
        message = f"校验码不对：末位是 {plain[17]}，按前 17 位应为 {right}，某一位写错了，须对照证件登记"
        return IdReading(None, "error", "id_number_check_digit_wrong", message, None, None, plain)
    if not steps:
        return IdReading(plain, cert_type="id_card_18", digits=plain)
    words = "、".join(_STEP_WORDS[s][1] for s in steps)
    code = _STEP_WORDS[steps[-1]][0] if len(steps) == 1 else _STEP_WORDS[steps[0]][0]
    return IdReading(plain, "info", code, f"证件号里的{words}已规范", plain, "id_card_18", plain)


def _date_problem(text: str, today: dt.date) -> tuple[str, str] | None:
    date = id_date(text)
    part = f"{text[6:10]}-{text[10:12]}-{text[12:14]}"
    if date is None:
        return "id_number_date_invalid", f"证件号里的出生日期 {part} 不存在，须对照证件登记"
    if date > today:
        return "id_number_date_in_future", f"证件号里的出生日期 {part} 晚于今天，须对照证件登记"
    if date < _OLDEST:
        return "id_number_date_invalid", f"证件号里的出生日期 {part} 早于 1900 年，须对照证件登记"
    return None


def _odd(plain: str, today: dt.date) -> IdReading:
    guess = plain.translate(_LETTERS)
    guess = guess[:17] + plain[17:].upper() if len(plain) == 18 and plain[17] in "Xx" else guess
    if guess != plain and re.fullmatch(r"\d{17}[\dX]", guess):
        good = not _date_problem(guess, today) and check_digit(guess[:17]) == guess[17]
        letters = "、".join(dict.fromkeys(c for c, d in zip(plain, guess, strict=True) if c != d))
        message = f"证件号里混有字母 {letters}，应是数字，请对照证件确认"
        proposed = guess if good else None
        return IdReading(None, "error", "id_number_letter_for_digit", message, proposed, None, guess)
    if re.fullmatch(r"\d+X?", plain):
        if len(plain) in (20, 22):
            message = "证件号一栏填了残疾证号，须填 18 位身份证号"
            return IdReading(None, "error", "id_number_is_disability_no", message, plain[:18], None, plain)
        message = f"证件号有 {len(plain)} 位，应为 18 位，须对照证件登记"
        return IdReading(None, "error", "id_number_length", message, None, None, plain)
    if _PASSPORT.fullmatch(plain):
        message = "不是身份证号，像是港澳台居民证件或护照，请确认证件类型"
        return IdReading(
            plain,
            "warning",
            "id_number_other_certificate",
            message,
            None,
            "hk_mo_permit" if plain[0] in "HMhm" else None,
            plain,
        )
    return IdReading(None, "error", "id_number_not_number", "证件号里有文字或符号，须对照证件登记", None, None, plain)


def candidates(digits: str) -> Iterator[str]:
    """Numbers one slip away: two neighbours swapped, one digit left out or typed twice too many."""
    n = len(digits)
    if n == 18:
        for k in range(17):
            if digits[k] != digits[k + 1]:
                yield digits[:k] + digits[k + 1] + digits[k] + digits[k + 2 :]
    elif n == 17:
        for k in range(18):
            for d in "0123456789":
                yield digits[:k] + d + digits[k:]
    elif n == 19:
        for k in range(19):
            yield digits[:k] + digits[k + 1 :]


def propose_id(digits: str, birth: dt.date | None, sex: str | None, prefixes: frozenset[str]) -> str | None:
    """The one number, a single slip away, that agrees with birth date, sex and check digit; None when not exactly one.

    Its address code must be one of `prefixes`, those that good numbers of the same sheet have.
    """
    if birth is None or sex not in ("1", "2"):
        return None
    found = {
        c
        for c in candidates(digits)
        if re.fullmatch(r"\d{17}[\dX]", c)
        and c[:6] in prefixes
        and c[6:14] == birth.strftime("%Y%m%d")
        and id_sex(c) == sex
        and check_digit(c[:17]) == c[17]
    }
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class BirthReading:
    """A birth-date cell: `date` only when known to the day."""

    date: dt.date | None = None
    iso: str | None = None
    precision: str | None = None
    level: Level = ""
    code: str = ""
    message: str = ""


@lru_cache(1 << 16)
def read_birth(raw: Any, today: dt.date) -> BirthReading:
    """出生日期 in the many ways people write it; lunar and impossible dates are findings."""
    if raw.__class__ is str and len(raw) == 10 and raw[4] == raw[7] == "-":
        try:
            day = dt.date.fromisoformat(raw)
        except ValueError:
            day = None
        if day is not None and _OLDEST <= day <= today:
            return BirthReading(day, raw, "day")
    text = clean(str(int(raw) if isinstance(raw, float) and raw.is_integer() else raw)) if raw not in (None, "") else ""
    if isinstance(raw, dt.date):
        text = raw.isoformat()[:10]
    if not text or is_placeholder(text):
        return BirthReading(
            level="info" if not text else "warning", code="birth_date_missing", message="没有填出生日期"
        )
    if _LUNAR.search(text):
        return BirthReading(level="warning", code="birth_date_lunar", message=f"“{text}”是农历，须填公历出生日期")
    try:
        parsed = parse_partial_date(raw if isinstance(raw, str | int | float | dt.date) else text)
    except DateError as error:
        return _broken_birth(text, error)
    if parsed.date > today:
        return BirthReading(
            level="warning", code="birth_date_in_future", message=f"出生日期“{text}”晚于今天，须重新登记"
        )
    if parsed.date < _OLDEST:
        return BirthReading(
            level="warning", code="birth_date_invalid", message=f"出生日期“{text}”早于 1900 年，须重新登记"
        )
    iso = parsed.iso()
    day = parsed.date if parsed.precision == "day" else None
    if day is not None and _SHORT_YEAR.match(text):
        message = f"“{text}”的年份只写两位，按 {iso} 理解，请确认"
        return BirthReading(day, iso, "day", "warning", "birth_date_two_digit_year", message)
    if day is not None and (isinstance(raw, dt.date) or text == iso):
        return BirthReading(day, iso, parsed.precision)
    if day is None:
        return BirthReading(
            None, iso, parsed.precision, "info", "birth_date_month_only", f"“{text}”没有写到日，按证件日期登记"
        )
    return BirthReading(day, iso, parsed.precision, "info", "date_format_variant", f"“{text}”按 {iso} 登记")


def _broken_birth(text: str, error: DateError) -> BirthReading:
    if error.reason == "serial" and error.proposal:
        iso = error.proposal.iso()
        message = f"“{text}”是 Excel 的日期序号，相当于 {iso}，请确认"
        return BirthReading(None, iso, None, "warning", "birth_date_serial_number", message)
    if error.reason in ("approximate", "ambiguous"):
        return BirthReading(
            level="warning", code="birth_date_approximate", message=f"出生日期“{text}”不确切，须重新登记"
        )
    if error.reason == "invalid":
        return BirthReading(level="warning", code="birth_date_invalid", message=f"出生日期“{text}”不存在，须重新登记")
    return BirthReading(level="warning", code="birth_date_invalid", message=f"出生日期“{text}”无法识别，须重新登记")


_AGE = re.compile(r"(虚|周)?岁?(\d{1,3})(\.0+)?(周岁|虚岁|岁)?(半)?")


@lru_cache(4096)
def read_age(raw: Any) -> int | None:
    """A stated age in years; months (3个月) count as 0; None when it is no age."""
    text = _ANY_BLANK.sub("", narrow(str(raw))) if raw is not None else ""
    if re.fullmatch(r"\d{1,2}个?月(大)?|不满(一|1)?周?岁|未满月|新生儿", text):
        return 0
    match = _AGE.fullmatch(text)
    return int(match[2]) if match else None


def completed_years(birth: dt.date, at: dt.date) -> int:
    """周岁 at a date (negative before birth)."""
    return at.year - birth.year - ((at.month, at.day) < (birth.month, birth.day))


def read_identities(roster: Roster, log: Log, today: dt.date) -> None:
    """Fills id18, cert_type, birth, sex and their findings, cell by cell; contradictions come in `check_identities`."""
    raw_ids, raw_births, notes = roster.raw["id_no"], roster.raw["birth_date"], roster.text["note"]
    usual = Counter(str(v).strip()[:6] for v in raw_ids if isinstance(v, str) and len(v.strip()) == 18)
    prefixes = frozenset(p for p, n in usual.items() if n >= 3)
    for i in range(len(roster)):
        sheet = roster.sheet_of(i)
        has_id = "id_no" in sheet.columns
        reading = read_id(raw_ids[i], today) if has_id else IdReading(None)
        birth = read_birth(raw_births[i], today) if "birth_date" in sheet.columns else BirthReading()
        stated_sex = roster.value("sex", i)
        missing = roster.person_missing[i]
        if reading.level:
            proposed = reading.proposed
            if proposed is None and reading.code in ("id_number_check_digit_wrong", "id_number_length"):
                proposed = propose_id(reading.digits, birth.date, stated_sex, prefixes)
            message = reading.message
            newborn = any(r.newborn for r in read_remark(notes[i]))
            if reading.code == "id_number_missing" and newborn:
                message = "新生儿尚未落户，按“无证（新生儿未落户）”登记，落户后补采"
                reading = IdReading(None, cert_type="none_newborn")
                log.add(i, "id_no", "id_number_missing", "warning", message)
            else:
                log.add(i, "id_no", reading.code, reading.level, message, proposed)
        if has_id and reading.id18 is None:
            missing["id_no"] = "not_applicable" if reading.cert_type == "none_newborn" else "to_collect"
        roster.id18.append(reading.id18)
        roster.id_problem.append(reading.level == "error")
        roster.cert_type.append(reading.cert_type)
        own = id_date(reading.id18) if reading.id18 and len(reading.id18) == 18 else None
        if birth.level and not (birth.code == "birth_date_missing" and (own or birth.level == "info")):
            log.add(i, "birth_date", birth.code, birth.level, birth.message, own.isoformat() if own else birth.iso)
        roster.birth.append(own or birth.date)
        text = (own.isoformat(), "day") if own else ((birth.iso, birth.precision) if birth.iso else None)
        roster.birth_text.append(text if text and text[1] else None)  # type: ignore[arg-type]
        if text is None:
            missing["birth_date"] = "to_collect"
        roster.sex.append(id_sex(reading.id18) if own and reading.id18 else stated_sex)
        roster.stated_age.append(read_age(roster.raw["age"][i]) if "age" in sheet.columns else None)
