"""Visits 走访: who filled which form where and when, what came of it; the answers lie beside it as attachments.

Fields of DOMAIN §2.9. A visit is the provenance of everything its form wrote (`visit:<id>`).
"""

from __future__ import annotations

from typing import ClassVar

from desktop.common.ids import named_id
from desktop.registry.rows import RegisterRow, cell, live_index


class Visit(RegisterRow, table=True):
    """One finished filling of a form: of a household, an asset or a village."""

    __tablename__ = "visit"
    register_id: ClassVar[int] = 20
    parent_columns: ClassVar[tuple[str, ...]] = ("household_id", "asset_id")
    place_column: ClassVar[str | None] = "division_code"
    __table_args__ = (
        live_index("visit_household", "household_id", "visited_at", "id"),
        live_index("visit_asset", "asset_id", "visited_at", "id"),
        live_index("visit_form", "form_id", "division_code", "visited_at", "id"),
    )

    form_id: str | None = cell(1, name="form")
    form_version: str | None = cell(1)
    form_digest: str | None = cell(1, max_length=64)
    """SHA-256 of the workbook it was filled with."""
    title: str | None = cell(1)
    """Title of the form."""
    household_id: str | None = cell(2, name="subject", max_length=32)
    asset_id: str | None = cell(2, max_length=32)
    division_code: str | None = cell(2, max_length=17)
    """Village of the household or asset; the subject itself where neither is named."""
    visited_at: str | None = cell(3, max_length=10)
    mode: str | None = cell(4)
    """`home` 入户, `phone` 电话, `video` 视频, `again` 回访, `system` 信息比对."""
    visitors: str | None = cell(5)
    period: str | None = cell(6)
    """`2026`, `2026H1`."""
    started_at: str | None = cell(7, name="times")
    """UTC, ISO 8601."""
    ended_at: str | None = cell(7)
    result: str | None = cell(8)
    issue: str | None = cell(9, name="issue")
    """发现什么要办的问题."""
    issue_owner: str | None = cell(9)
    issue_due_date: str | None = cell(9, max_length=10)
    issue_done_date: str | None = cell(10, max_length=10)
    signature_kind: str | None = cell(11, name="signature")
    """`signed`, `fingerprint`, `paper`, `none`."""
    signed_by: str | None = cell(11)
    unsigned_why: str | None = cell(11)
    authorised: int | None = cell(12)
    """1 when 申请及承诺授权书 is signed."""
    leaflet_given: int | None = cell(13)
    satisfaction: int | None = cell(14, name="satisfaction")
    """5 very satisfied … 1."""
    dissatisfied_why: str | None = cell(14)
    wanted: str | None = cell(15, name="wishes")
    """Groups of `assistance_measure.csv`, joined by a comma."""
    wishes: str | None = cell(15)
    missing_reasons: str | None = cell(16)
    """JSON object path of the question → unknown|refused|not_applicable|to_collect."""
    remarks: str | None = cell(17)
    """JSON object path of the question → the visitor's remark."""
    instance_id: str | None = cell(18)
    """OpenRosa instanceID of the submission."""
    note: str | None = cell(19)


class SurveyForm(RegisterRow, table=True):
    """A form the county added (or a new version of one): the workbook travels in the row, down to every laptop."""

    __tablename__ = "survey_form"
    register_id: ClassVar[int] = 26
    county_only: ClassVar[bool] = True

    form_id: str | None = cell(1, name="form", index=True)
    version: str | None = cell(1)
    title: str | None = cell(1)
    digest: str | None = cell(2, name="content", max_length=64)
    """SHA-256 of the workbook."""
    content: str | None = cell(2)
    """The workbook, base64."""
    files: str | None = cell(5)
    """Files the form shows or looks up in (pictures, CSV lists): JSON object name → base64."""
    retired: int | None = cell(3)
    """1 when the county takes this version out of use."""
    note: str | None = cell(4)


def survey_form_id(form_id: str, digest: str) -> str:
    """The identifier of a workbook's row, the same wherever it is added."""
    return named_id("survey_form", form_id, digest)
