"""The audit log of a filling (ODK `audit`): which question was open from when to when, and what was changed there."""

from __future__ import annotations

import csv
import io
from typing import Any

from desktop.survey.session.session import AnswerRefused, Session

NAME = "audit.csv"


class AuditLog:
    """Events of one filling as rows; None of it when the form asks for no log (`of` gives None)."""

    def __init__(self, session: Session, user: str, rows: list[list[Any]] | None = None) -> None:
        self.session = session
        self.user = user
        self.rows = rows if rows is not None else []
        """[event, node, start ms, end ms or None, old value, new value]"""
        attributes = next(n.bind.attributes for p, n in session.form.nodes.items() if _is_audit(p))
        self.tracks = any(k.endswith("track-changes") and v == "true" for k, v in attributes.items())
        self.names = any(k.endswith("identify-user") and v == "true" for k, v in attributes.items())
        if not self.rows:
            self.note("form start")

    @classmethod
    def of(cls, session: Session, user: str, rows: list[list[Any]] | None = None) -> AuditLog | None:
        """The log of a filling whose form asks for one."""
        return cls(session, user, rows) if any(_is_audit(path) for path in session.form.nodes) else None

    def note(self, event: str) -> None:
        """Something that takes no time: form start, form save, form resume, form finalize."""
        self.leave()
        self.rows.append([event, "", self._now(), None, "", ""])

    def at(self, path: str) -> None:
        """The person stands at a question; the one before is left."""
        if self.rows and self.rows[-1][0] == "question" and self.rows[-1][3] is None:
            if self.rows[-1][1] == path:
                return
            self.leave()
        if path:
            self.rows.append(["question", path, self._now(), None, self._value(path), ""])

    def leave(self) -> None:
        """The question that is open is left."""
        if self.rows and self.rows[-1][0] == "question" and self.rows[-1][3] is None:
            row = self.rows[-1]
            row[3], row[5] = self._now(), self._value(row[1])

    def note_change(self, event: str, path: str, old: str, new: str) -> None:
        """An answer changed otherwise than by answering: `undo`, `redo`, or `not relevant` at the end."""
        self.leave()
        now = self._now()
        self.rows.append([event, path, now, now, old, new])

    def finish(self) -> str:
        """Close the log and name it in the instance; the CSV as ODK writes it."""
        self.note("form finalize")
        for node in self.session.root.subtree():
            if _is_audit(node.definition.path):
                node.text = NAME
                node.typed = NAME
        return self.csv()

    def csv(self) -> str:
        """The rows as CSV with ODK's columns."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        columns = ["event", "node", "start", "end"]
        columns += ["old-value", "new-value"] if self.tracks else []
        columns += ["user"] if self.names else []
        writer.writerow(columns)
        for event, node, start, end, old, new in self.rows:
            changed = old != new
            row = [event, node, start, "" if end is None else end]
            row += [old if changed else "", new if changed else ""] if self.tracks else []
            writer.writerow(row + ([self.user] if self.names else []))
        return out.getvalue()

    def _now(self) -> int:
        return self.session.environment.clock()

    def _value(self, path: str) -> str:
        try:
            return self.session.node(path).text
        except AnswerRefused:
            return ""


def _is_audit(path: tuple[str, ...]) -> bool:
    return len(path) == 3 and path[-1].rpartition(":")[2] == "audit" and path[-2].rpartition(":")[2] == "meta"
