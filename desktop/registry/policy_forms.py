"""How a person meets the county's rules: grouped by what one looks for, named, with unit, source and kind of value.

The defaults and what each rule does stand in `policies.py`; here is what the window and the command line say of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from desktop.common.errors import InputRefused
from desktop.registry.policies import POLICIES
from desktop.registry.policy_shapes import (
    ByYear,
    Choice,
    Codes,
    Columns,
    Day,
    Days,
    Group,
    Money,
    Part,
    Percent,
    Rate,
    Shape,
    Share,
    Table,
    Text,
    Whole,
    Words,
    YesNo,
)

GROUPS = (
    "收益分配",
    "发放",
    "合同和租金",
    "民主决策",
    "处置",
    "公示",
    "确权和移交",
    "检查整改",
    "资产价值",
    "监测和统计",
)
"""What a person looks for, in this order."""
DEFAULT, LOCAL = "程序的默认，县里可以改", "各地不同，县里没有设定时用默认"
LAW = "村民委员会组织法第二十六条"


@dataclass(frozen=True)
class PolicyForm:
    """A rule as it is shown: group, short name, kind of value, where the default comes from, what it does (of rules
    whose meaning in `policies.py` speaks of stored codes)."""

    group: str
    title: str
    shape: Shape
    source: str
    meaning: str = ""


_SHARE_COLUMNS = (
    Part("min_percent", "最低比例", Percent()), Part("max_percent", "最高比例", Percent()),
    Part("min_fen", "最低金额", Money()), Part("max_fen", "最高金额", Money()),
)  # fmt: skip
_BANK_CONTENTS = {
    "serial": "序号", "name": "户名", "account": "账号", "bank": "开户行", "amount": "金额", "note": "备注",
    "division": "村组", "reference": "发放编号",
}  # fmt: skip
_TOKENS = {"{year}": "〔年度〕", "{reference}": "〔发放编号〕"}
_UNLISTED = {"land": "土地", "consumable": "消耗性物资"}
_METHODS = {"straight_line": "平均年限法", "none": "不计提"}

FORMS: dict[str, PolicyForm] = {
    "distribution.use_order": PolicyForm(
        "收益分配",
        "用途的先后",
        Codes("income_use", True, "按代码表的顺序"),
        LOCAL,
        "收益用途在方案里的先后，没有列出的按代码表的顺序",
    ),
    "distribution.use_limits": PolicyForm(
        "收益分配",
        "各用途的最高最低",
        Table(
            ("income_use",),
            _SHARE_COLUMNS,
            nothing="都不限",
            bounds=(("min_percent", "max_percent"), ("min_fen", "max_fen")),
        ),
        "各地不同，县里没有设定时不限",
        "一个方案里各用途最少、最多占可分配收益多少，或多少元；不符合的方案不能提交",
    ),
    "distribution.household_cap_fen": PolicyForm(
        "收益分配", "一户最多分多少", Money(True), LOCAL, "一户（人）在一个方案里最多分多少；超过的提示"
    ),
    "distribution.same_year_use": PolicyForm(
        "收益分配",
        "同年同用途再分给同一户",
        Choice({"warn": "提醒", "refuse": "不许"}),
        "同一用途不重复分配",
        "同一年度同一用途再次分给同一户（人）时怎么办",
    ),
    "distribution.reviewer_not_author": PolicyForm(
        "收益分配", "审核和提交不能是同一人", YesNo("不能是同一人", "可以是同一人"), "不相容岗位分离"
    ),
    "interest.officials": PolicyForm(
        "收益分配",
        "镇村干部名单",
        Words("没有写", True),
        "预防“微腐败”的要求",
        "承租、领款的人与名单上的人同名、同户时提示；一行一个姓名",
    ),
    "distribution.bank_file": PolicyForm(
        "发放",
        "银行代发表的格式",
        Group(
            (
                Part("sheet", "工作表", Text()),
                Part("header_row", "表头在第几行", Whole("行", 1, 100)),
                Part("columns", "各列", Columns(_BANK_CONTENTS)),
                Part("note_text", "备注的写法", Text(_TOKENS)),
            ),
            whole=False,
        ),
        "程序的默认，各家银行的表不同",
        "交给银行的代发表：工作表、表头在第几行、各列的标题和内容",
    ),
    "distribution.bank_return": PolicyForm(
        "发放",
        "银行回盘表的列标题",
        Group(
            (
                Part("name", "户名列", Words()),
                Part("account", "账号列", Words()),
                Part("amount", "金额列", Words()),
                Part("result", "结果列", Words()),
                Part("reason", "原因列", Words()),
                Part("failed", "表示失败的词", Words()),
                Part("succeeded", "表示成功的词", Words()),
            ),
            whole=False,
        ),
        "程序的默认，各家银行的表不同",
    ),
    "contract.remind_days": PolicyForm("合同和租金", "到期前几天提醒", Days(), "合同到期前三个月提醒，逐次临近"),
    "contract.decision_limit_fen": PolicyForm(
        "合同和租金",
        "多大的合同要有决策记录",
        Money(zero="不论金额都要"),
        "重大事项民主决策；金额各地不同",
        "出租、承包、入股等合同，金额达到多少须有决策记录",
    ),
    "contract.decision_from": PolicyForm(
        "合同和租金", "从哪天签的合同起要求", Day(), "农村集体经济组织法 2025 年 5 月 1 日起施行"
    ),
    "decision.attend_share": PolicyForm(
        "民主决策", "到会人数", Share("应到人数的"), f"{LAW}：三分之二以上的组成人员参加"
    ),
    "decision.agree_share": PolicyForm("民主决策", "同意人数", Share("到会人数的"), f"{LAW}：到会人员的过半数同意"),
    "disposal.limits": PolicyForm(
        "处置",
        "各级能批多少",
        Group(
            (
                Part("village", "村里能批", Money(zero="不批")),
                Part("town", "镇里能批", Money(zero="不批")),
            ),
            whole=False,
        ),
        "审批权限各地不同",
        "处置由哪一级批：各级可批的最高价值，超过的由县里批",
    ),
    "disposal.appraisal_months": PolicyForm("处置", "评估几个月内有效", Whole("个月", 1, 60), "评估报告通常一年内有效"),
    "disposal.report_needed": PolicyForm("处置", "评估要附报告", YesNo("要附", "不要求"), "处置先评估的要求"),
    "disposal.without_notice": PolicyForm(
        "处置",
        "不用公示的处置方式",
        Codes("disposal_type", nothing="都要公示"),
        "处置公示 7 天的要求",
        "这些处置方式不用公示就能往下办",
    ),
    "disposal.signed_list_needed": PolicyForm("处置", "要有三方签字的移交清单", YesNo("要有", "不要求"), DEFAULT),
    "notice.min_days": PolicyForm(
        "公示",
        "最少公示几天",
        Table(("notice_type",), (Part("days", "天数", Whole("天", 1, 365)),), True, "按代码表的天数"),
        "各类公示的规定天数",
    ),
    "notice.photo_needed": PolicyForm("公示", "登记结果前要有照片", YesNo("要有", "不要求"), "公示要留照片为证"),
    "registration.rights_needed": PolicyForm(
        "确权和移交", "核实时要写明的权利", Codes("rights"), "确权登记的要求", "确权核实时必须写明的权利"
    ),
    "handover.list_needed": PolicyForm("确权和移交", "移交要有签字清单", YesNo("要有", "不要求"), "移交三方签字的要求"),
    "finding.max_put_off": PolicyForm("检查整改", "整改最多延期几次", Whole("次", 0, 20), DEFAULT),
    "finding.proof_needed": PolicyForm("检查整改", "整改完成要有佐证", YesNo("要有", "不要求"), "整改留痕的要求"),
    "finding.recheck_photo_needed": PolicyForm(
        "检查整改", "销号前要有复查照", YesNo("要有", "不要求"), "复查后才销号的要求"
    ),
    "depreciation.rules": PolicyForm(
        "资产价值",
        "折旧办法和年限",
        Table(
            ("asset_category", "asset_subcategory"),
            (
                Part("method", "方法", Choice(_METHODS)),
                Part("months", "使用月数", Whole("个月", 1, 1200)),
                Part("residual", "残值率", Rate()),
            ),
            nothing="没有设定，只按资产自己填的",
            needed=("method",),
            needed_when=(("method", "straight_line", "months"),),
        ),
        LOCAL,
    ),
    "depreciation.never": PolicyForm(
        "资产价值",
        "不计提折旧的小类",
        Codes("asset_subcategory", also="asset_category", others=_UNLISTED),
        "股权、债权、土地和生物资产不提折旧",
    ),
    "income.reference": PolicyForm(
        "监测和统计", "算监测参考收入", YesNo("算", "不算"), "全国防返贫监测表的字段；算法各地不同"
    ),
    "monitoring.lines": PolicyForm(
        "监测和统计",
        "各年的监测范围",
        ByYear((Part("fen", "人均纯收入", Money()),), nothing="没有设定，不比较"),
        "各地每年公布，程序不带",
        "人均纯收入低于这个数、又不是监测对象的户，自查时提示；没有写的年度不比较",
    ),
    "monitoring.developmental_months": PolicyForm(
        "监测和统计", "满几个月要有开发式帮扶", Whole("个月", 1, 36), "识别满 1 个月或 6 个月，各地不同"
    ),
    "monitoring.removal_months": PolicyForm(
        "监测和统计", "识别后几个月内不得消除", Whole("个月", 0, 12), "识别当月和次月不得帮扶消除"
    ),
    "income.bounds": PolicyForm(
        "监测和统计",
        "收入多少要核实",
        Group(
            (
                Part("wage_least_fen", "工资性收入（年）小于", Money()),
                Part("wage_most_fen", "工资性收入（年）大于", Money()),
                Part("month_least_fen", "务工收入（月）小于", Money()),
                Part("month_most_fen", "务工收入（月）大于", Money()),
            ),
            whole=False,
        ),
        "全国信息采集的核对规则",
        "工资性收入、务工月收入小得或大得不像真的，自查时请人核实",
    ),
    "income.drop_percent": PolicyForm(
        "监测和统计", "收入少多少要关注", Percent(), DEFAULT, "家庭纯收入比上一期少到这个比例的户，自查时提示；0 为不看"
    ),
    "income.rigid_percent": PolicyForm(
        "监测和统计", "自付支出多少要关注", Percent(), DEFAULT,
        "合规自付支出占年收入到这个比例的户，自查时提示；0 为不看"
    ),
    "people.ages": PolicyForm(
        "监测和统计",
        "自查用的年龄",
        Group(
            (
                Part("school_from", "义务教育从", Whole("岁", 5, 8)),
                Part("school_to", "义务教育到", Whole("岁", 12, 18)),
                Part("labor_from", "劳动力从", Whole("岁", 14, 20)),
                Part("labor_to", "劳动力到", Whole("岁", 50, 75)),
                Part("post_from", "公益性岗位从", Whole("岁", 14, 20)),
                Part("post_to", "公益性岗位到", Whole("岁", 50, 80)),
                Part("posts_most", "一人最多几个岗位", Whole("个", 1, 10)),
                Part("generation_years", "两代人最少差", Whole("岁", 10, 25)),
            ),
            whole=False,
        ),
        "全国信息采集的核对规则",
    ),
    "assessment.level": PolicyForm(
        "检查整改",
        "每年评估哪一级",
        Choice({"county": "县（区）", "town": "镇（街道）", "village": "村（社区）", "none": "不要求"}),
        "每年对各镇（街道）考核的要求",
        "这一级的每个地方每年要有一份年度评估",
    ),
    "assessment.without": PolicyForm(
        "检查整改",
        "不参加年度评估的地区",
        Words(),
        "开发区、园区等可以不评",
        "写地区的名称或区划代码，一行一个",
    ),
    "assessment.full_score": PolicyForm("检查整改", "年度评估的满分", Whole("分", 1, 1000), DEFAULT),
    "assessment.bands": PolicyForm(
        "检查整改",
        "年度评估各等次的最低分",
        Table(("assessment_grade",), (Part("least", "最低分", Whole("分", 0, 1000)),), True, "不核对"),
        DEFAULT,
        "县评的等次要与分数相符；没有设定则不核对",
    ),
    "industry_share.sources": PolicyForm(
        "监测和统计",
        "产业资金占比：哪些来源算",
        Codes("fund_source"),
        "财政、协作和捐赠资金，不含贷款、债券和自有资金",
        "哪些资金来源算帮扶（衔接）资金",
    ),
    "industry_share.project_kinds": PolicyForm(
        "监测和统计",
        "产业资金占比：哪些项目算产业",
        Codes("project_kind"),
        "产业发展资金的口径",
        "哪些项目类型算产业项目",
    ),
    "industry_share.asset_categories": PolicyForm(
        "监测和统计",
        "产业资金占比：哪些资产算产业",
        Codes("asset_category"),
        DEFAULT,
        "没有归入项目的资产，哪些大类算产业",
    ),
}


def meaning_of(key: str) -> str:
    """What a rule does, in words without codes."""
    return FORMS[key].meaning or POLICIES[key].meaning


def title_of(key: str) -> str:
    """The short name of a rule; the key itself of a setting that no module declared."""
    return FORMS[key].title if key in FORMS else key


def refuse_wrong_value(key: str, value: Any) -> None:
    """InputRefused in words when a declared rule cannot be set to this; None takes the county's value away."""
    form = FORMS.get(key)
    if form is None or value is None:
        return
    try:
        form.shape.check(value)
    except ValueError as error:
        example = json.dumps(POLICIES[key].default, ensure_ascii=False)
        raise InputRefused(f"{form.title}：{error}，没有保存。", hint=f"默认是 {example}。") from error
