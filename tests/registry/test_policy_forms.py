"""The county's rules: each has a form, its default fits it, and what cannot be a value is refused in words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from desktop.common.errors import InputRefused
from desktop.registry.policies import POLICIES
from desktop.registry.policy_forms import FORMS, GROUPS, meaning_of, refuse_wrong_value


def test_every_rule_has_a_form_that_its_default_fits() -> None:
    assert set(FORMS) == set(POLICIES)
    for key, form in FORMS.items():
        default = POLICIES[key].default
        form.shape.check(default)
        assert form.group in GROUPS and form.shape.show(default) and form.source
        words = f"{form.title}{form.shape.show(default)}{form.source}{meaning_of(key)}"
        assert not re.search(r"[a-z]{2,}|_|\（代码|DOMAIN|seed", words), f"{key}: a code on the screen: {words}"
    assert len({form.title for form in FORMS.values()}) == len(FORMS)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("contract.remind_days", [30, 30], "写了两次"),
        ("contract.remind_days", [], "至少一个"),
        ("contract.remind_days", [True], "不是 1 到 3650"),
        ("contract.decision_limit_fen", -1, "不能是负数"),
        ("contract.decision_limit_fen", "1万", "应是金额"),
        ("contract.decision_from", "2025-02-30", "应是日期"),
        ("decision.attend_share", "3/2", "不超过 1"),
        ("decision.agree_share", "一半", "应写作 2/3"),
        ("distribution.use_order", ["maintenance", "gifts"], "“gifts”不在代码表中"),
        ("distribution.use_limits", {"maintenance": {"min_percent": "20", "max_percent": 10}}, "最低不能高于最高"),
        ("distribution.use_limits", {"maintenance": {"max_percent": 10.5}}, "应是百分数"),
        ("distribution.use_limits", {"maintenance": {"most": 1}}, "没有“most”这一项"),
        ("distribution.same_year_use", "forbid", "只能是 warn（提醒）、refuse（不许）"),
        ("distribution.same_year_use", ["warn"], "只能是 warn"),
        ("distribution.bank_file", {"columns": [["户名", ["name"]]]}, "只能是"),
        ("depreciation.rules", {"processing": {"method": "none", "residual": "1/0"}}, "应写作 0.05"),
        ("depreciation.rules", {"processing": {"method": {}}}, "只能是 straight_line"),
        ("distribution.bank_file", {"columns": [["户名", "name"], ["户名", "account"]]}, "两列标题相同"),
        ("depreciation.rules", {"processing": {"method": "straight_line"}}, "生产加工设施：缺少使用月数"),
        ("notice.min_days", {"disposal": 0}, "处置公示"),
        ("disposal.limits", {"province": 1}, "没有“province”"),
        ("disposal.report_needed", "yes", "应是或否"),
        ("finding.max_put_off", 1.5, "应是整数"),
        ("interest.officials", [{"household_id": "x"}], "每一行都要有文字"),
    ],
)
def test_what_cannot_be_a_value_is_refused(key: str, value: Any, said: str) -> None:
    with pytest.raises(InputRefused, match="没有保存") as refused:
        refuse_wrong_value(key, value)
    assert said in str(refused.value) and FORMS[key].title in str(refused.value)
