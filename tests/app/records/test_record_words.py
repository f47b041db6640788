"""What people read of a record is in their words: every table, filled in every column, as listed and as it changed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Integer
from sqlmodel import SQLModel

from desktop.app.demo.register import PASSPHRASE
from desktop.app.exchange.exchanging import conflict_views
from desktop.app.records.details import history_lines
from desktop.app.records.record_history import record_history
from desktop.app.records.record_names import RecordNames
from desktop.app.records.record_words import value_words
from desktop.app.records.records import list_records
from desktop.app.workspace import Workspace, open_workspace
from desktop.registry import codelists
from desktop.registry.column_words import WORDS_OF_COLUMN
from desktop.registry.labels import label
from desktop.registry.procedures import PROCEDURES
from desktop.registry.references import TABLE_BESIDE, target_of
from desktop.registry.tables import SCHEMA
from desktop.store.schema import TableSpec
from tests.app.conftest import Said

IDENTIFIER = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{8,}|[0-9a-f]{32}")
CODE = re.compile(r"(?<![A-Za-z0-9])[a-z][a-z_]{2,}(?![A-Za-z])|[{}\[\]]")
"""Small Latin letters are a code or a column's name: the invented content is Chinese, units of power apart."""

WRITTEN: Mapping[tuple[str, str], Any] = {
    ("contract", "rent_rule"): '{"amount_fen":100000,"period":"year","first_due":"2026-01-01"}',
    ("inspection_plan", "criteria"): '{"category":"operating","status":["idle","normal"],"min_value_fen":500000}',
    ("inspection_plan", "sample"): '{"population":25,"chosen":["a","b"],"reserves":["c"],"seed":"八月十五"}',
    ("distribution", "criteria"): '{"risk_people":{"method":"people","where":{"monitored_type":["*"]}}}',
    ("notice", "body_columns"): '[{"caption":"拟确权登记资产","rows":[["甲"]]}]',
    ("visit", "remarks"): '{"/data/a":"门口晒谷"}',
    ("setting", "key"): "contract.remind_days",
    ("setting", "value"): "[90,60,30]",
    ("division", "level"): "town",
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A demo register in which every table has a record with every column filled in."""
    place = tmp_path_factory.mktemp("words") / "册"
    shutil.copytree(demo_folder, place)
    with open_workspace(place, passphrase=PASSPHRASE) as ws:
        with ws.register.reading() as sql:
            some = {t: sql.scalar(f'SELECT MAX(id) FROM "{t}"') for t in SCHEMA.by_name}
        for spec in SCHEMA.by_name.values():
            with ws.register.write("样例") as scope:
                some[spec.name] = some[spec.name] or scope.insert(spec.name, {})
        for spec in SCHEMA.by_name.values():
            with ws.register.write("样例") as scope:
                some[spec.name] = scope.insert(spec.name, everything(spec, some))
        yield ws


def everything(spec: TableSpec, some: Mapping[str, str]) -> dict[str, Any]:
    """A value for every column and list cell of a table."""
    values: dict[str, Any] = {c: one(spec.name, c, some) for c in spec.value_columns}
    for cell in spec.cells:
        if cell.child_table is not None:
            values[cell.name] = [[one(cell.child_table, c, some) for c in cell.columns]]
    return values


def one(table: str, column: str, some: Mapping[str, str]) -> Any:
    """A value that fits the column: an id, a code, a number, an invented text."""
    target = target_of(table, column, dict.fromkeys(TABLE_BESIDE.values(), "asset") | {"recipient_kind": "household"})
    written = WRITTEN.get((table, column))
    known = WORDS_OF_COLUMN.get((table, column))
    if written is not None:
        return written
    if target:
        return some[target if target in some else "household"]
    if column == "recipient_kind":
        return "household"
    if column in TABLE_BESIDE.values():
        return "contract" if table == "step_taken" else "asset"
    if (table, column) in codelists.LIST_OF_COLUMN:
        return codelists.shipped(codelists.LIST_OF_COLUMN[table, column])[-1].code
    if known is not None:
        return list(known)[-1]
    if column in ("state", "from_state", "to_state"):
        procedure = PROCEDURES[{"step_taken": "contract"}.get(table, table)]
        return list(procedure.states)[-1]
    if column == "step":
        return PROCEDURES["contract"].steps[0].name
    if column == "missing_reasons":
        return '{"note":"to_collect","/data/a":"unknown","/data/b":"unknown"}'
    if isinstance(SQLModel.metadata.tables[table].columns[column].type, Integer):
        return 1
    if column in ("division_code", "code"):
        return "360299101"
    return "2026-05-01" if column.endswith(("_date", "_at", "valid_from", "valid_to", "term_start")) else "样例"


def doubtful(said: str) -> list[str]:
    """Identifiers, codes and brackets of stored data in a text."""
    return IDENTIFIER.findall(said) + CODE.findall(said)


@pytest.mark.parametrize("table", SCHEMA.by_name)
def test_a_listed_record_shows_no_identifier_and_no_code(filled: Workspace, table: str) -> None:
    names = RecordNames(filled)
    rows = list_records(filled, table)
    names.prepare(table, rows)
    assert rows
    for row in rows:
        for name, words in names.lines(table, row):
            said = words.removesuffix(".pdf")  # a file is called by its name
            assert name and doubtful(f"{name} {said}") == [], (table, name, words)


@pytest.mark.parametrize("table", SCHEMA.by_name)
def test_the_history_of_a_record_is_in_words(filled: Workspace, table: str) -> None:
    spec = SCHEMA.by_name[table]
    with filled.register.reading() as sql:
        record = str(sql.scalar(f'SELECT MAX(id) FROM "{table}"'))
        some = {t: str(sql.scalar(f'SELECT MIN(id) FROM "{t}"')) for t in SCHEMA.by_name}
    other = everything(spec, some) | ({"note": "又一样例"} if "note" in spec.by_name else {})
    with filled.register.write("改样例") as scope:
        scope.change(table, record, other)
        scope.remove(table, record)
    with filled.register.write("恢复样例") as scope:
        scope.restore(table, record)
    lines = history_lines(filled, table, record, masked=True)
    assert len(lines) > 2
    for line in lines:
        assert line.what and doubtful(f"{line.what} {line.old} {line.new} {line.device}") == [], (table, line)
    found = record_history(filled, table, record)
    assert doubtful(found.title) == []
    for change in found.changes:
        assert doubtful(f"{change.about} {change.what} {change.old} {change.new} {change.device}") == [], change


def test_the_commands_print_the_same_words_and_keep_ids_for_programs(
    filled: Workspace, xiangce: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = filled.place
    filled.close()
    monkeypatch.setenv("XIANGCE_PASSPHRASE", PASSPHRASE)
    row = next(r for r in xiangce("show", place, "right", "--json").json if r["shares"][0]["numerator"])
    assert len(row["asset_id"]) == 32 and row["kind"] == "ownership"
    assert row["words"]["kind"] == "所有权" and IDENTIFIER.search(row["words"]["asset_id"]) is None
    shown = xiangce("show", place, "right", row["id"]).out.splitlines()
    assert shown[0] == row["id"], "the first line stays the id alone: scripts cut it out"
    assert doubtful("\n".join(shown[1:])) == []
    entry = xiangce("history", place, "right", row["id"], "--json").json[0]
    assert set(entry) >= {"value", "value_word", "previous_word", "what", "device_name"}
    said = xiangce("conflicts", place, code=1).out
    for line in said.splitlines():
        assert doubtful(line.partition("\t")[2] or line) == [], line


def test_conflicts_are_in_words(demo: Workspace) -> None:
    views = conflict_views(demo)
    assert views
    for view in views:
        words = [view.record_word, view.title, view.field_word, view.ancestor, *(c.value for c in view.choices)]
        assert doubtful(" ".join(words)) == [], view


def test_what_is_not_there_is_said_to_be_missing(demo: Workspace) -> None:
    names = RecordNames(demo)
    assert names.said("right", "asset_id", "0" * 32) == "册中没有的资产"
    assert names.title("tomorrow", "0" * 32) == "新版程序的记录"
    assert value_words("right", "asset_id", "0" * 32) == "", "nobody is named without a register"
    assert names.said("household", "division_id", None) == "未填"
    assert names.said("household", "water_safe", 0) == "否"
    assert label("household", "division_id") == "行政村"
