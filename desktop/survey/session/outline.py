"""A form cut as a screen shows it: sections, pages of one question or one field-list, and how far each has come.

Sections are the groups and repeats at the top; questions that stand there alone share one. Pages are rebuilt only where
repeat instances came or went; progress is counted anew only for sections that an answer touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from desktop.survey.session.nodes import FormNode
from desktop.survey.session.open_points import is_note, shows_words_only
from desktop.survey.session.session import Session
from desktop.survey.xform.model import Control, Names
from desktop.survey.xpath.context import Context

TO_COLLECT = "to_collect"
"""The missing reason 待补: it lets the visit go on and end, and stays an open point."""

QUESTION, HEADING, ADD = "question", "heading", "add"


@dataclass(eq=False, slots=True)
class Part:
    """One thing on a page: a question (or note), the heading of a group or instance, or the offer of a new instance."""

    kind: str
    node: FormNode
    """The question; the group or instance of a heading; the parent of a repeat for an offer."""
    control: Control
    depth: int = 0

    @property
    def shown(self) -> bool:
        """Whether it is on the screen now."""
        return self.node.alive and self.node.relevant


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a section is: questions answered of those asked, 待补, wrong answers, required ones still empty."""

    answered: int = 0
    asked: int = 0
    to_collect: int = 0
    wrong: int = 0
    required_open: int = 0

    @property
    def state(self) -> str:
        """error, flag (待补), todo (nothing yet), active, done; a section of notes alone is done."""
        if self.wrong:
            return "error"
        if self.to_collect:
            return "flag"
        if self.asked and not self.answered:
            return "todo"
        return "active" if self.required_open else "done"


@dataclass(eq=False, slots=True)
class Page:
    """What is asked at once."""

    section: Section
    parts: list[Part]
    chapter: FormNode | None = None
    """The group or instance inside the section it belongs to, where there is one."""
    progress: Progress | None = None
    """Counted when asked for, dropped when an answer on it changed."""

    def questions(self) -> list[FormNode]:
        """Questions and notes shown now, in order."""
        return [part.node for part in self.parts if part.kind == QUESTION and part.shown]


@dataclass(eq=False)
class Section:
    """A section: the control of a group or repeat at the top, or None for questions that stand alone there."""

    control: Control | None
    controls: list[Control]
    is_repeat: bool = False
    _pages: list[Page] | None = field(default=None, repr=False)
    _index: dict[FormNode, Page] = field(default_factory=dict, repr=False)
    _shape: tuple[int, ...] = field(default=(), repr=False)


