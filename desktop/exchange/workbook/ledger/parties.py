"""Who holds which right: owners, users and beneficiaries as typed, village committee and collective kept apart.

村委会 and 农村集体经济组织 are two legal persons (DOMAIN, ten things, 9): a ledger that mixes them is asked about, per
row, and nothing is merged unless somebody says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from desktop.common.divisions import Village
from desktop.common.names import looks_like_person
from desktop.common.shares import holders
from desktop.common.text import compact
from desktop.exchange.workbook.ledger.model import AssetSheet, Effect, Ledger
from desktop.exchange.workbook.ledger.words import data

RIGHTS = ("ownership", "operation", "income", "supervision", "disposal")
"""Rights with a column of their own; codes of `rights.csv`."""

_FULL = re.compile(r"(?:股份)?经济(?:联合|合作)(?:联合)?(?:总)?社$|股份(?:经济)?(?:合作|联合)社$|经济合作联社$")
_SHORT = re.compile(r"(?:经联社|经合社|股份社|经济社|联合社|集体经济组织|村?集体(?:所有)?|经济组织)$")
_COMMITTEE = re.compile(r"(?:村民委员会|居民委员会|村委会|居委会|村委|居委)$")
_GOVERNMENT = re.compile(r"(?:镇|乡|县|区|市|街道)(?:人民)?政府$|街道办(?:事处)?$|^(?:镇|乡|区|县|市)$|人民政府$")
_ENTERPRISE = re.compile(
    r"公司|专业合作社|合作社$|厂$|企业|农场$|店$|商行|经营部|个体户|种植场|养殖场|基地$|家庭农场|集团|银行"
)
_DEPARTMENT = re.compile(r"(?:局|办|办公室|中心|所|站|委|委员会|处|部|科|组)$")
_JOINT = re.compile(r"共有|共同|按份|[/／、，,；;和与及]")
_LEVELS = {
    "collective": "collective_village", "government": "state_town", "household": "household", "person": "household",
    "enterprise": "enterprise",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Holder:
    """A party as read: `name` as it goes in, kind of `party.kind`, the village it belongs to.

    `canonical` is the collective's full name when the text may mean it; `same` whether it surely does (经联社).
    """

    name: str
    kind: str
    village: Village | None = None
    canonical: str = ""
    same: bool = False

    def entry(self, numerator: int = 1, denominator: int = 1) -> tuple[str, str, int, int, str]:
        """As the plan's holders list it: name, kind, fraction, village code."""
        return (self.name, self.kind, numerator, denominator, self.village.code if self.village else "")


def learn_collectives(ledger: Ledger) -> None:
    """The full name of each village's collective as this workbook writes it, else by the workbook's commonest form."""
    forms: Counter[str] = Counter()
    own: dict[str, Counter[str]] = {}
    seen: Counter[str] = Counter()
    for sheet in ledger.sheets:
        for right in ("ownership", "income", "operation"):
            seen.update(t for t in sheet.values.get(right, ()) if t)
    for text, count in seen.items():
        match = _FULL.search(text)
        if match and match.start():
            found = ledger.villages.match(text[: match.start()])
            if found.village and found.kind in ("exact", "variant"):
                forms[match[0]] += count
                own.setdefault(found.village.code, Counter())[match[0]] += count
    common = forms.most_common(1)[0][0] if forms else "经济联合社"
    for village in ledger.villages.entries:
        mine = own.get(village.code)
        ledger.collective[village.code] = village.name + (mine.most_common(1)[0][0] if mine else common)


