"""The county's own items of code lists: read from the register, told to `codelists`, kept true while it is open."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.registry import codelists
from desktop.registry.codelists import CodeItem
from desktop.store.database import Sql
from desktop.store.register import Register

LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True)
class ListSpec:
    """A code list as people know it: its name, whether a county adds to it, and whether a new item must say which
    present one it is like (`like`: for what that decides), so that programs treat it the same."""

    name: str
    extendable: bool = True
    like: str = ""


LISTS: dict[str, ListSpec] = {
    "income_use": ListSpec("收益用途"),
    "income_use_forbidden": ListSpec("收益不得用于"),
    "attachment_kind": ListSpec("附件种类", like="能放哪些文件、最大多少"),
    "fund_source": ListSpec("资金来源", like="归在财政、社会还是自筹"),
    "asset_subcategory": ListSpec("资产小类", like="属于哪个大类"),
    "operation_mode": ListSpec("运营方式", like="要不要合同"),
    "industry_model": ListSpec("产业类型"),
    "linkage_mode": ListSpec("联农带农方式"),
    "fund_mode": ListSpec("资金投入方式"),
    "project_kind": ListSpec("项目类型"),
    "decision_kind": ListSpec("决策事项类型"),
    "inspection_type": ListSpec("检查类型"),
    "finding_kind": ListSpec("检查问题类型"),
    "disposal_reason": ListSpec("处置原因"),
    "discovery_channel": ListSpec("风险发现渠道"),
    "assistance_measure": ListSpec("帮扶措施", like="属于哪一类措施"),
    "account": ListSpec("会计科目"),
    "notice_word": ListSpec("公示要核对的词", like="按健康状况、名单列还是可以写的词"),
    "asset_category": ListSpec("资产大类", False),
    "asset_status": ListSpec("资产状态", False),
    "disposal_type": ListSpec("处置方式", False),
    "notice_type": ListSpec("公示种类", False),
    "ownership_level": ListSpec("权属层级", False),
    "rights": ListSpec("权利", False),
    "household_type": ListSpec("户类型", False),
    "monitored_type": ListSpec("监测对象类别", False),
    "low_income_category": ListSpec("低收入类别", False),
    "risk_type": ListSpec("致贫返贫风险", False),
    "relation_to_head": ListSpec("与户主关系", False),
}
"""The lists that are shown. Not extendable is what a national form fixes or what the program computes by."""


def county_items(sql: Sql) -> dict[str, tuple[CodeItem, ...]]:
    """The items the county added, renamed or ended, by list, in the order they were written down."""
    found: dict[str, list[CodeItem]] = {}
    for list_name, code, name, parent, start, end, after in sql.rows(
        f"SELECT list_name,code,name,parent,valid_from,valid_to,stands_after FROM code_item WHERE {LIVE} "
        "AND list_name IS NOT NULL AND code IS NOT NULL ORDER BY list_name,id"
    ):
        more = {"parent": parent} if parent else {}
        found.setdefault(list_name, []).append(CodeItem(code, name or "", more, start, end, True, after or ""))
    return {name: tuple(items) for name, items in found.items()}


def follow(register: Register) -> None:
    """Tell `codelists` the county's items of this register now, and again whenever they change; until it is closed."""
    if "code_item" not in register.schema.by_name:
        return  # a register with tables of its own, as the store's tests make them
    owner = id(register)
    register.speaking = lambda: codelists.speaking_of(owner)

    def tell(kinds: frozenset[str] = frozenset({"code_item"})) -> None:
        if "code_item" in kinds:
            with register.reading() as sql:
                codelists.learn(owner, county_items(sql))

    tell()
    if not register.facts.get("code_items_followed"):
        register.facts["code_items_followed"] = True
        register.listeners.insert(0, tell)  # before the window, which then asks for choices
        register.on_close.append(lambda: codelists.forget(owner))