class Outline:
    """The sections and pages of one filling. Call `take_changes` after every command of the session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.numbers = _numbers(session)
        """Question number by the control's order in the form: the same on screen and paper, in every instance."""
        self._tops: dict[Names, Section] = {}
        body = session.form.body
        while len(body) == 1 and body[0].kind == "group" and not _is_field_list(body[0]):
            body = body[0].children
        self.sections = self._cut(body)
        self._repeats = {id(section): list(_repeats(section.controls)) for section in self.sections}

    def _cut(self, body: list[Control]) -> list[Section]:
        found: list[Section] = []
        for control in body:
            if not _asks(control):
                continue  # a group of formulas alone: what a form saves, nothing a person sees
            if control.is_question:
                if not found or found[-1].control is not None:
                    found.append(Section(None, []))
                found[-1].controls.append(control)
                section = found[-1]
            else:
                section = Section(control, [control], control.kind == "repeat")
                found.append(section)
            for path in _paths(control):
                self._tops[path] = section
        return found

    # -- words ---------------------------------------------------------------------------------------------------

    def title(self, section: Section) -> str:
        """The section's label; a repeat's without the row's own part where the label names a row."""
        if section.control is None:
            return "开头" if section is self.sections[0] else "其他问题"
        control = section.control
        node = self._top_node(section)
        if section.is_repeat:
            plain = self.session.texts.literal(control.label, self.session.root)
            return plain or (control.path or ("",))[-1]
        shown = (self.session.texts.shown(control.label, node or self.session.root) or "").strip()
        if not shown and control.children and control.children[0].label is not None:
            # pyxform moves the label of a table list into a note of its own
            shown = (self.session.texts.shown(control.children[0].label, node or self.session.root) or "").strip()
        return shown

    def heading(self, node: FormNode) -> str:
        """The label of a group or instance."""
        control = node.definition.control
        shown = None if control is None else self.session.texts.shown(control.label, node)
        if shown and shown.strip():
            return shown.strip()
        return str(node.position) if node.definition.repeat is not None else ""

    def _top_node(self, section: Section) -> FormNode | None:
        control = section.control
        if control is None or control.path is None:
            return self.session.root
        return _resolve(control.path, self.session.root)

    def is_shown(self, section: Section) -> bool:
        """Whether anything of it is asked now."""
        if section.control is not None and not section.is_repeat:
            node = self._top_node(section)
            if node is None or not node.relevant:
                return False
        return any(self.is_asked(page) for page in self.pages(section))

    # -- pages ---------------------------------------------------------------------------------------------------

    def pages(self, section: Section) -> list[Page]:
        """All pages of a section, also those without anything to ask now."""
        shape = self._shape(section)
        if section._pages is None or section._shape != shape:
            section._pages = self._build(section)
            section._shape = shape
            section._index = {
                part.node: page for page in section._pages for part in page.parts if part.kind == QUESTION
            }
        return section._pages

    def _shape(self, section: Section) -> tuple[int, ...]:
        """Identities of all repeat instances of a section: other ones, other pages."""
        shape: list[int] = []
        for control in self._repeats[id(section)]:
            assert control.path is not None
            for parent in _nodes(self.session.root, control.path[1:-1]):
                shape.extend(id(node) for node in parent.instances(control.path[-1]))
        return tuple(shape)

    def _build(self, section: Section) -> list[Page]:
        pages: list[Page] = []
        for control in section.controls:
            if section.control is control and control.kind == "group":
                base = self._top_node(section)
                if base is None:
                    continue
                if _is_field_list(control):
                    pages.append(Page(section, list(self._flat(control.children, base, 0))))
                else:
                    for child in control.children:
                        pages.extend(self._walk(child, base, section, None))
            else:
                pages.extend(self._walk(control, self.session.root, section, None))
        return pages

    def _walk(self, control: Control, base: FormNode, section: Section, chapter: FormNode | None) -> Iterator[Page]:
        if control.kind == "repeat":
            yield from self._walk_repeat(control, base, section, chapter)
            return
        node = base if control.path is None else _resolve(control.path, base)
        if node is None:
            return
        if control.is_question:
            yield Page(section, [Part(QUESTION, node, control)], chapter)
            return
        inner = chapter if chapter is not None else (node if control.label is not None else None)
        if _is_field_list(control):
            yield Page(section, list(self._flat(control.children, node, 0)), inner)
            return
        for child in control.children:
            yield from self._walk(child, node, section, inner)

    def _walk_repeat(
        self, control: Control, base: FormNode, section: Section, chapter: FormNode | None
    ) -> Iterator[Page]:
        parent = self._parent(control, base)
        if parent is None or control.path is None:
            return
        for node in parent.instances(control.path[-1]):
            inner = node if chapter is None else chapter
            if _is_field_list(control):
                yield Page(section, list(self._flat(control.children, node, 0)), inner)
                continue
            for child in control.children:
                yield from self._walk(child, node, section, inner)
        if self.may_add(control):
            yield Page(section, [Part(ADD, parent, control)], chapter)

    def _flat(self, controls: list[Control], base: FormNode, depth: int) -> Iterator[Part]:
        """A field-list's parts: inner groups become headings."""
        for control in controls:
            if control.kind == "repeat":
                parent = self._parent(control, base)
                if parent is None or control.path is None:
                    continue
                for row in parent.instances(control.path[-1]):
                    yield Part(HEADING, row, control, depth + 1)
                    yield from self._flat(control.children, row, depth + 1)
                if self.may_add(control):
                    yield Part(ADD, parent, control, depth)
                continue
            node = base if control.path is None else _resolve(control.path, base)
            if node is None:
                continue
            if control.is_question:
                yield Part(QUESTION, node, control, depth)
            else:
                if control.label is not None:
                    yield Part(HEADING, node, control, depth + 1)
                yield from self._flat(control.children, node, depth + 1)

    def _parent(self, control: Control, base: FormNode) -> FormNode | None:
        assert control.path is not None
        return _resolve(control.path[:-1], base)

    def may_add(self, control: Control) -> bool:
        """Whether a person adds and removes instances of a repeat."""
        assert control.path is not None
        repeat = self.session.form.nodes[control.path].repeat
        return repeat is not None and repeat.count is None and not repeat.fixed

    def is_asked(self, page: Page) -> bool:
        """Whether a page has anything to show now."""
        for part in page.parts:
            if part.kind == QUESTION and part.shown:
                return True
            if part.kind == ADD and part.shown and self._would_ask(part):
                return True
        return False

    def _would_ask(self, part: Part) -> bool:
        assert part.control.path is not None
        definition = self.session.form.nodes[part.control.path]
        rule = definition.bind.relevant
        if isinstance(rule, bool):
            return rule
        return rule.truth(Context(self.session.environment, FormNode(definition, part.node)))

    def all_pages(self) -> Iterator[Page]:
        """Every page of the form, asked now or not."""
        for section in self.sections:
            yield from self.pages(section)

    def page_of(self, node: FormNode) -> Page | None:
        """The page a question stands on; for a group or instance the first page below it."""
        section = self.section_of(node)
        if section is None:
            return None
        pages = self.pages(section)
        found = section._index.get(node)
        if found is not None:
            return found
        return next((page for page in pages if any(_is_below(part.node, node) for part in page.parts)), None)

    def section_of(self, node: FormNode) -> Section | None:
        """The section a node belongs to."""
        path = node.definition.path
        for length in range(len(path), 0, -1):
            found = self._tops.get(path[:length])
            if found is not None:
                return found
        return None

    def step(self, page: Page | None, direction: int) -> Page | None:
        """The next (1) or previous (-1) page with something to ask; from None the first or last."""
        sections = self.sections if direction > 0 else self.sections[::-1]
        start = 0 if page is None else sections.index(page.section)
        for section in sections[start:]:
            pages = self.pages(section) if direction > 0 else self.pages(section)[::-1]
            if page is not None and section is page.section:
                place = next((i for i, p in enumerate(pages) if _same(p, page)), -1)
                pages = pages[place + 1 :]
            elif section.control is not None and not section.is_repeat:
                top = self._top_node(section)
                if top is None or not top.relevant:
                    continue
            for candidate in pages:
                if self.is_asked(candidate):
                    return candidate
        return None

    def chapters(self, section: Section) -> list[tuple[FormNode, Page]]:
        """Inner groups or instances of a section that are asked now, each with its first page."""
        found: dict[FormNode, Page] = {}
        for page in self.pages(section):
            if page.chapter is not None and page.chapter not in found and self.is_asked(page):
                found[page.chapter] = page
        return list(found.items())

    # -- progress ------------------------------------------------------------------------------------------------

    def take_changes(self, changed: Iterable[FormNode]) -> None:
        """Note what changed: the pages it stands on are counted anew."""
        for node in changed:
            section = self.section_of(node)
            page = None if section is None else section._index.get(node)
            if page is not None:
                page.progress = None

    def progress(self, section: Section) -> Progress:
        """How far a section is."""
        return _sum(self._counted(page) for page in self.pages(section))

    def chapter_progress(self, section: Section, chapter: FormNode) -> Progress:
        """How far one inner group or instance is."""
        return _sum(self._counted(page) for page in self.pages(section) if page.chapter is chapter)

    def _counted(self, page: Page) -> Progress:
        if page.progress is None:
            page.progress = self._count(page.questions())
        return page.progress

    def _count(self, questions: list[FormNode]) -> Progress:
        """Counts over questions; notes and read-only fields are none."""
        answered = asked = collect = wrong = required = 0
        session = self.session
        for node in questions:
            if node.readonly or is_note(session, node):
                continue
            asked += 1
            reason = session.reasons.get(node.path(), "")
            if node.text:
                answered += 1
                if session.violation(node) is not None:
                    wrong += 1
            elif reason == TO_COLLECT:
                collect += 1
            elif reason:
                answered += 1
            elif node.required:
                required += 1
        return Progress(answered, asked, collect, wrong, required)


