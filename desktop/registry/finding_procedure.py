"""How a problem is put right: 发现 → 责任人和期限 → 佐证 → 复查 → 销号 (DOMAIN §2.13, design 16); and complaints.

Who re-checks is never the person responsible. 延期 needs a reason and keeps the first date.
"""

from __future__ import annotations

from desktop.registry.case_papers import PROOF, has_file
from desktop.registry.policies import policy
from desktop.registry.procedure import CaseFacts, Procedure, Step, people_in
from desktop.store.database import Sql
from desktop.store.register import WriteScope


def _described(sql: Sql, facts: CaseFacts) -> list[str]:
    return [f"没有填{w}" for c, w in (("what", "问题"), ("found_date", "发现日期")) if not facts.row.get(c)]


def _due_ahead(sql: Sql, facts: CaseFacts) -> list[str]:
    due, found = facts.row.get("due_date"), facts.row.get("found_date")
    return ["整改期限早于发现日期"] if due and found and due < found else []


def _later_than_before(sql: Sql, facts: CaseFacts) -> list[str]:
    before = sql.scalar("SELECT due_date FROM finding WHERE id=?", (facts.id,))
    due = facts.typed.get("due_date")
    if not due:
        return ["没有填新的整改期限"] if facts.note else []
    return [f"新的期限要晚于 {before}"] if before and due <= before else []


def _not_too_often(sql: Sql, facts: CaseFacts) -> list[str]:
    most = int(policy(sql, "finding.max_put_off"))
    times = int(
        sql.scalar("SELECT COUNT(*) FROM step_taken WHERE case_id=? AND step='put_off' AND removed=0", (facts.id,)) or 0
    )
    return [f"已延期 {times} 次，不能再延"] if times >= most else []


def _sent_back(sql: Sql, facts: CaseFacts) -> str:
    """The id of the last 退回再改, "" when there was none: what was shown before it did not prove anything."""
    return str(
        sql.scalar(
            "SELECT MAX(id) FROM step_taken WHERE case_id=? AND step='send_back' AND removed=0",
            (facts.id,),
        )
        or ""
    )


def _proved(sql: Sql, facts: CaseFacts) -> list[str]:
    since = _sent_back(sql, facts)
    if policy(sql, "finding.proof_needed") and not has_file(sql, facts.id, PROOF, since=since):
        return [f"缺{'退回之后的' if since else ''}整改佐证（整改后照或票据等）"]
    return []


def _somebody_else(sql: Sql, facts: CaseFacts) -> list[str]:
    """The re-checker is named, and is neither the person responsible nor, when he signs, the one who takes the step."""
    responsible = people_in(facts.row.get("responsible"))
    if responsible & people_in(facts.row.get("rechecked_by")):
        return ["复查人不能是整改责任人"]
    if responsible & people_in(facts.by):
        return ["整改责任人不能给自己办销号"]
    return []


def _photographed(sql: Sql, facts: CaseFacts) -> list[str]:
    since = _sent_back(sql, facts)
    if policy(sql, "finding.recheck_photo_needed") and not has_file(sql, facts.id, ("photo_recheck",), since=since):
        return [f"缺{'退回之后的' if since else ''}复查照"]
    return []


def _keep_first_date(scope: WriteScope, facts: CaseFacts) -> None:
    if not facts.row.get("first_due_date"):
        scope.change("finding", facts.id, {"first_due_date": facts.row["due_date"]})


def _write_reason(scope: WriteScope, facts: CaseFacts) -> None:
    before = facts.row.get("put_off_reason")
    scope.change("finding", facts.id, {"put_off_reason": f"{before}；{facts.note}" if before else facts.note})


def _date_of_closing(scope: WriteScope, facts: CaseFacts) -> None:
    scope.change("finding", facts.id, {"closed_date": facts.on})


_RECHECK = ("rechecked_by", "rechecked_date", "recheck_result")

FINDING = Procedure(
    table="finding",
    initial="found",
    opened="found_date",
    states={"found": "待下达", "assigned": "整改中", "done": "待复查", "closed": "已销号", "void": "不属实"},
    track=("found", "assigned", "done", "closed"),
    steps=(
        Step(
            "assign", "下达整改", ("found",), "assigned", needs=("responsible", "due_date"),
            offers=("responsible_unit", "measure", "seriousness"), guards=(_described, _due_ahead),
            effects=(_keep_first_date,), binds=False,
        ),
        Step(
            "report", "整改完成", ("assigned",), "done", needs=("done_date", "done_text"), day="done_date",
            guards=(_proved,),
        ),
        Step(
            "put_off", "延期", ("assigned",), "assigned", offers=("due_date",), reason_needed=True,
            guards=(_later_than_before, _not_too_often), effects=(_write_reason,),
        ),
        Step(
            "close", "销号", ("done",), "closed", needs=_RECHECK,
            day="rechecked_date", guards=(_somebody_else, _photographed), effects=(_date_of_closing,),
        ),
        Step("send_back", "退回再改", ("done",), "assigned", needs=_RECHECK, offers=("due_date",),
             day="rechecked_date", guards=(_somebody_else,)),
        Step("void", "记为不属实", ("found", "assigned"), "void", right="review", reason_needed=True),
    ),
    frozen_after={
        **dict.fromkeys(("asset_id", "inspection_id", "assessment_id"), ("found",)),
        **dict.fromkeys(("kind", "what", "found_date", "found_by"), ("found",)),
        **dict.fromkeys(("responsible", "responsible_unit", "due_date"), ("found",)),
        **dict.fromkeys(("done_date", "done_text"), ("found", "assigned")),
        **dict.fromkeys(("first_due_date", "put_off_reason", "closed_date"), ()),
        **dict.fromkeys(_RECHECK, ("done",)),
        "measure": ("found", "assigned"),
    },
)  # fmt: skip


def _finding_settled(sql: Sql, facts: CaseFacts) -> list[str]:
    finding = facts.row.get("finding_id")
    if not finding:
        return []
    state = sql.scalar("SELECT COALESCE(state,'found') FROM finding WHERE id=? AND removed=0", (finding,))
    if state is None:
        return ["转办的问题不在册中"]
    return [] if state in ("closed", "void") else ["转办的问题还没有销号"]


COMPLAINT = Procedure(
    table="complaint",
    initial="open",
    opened="received_date",
    states={"open": "待办", "passed": "已转办", "answered": "已答复", "dropped": "不予受理"},
    track=("open", "passed", "answered"),
    steps=(
        Step("pass", "转为问题整改", ("open",), "passed", needs=("what", "finding_id"), binds=False),
        Step(
            "answer", "答复", ("open", "passed"), "answered", needs=("what", "answer", "answered_date"),
            day="answered_date", guards=(_finding_settled,),
        ),
        Step("drop", "不予受理", ("open",), "dropped", reason_needed=True),
    ),
    frozen_after={
        **dict.fromkeys(("what", "received_date", "channel", "caller", "phone"), ("open",)), "finding_id": ("open",),
        **dict.fromkeys(("answer", "answered_date"), ("open", "passed")),
    },
)  # fmt: skip
