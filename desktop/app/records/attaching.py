"""Files of a record: put them beside a record, list, show and remove them, write one out by a named person's command.

Which kinds there are, which file types each takes and how large they may be is data (`attachment_kind.csv`). Photos
are kept at most 1600 px wide and without camera data unless the person wants them as they are.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.workspace import RIGHT_OF_TABLE, Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import InputRefused, UsageError
from desktop.common.photos import is_picture, prepare_photo, taken_at
from desktop.registry import codelists
from desktop.registry.case_papers import papers_held, refuse_without_papers
from desktop.registry.labels import record_word, table_label

ANSWERS = "submission"
"""Kind of the answers beside a visit: written by finishing a visit, never by hand."""
_NO_FILES = ("attachment", "division", "setting", "code_item", "step_taken", "survey_form")
HOLDERS = tuple(t for t in RIGHT_OF_TABLE if t not in _NO_FILES)
"""Tables whose records may have files."""
LIVE = "removed=0 AND canonical_id IS NULL"
PICTURE_MIMES = ("image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff")


@dataclass(frozen=True)
class KindRule:
    """One kind of attachment: its word, whether it is a photo, file types (suffixes), largest size in bytes."""

    code: str
    word: str
    picture: bool
    types: tuple[str, ...]
    largest: int
    ask: str


@dataclass(frozen=True)
class AttachmentLine:
    """A file of a record as a list shows it; `size` in bytes, `taken_at` ISO local time or ""."""

    id: str
    name: str
    kind: str
    mime: str
    size: int
    sha256: str
    taken_at: str = ""
    note: str = ""

    @property
    def kind_word(self) -> str:
        """照片, 合同 …"""
        return "答卷" if self.kind == ANSWERS else codelists.word("attachment_kind", self.kind)

    @property
    def picture(self) -> bool:
        """Whether it can be shown as a picture."""
        return self.mime in PICTURE_MIMES


@dataclass(frozen=True)
class PhotoWish:
    """How photos are kept: scaled; with a watermark of `lines` (a `{time}` in a line is when the photo was taken);
    the original beside it."""

    scaled: bool = True
    watermark: tuple[str, ...] = ()
    keep_original: bool = False


@dataclass(frozen=True)
class Attached:
    """What was added, and the unit of work that undo takes back."""

    ids: tuple[str, ...]
    unit_id: str


def kind_rule(kind: str) -> KindRule:
    """The rule of a kind; UsageError when there is no such kind. A kind the county added takes the rule of the one it
    is like, else of 其他."""
    item = codelists.find("attachment_kind", kind)
    if item is None:
        known = "、".join(f"{i.code}（{i.name}）" for i in codelists.items("attachment_kind"))
        raise UsageError(f"没有“{kind}”这种附件；可以用：{known}。")
    more = item.more
    types = tuple(more["types"].split())
    return KindRule(kind, item.name, more["picture"] == "1", types, int(more["largest_mb"]) << 20, more["ask"])


def guess_kind(source: Path) -> str:
    """The kind a file most likely is: the one its name speaks of, else a photo by its type, else other."""
    suffix = source.suffix.lower().lstrip(".")
    for item in codelists.items("attachment_kind"):
        if item.code not in ("photo", "other") and item.name in source.stem and suffix in kind_rule(item.code).types:
            return item.code
    return "photo" if suffix in kind_rule("photo").types else "other"


def refusal(source: Path, kind: str) -> str:
    """Why a file cannot be kept as this kind, in a sentence; "" when it can."""
    rule = kind_rule(kind)
    if not source.is_file():
        return f"没有文件 {source.name}。"
    if source.suffix.lower().lstrip(".") not in rule.types:
        return f"{source.name} 不能作为{rule.word}：只放 {'、'.join(rule.types)} 文件。"
    size = source.stat().st_size
    if not size:
        return f"{source.name} 是空文件。"
    if size > rule.largest:
        return f"{source.name} 有 {size / (1 << 20):.1f} MB，{rule.word}最大 {rule.largest >> 20} MB。"
    return ""


def attachments_of(ws: Workspace, row_id: str) -> list[AttachmentLine]:
    """The living files of a record, in the order they were added."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            f"SELECT id,name,kind,mime,size,sha256,taken_at,note FROM attachment WHERE record_id=? AND {LIVE} "
            "ORDER BY id",
            (row_id,),
        )
    return [
        AttachmentLine(
            r[0], r[1] or "", r[2] or "other", r[3] or "", int(r[4] or 0), r[5] or "", r[6] or "", r[7] or ""
        )
        for r in rows
    ]  # fmt: skip


def count_attachments(ws: Workspace, row_id: str) -> int:
    """How many living files a record has."""
    with ws.register.reading() as sql:
        return int(sql.scalar(f"SELECT COUNT(*) FROM attachment WHERE record_id=? AND {LIVE}", (row_id,)) or 0)


def attachment_content(ws: Workspace, line: AttachmentLine) -> bytes:
    """The bytes of a file, from the encrypted store into memory; for showing, never for a file.

    Raises AttachmentMissing, FileDamaged.
    """
    if ws.register.read_attachment is None or not line.sha256:
        raise UsageError("没有这个附件，或它没有内容。")
    return ws.register.read_attachment(line.sha256)


