"""The county's own rules 县里定的办法: limits, deadlines and switches, as settings with a documented default.

A setting of the same key (`xiangce config REGISTER set KEY VALUE`) replaces the default and travels down in packages.
Every default says where it comes from; what is local or unverified in DOMAIN says so too. How a rule is named, grouped
and checked stands in `policy_forms.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.store.database import Sql


@dataclass(frozen=True)
class Policy:
    """One configurable rule: its default, what it means in Chinese, and the source of the default."""

    default: Any
    meaning: str
    source: str


POLICIES: dict[str, Policy] = {
    "contract.remind_days": Policy([90, 60, 30, 7], "合同到期前多少天提醒", "issue 4; DOMAIN §2.10 (90 days)"),
    "contract.decision_limit_fen": Policy(
        1_000_000, "出租、承包、入股等合同金额（分）达到多少须有决策记录", "DOMAIN §2.12: limits are local, unverified"
    ),
    "contract.decision_from": Policy(
        "2025-05-01", "这一天起签订的合同才要求决策记录", "农村集体经济组织法 in force since 2025-05-01 (DOMAIN [S33])"
    ),
    "decision.attend_share": Policy(
        "2/3", "决议会议实到人数占应到人数的最低比例", "村民委员会组织法 §26: 三分之二以上的组成人员参加"
    ),
    "decision.agree_share": Policy(
        ">1/2", "同意人数占实到人数的最低比例，> 表示超过", "村民委员会组织法 §26: 到会人员的过半数同意"
    ),
    "depreciation.never": Policy(
        ["equity", "debt", "biological", "land", "consumable"], "不计提折旧的资产小类", "DOMAIN §2.10, own rule ✘"
    ),
    "depreciation.rules": Policy(
        {}, "各小类或大类的折旧办法：方法、使用月数、残值率；资产自己填了的以资产为准", "local; DOMAIN gives none"
    ),
    "interest.officials": Policy(
        [], "镇村干部名单（姓名，或姓名和住户），承租、领款时提示利益关系", "seed 001 预防“贪蝇”“微腐败”; R-AS-11"
    ),
    "notice.min_days": Policy({}, "各类公示的最少天数，未列的按代码表", "notice_type.csv"),
    "notice.photo_needed": Policy(True, "公示登记结果前要有张贴照或期满照", "DOMAIN §2.16 (photo_proof)"),
    "distribution.use_order": Policy(
        [], "收益用途的先后（代码），未列的按代码表顺序", "DOMAIN §2.11: differs by county"
    ),
    "distribution.use_limits": Policy(
        {}, "各用途的最高、最低比例（占可分配收益）或金额：{用途: {max_percent, min_percent, max_fen, min_fen}}",
        "seed 000 §二(七); local, unverified: no limit until the county sets one",
    ),
    "distribution.household_cap_fen": Policy(
        None, "一户（人）在一个方案里最多分多少（分），空为不限", "DOMAIN §2.11 local cap, unverified"
    ),
    "distribution.same_year_use": Policy(
        "warn", "同一年度同一用途再次分给同一户（人）：warn 提醒，refuse 不许", "DOMAIN §2.11 (not twice)"
    ),
    "distribution.reviewer_not_author": Policy(
        True, "收益分配方案的审核人不能是提交人", "seed 001 §二(七), separation of duties"
    ),
    "distribution.bank_file": Policy(
        {"sheet": "代发明细", "header_row": 1,
         "columns": [["序号", "serial"], ["户名", "name"], ["账号", "account"], ["开户行", "bank"],
                     ["金额", "amount"], ["备注", "note"]],
         "note_text": "{year}年收益分配{reference}"},
        "银行代发表：工作表、表头行、各列的标题和内容（serial name account bank amount note division reference）",
        "own default; every bank gives its own workbook",
    ),
    "distribution.bank_return": Policy(
        {"name": ["户名", "姓名", "收款人"], "account": ["账号", "收款账号", "卡号"], "amount": ["金额", "交易金额"],
         "result": ["处理结果", "交易结果", "状态", "结果"], "reason": ["失败原因", "原因", "备注信息", "返回信息"],
         "failed": ["失败", "退回", "退票", "不成功", "未成功", "未入账", "拒绝", "冲正"],
         "succeeded": ["成功", "已入账", "入账完成", "已到账", "已代发"]},
        "银行回盘表：各项内容可能的列标题，和表示失败、成功的词；两样都不是的不登记",
        "own default; every bank gives its own workbook",
    ),
    "disposal.limits": Policy(
        {"village": 0, "town": 20_000_000}, "处置由哪一级批：各级可批的最高价值（分），超过的由县批",
        "design 15 shows 20 万元 for the town; the amounts are local (DOMAIN §2.12 ✘)",
    ),
    "disposal.report_needed": Policy(True, "评估要附评估报告", "DOMAIN §2.12 (appraisal)"),
    "disposal.appraisal_months": Policy(12, "评估几个月内成交有效", "usual validity of an appraisal, unverified"),
    "disposal.without_notice": Policy([], "不用公示的处置方式（代码）", "notice_type.csv: 7 days"),
    "disposal.signed_list_needed": Policy(True, "转让、拍卖、置换、划转核销前要有三方签字的移交清单", "design 15"),
    "registration.rights_needed": Policy(["ownership", "income"], "确权核实时必须写明的权利（代码）", "DOMAIN §2.10"),
    "handover.list_needed": Policy(True, "移交要有三方签字的清单", "DOMAIN §2.10 (handover ◐)"),
    "finding.proof_needed": Policy(True, "整改完成要有佐证", "design 16; DOMAIN §2.13"),
    "finding.recheck_photo_needed": Policy(True, "销号前要有复查照", "design 16"),
    "income.reference": Policy(
        True, "是否算监测参考收入：家庭纯收入＋理赔收入－合规自付支出",
        "DOMAIN §2.4: field names of the national forms, the formula is local and unverified",
    ),
    "industry_share.sources": Policy(
        ["central", "province", "city", "county", "town", "agri_integration", "lottery", "industry_dept", "east_west",
         "counterpart", "fixed_point", "social"],
        "产业资金占比：哪些资金来源（代码）算帮扶（衔接）资金",
        "own choice from fund_source.csv: fiscal, cooperation and donations; no loans, bonds, own or re-invested money",
    ),
    "industry_share.project_kinds": Policy(
        ["industry"], "产业资金占比：哪些项目类型（代码）算产业项目",
        "seed 002 §二(一) 产业发展资金; a county may count 村集体经济 (collective) as well",
    ),
    "industry_share.asset_categories": Policy(
        ["operating"], "产业资金占比：没有归入项目的资产，哪些大类（代码）算产业", "own choice: operating assets earn",
    ),
    "assessment.level": Policy(
        "town", "每年要评估的是哪一级：county、town、village，none 为不要求",
        "seed 003 §五(四) 每年对各镇(街道)党(工)委; DOMAIN §1",
    ),
    "assessment.without": Policy(
        [], "不参加年度评估的地区：名称或区划代码", "own choice: development zones stand among the towns of a county"
    ),
    "assessment.full_score": Policy(100, "年度评估的满分", "own choice, a county sets its own"),
    "assessment.bands": Policy(
        {"excellent": 90, "good": 80, "fair": 60, "poor": 0}, "年度评估各等次（代码）的最低分，空则不核对",
        "own choice, a county sets its own",
    ),
    "monitoring.lines": Policy(
        {}, "各年的监测范围：人均纯收入（分）低于多少要看是否纳入监测，{年: 分}；没有写的年度不比较",
        "DOMAIN §2.5: each county enters its own, none is shipped",
    ),
    "monitoring.developmental_months": Policy(
        6, "有劳动力的监测对象，识别满几个月要有开发式帮扶", "validation_rule.csv R-RK-07 (1 or 6 months)"
    ),
    "monitoring.removal_months": Policy(
        1, "识别当月和之后几个月内不得帮扶消除", "validation_rule.csv R-RK-06; risk_removal_conditions.csv"
    ),
    "income.bounds": Policy(
        {"wage_least_fen": 30_000, "wage_most_fen": 30_000_000, "month_least_fen": 10_000, "month_most_fen": 3_000_000},
        "工资性收入（年）和务工收入（月）小于多少、大于多少（分）要核实", "validation_rule.csv R-IN-03",
    ),
    "income.drop_percent": Policy(
        "30", "家庭纯收入比上一期少百分之几以上要关注，0 为不看", "DOMAIN §2.4 收入大幅缩减; the forms ask the same"
    ),
    "income.rigid_percent": Policy(
        "50", "合规自付支出占年收入百分之几以上要关注，0 为不看", "DOMAIN §2.4 刚性支出较大; the forms ask the same"
    ),
    "people.ages": Policy(
        {"school_from": 6, "school_to": 15, "labor_from": 16, "labor_to": 59, "post_from": 16, "post_to": 69,
         "posts_most": 2, "generation_years": 16},
        "自查时的年龄：义务教育、劳动力、公益性岗位、两代人最少差几岁；一人最多几个岗位",
        "validation_rule.csv R-ED-03, R-LB-01, -02, -05, R-HH-06",
    ),
    "finding.max_put_off": Policy(2, "整改最多延期几次", "own choice, a county sets its own"),
}


def policy(sql: Sql, key: str) -> Any:
    """The county's value for this key, or the default. KeyError for a key that no module declared."""
    declared = POLICIES[key]
    value = sql.scalar("SELECT value FROM setting WHERE key=? AND removed=0 AND canonical_id IS NULL", (key,))
    return declared.default if value is None else json.loads(str(value))


def all_policies(sql: Sql) -> Mapping[str, Any]:
    """Every declared policy with the value in force."""
    return {key: policy(sql, key) for key in POLICIES}
