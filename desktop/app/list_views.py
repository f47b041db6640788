"""What a person set up for the lists: views saved under a name, columns, and the state each page is left in.

These are a preference of this user on this register, not shared: they lie in the register's encrypted drafts database,
because a filter may hold a name or a number (of a register on a server: that of this machine).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from desktop.app.workspace import Workspace
from desktop.common.errors import StorageFailed, UsageError
from desktop.insight.lists import ListQuery
from desktop.store.drafts import Drafts
from desktop.store.register_folder import RegisterFolder

LONGEST_NAME = 20
MOST_VIEWS = 40
_BETWEEN = "\x1f"


@dataclass(frozen=True)
class ListView:
    """A saved view: filters by key (and the typed `text`), order, columns shown as (key, width in px) in order."""

    name: str
    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    columns: tuple[tuple[str, int], ...] = ()


def list_views(ws: Workspace, page: str) -> list[ListView]:
    """The user's views of a list, by name."""
    drafts = _readable(ws)
    if drafts is None:
        return []
    found = []
    for head in drafts.heads(f"view:{page}"):
        who, _, name = head.id.partition(_BETWEEN)
        kept = drafts.load(f"view:{page}", head.id) if who == ws.user else None
        if kept is not None:
            found.append(_view(name, kept.payload))
    return sorted(found, key=lambda view: view.name)


def view_query(view: ListView) -> ListQuery:
    """A view as the register's lists understand it; filters that are not set are left out."""
    plain = {
        key: "1" if value is True else str(value)
        for key, value in view.filters.items()
        if value and key not in ("village", "conflict", "text")
    }
    return ListQuery(
        text=str(view.filters.get("text") or ""), division=str(view.filters.get("village") or ""), equal=plain,
        only_conflicts=bool(view.filters.get("conflict")), sort=view.sort, descending=view.descending,
    )  # fmt: skip


def save_view(ws: Workspace, page: str, view: ListView) -> None:
    """Keep a view; one of the same name is replaced. UsageError when the name is empty or too long, or there are
    too many."""
    name = view.name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(f"视图要有名字，最多 {LONGEST_NAME} 个字。")
    drafts = _drafts(ws)
    if drafts is None:
        raise UsageError("服务器上的册不保存个人视图。")
    known = [other.name for other in list_views(ws, page)]
    if name not in known and len(known) >= MOST_VIEWS:
        raise UsageError(f"视图已有 {MOST_VIEWS} 个，先删掉不用的。")
    payload = {
        "filters": dict(view.filters), "sort": view.sort, "descending": view.descending,
        "columns": [list(column) for column in view.columns],
    }  # fmt: skip
    drafts.save(f"view:{page}", f"{ws.user}{_BETWEEN}{name}", payload, user=ws.user)


def delete_view(ws: Workspace, page: str, name: str) -> ListView | None:
    """Drop a view; what it was, for undo."""
    drafts = _drafts(ws)
    if drafts is None:
        return None
    view = next((v for v in list_views(ws, page) if v.name == name), None)
    drafts.delete(f"view:{page}", f"{ws.user}{_BETWEEN}{name}")
    return view


@dataclass
class WindowMemory:
    """The window's memory of its pages, on a register."""

    ws: Workspace

    def page_state(self, name: str) -> dict[str, Any]:
        """The state in which the user left a page."""
        return page_state(self.ws, name)

    def keep_page_state(self, name: str, state: dict[str, Any]) -> None:
        """Remember it; a failing disk costs the memory, never the way out of the window."""
        with suppress(StorageFailed):
            keep_page_state(self.ws, name, state)


def page_state(ws: Workspace, page: str) -> dict[str, Any]:
    """The state in which the user left a page; {} when there is none or it cannot be read."""
    drafts = _drafts(ws)
    kept = drafts.load("page", f"{ws.user}{_BETWEEN}{page}") if drafts is not None else None
    return dict(kept.payload) if kept is not None and isinstance(kept.payload, dict) else {}


def keep_page_state(ws: Workspace, page: str, state: Mapping[str, Any]) -> None:
    """Remember it (plain values)."""
    drafts = _drafts(ws)
    if drafts is not None:
        drafts.save("page", f"{ws.user}{_BETWEEN}{page}", dict(state), user=ws.user)


def _readable(ws: Workspace) -> Drafts | None:
    """The drafts, also of a register in a folder that was opened for reading only, as commands do."""
    drafts, folder = _drafts(ws), ws.register.facts.get("folder")
    if drafts is not None or not isinstance(folder, RegisterFolder) or not folder.drafts.exists():
        return drafts
    drafts = ws.register.facts.get("views_read")
    if not isinstance(drafts, Drafts):
        drafts = Drafts(folder.drafts, ws.register.facts["unlocked"].keys.drafts)
        ws.register.facts["views_read"] = drafts
        ws.register.on_close.append(drafts.close)
    return drafts


def _drafts(ws: Workspace) -> Drafts | None:
    drafts = ws.register.facts.get("drafts")
    return drafts if isinstance(drafts, Drafts) else None


def _view(name: str, payload: Any) -> ListView:
    kept = payload if isinstance(payload, dict) else {}
    columns = tuple((str(key), int(width)) for key, width in kept.get("columns", ()))
    filters = kept.get("filters")
    return ListView(
        name, dict(filters) if isinstance(filters, dict) else {}, str(kept.get("sort", "")),
        bool(kept.get("descending")), columns,
    )  # fmt: skip
