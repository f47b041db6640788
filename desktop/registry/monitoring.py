"""What monitoring begins with and answers with: leads 线索 (DOMAIN §2.7) and assistance measures 帮扶措施 (§2.8)."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger

from desktop.common.ids import named_id
from desktop.registry.rows import RegisterRow, cell, live_index


class Lead(RegisterRow, table=True):
    """A hint that a household may fall (back) into poverty, and what the first look at it found."""

    __tablename__ = "lead"
    register_id: ClassVar[int] = 23
    parent_columns: ClassVar[tuple[str, ...]] = ("household_id",)
    __table_args__ = (live_index("lead_list", "household_id", "found_date", "id"),)

    household_id: str | None = cell(1, max_length=32)
    found_date: str | None = cell(2, max_length=10)
    channel: str | None = cell(3)
    """Code of `discovery_channel.csv`."""
    risk_type: str | None = cell(4, name="risk")
    """Codes of `risk_type.csv`, joined by a comma."""
    disaster_kind: str | None = cell(4)
    risk_other: str | None = cell(4)
    persons: str | None = cell(5)
    """Ids of the members concerned, joined by a comma; None = the whole household."""
    event_date: str | None = cell(6, max_length=10)
    story: str | None = cell(7)
    self_statement: int | None = cell(8)
    """1 when there is a written application."""
    size: int | None = cell(9)
    labor: int | None = cell(10)
    """Members able to work."""
    verdict: str | None = cell(11, name="verdict")
    """`propose` 建议纳入监测, `watch` 继续观察, `no_risk`; None while nobody looked."""
    proposed_type: str | None = cell(11)
    """Code of `monitored_type.csv`."""
    verdict_reason: str | None = cell(11)
    measures_wanted: str | None = cell(12)
    """Groups of `assistance_measure.csv`, joined by a comma."""
    authorised: int | None = cell(13)
    signed_by: str | None = cell(14)
    visit_id: str | None = cell(15, max_length=32)
    missing_reasons: str | None = cell(16)
    note: str | None = cell(17)


class Measure(RegisterRow, table=True):
    """Help given to a household or one of its members."""

    __tablename__ = "measure"
    register_id: ClassVar[int] = 24
    parent_columns: ClassVar[tuple[str, ...]] = ("household_id",)
    __table_args__ = (
        live_index("measure_list", "household_id", "period", "measure_code", "id"),
        live_index("measure_person", "person_id", "measure_code", "start_date", "id"),
    )

    household_id: str | None = cell(1, max_length=32)
    person_id: str | None = cell(2, name="for", max_length=32)
    for_whom: str | None = cell(2)
    """Who, as written, where the person was not chosen from the members; None = the whole household."""
    measure_code: str | None = cell(3)
    """Code of `assistance_measure.csv`."""
    period: str | None = cell(4)
    """Year it was given in."""
    start_date: str | None = cell(5, name="term", max_length=10)
    end_date: str | None = cell(5, max_length=10)
    amount_fen: int | None = cell(6, sa_type=BigInteger)
    fund_source: str | None = cell(7)
    """Code of `fund_source.csv`."""
    project_id: str | None = cell(8, max_length=32)
    risk_type: str | None = cell(9)
    """Code of the risk it answers."""
    provider: str | None = cell(10)
    effect: str | None = cell(11, name="result")
    """`good` 有效, `some` 有些作用, `none` 没有作用."""
    result: str | None = cell(11)
    evidence: str | None = cell(12)
    missing_reasons: str | None = cell(13)
    note: str | None = cell(14)


def measure_id(household: str, period: str, code: str, for_whom: str, ordinal: int) -> str:
    """The same help told again in another visit of the year is the same record; `ordinal` counts equal lines."""
    return named_id("measure", household, period, code, for_whom, str(ordinal))