def read_holder(ledger: Ledger, typed: str, place: Village | None) -> Holder:
    """What kind of party a text names; `place` is the row's village, meant by a bare 村集体."""
    text = compact(typed)
    full = _FULL.search(text) or _SHORT.search(text)
    if full:
        head = text[: full.start()]
        village = _village_of(ledger, head) if head and head not in ("村", "本村") else place
        if village is not None:
            name = ledger.collective.get(village.code, f"{village.name}经济联合社")
            return Holder(name, "collective", village, name, True)
        return Holder(text, "collective", None)
    if _ENTERPRISE.search(text):
        return Holder(text, "enterprise")
    found = ledger.villages.match(text) if len(text) < 24 else None
    village = found.village if found and found.kind in ("exact", "variant") else None
    if village is None and text in ("本村", "村", "村委会", "村委", "村民委员会", "居委会"):
        village = place
    if village is not None:
        canonical = ledger.collective.get(village.code, f"{village.name}经济联合社")
        if _COMMITTEE.search(text):
            end = "居民委员会" if village.name.endswith("社区") else "村民委员会"
            return Holder(village.base + end, "village_committee", village, canonical)
        return Holder(village.name, "other", village, canonical)
    if _COMMITTEE.search(text):
        return Holder(text, "village_committee")
    if _GOVERNMENT.search(text):
        return Holder(text, "government")
    if looks_like_person(typed) and not _DEPARTMENT.search(text):
        return Holder(text, "person")
    return Holder(text, "department" if _DEPARTMENT.search(text) else "other")


def _village_of(ledger: Ledger, head: str) -> Village | None:
    found = ledger.villages.match(head)
    return found.village if found.kind in ("exact", "variant") else None


def check_holders(sheet: AssetSheet, ledger: Ledger) -> None:
    """Read every right's holders; owners missing, undetermined, joint without shares, or named in another way."""
    owners: list[Any] = sheet.values.get("ownership") or [None] * len(sheet.rows)
    codes = [place.code if place else "" for place in sheet.column("place")]
    places = sheet.column("place")
    households = [category == "household" for category in sheet.column("category")]
    read: dict[tuple[str, str, bool], Holder] = {}
    following: dict[int, Effect] = {}

    def reader(at: int) -> Callable[[str], Holder]:
        def holder_of(text: str) -> Holder:
            key = (text, codes[at], households[at])
            known = read.get(key)
            if known is None:
                known = read_holder(ledger, text, places[at])
                if households[at] and known.kind == "person":
                    known = replace(known, kind="household")
                read[key] = known
            return known

        return holder_of

    if "ownership" in sheet.values:
        levels = sheet.column("ownership_level")
        column = sheet.column("ownership_party")
        plain: dict[tuple[str, str, bool], tuple[list[Any], str | None]] = {}
        for at, key in enumerate(zip(owners, codes, households, strict=True)):
            settled = plain.get(key)
            if settled is not None:
                column[at], levels[at] = settled
                continue
            said = len(ledger.log.findings)
            effect = _check_owner(sheet, ledger, at, owners[at], reader(at), column, levels)
            if effect is not None:
                following[at] = effect
            elif len(ledger.log.findings) == said and column[at] is not None:
                plain[key] = (column[at], levels[at])
    for right in RIGHTS[1:]:
        if right in sheet.values:
            _check_others(sheet, ledger, right, owners, codes, households, reader, following)


def _check_others(
    sheet: AssetSheet,
    ledger: Ledger,
    right: str,
    owners: list[Any],
    codes: list[str],
    households: list[bool],
    reader: Callable[[int], Callable[[str], Holder]],
    following: dict[int, Effect],
) -> None:
    """Users, beneficiaries, supervisors: read as owners are; the owner's name goes with the owner's finding."""
    column = sheet.column(f"{right}_party")
    settled: dict[tuple[str, str, bool], tuple[list[Any], Holder | None]] = {}
    for at, key in enumerate(zip(sheet.values[right], codes, households, strict=True)):
        text = key[0]
        if text is None:
            if right == "income" and owners[at] and not households[at]:
                _income_missing(sheet, ledger, at, reader(at)(owners[at]))
            continue
        known = settled.get(key)
        if known is None:
            holder = reader(at)(text)
            asked = right != "supervision" and holder.canonical and text != holder.canonical
            known = settled[key] = ([holder.entry()], holder if asked else None)
        column[at] = known[0]
        if known[1] is None:
            continue
        effect = following.get(at)
        if text == owners[at] and effect is not None and effect.proposed is not None:
            effect.proposed[f"{right}_party"] = [_collective(known[1]).entry()]
            if effect.kept is not None:
                effect.kept[f"{right}_party"] = [replace(known[1], name=text).entry()]
        else:
            _variant(sheet, ledger, at, right, text, known[1])


