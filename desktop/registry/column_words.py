"""The words of coded columns whose few codes are the product's own: no list that a county extends."""

from __future__ import annotations

from collections.abc import Mapping

_PRECISION = {"day": "到日", "month": "到月", "year": "到年", "year_end": "年底"}
_METHODS = {"people": "按人口", "equal": "按户", "weight": "按系数", "class": "按类", "amount": "逐户填"}
_RECIPIENTS = {"household": "户", "person": "人", "party": "单位", "use": "用途"}

WORDS_OF_COLUMN: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("division", "level"): {
        "province": "省级", "city": "市级", "county": "县级", "town": "镇级", "village": "村级", "group": "村民小组",
    },
    ("division", "code_system"): {
        "gbt2260": "国家标准代码", "nbs": "统计用区划代码", "mca": "民政区划代码", "local": "本地自定代码",
    },
    ("party", "kind"): {
        "government": "政府", "department": "部门", "collective": "农村集体经济组织", "village_committee": "村民委员会",
        "household": "农户", "person": "个人", "enterprise": "企业", "other": "其他",
    },
    ("asset", "built_precision"): _PRECISION,
    ("asset", "confirm_precision"): _PRECISION,
    ("person", "birth_precision"): _PRECISION,
    ("asset", "noticed"): {"yes": "是", "no": "否"},
    ("disposal", "approval_level"): {"village": "村级", "town": "镇级", "county": "县级"},
    ("finding", "seriousness"): {"minor": "较轻", "general": "一般", "serious": "严重"},
    ("inspection", "found"): {"yes": "在", "no": "不在", "partly": "部分在"},
    ("inspection", "method"): {"site": "现场", "document": "查资料", "phone": "电话", "scan": "扫码"},
    ("distribution", "method"): _METHODS,
    ("distribution_line", "recipient_kind"): _RECIPIENTS,
    ("payment", "recipient_kind"): _RECIPIENTS,
}  # fmt: skip
"""(table, column) → code → word; a text that is no such code stands for itself (是否公示 may be a written remark)."""
