"""Puts the demo roster together: households, their errors, an old hidden list, and what the decisions bring."""

from __future__ import annotations

import random
from dataclasses import dataclass

from desktop.app.demo import roster_errors as errors
from desktop.app.demo.roster import Draft, Household, lay_out, make_households, write_sheets
from desktop.app.demo.sheet import Planted, SheetDraft

OLD = "2024年旧册"


@dataclass
class DemoRoster:
    """The roster with its errors, the decisions on them, and what it holds when they are taken."""

    sheets: list[SheetDraft]
    planted: list[Planted]
    households: list[Household]
    """Every household as it is right; members that are `out` do not come in."""


def make_roster(seed: int) -> DemoRoster:
    """The roster of a seed."""
    rng = random.Random(seed)
    draft = lay_out(rng, make_households(rng))
    errors.plant_borders(draft)
    errors.plant_kinship(draft)
    errors.plant_id_numbers(draft)
    errors.plant_birth_and_sex(draft)
    errors.plant_lives(draft)
    errors.plant_names(draft)
    errors.plant_homes(draft)
    errors.plant_repeated_cells(draft)
    errors.plant_counts(draft)
    sheets = [*write_sheets(draft), _old_list(draft)]
    return DemoRoster(sheets, draft.planted, [h for own in draft.households.values() for h in own])


def _old_list(draft: Draft) -> SheetDraft:
    sheet = SheetDraft(OLD, hidden=True)
    sheet.line(1, ("行政村", "户主姓名", "姓名", "与户主关系", "身份证号码"), "head")
    for row, household in enumerate(next(iter(draft.households.values()))[:3], 2):
        head = household.members[0]
        sheet.line(row, (household.place.name, head.name, head.name, "户主", head.id_no))
    draft.planted.append(Planted(OLD, 1, "A", "leftover_hidden_sheet", "warning"))
    return sheet
