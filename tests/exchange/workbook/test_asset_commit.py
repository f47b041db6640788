"""The decided sample ledger in a register: exact sums, one unit of work, undone as a whole, cancelled traceless."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.app.workspace import Workspace, create_workspace
from desktop.common.errors import Cancelled, UsageError
from desktop.exchange.workbook.findings import read_decisions
from desktop.exchange.workbook.ledger.commit import commit_assets
from desktop.exchange.workbook.ledger.rules import plan_assets
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.reader import read_workbook
from desktop.exchange.workbook.register_places import villages_of

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    made, _ = create_workspace(
        tmp_path_factory.mktemp("r") / "册", unit_name="新会区", level="county", division_code="440705", user="样例",
        passphrase="correct horse battery staple",
    )  # fmt: skip
    with made:
        yield made


@pytest.fixture(scope="module")
def plan(workspace: Workspace) -> ImportPlan:
    return plan_assets(
        read_workbook(SAMPLES / "资产台账样表.xlsx"),
        decisions=read_decisions(SAMPLES / "asset_decisions.json"),
        villages=villages_of(workspace.register),
    )


def rows(workspace: Workspace, question: str) -> list[tuple[object, ...]]:
    with workspace.register.reading() as sql:
        return [tuple(r) for r in sql.rows(question)]


def test_cancelling_leaves_nothing(workspace: Workspace, plan: ImportPlan) -> None:
    before = workspace.register.digest()

    def stop(done: int, total: int) -> None:
        raise Cancelled("已停止导入，没有写入任何内容。")

    with pytest.raises(Cancelled):
        commit_assets(workspace.register, plan, progress=stop)
    assert workspace.register.digest() == before
    assert rows(workspace, "SELECT count(*) FROM asset") == [(0,)]


def test_the_ledger_comes_in_exactly_and_goes_out_as_a_whole(workspace: Workspace, plan: ImportPlan) -> None:
    before = workspace.register.digest()
    told: list[tuple[int, int]] = []
    done = commit_assets(workspace.register, plan, progress=lambda n, of: told.append((n, of)))
    assert told[-1] == (240, 240)
    assert rows(workspace, "SELECT count(*),sum(original_value_fen) FROM asset") == [(120, 6_465_120_000)]
    assert rows(
        workspace, "SELECT category,count(*),sum(original_value_fen) FROM asset GROUP BY category ORDER BY category"
    ) == [("household", 16, 28_700_000), ("operating", 42, 3_554_070_000), ("public", 62, 2_882_350_000)]
    assert rows(workspace, "SELECT sum(amount_fen) FROM asset_fund_part") == [(6_465_120_000,)]
    assert rows(workspace, "SELECT count(*) FROM asset WHERE division_id IS NULL") == [(0,)]
    names = rows(
        workspace,
        "SELECT DISTINCT d.short_name FROM asset a JOIN division d ON d.id=a.division_id WHERE a.asset_no='SSGY-084'",
    )
    assert names == [("龙头村",)]
    shares = rows(
        workspace,
        'SELECT p.kind,s.numerator,s.denominator FROM "right" r JOIN right_share s ON s.right_id=r.id '
        "JOIN party p ON p.id=s.party_id JOIN asset a ON a.id=r.asset_id "
        "WHERE a.asset_no='SSJY-030' AND r.kind='ownership' ORDER BY p.kind",
    )
    assert shares == [("collective", 1, 2), ("government", 1, 2)]
    assert rows(workspace, "SELECT count(*) FROM party WHERE kind='collective'") == [(24,)]
    assert rows(workspace, "SELECT DISTINCT source_file FROM asset") == [("资产台账样表.xlsx",)]
    assert workspace.register.check_tables() == []
    workspace.register.undo(done.unit_id)
    assert rows(workspace, "SELECT count(*) FROM asset WHERE removed=0") == [(0,)]
    assert workspace.register.digest() == before


def test_an_empty_plan_is_refused(workspace: Workspace) -> None:
    empty = ImportPlan("assets", "空.xlsx", "", [], [], {"assets": 0, "villages": []})
    with pytest.raises(UsageError):
        commit_assets(workspace.register, empty)
