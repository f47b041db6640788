"""What the register lends to a filling: households, persons, assets and villages as lists, and the heads seen of them.

A record is *pinned* once the form works with it: its values and the heads behind them stay as they were met, are kept
with the draft, and become `pred` when the visit is finished. So a change merged meanwhile is a conflict, never lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgpack

from desktop.app.workspace import Workspace
from desktop.registry.labels import label, table_label
from desktop.store.database import Sql, quoted
from desktop.store.operations import Value
from desktop.store.schema import TOMBSTONE, TableSpec
from desktop.store.unit_of_work import Seen, seen_of, shown_row
from desktop.survey.xform import tables
from desktop.survey.xform.tables import LentRows
from desktop.survey.xpath.tree import Node

LIVE = "removed=0 AND canonical_id IS NULL"
ORDER = {
    "household": "division_code,group_name,head_name,id",
    "person": "household_id,CASE WHEN relation='head' THEN 0 ELSE 1 END,id",
    "asset": "name,id",
    "division": "code,id",
}
"""The lists lent, and their order."""
CHOSEN_BY = ("household_id", "division_code", "division_id", "asset_id", "code")
"""Fields by which an answer above narrows a list."""
BRIEF = {"household": ("head_name", "group_name"), "asset": ("name",)}
"""What labels are made of: all that a list to choose from reads of its rows."""
LINKED = {
    "household": (("income_record", "household_id"), ("safeguard_check", "household_id"), ("measure", "household_id")),
    "division": (("village_profile", "division_id"),),
}
"""Records that a form about a household or village may write again: what was there of them when it was opened counts
as seen."""


@dataclass
class Pinned:
    """A record as the form met it. `values` are texts by field, as expressions read them."""

    table: str
    id: str
    values: dict[str, str]
    seen: Seen
    raw: dict[str, Value] = field(default_factory=dict)
    """The stored values behind the texts (for what is added to, like reasons for missing values)."""
    listed: bool = True
    """Whether it stands in the lists; else it is only seen."""


class Lending:
    """The lists of one filling, taken from the register when an expression asks."""

    def __init__(self, ws: Workspace, subject: tuple[str, str] | None = None) -> None:
        self.ws = ws
        self.subject = subject
        self.pinned: dict[tuple[str, str], Pinned] = {}
        self.changed = False
        """Whether something was pinned since the draft was last kept."""
        self.hidden: set[tuple[str, str]] = set()
        """Records the lists leave out: those a visit made itself, while it is corrected."""
        self._met: dict[tuple[str, str], Mapping[str, str]] = {}

    def lists(self, wanted: Iterable[str]) -> dict[str, Node]:
        """The lists a form asks for, ready for `Options.lists`."""
        return {name: self._list(name) for name in wanted if name in ORDER}

    def _list(self, table: str) -> Node:
        return tables.lent(
            table,
            lambda fields, values: self.find(table, fields, values),
            lambda: self.find(table, (), ()),
        )

    # -- looking up ----------------------------------------------------------------------------------------------

    def find(self, table: str, fields: tuple[str, ...], values: tuple[str, ...]) -> LentRows:
        """The rows whose fields have these texts; pinned ones as they were pinned."""
        wanted = dict(zip(fields, values, strict=True))
        if "name" in wanted:
            found = self._one(table, wanted.pop("name"))
            return [
                (p.id, p.values) for p in found if all(p.values.get(name, "") == text for name, text in wanted.items())
            ]
        if table == "person" and ("household", wanted.get("household_id", "")) in self.pinned:
            members = [
                (p.id, p.values)
                for p in self.pinned.values()
                if p.table == "person" and p.listed
                and all(p.values.get(name, "") == text for name, text in wanted.items())
            ]  # fmt: skip
            return sorted(members, key=lambda row: (row[1].get("relation") != "head", row[0]))
        rows = self._rows(table, wanted)
        if table == "person" and wanted.get("household_id"):
            with self.ws.register.reading() as sql:
                for row_id in rows:
                    self._pin(sql, "person", row_id)
            return [(i, self.pinned["person", i].values) for i in rows]
        held = {
            p.id: p.values
            for p in self.pinned.values()
            if p.table == table and p.listed and all(p.values.get(name, "") == text for name, text in wanted.items())
        }
        out: LentRows = []
        for row_id, texts in rows.items():
            if (table, row_id) not in self.pinned:
                out.append((row_id, self._met.setdefault((table, row_id), texts)))
            elif row_id in held:
                out.append((row_id, held.pop(row_id)))
        return out + list(held.items())  # removed or moved since: the filling goes on with them

    def _one(self, table: str, row_id: str) -> list[Pinned]:
        held = self.pinned.get((table, row_id))
        if held is not None:
            return [held] if held.listed else []
        if len(row_id) != 32 or (table, row_id) in self.hidden:
            return []
        with self.ws.register.reading() as sql:
            if sql.one(f"SELECT 1 FROM {quoted(table)} WHERE id=? AND {LIVE}", (row_id,)) is None:
                return []
            return [self._pin(sql, table, row_id)]

    def pin(self, table: str, row_id: str) -> Pinned | None:
        """Have a record stay as it is now for this filling; None when there is no such record."""
        held = self.pinned.get((table, row_id))
        if held is not None:
            return held
        with self.ws.register.reading() as sql:
            spec = self.ws.register.table(table)
            if not self.ws.register.journal.state(sql, spec.id, bytes.fromhex(row_id)).exists:
                return None
            return self._pin(sql, table, row_id)

    def look_at(self, table: str, row_id: str) -> None:
        """Note what is seen of a record now, without lending it: a correction may change what its visit made."""
        if (table, row_id) in self.pinned:
            return
        spec = self.ws.register.table(table)
        with self.ws.register.reading() as sql:
            state = self.ws.register.journal.state(sql, spec.id, bytes.fromhex(row_id))
        if state.exists:
            seen, raw = seen_of(table, row_id, state), dict(shown_row(spec, state))
            self.pinned[table, row_id] = Pinned(table, row_id, {}, seen, raw, listed=False)
            self.changed = True

    def seen(self, table: str, row_id: str) -> Seen | None:
        """What was seen of a record when it was pinned; None when it was not."""
        held = self.pinned.get((table, row_id))
        return None if held is None else held.seen

    def _pin(self, sql: Sql, table: str, row_id: str) -> Pinned:
        held = self.pinned.get((table, row_id))
        if held is not None:
            return held
        spec = self.ws.register.table(table)
        state = self.ws.register.journal.state(sql, spec.id, bytes.fromhex(row_id))
        raw = shown_row(spec, state)
        texts = self._texts(sql, table, {"id": row_id, **raw}) if table in ORDER else {}
        seen = seen_of(table, row_id, state)
        met = self._met.get((table, row_id))
        if isinstance(met, _Brief):
            met = met.as_met(texts)
        if met is not None and met != texts:
            seen = _without_changed(spec, seen, met, texts)
            texts = dict(met)
        self.changed = True
        made = self.pinned[table, row_id] = Pinned(table, row_id, texts, seen, raw)
        if table == "household":
            for person in self._rows("person", {"household_id": row_id}, sql):
                self._pin(sql, "person", person)
        for linked, column in LINKED.get(table, ()):
            for (other,) in sql.rows(f"SELECT id FROM {linked} WHERE {column}=? AND {LIVE}", (row_id,)):
                self._pin(sql, linked, other)
        return made

    def whole(self, table: str, row_id: str) -> dict[str, str]:
        """All fields of a row as it is now, without pinning it."""
        with self.ws.register.reading() as sql:
            spec = self.ws.register.table(table)
            columns = ("id", *spec.value_columns)
            names = ",".join(quoted(c) for c in columns)
            row = sql.one(f"SELECT {names} FROM {quoted(table)} WHERE id=?", (row_id,))
            return {} if row is None else self._texts(sql, table, dict(zip(columns, row, strict=True)))

    def _rows(self, table: str, wanted: Mapping[str, str], sql: Sql | None = None) -> dict[str, Mapping[str, str]]:
        """Live rows by equality of fields, in the list's order."""
        spec = self.ws.register.table(table)
        where, params, more = [LIVE], list[Any](), dict[str, str]()
        if any(wanted.get(name) == "" for name in CHOSEN_BY):
            return {}  # nobody has chosen yet: not the rows without a household or village
        for name, text in wanted.items():
            if name not in spec.by_column:
                more[name] = text
            elif text == "":
                where.append(f"COALESCE(CAST({quoted(name)} AS TEXT),'')=''")
            elif name in spec.integers:
                try:
                    params.append(int(text))
                except ValueError:
                    return {}
                where.append(f"{quoted(name)}=?")
            else:
                where.append(f"{quoted(name)}=?")
                params.append(text)
        # a list to choose from shows labels; the other fields are read when a formula asks for them
        brief = BRIEF.get(table, ()) if wanted and "household_id" not in wanted else ()
        columns = ("id", *(brief or spec.value_columns))
        statement = (
            f"SELECT {','.join(quoted(c) for c in columns)} FROM {quoted(table)} WHERE {' AND '.join(where)} "
            f"ORDER BY {ORDER[table]}"
        )
        if sql is None:
            with self.ws.register.reading() as fresh:
                return self._read(fresh, table, columns, statement, params, more)
        return self._read(sql, table, columns, statement, params, more)

    def _read(
        self, sql: Sql, table: str, columns: tuple[str, ...], statement: str, params: list[Any], more: dict[str, str]
    ) -> dict[str, Mapping[str, str]]:
        rows = [dict(zip(columns, row, strict=True)) for row in sql.rows(statement, tuple(params))]
        sizes = _sizes(sql, [row["id"] for row in rows]) if table == "household" else None
        found: dict[str, Mapping[str, str]] = {}
        for row in rows:
            if (table, row["id"]) not in self.hidden:
                texts = self._texts(sql, table, row, sizes)
                whole = len(columns) > len(BRIEF.get(table, ())) + 1
                found[row["id"]] = texts if whole else _Brief(self, table, texts)
        return {i: t for i, t in found.items() if all(t.get(name, "") == text for name, text in more.items())}

    def _texts(
        self, sql: Sql, table: str, row: Mapping[str, Value], sizes: dict[str, int] | None = None
    ) -> dict[str, str]:
        """A record as texts by field: what is not known is not there."""
        spec = self.ws.register.table(table)
        texts = {c: str(row[c]) for c in row if c in spec.by_column and row[c] not in (None, "")}
        row_id = str(row["id"])
        if table == "household":
            sizes = _sizes(sql, [row_id]) if sizes is None else sizes
            parts = (texts.get("head_name", ""), texts.get("group_name", ""), f"{sizes.get(row_id, 0)} 人")
            said = " ".join(part for part in parts if part)
        elif table == "division":
            said = texts.get("short_name") or texts.get("name", "")
        else:
            said = texts.pop("name", "")
        texts.pop("name", None)
        chosen = {"chosen": "1"} if self.subject == (table, row_id) else {}
        return {"name": row_id, "label": said, **texts, **chosen}

    # -- kept with the draft -------------------------------------------------------------------------------------

    def to_plain(self) -> tuple[list[Any], bytes]:
        """What is pinned as plain data, and what was seen of it."""
        rows = [[p.table, p.id, p.values, {k: v for k, v in p.raw.items() if v not in (None, "", [])}, p.listed]
                for p in self.pinned.values()]  # fmt: skip
        seen = [
            (p.table, p.id, {c: list(ids) for c, ids in p.seen.heads.items() if ids}, sorted(p.seen.everything))
            for p in self.pinned.values()
        ]
        return rows, msgpack.packb(seen)

    def take_back(self, rows: list[Any], seen: bytes) -> None:
        """Pin again what a draft kept."""
        held: dict[tuple[str, str], Seen] = {}
        for table, row_id, heads, everything in msgpack.unpackb(seen, strict_map_key=False) if seen else ():
            found = {int(c): tuple(bytes(i) for i in ids) for c, ids in heads.items()}
            held[table, row_id] = Seen(table, row_id, found, frozenset(bytes(i) for i in everything))
        for table, row_id, values, raw, listed in rows:
            seen_then = held.get((table, row_id)) or Seen(table, row_id, {}, frozenset())
            self.pinned[table, row_id] = Pinned(table, row_id, dict(values), seen_then, dict(raw), bool(listed))

    def see_now(self) -> None:
        """Take what is seen of every pinned record anew, its values as they were lent: for a correction."""
        with self.ws.register.reading() as sql:
            for (table, row_id), held in self.pinned.items():
                spec = self.ws.register.table(table)
                state = self.ws.register.journal.state(sql, spec.id, bytes.fromhex(row_id))
                held.seen, held.raw = seen_of(table, row_id, state), dict(shown_row(spec, state))
        self.changed = True

    def news(self) -> list[str]:
        """What became of the pinned records meanwhile, in sentences: removed, changed, members added."""
        out: list[str] = []
        register = self.ws.register
        with register.reading() as sql:
            for (table, row_id), held in self.pinned.items():
                if table not in ORDER or not held.listed:
                    continue
                spec = register.table(table)
                state = register.journal.state(sql, spec.id, bytes.fromhex(row_id))
                who = held.values.get("label", "")
                if not state.exists:
                    out.append(f"{table_label(table)}“{who}”的登记已被撤回；已填的内容都在，请先核对再提交。")
                elif state.removed:
                    out.append(f"{table_label(table)}“{who}”已从登记册移除；已填的内容都在，提交后由人核对是否恢复。")
                elif changed := _changed_cells(spec, held.seen, seen_of(table, row_id, state)):
                    names = "、".join(dict.fromkeys(label(table, name) for name in changed))
                    out.append(f"打开草稿以后，{table_label(table)}“{who}”的{names}在登记册里改过；提交时不一致的由人核对。")
            for (table, row_id), held in list(self.pinned.items()):
                if table == "household" and held.listed:
                    now = self._rows("person", {"household_id": row_id}, sql)
                    for person, texts in now.items():
                        if ("person", person) not in self.pinned:
                            out.append(
                                f"打开草稿以后，登记册里“{held.values.get('label', '')}”这一户新增了"
                                f"“{texts.get('label', '')}”，这份草稿里没有。"
                            )
        return out