def attach_file(ws: Workspace, table: str, row_id: str, source: Path, kind: str = "other", note: str = "") -> str:
    """Keep one file as it is, encrypted, as an attachment of a record; its id.

    Raises UsageError (no such file, record or kind), InputRefused (wrong type, empty or too large), NotAllowed,
    StorageFailed.
    """
    return attach_files(ws, table, row_id, [(source, kind)], note, photos=PhotoWish(scaled=False)).ids[0]


def attach_files(
    ws: Workspace,
    table: str,
    row_id: str,
    files: Sequence[tuple[Path, str]],
    note: str = "",
    *,
    photos: PhotoWish = PhotoWish(),
    progress: Callable[[int, int], None] | None = None,
) -> Attached:
    """Keep files (path, kind) of a record in one unit of work: all or none. Raises as `attach_file`."""
    if table not in HOLDERS:
        names = "、".join(table_label(t) for t in HOLDERS)
        raise UsageError(f"附件不能放在{table_label(table)}下，只能放在{names}下。")
    rules = [kind_rule(kind) for _source, kind in files]
    ws.require(RIGHT_OF_TABLE[table])
    missing = next((source for source, _kind in files if not source.is_file()), None)
    if missing is not None:
        raise UsageError(f"没有文件 {missing.name}。")
    if ws.register.row(table, row_id) is None:
        raise UsageError(f"没有这条{record_word(table)}，没有保存附件。")
    with ws.register.storage_errors():
        for source, kind in files:
            why = refusal(source, kind)
            if why:
                raise InputRefused(f"{why}没有保存。")
    words = "、".join(dict.fromkeys(rule.word for rule in rules))
    ids: list[str] = []
    with ws.write(f"添加附件：{words}", right=RIGHT_OF_TABLE[table]) as scope:
        for i, ((source, kind), rule) in enumerate(zip(files, rules, strict=True)):
            if progress is not None:
                progress(i, len(files))
            with ws.register.storage_errors():
                data = source.read_bytes()
            mime = mimetypes.guess_type(source.name)[0] or "application/octet-stream"
            name, more = source.name, {"note": note or None}
            if rule.picture and is_picture(data):
                taken = taken_at(data)
                more["taken_at"] = taken.isoformat() if taken else None
                if photos.scaled and kind != "original":
                    kept = prepare_photo(data, _watermark(photos.watermark, taken))
                    ids.append(
                        scope.attach(
                            table, row_id, kept, name=f"{source.stem}.jpg", mime="image/jpeg", kind=kind, **more
                        )
                    )
                    if not photos.keep_original:
                        continue
                    kind = "original"
            elif rule.picture and photos.scaled:
                raise InputRefused(f"{source.name} 打不开，不是能读的照片；没有保存。")
            ids.append(scope.attach(table, row_id, data, name=name, mime=mime, kind=kind, **more))
    assert scope.result is not None
    return Attached(tuple(ids), scope.result.unit_id)


def remove_attachment(ws: Workspace, attachment: str, reason: str = "") -> str:
    """Take a file from its record; the unit of work, which undo takes back. The bytes stay as long as history names
    them. Raises UsageError, NotAllowed, InputRefused (a step that was taken rests on it)."""
    row = ws.register.row("attachment", attachment)
    if row is None:
        raise UsageError("没有这个附件，可能已经移除。")
    holder = str(row.get("record_table") or "")
    seen = ws.register.seen("attachment", attachment)
    with ws.write(reason or f"移除附件：{row.get('name') or ''}", right=RIGHT_OF_TABLE.get(holder, "admin")) as scope:
        case = str(row.get("record_id") or "")
        before = papers_held(scope.sql, case)
        scope.remove("attachment", attachment, seen)
        scope.work.finish()
        refuse_without_papers(scope.sql, case, before)
    assert scope.result is not None
    return scope.result.unit_id


def write_attachment(ws: Workspace, attachment: str, target: Path, purpose: str = "") -> int:
    """Write an attachment's content as a plain file; logged; how many bytes.

    Raises NotAllowed, UsageError (no such attachment, or the target is there), AttachmentMissing, FileDamaged.
    """
    ws.require("plain-export")
    row = ws.register.row("attachment", attachment)
    if row is None or not row.get("sha256") or ws.register.read_attachment is None:
        raise UsageError("没有这个附件，或它没有内容。")
    if target.exists():
        raise UsageError(f"{target.name} 已存在，没有覆盖；请换一个文件名。")
    data = ws.register.read_attachment(str(row["sha256"]))
    with ws.register.storage_errors():
        write_atomically(target, data)
    log_plain_export(ws, "attachment", purpose, ["content"], 1, file=target)
    return len(data)


def log_photo_print(ws: Workspace, purpose: str = "") -> None:
    """Remember that a photo was put on paper."""
    log_plain_export(ws, "print attachment", purpose or "附件打印", ["content"], 1)


def _watermark(lines: Sequence[str], taken: datetime | None) -> list[str]:
    """The lines with the photo's own time; when the camera does not say, the time it was added, marked as such."""
    when = taken.strftime("%Y-%m-%d %H:%M") if taken else datetime.now().strftime("%Y-%m-%d %H:%M 添加")  # noqa: DTZ005
    return [line.replace("{time}", when) for line in lines]
