"""A household's income, safeguards, risks, measures and visits, for window and command line."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.app.workspace import Workspace
from desktop.insight import household_records as queries
from desktop.insight.household_records import (
    IncomeLine,
    LeadLine,
    MeasureLine,
    SafeguardLine,
    VisitLine,
    period_word,
)

__all__ = [
    "HouseholdRecords", "IncomeLine", "LeadLine", "MeasureLine", "SafeguardLine", "VisitLine", "counts_of",
    "household_records", "income_of", "measures_of", "period_word", "risks_of", "safeguards_of", "visits_of",
]  # fmt: skip


@dataclass(frozen=True)
class HouseholdRecords:
    """Everything visits left at a household, newest first."""

    income: list[IncomeLine]
    safeguards: list[SafeguardLine]
    leads: list[LeadLine]
    measures: list[MeasureLine]
    visits: list[VisitLine]


def household_records(ws: Workspace, household: str) -> HouseholdRecords:
    """All of it at once, in one view of the register."""
    with ws.register.reading() as sql:
        return HouseholdRecords(
            queries.income_lines(sql, household), queries.safeguard_lines(sql, household),
            queries.lead_lines(sql, household), queries.measure_lines(sql, household),
            queries.visit_lines(sql, household),
        )  # fmt: skip


def income_of(ws: Workspace, household: str) -> list[IncomeLine]:
    """Income and expenditure by period."""
    with ws.register.reading() as sql:
        return queries.income_lines(sql, household)


def safeguards_of(ws: Workspace, household: str) -> list[SafeguardLine]:
    """两不愁三保障 and water by period."""
    with ws.register.reading() as sql:
        return queries.safeguard_lines(sql, household)


def risks_of(ws: Workspace, household: str) -> tuple[list[LeadLine], list[MeasureLine]]:
    """Leads, and the measures given."""
    with ws.register.reading() as sql:
        return queries.lead_lines(sql, household), queries.measure_lines(sql, household)


def measures_of(ws: Workspace, household: str) -> list[MeasureLine]:
    """The measures given."""
    with ws.register.reading() as sql:
        return queries.measure_lines(sql, household)


def visits_of(ws: Workspace, household: str) -> list[VisitLine]:
    """Finished visits."""
    with ws.register.reading() as sql:
        return queries.visit_lines(sql, household)


def counts_of(ws: Workspace, household: str) -> dict[str, int]:
    """How many records of each kind, by table."""
    with ws.register.reading() as sql:
        return queries.counts(sql, household)
