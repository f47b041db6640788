"""Villages of 双水镇 (440705104) that the demo workbooks speak of, from the shipped division list."""

from __future__ import annotations

from desktop.app.demo.assets import Village
from desktop.common.divisions import shipped_villages

TOWN = Village("town", "440705104", "双水镇")
COUNTY_WORD = "新会区"
LEDGER_VILLAGES = ("双水村", "木江村", "龙脊村", "岭头村", "梁家村", "蓢头村", "田心村", "豪山村", "嘉寮村", "桥美村")
ROSTER_VILLAGES = ("双水村", "龙脊村", "岭头村", "沙蓢村")
TYPOS = {
    "木江村": "木讧村", "龙脊村": "龙背村", "岭头村": "玲头村", "梁家村": "粱家村", "田心村": "甜心村",
    "豪山村": "毫山村", "嘉寮村": "嘉僚村", "桥美村": "桥镁村", "沙蓢村": "沙郎村",
    "蓢头村": "莨头村",
}  # fmt: skip
"""How the names are mistyped: one slip in the shape or the sound."""


def village(name: str) -> Village:
    """The village of the town with that short name; KeyError when the list has none."""
    for entry in shipped_villages().entries:
        if entry.town_code == TOWN.code and entry.name == name:
            return Village(entry.code, entry.code, entry.name)
    raise KeyError(name)
