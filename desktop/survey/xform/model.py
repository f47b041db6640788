"""What a form is, once read: definitions only, no answers. One `Form` serves any number of sessions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from desktop.common.errors import InputRefused
from desktop.survey.xpath.compiler import Compiler, Scope
from desktop.survey.xpath.context import Closure, Context
from desktop.survey.xpath.parser import parse
from desktop.survey.xpath.syntax import Expression
from desktop.survey.xpath.tree import Node

if TYPE_CHECKING:
    from desktop.survey.xform.dependencies import Plan

Names = tuple[str, ...]


class FormError(InputRefused):
    """A form cannot be used; the message names the place in the form."""


class Formula:
    """An expression of the form with the place it stands at; compiled when first used."""

    __slots__ = ("_nodes", "_scalar", "_text", "_truth", "_value", "scope", "source", "tree")

    def __init__(self, source: str, scope: Scope) -> None:
        self.source = source
        self.tree: Expression = parse(source)
        self.scope = scope
        self._value: Closure | None = None
        self._scalar: Closure | None = None
        self._truth: Closure | None = None
        self._text: Closure | None = None
        self._nodes: Closure | None = None

    def __repr__(self) -> str:
        return f"Formula({self.source!r})"

    def scalar(self, context: Context) -> Any:
        """The value as text, number, truth value or date."""
        if self._scalar is None:
            self._scalar = Compiler(self.scope).scalar(self.tree)
        return self._scalar(context)

    def truth(self, context: Context) -> bool:
        """The value as true or false."""
        if self._truth is None:
            self._truth = Compiler(self.scope).truth(self.tree)
        result: bool = self._truth(context)
        return result

    def text(self, context: Context) -> str:
        """The value as text."""
        if self._text is None:
            self._text = Compiler(self.scope).text(self.tree)
        result: str = self._text(context)
        return result

    def nodes(self, context: Context) -> list[Node]:
        """The value as nodes."""
        if self._nodes is None:
            self._nodes = Compiler(self.scope).nodes(self.tree)
        result: list[Node] = self._nodes(context)
        return result


@dataclass(slots=True)
class Output:
    """An `<output>` inside a text."""

    formula: Formula


@dataclass(slots=True)
class Text:
    """A label, hint or message: its parts, or a formula that gives an itext id, or both absent."""

    parts: tuple[str | Output, ...] = ()
    itext: Formula | None = None


@dataclass(slots=True)
class Bind:
    """Rules of one node. Literal `true()`/`false()` rules are kept as constants."""

    data_type: str = "string"
    relevant: Formula | bool = True
    required: Formula | bool = False
    readonly: Formula | bool = False
    calculate: Formula | None = None
    constraint: Formula | None = None
    constraint_message: Text | None = None
    required_message: Text | None = None
    preload: str = ""
    preload_params: str = ""
    saveto: str = ""
    """The entity property the answer is written to (ODK entities)."""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Choice:
    """A choice written inside the control."""

    value: str
    label: Text


@dataclass(slots=True)
class Itemset:
    """Choices taken from a list by an expression."""

    nodes: Formula
    value: str
    label: str
    label_is_itext: bool
    label_formula: Formula | None = None


@dataclass(slots=True, eq=False)
class Control:
    """One element of the form's body: a question, a group or a repeat."""

    kind: str
    """input, select1, select, rank, upload, trigger, range, secret, group, repeat."""
    path: Names | None
    label: Text | None = None
    hint: Text | None = None
    appearance: str = ""
    media_type: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    itemset: Itemset | None = None
    children: list[Control] = field(default_factory=list)
    parent: Control | None = None
    order: int = 0

    @property
    def is_question(self) -> bool:
        """Whether it asks for an answer (or shows a note)."""
        return self.kind not in ("group", "repeat")