def _sum(parts: Iterable[Progress]) -> Progress:
    answered = asked = collect = wrong = required = 0
    for part in parts:
        answered += part.answered
        asked += part.asked
        collect += part.to_collect
        wrong += part.wrong
        required += part.required_open
    return Progress(answered, asked, collect, wrong, required)


def _same(one: Page, other: Page) -> bool:
    """Whether two pages are the same place, also after the pages were built anew."""
    if one is other:
        return True
    a, b = one.parts[0] if one.parts else None, other.parts[0] if other.parts else None
    return a is not None and b is not None and a.node is b.node and a.kind == b.kind and a.control is b.control


def _is_below(node: FormNode, top: FormNode) -> bool:
    current: FormNode | None = node
    while current is not None:
        if current is top:
            return True
        current = current.parent
    return False


def _is_field_list(control: Control) -> bool:
    words = control.appearance.split()
    return "field-list" in words or "table-list" in words


def _numbers(session: Session) -> dict[int, int]:
    """Numbers of the questions in the form's order; notes have none."""
    numbers: dict[int, int] = {}
    nodes = session.form.nodes

    def walk(controls: list[Control]) -> None:
        for control in controls:
            if not control.is_question:
                walk(control.children)
                continue
            definition = nodes.get(control.path or ())
            if definition is not None and not shows_words_only(control, definition):
                numbers[control.order] = len(numbers) + 1

    walk(session.form.body)
    return numbers


def _asks(control: Control) -> bool:
    return control.is_question or control.kind == "repeat" or any(_asks(child) for child in control.children)


def _paths(control: Control) -> Iterator[Names]:
    if control.path is not None:
        yield control.path
    else:
        for child in control.children:
            yield from _paths(child)


def _repeats(controls: list[Control]) -> Iterator[Control]:
    for control in controls:
        if control.kind == "repeat":
            yield control
        if not control.is_question:
            yield from _repeats(control.children)


def _nodes(root: FormNode, names: Names) -> list[FormNode]:
    nodes = [root]
    for name in names:
        nodes = [child for node in nodes for child in node.instances(name)]
    return nodes


def _resolve(path: Names, base: FormNode) -> FormNode | None:
    """The node at a path that shares the repeat instances of `base`."""
    here = base.definition.path
    shared = 0
    while shared < len(here) and shared < len(path) and here[shared] == path[shared]:
        shared += 1
    node: FormNode | None = base
    for _ in range(len(here) - shared):
        node = None if node is None else node.parent
    for name in path[shared:]:
        likes = [] if node is None else node.instances(name)
        node = likes[0] if likes else None
    return node
