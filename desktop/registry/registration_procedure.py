"""How rights are established 确权登记 and assets handed over 移交: procedures that end in a paper (DOMAIN §2.10).

Registration: 申请 → 核实 → 公示 → 批准 → 发证; the certificate writes number and date into the assets and cites the
document in their rights. Handover: three different people sign the list; then the keeper changes and whoever handed
over keeps the right of supervision.
"""

from __future__ import annotations

from fractions import Fraction

from desktop.registry.case_papers import has_file, list_rows
from desktop.registry.codelists import word
from desktop.registry.decision import cited_decision_bars
from desktop.registry.notice import hung_out
from desktop.registry.policies import policy
from desktop.registry.procedure import CaseFacts, Procedure, Step
from desktop.store.database import Sql
from desktop.store.register import WriteScope


def case_assets(facts: CaseFacts) -> list[str]:
    """The assets of a registration or handover, in the order of its list."""
    return [str(r["asset_id"]) for r in list_rows(facts.row.get("assets"), ("asset_id",)) if r.get("asset_id")]


def _assets_there(sql: Sql, facts: CaseFacts) -> list[str]:
    ids = case_assets(facts)
    there = {
        a for (a,) in sql.in_chunks("SELECT id FROM asset WHERE removed=0 AND canonical_id IS NULL AND id IN (*)", ids)
    }
    bars = []
    if len(set(ids)) != len(ids):
        bars.append("有的资产在清单中不止一次")
    missing = [a for a in ids if a not in there]
    return [*bars, f"有 {len(missing)} 项资产不在册中"] if missing else bars


def _rights_stand(sql: Sql, facts: CaseFacts) -> list[str]:
    """Every asset has each right that must be written, held in shares of exactly 1 on the day of the check."""
    ids = case_assets(facts)
    bars = []
    for kind in policy(sql, "registration.rights_needed"):
        sums: dict[str, Fraction] = {}
        for asset, numerator, denominator in sql.in_chunks(
            'SELECT r.asset_id,s.numerator,s.denominator FROM "right" r JOIN right_share s ON s.right_id=r.id '
            "WHERE r.kind=? AND r.removed=0 AND r.canonical_id IS NULL AND COALESCE(r.withdrawn,0)=0 "
            "AND COALESCE(r.valid_from,'')<=? AND (r.valid_to IS NULL OR ?<r.valid_to) AND r.asset_id IN (*)",
            ids, before=(kind, facts.on, facts.on),
        ):  # fmt: skip
            sums[asset] = sums.get(asset, Fraction(0)) + (Fraction(numerator, denominator) if denominator else 0)
        lacking = sum(1 for a in ids if sums.get(a) != 1)
        if lacking:
            bars.append(f"{lacking} 项资产的{word('rights', kind)}还没有写明，或份额合计不是 1")
    return bars


def _committee_asked(sql: Sql, facts: CaseFacts) -> list[str]:
    """村委会 versus 农村集体经济组织 is asked before a certificate fixes it, never decided by the program."""
    asked = {
        name
        for (name,) in sql.in_chunks(
            'SELECT p.name FROM "right" r JOIN right_share s ON s.right_id=r.id JOIN party p ON p.id=s.party_id '
            "WHERE r.kind IN ('ownership','income') AND r.removed=0 AND r.canonical_id IS NULL "
            "AND COALESCE(r.withdrawn,0)=0 AND r.valid_to IS NULL AND p.kind='village_committee' "
            "AND COALESCE(p.kind_confirmed,0)=0 AND r.asset_id IN (*)",
            case_assets(facts),
        )
    }
    return [f"权利人是{name}，请先确认是村委会，还是农村集体经济组织" for name in sorted(asked)]


def _decided(sql: Sql, facts: CaseFacts) -> list[str]:
    """A registration need not rest on a decision of the village; one that is cited is whole."""
    cited = facts.row.get("decision_id")
    return cited_decision_bars(sql, cited, "registration", facts.day or facts.on) if cited else []


def _noticed(sql: Sql, facts: CaseFacts) -> list[str]:
    return hung_out(sql, facts, "asset_register")


def certificate_number(number: str, place: int, count: int) -> str:
    """The certificate number of the n-th (from 1) of several assets under one registration: 0012-03; one keeps it."""
    return number if count == 1 else f"{number}-{place:0{max(2, len(str(count)))}d}"


def _unused_number(sql: Sql, facts: CaseFacts) -> list[str]:
    number = str(facts.row.get("cert_no") or "")
    ids = case_assets(facts)
    numbers = [certificate_number(number, n, len(ids)) for n in range(1, len(ids) + 1)]
    taken = [
        a for (a,) in sql.in_chunks("SELECT id FROM asset WHERE removed=0 AND cert_no IN (*)", numbers) if a not in ids
    ] if number else []  # fmt: skip
    return ["证书号已用在别的资产上"] if taken else []


def _certify(scope: WriteScope, facts: CaseFacts) -> None:
    """确权文号, date and certificate number into the assets; rights in force without a paper cite the document."""
    ids = case_assets(facts)
    document, day = str(facts.row["doc_no"]), facts.row.get("doc_date")
    for place, asset in enumerate(ids, 1):
        scope.change("asset", asset, {
            "confirm_doc_no": document, "confirm_date": day, "confirm_precision": "day" if day else None,
            "cert_no": certificate_number(str(facts.row["cert_no"]), place, len(ids)),
        })  # fmt: skip
        for (right,) in scope.sql.rows(
            "SELECT id FROM \"right\" WHERE asset_id=? AND valid_to IS NULL AND COALESCE(withdrawn,0)=0 "
            "AND COALESCE(source_doc,'')='' AND removed=0 AND canonical_id IS NULL ORDER BY id",
            (asset,),
        ):
            scope.change("right", right, {"source_doc": document})


