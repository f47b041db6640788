"""What guards ask of a case's papers: files of a kind, the rows of list cells, and papers that steps rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from desktop.common.errors import InputRefused
from desktop.registry.policies import policy
from desktop.store.database import Sql


def has_file(sql: Sql, row_id: str, kinds: Iterable[str], *, since: str = "") -> bool:
    """Whether a record has a living attachment of one of these kinds.

    `since`: the id of a record (a step taken); only attachments made after it count, as their ids tell.
    """
    wanted = tuple(kinds)
    marks = ",".join("?" * len(wanted))
    return bool(
        sql.scalar(
            f"SELECT 1 FROM attachment WHERE record_id=? AND kind IN ({marks}) AND removed=0 AND canonical_id IS NULL "
            "AND id>? LIMIT 1",
            (row_id, *wanted, since),
        )
    )


def list_rows(value: Any, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of a list cell by column, whether they come from the register (mappings) or as typed (lists)."""
    rows = []
    for row in value or []:
        rows.append(dict(row) if isinstance(row, Mapping) else dict(zip(columns, row, strict=False)))
    return rows


@dataclass(frozen=True)
class Evidence:
    """A paper that a step asked for: cases of a table that stand in these states rest on a file of these kinds."""

    table: str
    kinds: tuple[str, ...]
    states: tuple[str, ...]
    policy: str
    """The county's rule that asks for it."""
    what: str


PROOF = ("photo_mended", "photo", "voucher", "contract", "minutes", "approval", "signed", "other")
"""Kinds of attachment that can show that something was put right."""
EVIDENCE = (
    Evidence("notice", ("photo_posted", "photo_expired"), ("ended",), "notice.photo_needed", "张贴照或期满照"),
    Evidence("handover", ("signed",), ("signed", "done"), "handover.list_needed", "三方签字的移交清单"),
    Evidence("disposal", ("appraisal",),
             ("appraised", "met", "approved", "noticed", "traded", "settled", "written_off", "handed_on"),
             "disposal.report_needed", "评估报告"),
    Evidence("disposal", ("signed",), ("written_off", "handed_on"), "disposal.signed_list_needed", "三方签字的清单"),
    Evidence("finding", PROOF, ("done", "closed"), "finding.proof_needed", "整改佐证"),
    Evidence("finding", ("photo_recheck",), ("closed",), "finding.recheck_photo_needed", "复查照"),
)  # fmt: skip


def papers_taken(sql: Sql) -> Iterator[tuple[str, str, str]]:
    """Cases that rest on a paper which was there and is taken away: (table, case, what it was)."""
    for evidence in EVIDENCE:
        if not policy(sql, evidence.policy):
            continue
        states = ",".join(f"'{s}'" for s in evidence.states)
        kinds = ",".join(f"'{k}'" for k in evidence.kinds)
        for (case,) in sql.rows(
            f"SELECT DISTINCT c.id FROM {evidence.table} c JOIN attachment t ON t.record_id=c.id AND t.removed=1 "
            f"AND t.kind IN ({kinds}) WHERE c.removed=0 AND c.canonical_id IS NULL AND c.state IN ({states}) AND NOT "
            f"EXISTS (SELECT 1 FROM attachment o WHERE o.record_id=c.id AND o.kind IN ({kinds}) AND o.removed=0 "
            "AND o.canonical_id IS NULL) ORDER BY 1"
        ):
            yield evidence.table, str(case), evidence.what


def papers_held(sql: Sql, case: str) -> set[str]:
    """What a case rests on where it stands, and has: 评估报告 …"""
    return {e.what for e in _rested_on(sql, case) if has_file(sql, case, e.kinds)}


def refuse_without_papers(sql: Sql, case: str, before: set[str]) -> None:
    """InputRefused when a case lacks now what it rests on and had before (`papers_held`)."""
    gone = sorted(e.what for e in _rested_on(sql, case) if e.what in before and not has_file(sql, case, e.kinds))
    if gone:
        raise InputRefused(
            f"{'、'.join(gone)}是已办步骤的依据，不能移除，没有改变。", hint="先补上新的一份，再移除原来的。"
        )


def _rested_on(sql: Sql, case: str) -> Iterator[Evidence]:
    for evidence in EVIDENCE:
        state = sql.scalar(f"SELECT state FROM {evidence.table} WHERE id=? AND removed=0", (case,))
        if state in evidence.states and policy(sql, evidence.policy):
            yield evidence
