"""Papers of the survey: a form to fill by hand, and a finished visit to be signed and filed; logged as plain files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.visits.finishing import finished_visit
from desktop.app.visits.form_papers import blank_form, filled_form
from desktop.app.visits.forms import form_info, load_form_of
from desktop.app.visits.visit import media
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.idnumber import mask_id, mask_text
from desktop.insight.lists import villages
from desktop.reports.document import Document
from desktop.reports.document_layout import write_documents
from desktop.survey.xform.model import Control

_PHONES = ("phone", "contact", "bank_account")


def blank_document(ws: Workspace, form_id: str, language: str = "") -> Document:
    """The blank form of this id or title; UsageError when there is none."""
    return blank_form(load_form_of(ws, form_info(ws, form_id)), unit_name=ws.unit_name, language=language)


def visit_document(ws: Workspace, visit_id: str, *, with_id: bool = False) -> Document:
    """A finished visit as it was answered; numbers of people masked unless `with_id`. Raises as `finished_visit`."""
    row = ws.register.row("visit", visit_id) or {}
    visit = finished_visit(ws, visit_id)
    with ws.register.reading() as sql:
        names = dict(villages(sql))
    facts = [
        ("调查对象", visit.subject_label or "—"), ("走访日期", str(row.get("visited_at") or "")[:10] or "—"),
        ("走访人", str(row.get("visitors") or "—")), ("登记册编号", visit_id[:12]),
    ]  # fmt: skip

    def said(control: Control, text: str) -> str:
        words = control.appearance.split()
        if "division" in words:
            return names.get(text, text)
        if not with_id and ("id-number" in words or (control.path or ("",))[-1].endswith(_PHONES)):
            return mask_id(text)
        return text if with_id else str(mask_text(text))

    return filled_form(
        visit.session, facts, media=lambda name: media(ws, visit, name), unit_name=ws.unit_name, words=said
    )


def print_blank_form(ws: Workspace, form_id: str, target: Path, *, copies: int = 1, language: str = "") -> int:
    """Print a blank form; how many pages. Raises UsageError, GlyphMissing, NotAllowed, StorageFailed."""
    ws.require("print")
    document = blank_document(ws, form_id, language)
    return _print(ws, [document] * max(1, copies), target)


def print_visit(ws: Workspace, visit_id: str, target: Path, *, with_id: bool = False, purpose: str = "") -> int:
    """Print a finished visit; how many pages. Logged; whole numbers of people need the right to export."""
    ws.require("plain-export" if with_id else "print")
    pages = _print(ws, [visit_document(ws, visit_id, with_id=with_id)], target)
    log_plain_export(ws, "print visit-form", purpose or "走访表", ["answers"], 1, with_id=with_id, file=target)
    return pages


def _print(ws: Workspace, documents: list[Document], target: Path) -> int:
    stream = BytesIO()
    pages = write_documents(documents, stream)
    with ws.register.storage_errors():
        write_atomically(target, stream.getvalue())
    return pages


