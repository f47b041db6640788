"""Which fields of a household's survey records the forms show: income and expenditure, safeguards, leads, measures."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.registry.income import PARTS
from desktop.ui.widgets.editors import FieldSpec as F
from desktop.ui.widgets.record_form import Section


def _tr(text: str) -> str:
    return QCoreApplication.translate("survey_fields", text)


def survey_sections(table: str) -> list[Section]:
    """The form of a survey record; [] for other tables."""
    made = {
        "income_record": _income, "safeguard_check": _safeguards, "lead": _lead, "measure": _measure,
    }.get(table)  # fmt: skip
    return [] if made is None else made()


def _income() -> list[Section]:
    titles = {
        "wage": _tr("工资性收入"), "business_gross": _tr("生产经营性收入"), "property": _tr("财产性收入"),
        "transfer": _tr("转移性收入"), "business_cost": _tr("生产经营性支出"),
        "compliant_self_pay": _tr("合规自付支出"),
    }  # fmt: skip
    parts = [
        Section(title, tuple(F(f"{item}_fen", "money") for item in PARTS[name])) for name, title in titles.items()
    ]
    return [
        Section(_tr("期间"), (F("period", "period", required=True), F("size", "integer"))),
        *parts,
        Section(_tr("理赔"), (F("claim_fen", "money"),)),
        Section(
            _tr("没有分项的，只填合计"),
            tuple(F(f"stated_{name}_fen", "money") for name in titles),
        ),
        Section(_tr("说明"), (F("negative_reason", wide=True), F("note", "long", wide=True))),
    ]


def _safeguards() -> list[Section]:
    return [
        Section(_tr("期间"), (F("period", "period", required=True), F("checked_date", "date"))),
        Section(
            _tr("两不愁三保障"),
            (
                F("food_ok", "yesno"),
                F("clothes_ok", "yesno"),
                F("education_ok", "yesno"),
                F("medical_ok", "yesno"),
                F("house_ok", "yesno"),
                F("house_grade", "code"),
                F("house_otherwise", "code"),
                F("slope_risk", "yesno"),
            ),
        ),
        Section(
            _tr("饮水"),
            (
                F("water_quantity", "code"),
                F("water_quality", "code"),
                F("water_convenience", "code"),
                F("water_reliability", "code"),
                F("stated_water_ok", "yesno"),
            ),
        ),
        Section(
            _tr("说明"),
            (F("policy_paid", "yesno"), F("gap_story", "long", wide=True), F("note", "long", wide=True)),
        ),
    ]


def _lead() -> list[Section]:
    return [
        Section(
            _tr("线索"),
            (
                F("found_date", "date", required=True),
                F("channel", "code"),
                F("risk_type", "codes"),
                F("disaster_kind"),
                F("risk_other"),
                F("event_date", "date"),
                F("story", "long", wide=True),
                F("self_statement", "yesno"),
            ),
        ),
        Section(
            _tr("入户核实"),
            (
                F("size", "integer"),
                F("labor", "integer"),
                F("verdict", "code"),
                F("proposed_type", "code"),
                F("verdict_reason", wide=True),
                F("measures_wanted", "codes"),
                F("authorised", "yesno"),
                F("signed_by"),
            ),
        ),
        Section(_tr("备注"), (F("note", "long", wide=True),)),
    ]


def _measure() -> list[Section]:
    return [
        Section(
            _tr("措施"),
            (
                F("period", "period", required=True),
                F("measure_code", "code", required=True, wide=True),
                F("for_whom"),
                F("amount_fen", "money"),
                F("fund_source", "code"),
                F("start_date", "date"),
                F("end_date", "date"),
                F("risk_type", "code"),
                F("provider"),
            ),
        ),
        Section(_tr("效果"), (F("effect", "code"), F("result"), F("evidence", wide=True))),
        Section(_tr("备注"), (F("note", "long", wide=True),)),
    ]