def _sizes(sql: Sql, households: list[str]) -> dict[str, int]:
    """Living member rows by household."""
    rows = sql.in_chunks(
        f"SELECT household_id,COUNT(id) FROM person WHERE {LIVE} AND household_id IN (*) GROUP BY household_id",
        households,
    )
    return {household: int(n) for household, n in rows}


def _without_changed(spec: TableSpec, seen: Seen, before: Mapping[str, str], now: Mapping[str, str]) -> Seen:
    """What was seen of a record whose list row is older than its heads: cells that changed in between were not."""
    differing = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
    # a person's or asset's name is the label of its list row
    columns = {"name" if name == "label" else name for name in differing}
    cells = {spec.by_column[column].id for column in columns if column in spec.by_column}
    gone = {head for cell in cells for head in seen.heads.get(cell, ())}
    return Seen(
        seen.table, seen.row_id, {c: () if c in cells else ids for c, ids in seen.heads.items()},
        frozenset(seen.everything - gone),
    )  # fmt: skip


def _changed_cells(spec: TableSpec, before: Seen, now: Seen) -> list[str]:
    changed = []
    for cell, heads in now.heads.items():
        if cell != TOMBSTONE and cell in spec.by_id and set(heads) != set(before.heads.get(cell, ())):
            changed.append(spec.by_id[cell].name)
    return changed


class _Brief(Mapping[str, str]):
    """A row of a list to choose from: its label at once, everything else when it is asked for."""

    def __init__(self, lending: Lending, table: str, known: dict[str, str]) -> None:
        self._lending, self._table, self._known = lending, table, known
        self._whole: dict[str, str] | None = None

    def as_met(self, now: dict[str, str]) -> dict[str, str]:
        """The row as it was met: fields nobody asked for yet are as they are now."""
        return self._whole if self._whole is not None else {**now, **self._known}

    def __getitem__(self, name: str) -> str:
        return self._known[name] if name in self._known else self._load()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._load()

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def _load(self) -> dict[str, str]:
        if self._whole is None:
            self._whole = {**self._lending.whole(self._table, self._known["name"]), **self._known}
        return self._whole
