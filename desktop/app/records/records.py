"""Records for scripts: list with conditions, as of a day, as known at a moment; add, set, remove."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.common.ids import parse_id
from desktop.registry.asset_status import STATUS_TABLES, codes_on, on_day, statuses_on
from desktop.registry.rows import BOOKKEEPING
from desktop.store.database import Sql, quoted
from desktop.store.schema import TableSpec, child_key

VALID_TIME = {"right": ("valid_from", "valid_to")}
"""Tables whose rows hold over an interval [from, to)."""


def list_records(
    ws: Workspace,
    table: str,
    *,
    row_id: str | None = None,
    where: Mapping[str, str] | None = None,
    as_of: str | None = None,
    known_at: str | None = None,
    removed: bool = False,
) -> list[dict[str, Any]]:
    """Live records of a table with `id` and every column; list cells as lists of objects.

    `where` compares columns for equality (a trailing * matches a beginning); `as_of` is a day of valid time (ISO),
    `known_at` a moment of this register's knowledge (ISO, local time when no zone is given). Raises UsageError.
    """
    if as_of is not None:
        as_of = day(as_of)
    spec = ws.register.table(table)
    row_id = _full_id(ws, spec, row_id) if row_id else None
    if known_at is not None:
        rows = ws.register.known_at(table, moment_ms(known_at))
        if table == "asset" and as_of is not None:
            past = ws.register.tables_known_at(STATUS_TABLES, moment_ms(known_at))
            with past.reading() as sql:
                rows = _statuses_then(sql, rows, as_of)
            past.close()
    else:
        with ws.register.reading() as sql:
            rows = _rows(sql, spec, row_id, removed)
            if table == "asset" and as_of is not None:
                rows = _statuses_then(sql, rows, as_of)
    if row_id is not None:
        rows = [r for r in rows if r["id"] == row_id]
    return kept_records(spec, rows, where or {}, as_of)


def records_in(
    sql: Sql, spec: TableSpec, where: Mapping[str, str] | None = None, as_of: str | None = None, *,
    removed: bool = False, among: Mapping[str, Sequence[str]] | None = None, columns: Collection[str] | None = None,
    within: str = "",
) -> list[dict[str, Any]]:  # fmt: skip
    """The same from a reader, be it of today or of the past (`past_reading`).

    `among` gives columns with the words they may hold; asked of the database, so that 30,000 rows need not be read to
    list a few. With `as_of`, assets have the status of that day. With `columns`, the rows hold `id` and these columns
    and list cells; the others are not read. `within`: assets of a division (code prefix) alone.
    """
    among, only = dict(among or {}), None
    if spec.name == "asset" and within:
        only = sql.column("SELECT id FROM asset WHERE division_code LIKE ?", (within + "%",))
    if spec.name == "asset" and as_of is not None and "status" in among:
        only = _having_status(sql, as_of, among.pop("status"), only)
    rows = _rows(sql, spec, None, removed, among, only, columns)
    if spec.name == "asset" and as_of is not None:
        rows = _statuses_then(sql, rows, as_of)
    return kept_records(spec, rows, where or {}, as_of)


def _having_status(sql: Sql, as_of: str, wanted: Sequence[str], among: Sequence[str] | None) -> list[str]:
    """The assets (of those named, or of all) whose status on the day was one of those wanted."""
    asked = f"SELECT id FROM asset WHERE status IN ({','.join('?' * len(wanted))})"
    if among is None:
        then, today = codes_on(sql, as_of), sql.column(asked, wanted)
    else:
        then = {asset: period.status for asset, period in statuses_on(sql, as_of, among).items()}
        today = [i for (i,) in sql.in_chunks(f"{asked} AND id IN (*)", among, wanted)]
    return [*(a for a in today if a not in then), *(a for a, status in then.items() if status in wanted)]


def _statuses_then(sql: Sql, rows: list[dict[str, Any]], as_of: str) -> list[dict[str, Any]]:
    then = statuses_on(sql, as_of, [row["id"] for row in rows])
    return [on_day(row, then) for row in rows]


def kept_records(
    spec: TableSpec, rows: list[dict[str, Any]], where: Mapping[str, str], as_of: str | None
) -> list[dict[str, Any]]:
    """Those of the rows that fit the conditions and hold on the day; UsageError for a column that is none."""
    table = spec.name
    for column, wanted in where.items():
        if column not in spec.by_column and column not in spec.derived_columns and column not in BOOKKEEPING:
            raise UsageError(f"表 {table} 没有字段 {column}。")
        rows = [r for r in rows if _matches(r.get(column), wanted)]
    if as_of is not None:
        rows = [r for r in rows if holds_on(table, r, as_of)]
    return rows


def holds_on(table: str, row: Mapping[str, Any], on: str) -> bool:
    """Whether a record holds on a day: an interval that covers it, an asset built by then."""
    if table in VALID_TIME:
        start, end = (row.get(c) for c in VALID_TIME[table])
        return not row.get("withdrawn") and (start or "") <= on and (not end or on < end)
    if table == "asset":
        return (row.get("built_date") or "") <= on
    return True


def today() -> str:
    """This day where the program runs, ISO."""
    return datetime.now().astimezone().date().isoformat()


def day(text: str) -> str:
    """A day as ISO text (2025-06-30); UsageError when it is none."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise UsageError(f"“{text}”不是日期，应写作 2025-06-30。") from None


