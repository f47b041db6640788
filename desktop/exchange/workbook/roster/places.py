"""Towns, villages and groups of a roster against the list of divisions: prefixes off, typing slips proposed.

A village that the town does not have is an error; a name one slip away is proposed when it sounds the same or the
neighbouring households live there (R-AS-08's rule applied to households).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from desktop.common.divisions import Village, Villages
from desktop.common.text import compact
from desktop.exchange.workbook.roster.model import HouseholdDraft, Log, Roster, RosterSheet

_GROUP = re.compile(r"第?([0-9一二三四五六七八九十]{1,3})(村民)?小?组?")
_DIGITS = "零一二三四五六七八九十"
_SHARE = 0.6
"""A town is taken for a sheet's when it has this share of the village names in it."""


def find_town(villages: Villages, sheet: RosterSheet, texts: Iterable[str]) -> tuple[str, str]:
    """Code of the town, and name of the only village, that the sheet's name or its title speak of; "" when none."""
    for text in (sheet.name, *texts):
        codes = villages.towns_named_in([text])
        if len(codes) == 1:
            town = villages.within(codes[0])
            plain = compact(text).split(town.entries[0].town, 1)[1]
            village = next((v.name for v in town.entries if plain.startswith(v.name)), "")
            return codes[0], village
    return "", ""


def check_places(roster: Roster, log: Log, villages: Villages) -> None:
    """Town, village and group of each household: fills `village_name`, `town_name`, `division_code`, `group_name`."""
    for index, sheet in enumerate(roster.sheets):
        mine = [h for h in roster.households if h.sheet == index and h.members]
        if not mine:
            continue
        usual = _usual_town(roster, villages, sheet, mine)
        usual_name = villages.within(usual).entries[0].town if usual else ""
        within: dict[str, Villages] = {}
        for at, household in enumerate(mine):
            town = _town(roster, log, villages, household.source.get("town"), usual, usual_name)
            if town and town not in within:
                within[town] = villages.within(town)
            known = within.get(town)
            written = compact(roster.text["town"][household.source["town"]]) if "town" in household.source else ""
            household.values["town_name"] = known.entries[0].town if known and known.entries else (written or None)
            neighbours = tuple(
                roster.text["village"][h.source["village"]]
                for h in (*mine[max(0, at - 1) : at], *mine[at + 1 : at + 2])
                if "village" in h.source
            )
            _village(roster, log, known, sheet, household, neighbours)
        _groups(roster, log, [h.source["group"] for h in mine if "group" in h.source])
        for household in mine:
            if "group" in household.source:
                text = roster.text["group"][household.source["group"]]
                household.values["group_name"] = text or household.values.get("group_name")


def _usual_town(roster: Roster, villages: Villages, sheet: RosterSheet, mine: list[HouseholdDraft]) -> str:
    """The town most rows name, else the one the heading names, else the one that has most of the villages."""
    named = Counter(roster.text["town"][h.source["town"]] for h in mine if "town" in h.source)
    if named:
        text, count = named.most_common(1)[0]
        codes = villages.towns_named_in([text]) if text else []
        if len(codes) == 1 and 2 * count > len(mine):
            return codes[0]
    if sheet.town:
        return sheet.town
    names = {roster.text["village"][h.source["village"]] for h in mine if "village" in h.source} - {""}
    towns: dict[str, set[str]] = defaultdict(set)
    for village in villages.entries:
        if village.name in names or village.official in names:
            towns[village.town_code].add(village.name)
    best = sorted(towns.items(), key=lambda kv: -len(kv[1]))
    if best and len(best[0][1]) >= max(2, _SHARE * len(names)) and (len(best) < 2 or len(best[0][1]) > len(best[1][1])):
        return best[0][0]
    return ""


def _town(roster: Roster, log: Log, villages: Villages, source: int | None, usual: str, name: str) -> str:
    text = roster.text["town"][source] if source is not None else ""
    if not text or source is None or not usual:
        return usual
    if text == name:
        return usual
    codes = villages.towns_named_in([text])
    if usual in codes:
        log.add(source, "town", "town_name_with_prefix", "info", f"“{text}”按“{name}”登记", name)
        return usual
    if len(codes) == 1:
        log.add(source, "town", "town_name_differs", "warning", f"乡镇写“{text}”，本表是“{name}”，请确认", name)
        return codes[0]
    log.add(source, "town", "town_name_typo", "warning", f"乡镇“{text}”不在区划表里，本表是“{name}”，请确认", name)
    return usual


def _village(
    roster: Roster,
    log: Log,
    known: Villages | None,
    sheet: RosterSheet,
    household: HouseholdDraft,
    neighbours: tuple[str, ...],
) -> None:
    source = household.source.get("village")
    text = compact(roster.text["village"][source]) if source is not None else sheet.village
    household.values["village_name"] = text or None
    if not text:
        if source is not None:
            log.add(source, "village", "village_missing", "error", "没有填行政村，须补填")
        return
    if known is None:
        return
    match = known.match(text, neighbours)
    found: Village | None = match.village if match.kind in ("exact", "variant", "detail") else None
    if found:
        household.values["village_name"], household.values["division_code"] = found.name, found.code
        if source is None or match.kind == "exact":
            return
        town = known.entries[0].town
        if match.kind == "detail":
            household.values["group_name"] = match.rest
            message = f"“{text}”按“{found.name}”登记，“{match.rest}”记为组名"
            log.add(source, "village", "village_name_with_group", "info", message, found.name)
        elif town in text or found.county in text:
            message = f"“{text}”按“{found.name}”登记"
            log.add(source, "village", "village_name_with_prefix", "info", message, found.name)
        elif text != found.base:
            log.add(source, "village", "village_name_variant", "info", f"“{text}”按“{found.name}”登记", found.name)
        return
    household.missing["division_code"] = "to_collect"
    if source is None:
        return
    options = [v.name for v in match.candidates]
    if match.village:
        message = f"“{text}”不在本镇的村名里，像是“{match.village.name}”的错字，请确认"
        log.add(source, "village", "village_name_typo", "warning", message, match.village.name, options=options)
    else:
        hint = f"，相近的有{'、'.join(options[:4])}" if options else ""
        message = f"{known.entries[0].town}没有“{text}”{hint}，须改为本镇的村"
        log.add(source, "village", "village_not_in_town", "error", message, None, options=options)


def _group_form(text: str) -> str | None:
    match = _GROUP.fullmatch(text)
    if not match:
        return None
    digits = match[1]
    if not digits.isdigit():
        value = 0
        for part in digits:
            n = _DIGITS.index(part) if part in _DIGITS else int(part)
            value = max(value, 1) * 10 if n == 10 else value + n
        digits = str(value)
    return f"{int(digits)}组"


def _groups(roster: Roster, log: Log, sources: list[int]) -> None:
    """组 written 第3组, 三组, 3: one form when most of the column has it."""
    texts = roster.text["group"]
    plain = sum(1 for i in sources if re.fullmatch(r"\d{1,3}组", texts[i]))
    if plain * 2 < len(sources):
        return
    for i in sources:
        form = _group_form(texts[i]) if texts[i] else None
        if form and form != texts[i]:
            log.add(i, "group", "group_name_variant", "info", f"“{texts[i]}”按“{form}”登记", form)
            texts[i] = form
