"""The whole instance as one flat list of texts, irrelevant answers included: what a draft keeps after every answer.

An answer is its name and its text (with `~` before the name also what was chosen, while a filter hides a part), an
attribute `@name` and its text, a group or repeat instance `<name` … `>`. Empty answers are left out unless the form
itself gives one there. One flat list, because thousands of small ones would make the garbage collector run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from desktop.survey.session import answers
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import Session
from desktop.survey.xform.model import Form, Names, NodeDef, Seed

Plain = list[Any]


def snapshot(session: Session) -> list[str]:
    """The answers of a session as they stand."""
    out: list[str] = []
    _put(session.root, _defaults(session.form), out)
    return out


def _put(node: FormNode, defaults: frozenset[Names], out: list[str]) -> None:
    put = out.append
    for attribute in node.ruled_attributes():
        if attribute.text:
            put(attribute.definition.name)
            put(attribute.text)
    for child in node.form_children():
        definition = child.definition
        name = definition.path[-1]
        if definition.children or definition.repeat is not None:
            put(f"<{name}")
            before = len(out)
            _put(child, defaults, out)
            if len(out) == before and definition.repeat is None:
                out.pop()
            else:
                put(">")
            continue
        text, chosen = child.text, child.chosen
        if chosen is not None:
            put(f"~{name}")
            put(text)
            put(chosen)
        elif text or definition.path in defaults:
            put(name)
            put(text)
        if child.attributes:
            for attribute in child.ruled_attributes():
                if attribute.text:
                    put(f"{name}/{attribute.definition.name}")
                    put(attribute.text)


def _nested(flat: list[str]) -> Plain:
    """The flat list as a tree: `[name, text]`, `[name, text, chosen]`, `[name, [inner, …]]`."""
    top: Plain = []
    stack = [top]
    at = 0
    while at < len(flat):
        name = flat[at]
        if name == ">":
            stack.pop()
            at += 1
        elif name.startswith("<"):
            inner: Plain = []
            stack[-1].append([name[1:], inner])
            stack.append(inner)
            at += 1
        elif name.startswith("~"):
            stack[-1].append([name[1:], flat[at + 1], flat[at + 2]])
            at += 3
        else:
            stack[-1].append([name, flat[at + 1]])
            at += 2
    return top


def _defaults(form: Form) -> frozenset[Names]:
    """Paths of the answers that the form itself gives."""
    if form.defaults is None:
        found: set[Names] = set()
        waiting = [form.seed]
        waiting += [n.repeat.template for n in form.nodes.values() if n.repeat is not None and n.repeat.template]
        while waiting:
            seed = waiting.pop()
            if seed.text:
                found.add(seed.definition.path)
            waiting.extend(seed.children)
        form.defaults = frozenset(found)
    return form.defaults


@dataclass
class Carried:
    """A snapshot as a seed for a session, and what of it the form has no place for."""

    seed: Seed
    chosen: list[tuple[NodeDef, str, str]] = field(default_factory=list)
    """Answers of which a filter hid something: (question, what is left, what was chosen)."""
    homeless: list[tuple[str, str]] = field(default_factory=list)
    """(name, text) of answers whose question the form no longer has."""
    unfit: list[tuple[NodeDef, str]] = field(default_factory=list)
    """Answers that are no answers for their question's new type."""
    moved: int = 0
    """Answers found again under the same name in another group."""


def seed_of(form: Form, flat: list[str]) -> Carried:
    """The seed of a session that goes on from a snapshot, also when the form was changed meanwhile."""
    carried = Carried(Seed(form.root))
    carried.seed = _seed(form, form.root, form.seed, _nested(flat), {}, carried)
    return carried


def _seed(
    form: Form, definition: NodeDef, original: Seed | None, plain: Plain, strays: dict[str, str], carried: Carried
) -> Seed:
    if definition.repeat is not None or definition.parent is None:
        strays = dict(_strays(form, definition.path, plain))
    given: dict[str, list[Plain]] = {}
    attributes = dict[str, str]()
    for item in plain:
        if item[0].startswith("@"):
            attributes[item[0][1:]] = item[1]
        else:
            given.setdefault(item[0], []).append(item)
    seed = Seed(definition, attributes=_attributes(original, attributes, definition))
    originals: dict[NodeDef, Seed] = {}
    for given_seed in original.children if original is not None else []:
        originals.setdefault(given_seed.definition, given_seed)
    for child in definition.children:
        template = originals.get(child)
        if template is None and child.repeat is not None:
            template = child.repeat.template
        name = child.path[-1]
        found = given.pop(name, [])
        if child.repeat is not None:
            rows = [item[1] for item in found if isinstance(item[1], list)]
            seed.children.extend(_seed(form, child, template, row, strays, carried) for row in rows)
        elif child.children:
            # a form may write one name twice without repeating it; nothing of that is lost
            groups = [item[1] for item in found if isinstance(item[1], list)] or [[]]
            seed.children.extend(_seed(form, child, template, inner, strays, carried) for inner in groups)
        else:
            own = {item[0].partition("/@")[2]: item[1] for key in list(given) if key.startswith(f"{name}/@")
                   for item in given.pop(key)}  # fmt: skip
            texts: list[Plain | None] = [item for item in found if isinstance(item[1], str)]
            for item in texts or [None]:
                seed.children.append(_leaf(child, template, item, own, strays, carried))
    if definition.repeat is not None or definition.parent is None:
        carried.homeless.extend(strays.items())
    return seed


def _leaf(
    definition: NodeDef, template: Seed | None, item: Plain | None, own: dict[str, str], strays: dict[str, str],
    carried: Carried,
) -> Seed:  # fmt: skip
    seed = Seed(definition, attributes=_attributes(template, own, definition))
    if item is not None:
        seed.text = item[1]
        if len(item) > 2:
            carried.chosen.append((definition, item[1], item[2]))
    elif definition.name in strays and definition.bind.calculate is None:
        seed.text = strays.pop(definition.name)
        carried.moved += 1
    elif template is not None:
        seed.text = template.text
    if seed.text and definition.bind.calculate is None and not _fits(definition, seed.text):
        carried.unfit.append((definition, seed.text))
    return seed


def _fits(definition: NodeDef, text: str) -> bool:
    from datetime import UTC

    return answers.read(text, definition.bind.data_type, UTC)[0] != ""


def _attributes(original: Seed | None, given: dict[str, str], definition: NodeDef) -> tuple[tuple[str, str, str], ...]:
    known = original.attributes if original is not None else ()
    kept = [(name, uri, given.pop(name, value)) for name, uri, value in known]
    names = {attribute.name.lstrip("@") for attribute in definition.attributes}
    return (*kept, *((name, "", value) for name, value in given.items() if name in names))


def _strays(form: Form, here: Names, plain: Plain) -> Iterable[tuple[str, str]]:
    """Answers below a repeat instance (or the root), not below inner repeats, whose question is not where it was."""
    for item in plain:
        name, content = item[0], item[1]
        if "@" in name:
            continue
        path = (*here, name)
        if isinstance(content, list):
            definition = form.nodes.get(path)
            if definition is None or definition.repeat is None:
                yield from _strays(form, path, content)
        elif content and (path not in form.nodes or form.nodes[path].children):
            yield name, content
