"""Bank payments and decisions between steps on a county's PostgreSQL register, as in a folder."""

from __future__ import annotations

from pathlib import Path

from desktop.app.cases.procedures import take_step
from desktop.app.demo.register import make_demo
from desktop.app.distribution import bank_payments, paying
from desktop.app.distribution.settling import settle
from desktop.app.papers.list_rows import ListChoice, list_rows
from desktop.app.papers.standard_lists import LISTS
from desktop.app.records.editing import open_record, save_record
from desktop.registry.invariants import invariant_problems


def test_a_bank_file_its_answer_and_a_decision_on_a_server(postgres_database: str, tmp_path: Path) -> None:
    with make_demo(postgres_database, households=24, seed=1) as ws:
        with ws.register.reading() as sql:
            plan = str(sql.scalar("SELECT id FROM distribution WHERE state='paying'"))
        people = [p for p in paying.payments_of(ws, plan) if p.kind == "household" and p.state == "waiting"]
        for n, p in enumerate(people):
            home = open_record(ws, "household", p.recipient_id)
            save_record(ws, home, {"bank_account": f"621700000000{n:04d}"})
        done = bank_payments.write_payment_file(ws, plan, tmp_path / "代发.xlsx")
        assert done.rows == done.filled == len(people) and done.earlier == ""
        assert bank_payments.written_before(ws, plan)
        rows = [f"{p.name},{p.amount_fen / 100:.2f},成功" for p in people]
        (tmp_path / "回盘.csv").write_text("\n".join(["户名,金额,处理结果", *rows]), encoding="gbk")
        answer = bank_payments.look_at_return(ws, plan, tmp_path / "回盘.csv")
        assert len(answer.paid) == len(people) and not answer.findings
        bank_payments.take_return(ws, answer)
        assert {p.state for p in paying.payments_of(ws, plan) if p.id in answer.paid} == {"paid"}
        assert list_rows(ws, LISTS["idle"], ListChoice(), "2099-01-01") is not None

        paying.return_payments(ws, dict.fromkeys(answer.paid, "收回"))
        others = [p.id for p in paying.payments_of(ws, plan) if p.state == "paid"]
        if others:
            paying.return_payments(ws, dict.fromkeys(others, "收回"))
        ws.register.user = "镇样例"
        take_step(ws, "distribution", plan, "reverse", note="名单有误")
        with ws.register.write("定为发放", source="resolve") as scope:
            settle(ws, scope, "distribution", plan, "paying")
        row = ws.register.row("distribution", plan)
        assert row is not None and row["state"] == "paying"
        with ws.register.reading() as sql:
            assert not [p for p in invariant_problems(sql) if p.table in ("distribution", "payment", "voucher")]