def moment_ms(text: str) -> int:
    """A moment as UTC milliseconds; UsageError when it is none."""
    try:
        moment = datetime.fromisoformat(text)
        if len(text) == 10:  # a day means its end
            moment = moment.replace(hour=23, minute=59, second=59, microsecond=999000)
        if moment.tzinfo is None:
            moment = moment.astimezone()
        return int(moment.astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError):  # the first and the last day of the calendar have no time in every zone
        raise UsageError(f"“{text}”不是时间，应写作 2025-06-30 或 2025-06-30T18:00。") from None


def find_id(ws: Workspace, table: str, text: str) -> str:
    """A record's id from the id or its beginning (at least 8 digits); UsageError when none or several match."""
    return _full_id(ws, ws.register.table(table), text)


def _full_id(ws: Workspace, spec: TableSpec, text: str) -> str:
    try:
        return parse_id(text)
    except ValueError:
        pass
    start = text.lower()
    if len(start) < 8 or any(c not in "0123456789abcdef" for c in start):
        raise UsageError(f"“{text}”不是记录标识。")
    with ws.register.reading() as sql:
        rows = sql.rows(f"SELECT id FROM {quoted(spec.name)} WHERE id LIKE ? LIMIT 2", (start + "%",))
    if len(rows) != 1:
        raise UsageError(f"{'没有' if not rows else '不止一条'}以 {text} 开头的记录。")
    return str(rows[0][0])


def _rows(
    sql: Sql, spec: TableSpec, row_id: str | None, removed: bool, among: Mapping[str, Sequence[str]] | None = None,
    only: Sequence[str] | None = None, wanted: Collection[str] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    columns = ("id", "canonical_id", "removed", "in_conflict", *spec.value_columns, *spec.derived_columns)
    if wanted is not None:
        columns = tuple(c for c in columns if c == "id" or c in wanted)
    where = "" if removed or row_id else " WHERE removed=0 AND canonical_id IS NULL"
    params: tuple[Any, ...] = ()
    if row_id:
        where, params = " WHERE id=?", (row_id,)
    for column, words in (among or {}).items():
        where += f" AND {quoted(column)} IN ({','.join('?' * len(words))})"
        params = (*params, *words)
    names = ",".join(quoted(c) for c in columns)
    asked = f"SELECT {names} FROM {quoted(spec.name)}{where}"
    if only is None:
        read = sql.rows(f"{asked} ORDER BY id", params)
    else:  # by their identifiers, so that a list of a few does not read every row
        read = sorted(sql.in_chunks(f"{asked}{' AND' if where else ' WHERE'} id IN (*)", only, params))
    rows = [dict(zip(columns, r, strict=True)) for r in read]
    for cell in spec.cells:
        if cell.child_table is None or (wanted is not None and cell.name not in wanted):
            continue
        found: dict[str, list[dict[str, Any]]] = {}
        child = ",".join(quoted(c) for c in (child_key(spec), *cell.columns))
        asked = f"SELECT {child} FROM {quoted(cell.child_table)}"
        if among or only is not None:
            asked += f" WHERE {child_key(spec)} IN (*) ORDER BY {child_key(spec)},position"
            parts = list(sql.in_chunks(asked, [r["id"] for r in rows]))
        else:
            parts = sql.rows(f"{asked} ORDER BY {child_key(spec)},position")
        for part in parts:
            found.setdefault(part[0], []).append(dict(zip(cell.columns, part[1:], strict=True)))
        for row in rows:
            row[cell.name] = found.get(row["id"], [])
    return rows


def _matches(value: Any, wanted: str) -> bool:
    text = "" if value is None else str(value)
    return text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted
