"""What a decision between two steps of one distribution brings with it, so that books and payments say the same.

Two laptops confirmed and reversed the same plan, or paid and called off the same payment. The state alone is a word:
its vouchers, payments and reversal must follow what a person decided, or `check` would name them with no way out.
"""

from __future__ import annotations

from typing import Any

from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.ids import named_id
from desktop.registry.distribution_steps import BOOKED, reverse
from desktop.registry.posting import voucher_id
from desktop.registry.procedure import CaseFacts
from desktop.store.register import WriteScope

STATES = (("distribution", "state"), ("payment", "state"))
"""Conflicts whose decision brings more with it than the word."""


def settle(ws: Workspace, scope: WriteScope, table: str, row_id: str, state: Any) -> None:
    """Called in the unit of work that decided the `state` of a distribution or a payment."""
    if table == "distribution" and state == "reversed":
        _complete_reversal(ws, scope, row_id)
    elif table == "distribution":
        _withdraw_reversal(scope, row_id)
        if state not in BOOKED:
            _withdraw_confirmation(scope, row_id)
    elif table == "payment" and state == "cancelled":
        scope.retract(_said_of(scope, "voucher", voucher_id("payment", row_id, "paid")))


def _complete_reversal(ws: Workspace, scope: WriteScope, plan: str) -> None:
    """The reversal was taken where the confirmation was not known: post its opposite, call off what waits."""
    row = ws.register.row("distribution", plan) or {}
    on = scope.sql.scalar(
        "SELECT on_date FROM step_taken WHERE case_table='distribution' AND case_id=? AND step='reverse' AND removed=0",
        (plan,),
    )
    booked = scope.sql.scalar(
        "SELECT COUNT(*) FROM voucher WHERE id=? AND removed=0", (voucher_id("distribution", plan, "confirmed"),)
    )
    facts = CaseFacts(
        table="distribution", id=plan, row={**row, "state": "paying" if booked else "noticing"}, on=str(on or today()),
        today=today(), by=ws.user,
    )  # fmt: skip
    reverse(scope, facts)


def _withdraw_reversal(scope: WriteScope, plan: str) -> None:
    """The plan stands: everything its reversal wrote (opposite, voucher, payments called off) was not said.

    Only what is of this plan: several plans may have been reversed in one unit of work, or other conflicts decided.
    """
    spec = scope.work.journal.schema.by_name["distribution"]
    opposite = named_id("distribution", "reversal", plan)
    about = {plan, opposite, voucher_id("distribution", plan, "reversed")}
    for table, column in (("payment", "distribution_id"), ("notice", "subject_id")):
        about.update(scope.sql.column(f"SELECT id FROM {table} WHERE {column}=?", (plan,)))
    cases = sorted(about)
    about.update(step for (step,) in scope.sql.in_chunks("SELECT id FROM step_taken WHERE case_id IN (*)", cases))
    rows = {bytes.fromhex(row) for row in about}
    units = scope.sql.rows(
        "SELECT DISTINCT unit FROM op WHERE tbl=? AND row_id=?", (spec.id, bytes.fromhex(opposite))
    )
    for unit in sorted(bytes(u) for (u,) in units):
        said = scope.sql.rows("SELECT op_id,row_id FROM op WHERE unit=?", (unit,))
        scope.retract([bytes(op) for op, row in said if bytes(row) in rows])


def _withdraw_confirmation(scope: WriteScope, plan: str) -> None:
    """The plan was not confirmed after all: its voucher was not said, nor the payments that nobody made yet."""
    scope.retract(_said_of(scope, "voucher", voucher_id("distribution", plan, "confirmed")))
    waiting = scope.sql.rows(
        "SELECT id FROM payment WHERE distribution_id=? AND removed=0 AND COALESCE(state,'waiting')='waiting'", (plan,)
    )
    for (payment,) in waiting:
        scope.retract(_said_of(scope, "payment", payment))


def _said_of(scope: WriteScope, table: str, row_id: str) -> list[bytes]:
    """All operations on one record."""
    spec = scope.work.journal.schema.by_name[table]
    rows = scope.sql.rows("SELECT op_id FROM op WHERE tbl=? AND row_id=?", (spec.id, bytes.fromhex(row_id)))
    return [bytes(o) for (o,) in rows]
