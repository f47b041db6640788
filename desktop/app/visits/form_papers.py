"""Forms on paper: a blank one to fill by hand, a filled one to sign; the same numbers as on the screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from desktop.app.records.record_words import REASON_WORDS
from desktop.reports.document import (
    Blank,
    Block,
    Choices,
    Document,
    Fact,
    Facts,
    Field,
    Gap,
    Grid,
    GridColumn,
    Line,
    Picture,
    Pictures,
    Signatures,
    Text,
    Together,
    heading,
    title,
)
from desktop.reports.fonts import Style
from desktop.reports.table_model import NothingToPrint
from desktop.survey.session.choices import choices_of, items_of
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.outline import HEADING, QUESTION, Outline, Page, Section
from desktop.survey.session.session import Session
from desktop.survey.xform.model import Control, Form

MOST_CHOICES = 24
"""Longer lists (villages, diseases) are written, not ticked."""
COLUMNS_ON_PAPER = 5
"""Rows of a repeat, such as members, stand side by side on a blank form: so many."""
_MARKS = re.compile(r"\*\*|__|`|^#+\s*|<[^>]+>", re.MULTILINE)
_LISTED = ("select", "select1")
_ROOM = "＿＿"
_SKIP = frozenset(("hidden",))


def blank_form(form: Form, *, unit_name: str = "", language: str = "") -> Document:
    """The form to be filled by hand: every question with room for its answer, conditions as far as they can be said."""
    session = Session(form)
    if language:
        session.set_language(language)
    writer = _Writer(session)
    blocks: list[Block] = [
        title(plain(form.title)),
        Line(left=f"填报单位：{unit_name}", right="调查日期：　　　年　　月　　日", after=8),
    ]
    for section in writer.outline.sections:
        blocks += writer.blank_section(section)
    blocks += [Gap(6), Signatures(("被调查人（签字或手印）", "调查人", "审核人"))]
    return Document(plain(form.title), blocks, footmark=f"{plain(form.title)} {form.version}".strip())


def filled_form(
    session: Session,
    facts: Sequence[tuple[str, str]] = (),
    *,
    media: Callable[[str], bytes] | None = None,
    unit_name: str = "",
    words: Callable[[Control, str], str] | None = None,
) -> Document:
    """A filled form: only what was asked, answers in words, missing ones with their reason.

    `facts` stand at the top (household, date, who asked); `media` gives a photo's bytes by its name; `words` says a
    typed answer as paper should: a division's name for its code, an ID number masked. Raises NothingToPrint when
    nothing was answered.
    """
    writer = _Writer(session, media, words)
    form = session.form
    blocks: list[Block] = [title(plain(form.title))]
    if unit_name:
        blocks.append(Line(left=f"填报单位：{unit_name}", after=6))
    if facts:
        rows = [facts[i : i + 2] for i in range(0, len(facts), 2)]
        blocks.append(Facts([[Fact(c, v, 2 // len(row)) for c, v in row] for row in rows]))
    body: list[Block] = []
    for section in writer.outline.sections:
        body += writer.filled_section(section)
    if not body:
        raise NothingToPrint
    blocks += [*body, *writer.photos(), Gap(6), Signatures(("被调查人（签字或手印）", "调查人", "审核人"))]
    return Document(plain(form.title), blocks, footmark=f"{plain(form.title)} {form.version}".strip())


def plain(text: str | None) -> str:
    """A label without its markdown marks and line breaks."""
    return re.sub(r"\s+", " ", _MARKS.sub("", text or "")).strip()


class _Writer:
    """Turns sections of one session into blocks."""

    def __init__(
        self,
        session: Session,
        media: Callable[[str], bytes] | None = None,
        words: Callable[[Control, str], str] | None = None,
    ) -> None:
        self.session = session
        self.outline = Outline(session)
        self.media = media
        self.words = words
        self._pictures: list[Picture] = []

    # --- blank -----------------------------------------------------------------------------------------------------

    def blank_section(self, section: Section) -> list[Block]:
        """A section's heading and its questions with room to write."""
        blocks: list[Block] = []
        for control in section.controls:
            blocks += self._blank(control, top=True)
        if not blocks:
            return []
        if section.control is None:
            name = self.outline.title(section)
            return [heading(plain(name)), *blocks] if name != "开头" else blocks
        return blocks

    def _blank(self, control: Control, *, top: bool = False) -> list[Block]:
        if control.is_question:
            return self._blank_question(control)
        if control.kind == "repeat":
            return self._blank_repeat(control)
        inner = [b for child in control.children for b in self._blank(child)]
        label = self._literal(control)
        if not inner or not label:
            return inner
        said = self._condition(control)
        words = f"{label}{f'（{said}）' if said else ''}"
        head = heading(words) if top else Text(words, 10.5, Style.SANS_BOLD, before=4, after=2, with_next=True)
        return [head, *inner]

    def _blank_question(self, control: Control) -> list[Block]:
        label = self._question_label(control)
        if not label:
            return []
        definition = self.session.form.nodes.get(control.path or ())
        if definition is None:
            return []
        if control.kind == "input" and definition.bind.readonly is True:
            words, computed = self.session.texts.with_gaps(control.label, self.session.root, _ROOM)
            if computed or definition.bind.relevant is not True:
                return []  # it speaks of answers: on paper there is nothing to say yet
            return [Text(plain(words), 9.5, Style.KAI, before=2, after=2)]
        hint = self._hint(control)
        if self._is_one_line(control, definition.bind.data_type):
            field = Field(label)
            return [Together([field, Text(hint, 8.5, Style.KAI, after=1, leading=1.3)])] if hint else [field]
        blocks: list[Block] = [Text(label, 10.5, before=3, after=1, with_next=True)]
        if hint:
            blocks.append(Text(hint, 8.5, Style.KAI, after=1, leading=1.3, with_next=True))
        blocks += self._room(control, definition.bind.data_type)
        return [Together(blocks)]

    def _is_one_line(self, control: Control, data_type: str) -> bool:
        """Whether the answer is written behind the question."""
        if control.kind in ("trigger", "upload") or data_type in ("date", "dateTime"):
            return False
        return self._choice_words(control) is None and "multiline" not in control.appearance.split()

    def _room(self, control: Control, data_type: str) -> list[Block]:
        words = self._choice_words(control)
        if words is not None:
            return [Choices(words)]
        if control.kind == "trigger":
            return [Choices(("已确认",))]
        if control.kind == "upload":
            return [Text("（附后）", 9, after=2)]
        if data_type in ("date", "dateTime"):
            time = "　　时　　分" if data_type == "dateTime" else ""
            return [Text("　　　　　　年　　　月　　　日" + time, 10.5, after=4)]
        return [Blank(3)]

    def _choice_words(self, control: Control) -> list[str] | None:
        """The words to tick, or None when they are too many or not known on paper."""
        if control.kind not in (*_LISTED, "rank"):
            return None
        node = self._any_node(control)
        if control.itemset is not None:
            if node is None or self._is_filtered(control):
                return None
            if len(items_of(self.session, control.itemset, node)) > MOST_CHOICES:
                return None
        choices = choices_of(self.session, control, node or self.session.root)
        words = [plain(choice.label) or choice.value for choice in choices]
        return words if words and len(words) <= MOST_CHOICES else None

    def _is_filtered(self, control: Control) -> bool:
        """Whether the list depends on other answers or on the register: on paper it is written."""
        assert control.itemset is not None
        source = control.itemset.nodes.source
        return ("[" in source and "/data" in source.partition("[")[2]) or "current()" in source

    def _blank_repeat(self, control: Control) -> list[Block]:
        """Rows side by side: the questions down the left, a column for each row."""
        label = self._literal(control)
        rows: list[list[str]] = []
        for question in _questions(control):
            definition = self.session.form.nodes.get(question.path or ())
            if definition is None or (question.kind == "input" and definition.bind.readonly is True):
                continue
            said = self._question_label(question)
            if not said:
                continue
            words = self._choice_words(question)
            if words is not None:
                said += "　" + " ".join(f"{n} {w}" for n, w in enumerate(words, 1))
            rows.append([said, *[""] * COLUMNS_ON_PAPER])
        if not rows:
            return []
        columns = (GridColumn("项目", 3.2), *(GridColumn(str(n + 1), 1.0, "centre") for n in range(COLUMNS_ON_PAPER)))
        note = Text("每人（每条）一列；有选项的填序号。不够时另附页。", 8.5, Style.KAI, after=2)
        name = plain(self.session.texts.literal(control.label, self.session.root)) or label
        return [heading(name or "明细"), note, Grid(columns, rows, size=8.5, row_height=20)]

    # --- filled ----------------------------------------------------------------------------------------------------

    def filled_section(self, section: Section) -> list[Block]:
        """A section's questions that were asked, with their answers."""
        if not self.outline.is_shown(section):
            return []
        if section.is_repeat:
            body = self._filled_repeat(section)
        else:
            body = self._filled_pages(self.outline.pages(section))
        name = plain(self.outline.title(section))
        if not body:
            return []
        return [heading(name), *body] if name and name != "开头" else body

    def _filled_pages(self, pages: Sequence[Page]) -> list[Block]:
        rows: list[list[str]] = []
        chapter: FormNode | None = None
        for page in pages:
            if page.chapter is not None and page.chapter is not chapter:
                chapter = page.chapter
                named = plain(self.outline.heading(chapter))
                if named and any(self._line(part.node, part.control) for part in page.parts if part.kind == QUESTION):
                    rows.append(["", named, ""])
            for part in page.parts:
                if part.kind == HEADING and part.shown:
                    rows.append(["", plain(self.outline.heading(part.node)), ""])
                if part.kind == QUESTION and part.shown:
                    line = self._line(part.node, part.control)
                    if line:
                        rows.append(line)
        if not rows:
            return []
        columns = (GridColumn("序号", 0.5, "centre"), GridColumn("问题", 3.2), GridColumn("回答", 3.3))
        return [Grid(columns, rows)]

    def _line(self, node: FormNode, control: Control) -> list[str] | None:
        number = self.outline.numbers.get(control.order)
        if number is None or control.kind in _SKIP:
            return None
        label = plain(self.session.texts.shown(control.label, node))
        if not label:
            return None
        return [str(number), label, self.answer(node, control)]

    def answer(self, node: FormNode, control: Control) -> str:
        """An answer in words; a missing one by its reason."""
        if not node.text:
            reason = self.session.reasons.get(node.path())
            said = f"（{REASON_WORDS.get(reason, reason)}）" if reason else "—"
        elif control.kind in (*_LISTED, "rank"):
            named = {c.value: plain(c.label) or c.value for c in choices_of(self.session, control, node)}
            values = [node.text] if control.kind == "select1" else node.text.split()
            said = (" → " if control.kind == "rank" else "、").join(named.get(v, v) for v in values)
        elif control.kind == "trigger":
            said = "已确认"
        elif control.kind == "upload":
            said = self._upload(node, control)
        else:
            said = self.words(control, node.text) if self.words else node.text
        remark = self.session.remarks.get(node.path())
        return f"{said}（{remark}）" if remark else said

    def _upload(self, node: FormNode, control: Control) -> str:
        if control.media_type.startswith("image") and self.media is not None:
            label = plain(self.session.texts.shown(control.label, node))
            self._pictures.append(Picture(self.media(node.text), label))
            return f"见照片 {len(self._pictures)}"
        return node.text

    def _filled_repeat(self, section: Section) -> list[Block]:
        """Instances side by side, at most four to a table."""
        assert section.control is not None
        control = section.control
        path = control.path or ()
        parents = self._nodes(path[:-1])
        instances = [n for parent in parents for n in parent.instances(path[-1]) if n.relevant]
        blocks: list[Block] = []
        for start in range(0, len(instances), 4):
            group = instances[start : start + 4]
            rows = []
            for question in _questions(control):
                nodes = [self._below(instance, question) for instance in group]
                asked = [n for n in nodes if n is not None and n.relevant]
                if not asked or self.outline.numbers.get(question.order) is None:
                    continue
                if not any(n.text or n.path() in self.session.reasons for n in asked):
                    continue
                label = plain(self.session.texts.literal(question.label, asked[0]))
                cells = ["" if n is None or not n.relevant else self.answer(n, question) for n in nodes]
                rows.append([f"{self.outline.numbers[question.order]}. {label}", *cells])
            if not rows:
                continue
            names = [plain(self.outline.heading(n)) for n in group]
            columns = (GridColumn("项目", 2.2), *(GridColumn(name, 1.6) for name in names))
            blocks += [Grid(columns, rows, size=8.5), Gap(6)]
        return blocks

    def photos(self) -> list[Block]:
        """The photos of the form, numbered as the answers name them."""
        if not self._pictures:
            return []
        shown = [Picture(p.data, f"照片 {n}：{p.caption}") for n, p in enumerate(self._pictures, 1)]
        return [heading("照片"), Pictures(shown)]

    # --- words -------------------------------------------------------------------------------------------------------

    def _question_label(self, control: Control) -> str:
        label = self._literal(control)
        number = self.outline.numbers.get(control.order)
        if not label:
            return ""
        definition = self.session.form.nodes.get(control.path or ())
        marks = "*" if definition is not None and definition.bind.required is True else ""
        said = self._condition(control)
        more = "（可多选）" if control.kind == "select" else ""
        return f"{f'{number}. ' if number else ''}{label}{marks}{more}{f'（{said}）' if said else ''}"

    def _literal(self, control: Control) -> str:
        """The label as paper says it: room where a screen shows an earlier answer."""
        return plain(self.session.texts.with_gaps(control.label, self.session.root, _ROOM)[0])

    def _hint(self, control: Control) -> str:
        words, computed = self.session.texts.with_gaps(control.hint, self.session.root, _ROOM)
        return "" if computed else plain(words)

    _EQUAL = re.compile(r"^\s*(?P<path>[\w/.\s-]+?)\s*=\s*'(?P<value>[^']*)'\s*$")
    _SELECTED = re.compile(r"^\s*selected\(\s*(?P<path>[\w/.\s-]+?)\s*,\s*'(?P<value>[^']*)'\s*\)\s*$")

    def _condition(self, control: Control) -> str:
        """When it is asked, where the rule is one answer of one question; other rules cannot be said briefly."""
        definition = self.session.form.nodes.get(control.path or ())
        rule = None if definition is None else definition.bind.relevant
        if rule is None or isinstance(rule, bool):
            return ""
        found = self._EQUAL.match(rule.source) or self._SELECTED.match(rule.source)
        if found is None:
            return ""
        name = found["path"].strip().rpartition("/")[2].strip()
        asked = [c for p, c in self.session.form.questions.items() if p[-1] == name]
        if len(asked) != 1 or self.outline.numbers.get(asked[0].order) is None:
            return ""
        node = self._any_node(asked[0])
        if node is None:
            return ""
        word = next((plain(c.label) for c in choices_of(self.session, asked[0], node) if c.value == found["value"]), "")
        return f"第 {self.outline.numbers[asked[0].order]} 题选“{word}”时填" if word else ""

    # --- nodes -------------------------------------------------------------------------------------------------------

    def _nodes(self, path: Sequence[str]) -> list[FormNode]:
        nodes: list[FormNode] = [self.session.document]
        for name in path:
            nodes = [child for node in nodes for child in node.instances(name)]
        return nodes

    def _any_node(self, control: Control) -> FormNode | None:
        """A node of the question, or one that stands in for it where no repeat instance is there yet."""
        found = self._nodes(control.path or ())
        if found:
            return found[0]
        definition = self.session.form.nodes.get(control.path or ())
        return None if definition is None else FormNode(definition, self.session.root)

    def _below(self, instance: FormNode, control: Control) -> FormNode | None:
        path = (control.path or ())[len(instance.definition.path) :]
        node: FormNode | None = instance
        for name in path:
            likes = [] if node is None else node.instances(name)
            node = likes[0] if likes else None
        return node


def _questions(control: Control) -> list[Control]:
    """All questions below a control, in order."""
    if control.is_question:
        return [control]
    return [q for child in control.children for q in _questions(child)]



