"""口径: how each figure is made, told by the modules that compute it, and the county's rules as they are now.

Nothing is written here a second time: formulas are the `FORMULAS` beside the code, rules are `policy_forms` with the
value in force, examples are computed by the very functions.
"""

from __future__ import annotations

from desktop.app.county.county_rules import rules, version, version_sentence
from desktop.app.workspace import Workspace
from desktop.common import money, shares
from desktop.common.formula import Formula
from desktop.common.money import format_yuan
from desktop.insight import asset_income, industry_share, value_ledger
from desktop.registry import (
    asset_value,
    codelists,
    distribution_plan,
    income,
    receivables,
    rent_schedule,
    splitting,
)
from desktop.registry.asset_value import Basis, Rule, values_on
from desktop.registry.policies import POLICIES
from desktop.registry.policy_forms import FORMS, GROUPS, meaning_of

SUBJECTS: tuple[tuple[str, tuple[Formula, ...]], ...] = (
    ("金额和份额", (*money.FORMULAS, *shares.FORMULAS)),
    ("资产的价值", asset_value.FORMULAS),
    ("总台账", value_ledger.FORMULAS),
    ("合同和收款", (*rent_schedule.FORMULAS, *receivables.FORMULAS, *asset_income.FORMULAS)),
    ("收益分配", (*distribution_plan.FORMULAS, *splitting.FORMULAS)),
    ("收入和统计", (*income.FORMULAS, *industry_share.FORMULAS)),
)
"""What a person looks for → the formulas, from the modules that compute."""


def examples() -> dict[str, str]:
    """Formula → a small example, computed now by the code that computes the figure."""
    parts = splitting.split_equally(10_000, 3)
    basis = Basis(original=12_000_000, built="2024-03-15", rule=Rule("straight_line", 120))
    worn = [values_on(basis, day) for day in ("2024-03-31", "2024-04-30", "2025-03-31")]
    assert all(v.depreciation is not None and v.net is not None for v in worn)
    first, month, year = ((format_yuan(v.depreciation or 0), format_yuan(v.net or 0)) for v in worn)
    return {
        "分到户、到人的尾数": f"100.00 元三户平分：{'、'.join(format_yuan(p) for p in parts)} 元。",
        "累计折旧（平均年限法）": (
            f"120,000.00 元，120 个月，没有残值，2024 年 3 月 15 日购建：3 月底累计折旧 {first[0]} 元，"
            f"4 月底 {month[0]} 元，"
            f"2025 年 3 月底 {year[0]} 元，净值 {year[1]} 元。"
        ),
        "可分配收益": "能分的收款是：" + "、".join(
            codelists.word("receipt_kind", kind) for kind in distribution_plan.DISTRIBUTED_KINDS
        ) + "。",
        "人均纯收入": f"18,100.00 元，3 个人：{format_yuan(income.per_head(1_810_000, 3) or 0)} 元。",
    }  # fmt: skip


def formulas_text() -> str:
    """All formulas as Markdown, by subject."""
    shown = examples()
    lines: list[str] = []
    for subject, formulas in SUBJECTS:
        lines += [f"## {subject}", ""]
        for formula in formulas:
            lines += [f"### {formula.name}", "", formula.how, ""]
            if formula.name in shown:
                lines += [f"例如：{shown[formula.name]}", ""]
            lines += [f"出处：{formula.source}", ""]
    return "\n".join(lines)


def rules_text(ws: Workspace) -> str:
    """The county's rules with what they mean, what holds now and by whom, the default and where it comes from."""
    lines = ["## 县里的规定", "", version_sentence(version(ws)) + "。", ""]
    known = rules(ws)
    for group in GROUPS:
        own = [line for line in known if line.group == group]
        if not own:
            continue
        lines += [f"## 规定：{group}", ""]
        for line in own:
            form = FORMS[line.key]
            default = form.shape.show(POLICIES[line.key].default)
            where = "本机" if line.set_here else ""
            by = f"（{line.set_by} {line.set_at} {where}定）" if line.own and line.set_by else ""
            meaning = meaning_of(line.key)
            lines += [f"### {line.title}", "", *([] if meaning == line.title else [f"{meaning}。", ""])]
            lines += [f"- 现在：{line.now}{by}" if line.own else f"- 现在：{default}（默认）"]
            lines += [f"- 默认：{default}"] if line.own else []
            lines += [f"- 出处：{form.source}", ""]
    return "\n".join(lines)


def figures_text(ws: Workspace) -> str:
    """The whole of 口径."""
    return f"{formulas_text()}\n{rules_text(ws)}"
