"""Which survey records are the same on every laptop, their periods, and which of their fields make them what they are.

The income or safeguards of one household and period, the profile of one village and period, and the same help told
twice are one record, whoever writes them first: at the door, at the desk, or on another machine (DOMAIN §2.4–2.9).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from desktop.common.text import narrow
from desktop.registry.income import income_record_id
from desktop.registry.monitoring import measure_id
from desktop.registry.safeguard import safeguard_check_id
from desktop.registry.village_profile import village_profile_id

SURVEY_RECORDS = ("income_record", "safeguard_check", "lead", "measure")
"""Records of a household that visits write and people may keep by hand."""
KEYS: dict[str, tuple[str, ...]] = {
    "income_record": ("household_id", "period"),
    "safeguard_check": ("household_id", "period"),
    "lead": ("household_id",),
    "measure": ("household_id", "period", "measure_code", "person_id", "for_whom"),
}
"""What makes a record the one it is: another value is another record."""
PERIOD_WORDS = {
    "income_record": "期间写作 2025，或 2025年6月-2026年5月",
    "safeguard_check": "期间写作 2026，或 2026上半年",
    "measure": "年度写作 2026",
}
_SHAPES = {
    "income_record": re.compile(r"\d{4}|\d{4}(0[1-9]|1[0-2])-\d{4}(0[1-9]|1[0-2])"),
    "safeguard_check": re.compile(r"\d{4}(H[12])?"),
    "measure": re.compile(r"\d{4}"),
}


def survey_record_id(table: str, values: Mapping[str, Any], ordinal: int = 1) -> str | None:
    """The id that every laptop gives to this record, None for records that are each their own.

    `ordinal` counts equal lines of help in one visit.
    """
    household, period = str(values.get("household_id") or ""), str(values.get("period") or "")
    if table == "income_record" and household and period:
        return income_record_id(household, period)
    if table == "safeguard_check" and household and period:
        return safeguard_check_id(household, period)
    if table == "village_profile" and values.get("division_code") and period:
        return village_profile_id(str(values["division_code"]), period)
    if table == "measure" and household and values.get("measure_code"):
        whom = str(values.get("person_id") or values.get("for_whom") or "")
        return measure_id(household, period, str(values["measure_code"]), whom, ordinal)
    return None


def read_period(table: str, text: str) -> str:
    """A period as it is stored, from what people write: 2025年, 2026上半年, 2025年6月-2026年5月.

    Raises ValueError with the sentence to show.
    """
    plain = re.sub(r"\s", "", narrow(text)).replace("—", "-").replace("至", "-").replace("~", "-").replace("--", "-")
    plain = plain.replace("年度", "年").replace("全年", "年")
    half = re.fullmatch(r"(\d{4})年?([上下])半年", plain)
    months = re.fullmatch(r"(\d{4})年(\d{1,2})月-(?:(\d{4})年)?(\d{1,2})月", plain)
    if half:
        plain = f"{half[1]}H{1 if half[2] == '上' else 2}"
    elif months:
        plain = f"{months[1]}{int(months[2]):02d}-{months[3] or months[1]}{int(months[4]):02d}"
    plain = plain.removesuffix("年").upper()
    shape = _SHAPES[table]
    first, _, last = plain.partition("-")
    if not shape.fullmatch(plain) or not 1949 <= int(plain[:4]) <= 2100 or (last and last < first):
        raise ValueError(PERIOD_WORDS[table])
    return plain