def _collective(holder: Holder) -> Holder:
    return replace(holder, name=holder.canonical, kind="collective")


def _check_owner(
    sheet: AssetSheet,
    ledger: Ledger,
    at: int,
    text: str | None,
    read: Callable[[str], Holder],
    column: list[Any],
    levels: list[Any],
) -> Effect | None:
    place: Village | None = sheet.column("place")[at]
    household = sheet.column("category")[at] == "household"
    log = ledger.log
    if text is None:
        collective = ledger.collective.get(place.code) if place and not household else None
        patch: dict[str, Any] = {"ownership_party": None, "ownership_level": None}
        if collective and place:
            patch = {
                "ownership_party": [Holder(collective, "collective", place).entry()],
                "ownership_level": "collective_village",
            }
        log.add(
            sheet, at, "ownership", "owner_missing", "error", "没有填所有权人，请核实后补填。", proposed=collective,
            patch=patch,
        )  # fmt: skip
        return None
    if any(word in text for word in data()["undetermined"]):
        log.add(
            sheet, at, "ownership", "owner_undetermined", "error", "所有权未确定，请确权后填写，或确认按“未确权”登记。",
            patch={"ownership_party": None, "ownership_level": "undetermined"},
        )  # fmt: skip
        return None
    holder = read(text)
    if holder.kind in ("other", "department") and not holder.canonical and _JOINT.search(text):
        _joint(sheet, ledger, at, text, read, column, levels)
        return None
    column[at] = [holder.entry()]
    levels[at] = _LEVELS.get(holder.kind)
    if holder.village is not None and place is not None and holder.village.code != place.code:
        log.add(
            sheet,
            at,
            "ownership",
            "owner_of_other_village",
            "warning",
            "所有权人所在的村与坐落地点不是同一个村，请核实。",
        )
    if holder.canonical and text != holder.canonical:
        return _variant(sheet, ledger, at, "ownership", text, holder)
    return None


def _variant(sheet: AssetSheet, ledger: Ledger, at: int, right: str, text: str, holder: Holder) -> Effect:
    if holder.kind == "village_committee":
        message = f"村（居）委会不是农村集体经济组织：请确认权利人是村委会，还是“{holder.canonical}”。"
    elif holder.same:
        message = f"同一集体经济组织的另一种写法，按“{holder.canonical}”登记。"
    else:
        message = f"只写了村名，请确认权利人是否为“{holder.canonical}”。"
    patch: dict[str, Any] = {f"{right}_party": [_collective(holder).entry()]}
    kept: dict[str, Any] | None = None
    if holder.same:
        kept = {f"{right}_party": [replace(holder, name=text).entry()]}
    if right == "ownership":
        patch["ownership_level"] = "collective_village"
    ledger.log.add(
        sheet, at, right, "owner_name_variant", "info", message, proposed=holder.canonical, patch=patch, kept=kept
    )
    return ledger.log.effects[-1]


def _joint(
    sheet: AssetSheet,
    ledger: Ledger,
    at: int,
    text: str,
    read: Callable[[str], Holder],
    column: list[Any],
    levels: list[Any],
) -> None:
    levels[at] = "joint"
    try:
        shares = holders(text)
    except ValueError:
        shares = []
    if shares:
        column[at] = [read(name).entry(s.numerator, s.denominator) for name, s in shares]
        return
    ledger.log.add(
        sheet, at, "ownership", "owner_joint_without_share", "error",
        "写了共有却没有份额，请补填各方所占比例（例如 镇政府60%、村经济联合社40%）。",
        patch={"ownership_party": None, "ownership_level": "joint"},
    )  # fmt: skip


def _income_missing(sheet: AssetSheet, ledger: Ledger, at: int, owner: Holder) -> None:
    holder = _collective(owner) if owner.canonical else owner
    ledger.log.add(
        sheet, at, "income", "income_right_missing", "error", "没有填收益权人，请核实后补填。", proposed=holder.name,
        patch={"income_party": [holder.entry()]},
    )  # fmt: skip
