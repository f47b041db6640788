"""The project library against the assets it made: fund parts source by source, differences named (DOMAIN §2.10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from desktop.common.money import format_yuan
from desktop.registry.codelists import word
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
FINISHED = ("accepted", "handed_over")
"""States after which all of a project's money should stand in assets."""


@dataclass(frozen=True)
class SourceLine:
    """One source of a project: what the project states and what its assets add up to, 分."""

    source: str
    name: str
    project_fen: int
    assets_fen: int

    @property
    def difference_fen(self) -> int:
        """Assets less project."""
        return self.assets_fen - self.project_fen


@dataclass(frozen=True)
class ProjectLine:
    """A project with its money and its assets."""

    id: str
    project_no: str
    name: str
    year: int | None
    division_code: str
    village: str
    kind: str
    state: str
    state_word: str
    approved_fen: int | None
    funds_fen: int
    assets: int
    assets_fen: int
    """Σ of the fund parts of its assets."""
    sources: tuple[SourceLine, ...]

    @property
    def stated(self) -> bool:
        """Whether the project says where its money came from."""
        return any(line.project_fen for line in self.sources)

    def different(self) -> list[SourceLine]:
        """Sources in which project and assets differ."""
        return [line for line in self.sources if line.difference_fen]

    def words(self) -> str:
        """The differences as a sentence; "" when there are none."""
        return "；".join(
            f"{line.name}：资产比项目{'多' if line.difference_fen > 0 else '少'} "
            f"{format_yuan(abs(line.difference_fen))} 元"
            for line in self.different()
        )


def project_lines(sql: Sql) -> list[ProjectLine]:
    """The whole project library, by division, year and number."""
    stated = _parts(sql, "SELECT project_id,source,amount_fen FROM project_fund_part")
    made = _parts(
        sql,
        "SELECT a.project_id,f.source,f.amount_fen FROM asset a JOIN asset_fund_part f ON f.asset_id=a.id "
        "WHERE a.project_id IS NOT NULL AND a.removed=0 AND a.canonical_id IS NULL",
    )
    counts = {
        project: int(n)
        for project, n in sql.rows(
            f"SELECT project_id,COUNT(*) FROM asset WHERE project_id IS NOT NULL AND {LIVE} GROUP BY project_id"
        )
    }
    lines = []
    for project, no, name, year, code, village, kind, state, approved in sql.rows(
        "SELECT p.id,p.project_no,p.name,p.year,p.division_code,COALESCE(d.short_name,d.name),p.kind,p.state,"
        "p.approved_fen FROM project p LEFT JOIN division d ON d.id=p.division_id "
        "WHERE p.removed=0 AND p.canonical_id IS NULL ORDER BY p.division_code,p.year,p.project_no,p.id"
    ):
        ours, theirs = stated.get(project, {}), made.get(project, {})
        sources = tuple(
            SourceLine(s, word("fund_source", s) or "（未列来源）", ours.get(s, 0), theirs.get(s, 0))
            for s in sorted({*ours, *theirs})
        )
        lines.append(
            ProjectLine(
                project, no or "", name or "", year, code or "", village or "", word("project_kind", kind), state or "",
                word("project_state", state), approved, sum(ours.values()), counts.get(project, 0),
                sum(theirs.values()), sources,
            )
        )  # fmt: skip
    return lines


def project_differences(sql: Sql) -> Iterator[ProjectLine]:
    """Projects whose assets do not fit: more money than the project had, or, once it is accepted, not all of it."""
    for line in project_lines(sql):
        if not line.stated or not line.assets:
            continue
        over = any(s.difference_fen > 0 for s in line.sources)
        if over or (line.state in FINISHED and line.different()):
            yield line


def _parts(sql: Sql, statement: str) -> dict[str, dict[str, int]]:
    grouped: dict[str, dict[str, int]] = {}
    for project, source, fen in sql.stream(statement):
        parts = grouped.setdefault(project, {})
        parts[source or ""] = parts.get(source or "", 0) + int(fen or 0)
    return grouped