REGISTRATION = Procedure(
    table="registration",
    initial="applied",
    states={
        "applied": "申请", "checked": "核实", "noticed": "公示", "approved": "批准", "certified": "发证",
        "rejected": "不予登记",
    },
    track=("applied", "checked", "noticed", "approved", "certified"),
    steps=(
        Step(
            "check", "核实", ("applied",), "checked", needs=("assets", "applicant", "checked_by", "checked_date"),
            offers=("decision_id",), day="checked_date",
            guards=(_assets_there, _rights_stand, _committee_asked, _decided),
        ),
        Step("notice", "公示期满", ("checked",), "noticed", guards=(_noticed,)),
        Step(
            "approve", "批准", ("noticed",), "approved", needs=("doc_no", "doc_date"), day="doc_date",
            right="review",
        ),
        Step(
            "certify", "发证", ("approved",), "certified", needs=("cert_no",),
            guards=(_assets_there, _rights_stand, _unused_number), effects=(_certify,),
        ),
        Step("back", "退回", ("checked", "noticed"), "applied", reason_needed=True),
        Step("reject", "不予登记", ("applied", "checked", "noticed"), "rejected", right="review", reason_needed=True),
    ),
    frozen_after={
        "assets": ("applied",),
        **dict.fromkeys(("applicant", "checked_by", "checked_date", "decision_id"), ("applied",)),
        **dict.fromkeys(("doc_no", "doc_date"), ("applied", "checked", "noticed")),
        "cert_no": ("applied", "checked", "noticed", "approved"),
    },
)  # fmt: skip


def _three_signers(sql: Sql, facts: CaseFacts) -> list[str]:
    names = [str(facts.row.get(c) or "").strip() for c in ("signed_from", "signed_to", "signed_witness")]
    given = [n for n in names if n]
    return ["移交人、接收人、监交人应是三个人"] if len(set(given)) != len(given) else []


def _two_parties(sql: Sql, facts: CaseFacts) -> list[str]:
    start, end = facts.row.get("from_party_id"), facts.row.get("to_party_id")
    return ["移交方和接收方是同一个"] if start and start == end else []


def _list_signed(sql: Sql, facts: CaseFacts) -> list[str]:
    if not policy(sql, "handover.list_needed") or has_file(sql, facts.id, ("signed",)):
        return []
    return ["缺三方签字的移交清单"]


def _not_before_supervised(sql: Sql, facts: CaseFacts) -> list[str]:
    """The supervision begins on the day of handover: not before the one it follows."""
    day = str(facts.row.get("on_date") or "")
    later = [
        s
        for (s,) in sql.in_chunks(
            "SELECT valid_from FROM \"right\" WHERE kind='supervision' AND valid_to IS NULL AND removed=0 "
            "AND canonical_id IS NULL AND COALESCE(withdrawn,0)=0 AND asset_id IN (*)",
            case_assets(facts),
        )
        if s and day and s > day
    ]
    return ["有的资产现有监督权的开始日期在移交日期之后"] if later else []


def _hand_over(scope: WriteScope, facts: CaseFacts) -> None:
    """The new keeper, the finished building in use, and the right of supervision of whoever handed over."""
    day, giver = str(facts.row["on_date"]), str(facts.row["from_party_id"])
    source = str(facts.row.get("source_doc") or "")
    for asset in case_assets(facts):
        changes: dict[str, str] = {"keeper": str(facts.row["keeper"])}
        if scope.sql.scalar("SELECT status FROM asset WHERE id=?", (asset,)) == "building":
            changes["status"] = "normal"
        scope.change("asset", asset, changes)
        held = scope.sql.rows(
            "SELECT r.id,r.valid_from,s.party_id,s.numerator,s.denominator FROM \"right\" r "
            "LEFT JOIN right_share s ON s.right_id=r.id WHERE r.asset_id=? AND r.kind='supervision' "
            "AND r.valid_to IS NULL AND r.removed=0 AND r.canonical_id IS NULL AND COALESCE(r.withdrawn,0)=0 "
            "ORDER BY r.id,s.position",
            (asset,),
        )
        if [h[2] for h in held] == [giver]:
            continue
        for right, start in dict.fromkeys((h[0], h[1]) for h in held):
            if start == day:  # it would have been held for no day
                scope.change("right", right, {"withdrawn": 1, "note": f"移交当日改为{source}"})
            else:
                scope.change("right", right, {"valid_to": day})
        scope.insert("right", {
            "asset_id": asset, "kind": "supervision", "valid_from": day, "source_doc": source or None,
            "shares": [[giver, 1, 1]],
        })  # fmt: skip


HANDOVER = Procedure(
    table="handover",
    initial="draft",
    states={"draft": "拟清单", "signed": "三方签字", "done": "已移交", "cancelled": "已取消"},
    track=("draft", "signed", "done"),
    steps=(
        Step(
            "sign", "三方签字", ("draft",), "signed",
            needs=("assets", "from_party_id", "to_party_id", "signed_from", "signed_to", "signed_witness"),
            guards=(_assets_there, _two_parties, _three_signers, _list_signed),
        ),
        Step(
            "complete", "移交", ("signed",), "done", needs=("on_date", "keeper", "source_doc"), day="on_date",
            guards=(_assets_there, _not_before_supervised), effects=(_hand_over,),
        ),
        Step("cancel", "取消", ("draft", "signed"), "cancelled", reason_needed=True),
    ),
    frozen_after={
        **dict.fromkeys(("assets", "from_party_id", "to_party_id", "signed_from", "signed_to", "signed_witness"),
                        ("draft",)),
        **dict.fromkeys(("on_date", "keeper", "source_doc"), ("draft", "signed")),
    },
)  # fmt: skip