@dataclass(slots=True)
class RepeatInfo:
    """How instances of a repeat come to be."""

    count: Formula | None = None
    fixed: bool = False
    """`jr:noAddRemove`: nobody adds or removes instances."""
    template: Seed | None = None
    defaults: list[Seed] = field(default_factory=list)
    """Instances the form itself writes; a counted repeat takes them, in order, before the template."""


@dataclass(slots=True)
class Action:
    """A `setvalue` (or an action recorded but carried out by devices only)."""

    kind: str
    events: tuple[str, ...]
    target: Names
    formula: Formula | None
    literal: str
    where: Formula | None
    """The nodes themselves when the target is written with predicates."""
    owner: Names | None
    """The question or repeat in whose control the action stands; None for the model."""


@dataclass(slots=True, eq=False)
class NodeDef:
    """A node of the form's own instance."""

    path: Names
    parent: NodeDef | None
    uri: str = ""
    children: list[NodeDef] = field(default_factory=list)
    attributes: list[NodeDef] = field(default_factory=list)
    """Attributes that have rules of their own."""
    bind: Bind = field(default_factory=Bind)
    has_bind: bool = False
    repeat: RepeatInfo | None = None
    control: Control | None = None
    """The question bound to it, or the group for a group node."""
    order: int = 0

    def __repr__(self) -> str:
        return f"NodeDef({self.pretty})"

    @property
    def name(self) -> str:
        """The last name with its prefix."""
        return self.path[-1]

    @property
    def pretty(self) -> str:
        """The path as written in expressions."""
        return "/" + "/".join(self.path)

    @property
    def is_leaf(self) -> bool:
        """Whether it can hold an answer."""
        return not self.children

    def depth_of_repeat(self) -> int:
        """Length of the path of the innermost repeat that holds it, 0 when there is none."""
        node: NodeDef | None = self
        while node is not None:
            if node.repeat is not None:
                return len(node.path)
            node = node.parent
        return 0


@dataclass(slots=True)
class Seed:
    """A node as the form (or a saved instance) writes it, from which session nodes are made."""

    definition: NodeDef
    text: str = ""
    attributes: tuple[tuple[str, str, str], ...] = ()
    """(name as written, namespace, value)."""
    children: list[Seed] = field(default_factory=list)
    extra: bool = False


@dataclass
class Form:
    """A form ready to be filled."""

    title: str
    form_id: str
    version: str
    root: NodeDef
    seed: Seed
    nodes: dict[Names, NodeDef]
    body: list[Control]
    questions: dict[Names, Control]
    translations: dict[str, dict[str, Any]]
    languages: tuple[str, ...]
    default_language: str
    instances: dict[str, Node]
    missing_instances: dict[str, str]
    """Attached lists that were not given: name → file."""
    actions: list[Action]
    namespaces: dict[str, str]
    """Prefix → namespace as the form declares them."""
    entities: list[EntityTarget] = field(default_factory=list)
    plan: Plan = None  # type: ignore[assignment]
    indexes: dict[Any, Any] = field(default_factory=dict)
    """Choice-filter indexes, shared by all sessions: lists never change."""
    warnings: list[str] = field(default_factory=list)
    defaults: frozenset[Names] | None = None
    """Paths of the answers the form itself gives; found when a draft is first kept."""
    reads: dict[Names, tuple[Names, ...]] | None = None
    """Formula → the fields it reads; found when a reason for a missing answer is first carried on."""

    def is_repeat(self, path: Names) -> bool:
        """Whether the node at a path repeats."""
        node = self.nodes.get(path)
        return node is not None and node.repeat is not None

    def is_known(self, path: Names) -> bool:
        """Whether the form has a node at a path."""
        return path in self.nodes

    def scope(self, path: Names | None) -> Scope:
        """The scope of an expression that stands at a path."""
        return Scope(path=path, is_repeat=self.is_repeat, is_known=self.is_known, forms=True, root=self.root.path[0])


@dataclass(slots=True)
class EntityTarget:
    """An entity declaration: answers below `path`'s parent with `saveto` are written to `dataset`."""

    path: Names
    dataset: str
    create: str
    update: str
