"""Keeps the computed state of an instance right: after each change only what depends on it, in the plan's order.

A queue of (rule, node) by the rule's place in the plan. A change of what others read of a node queues its readers: the
touched row, or all rows where the expression reads the generic repeat.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

from desktop.survey.session import answers
from desktop.survey.session.nodes import FormNode, build
from desktop.survey.xform.dependencies import CALCULATE, CHOICES, COUNT, READONLY, RELEVANT, Rule
from desktop.survey.xform.model import Form, FormError, Names, NodeDef, Seed
from desktop.survey.xpath.context import Context, Environment
from desktop.survey.xpath.parser import ExpressionError
from desktop.survey.xpath.values import atom_to_number

EVALUATION_LIMIT = 2_000_000
"""Evaluations for one change; more means that formulas never settle."""
CYCLE_LIMIT = 20_000
"""The same for a form whose formulas depend on each other in a circle; some of them settle."""
INSTANCE_LIMIT = 10_000
"""Instances of one repeat."""


class Engine:
    """The rules of one form running over one instance."""

    def __init__(self, form: Form, environment: Environment, document: FormNode) -> None:
        self.form = form
        self.environment = environment
        self.document = document
        self.rules = form.plan.rules
        self.routes = form.plan.routes
        self.by_target = form.plan.by_target
        self.waiting: dict[int, dict[FormNode, None]] = {}
        self.heap: list[int] = []
        self.changed: dict[FormNode, None] = {}
        """Nodes whose value or state changed since a client last asked."""
        self.added: list[FormNode] = []
        self.problems: dict[str, str] = {}
        """Path → what went wrong while a formula was evaluated."""
        self.lazy_counts = False
        """Repeat counts wait for `settle_count` (a client that walks the form, like JavaRosa's)."""
        self.lazy_choices = False
        """Answers that are no longer offered stay until a client asks for the choices (JavaRosa)."""
        self.shallow_rows = False
        """A new row is noticed only by what reads the row or its direct children (JavaRosa)."""
        self.on_new_instance: Callable[[FormNode], None] = _nothing
        self.offered: Callable[[FormNode], list[str]] = _nothing_offered
        self.context = Context(environment, document)

    # -- queue ---------------------------------------------------------------------------------------------------

    def queue(self, rule: Rule, node: FormNode) -> None:
        """Have a rule evaluated for a node."""
        nodes = self.waiting.get(rule.order)
        if nodes is None:
            self.waiting[rule.order] = {node: None}
            heapq.heappush(self.heap, rule.order)
        else:
            nodes[node] = None

    def queue_all(self, top: FormNode) -> None:
        """Have all rules of a subtree evaluated."""
        by_target = self.by_target
        for node in top.subtree():
            for rule in by_target.get(node.definition, ()):
                self.queue(rule, node)
            if node.definition.children:
                self._queue_counts(node)

    def _queue_counts(self, parent: FormNode) -> None:
        """Counts of repeats without instances yet have no node of their own: they hang on the parent."""
        for child in parent.definition.children:
            if child.repeat is not None and child.repeat.count is not None:
                for rule in self.by_target.get(child, ()):
                    if rule.kind == COUNT:
                        self.queue(rule, parent)

    def touch(self, node: FormNode) -> None:
        """What others read of a node changed: queue its readers."""
        walks = self.routes.get(node.definition)
        if walks is None:
            return
        for rule, climb, names in walks:
            top: FormNode | None = node
            for _ in range(climb):
                if top is None:
                    break
                top = top.parent
            if top is None or not top.alive:
                continue
            if rule.kind == COUNT:
                names = names[:-1]
                if not climb and not names and rule.target is node.definition:
                    continue
            if not names:
                self.queue(rule, top)
                continue
            if len(names) == 1:
                for found in top.named.get(names[0], ()):
                    self.queue(rule, found)
                continue
            self._queue_below(rule, top, names)

    def _queue_below(self, rule: Rule, top: FormNode, names: Names) -> None:
        nodes = [top]
        for name in names:
            nodes = [child for parent in nodes for child in parent.named.get(name, ())]
        for node in nodes:
            self.queue(rule, node)

    def run(self) -> None:
        """Evaluate everything that waits. Raises FormError when formulas never settle."""
        done = 0
        heap, waiting, rules = self.heap, self.waiting, self.rules
        limit = CYCLE_LIMIT if self.form.plan.cycles else EVALUATION_LIMIT
        while heap:
            order = heapq.heappop(heap)
            rule = rules[order]
            nodes = waiting.pop(order)
            done += len(nodes)
            if done > limit:
                heap.clear()
                waiting.clear()
                raise FormError(f"字段 {rule.target.pretty} 的公式一直在变，算不出结果；请检查它引用的字段。")
            for node in nodes:
                if node.alive:
                    self._evaluate(rule, node)

    def _evaluate(self, rule: Rule, node: FormNode) -> None:
        context = self.context
        context.node = context.current = node
        try:
            if rule.kind == CALCULATE:
                value = rule.formula.scalar(context)
                text, typed = answers.store(value, rule.target.bind.data_type, self.environment.zone)
                if text != node.text:
                    node.text = text
                    node.typed = typed
                    self.changed[node] = None
                    if node.relevant:
                        self.touch(node)
                else:
                    node.typed = typed
            elif rule.kind == RELEVANT:
                relevant = rule.formula.truth(context)
                if relevant != node.own_relevant:
                    node.own_relevant = relevant
                    self._spread_relevance(node, node.parent is None or node.parent.relevant)
            elif rule.kind == READONLY:
                readonly = rule.formula.truth(context)
                if readonly != node.own_readonly:
                    node.own_readonly = readonly
                    self._spread_readonly(node, node.parent is not None and node.parent.readonly)
            elif rule.kind == CHOICES:
                if not self.lazy_choices:
                    self.keep_offered(node)
            elif rule.kind == COUNT:
                if not self.lazy_counts:
                    self.settle_count(node, rule.target)
            else:
                required = rule.formula.truth(context)
                if required != node.required:
                    node.required = required
                    self.changed[node] = None
        except ExpressionError as error:
            self.problems[node.path()] = error.message

    def _spread_relevance(self, node: FormNode, above: bool) -> None:
        relevant = above and node.own_relevant
        if relevant == node.relevant:
            return
        node.relevant = relevant
        self.changed[node] = None
        self.touch(node)
        for child in node.form_children():
            self._spread_relevance(child, relevant)
        for attribute in node.ruled_attributes():
            self._spread_relevance(attribute, relevant)

    def _spread_readonly(self, node: FormNode, above: bool) -> None:
        readonly = above or node.own_readonly
        if readonly == node.readonly:
            return
        node.readonly = readonly
        self.changed[node] = None
        for child in node.form_children():
            self._spread_readonly(child, readonly)

    # -- values --------------------------------------------------------------------------------------------------

    def set_value(self, node: FormNode, text: str, typed: answers.Atom) -> bool:
        """Store an answer; whether it differs from the one before."""
        node.chosen = None
        if text == node.text:
            node.typed = typed
            return False
        node.text = text
        node.typed = typed
        self.changed[node] = None
        if node.relevant:
            self.touch(node)
        return True

    def keep_offered(self, node: FormNode) -> None:
        """Hide chosen values that the filter no longer offers; they come back when it offers them again."""
        wish = node.text if node.chosen is None else node.chosen
        if wish == "":
            return
        available = set(self.offered(node))
        left = wish if wish in available else " ".join(value for value in wish.split() if value in available)
        if left == node.text:
            return
        self.set_value(node, left, left)
        node.chosen = None if left == wish else wish

    # -- repeats -------------------------------------------------------------------------------------------------

    def add_instance(self, parent: FormNode, definition: NodeDef, place: int | None = None) -> FormNode:
        """Make a repeat instance from its template (or the form's own instance at that place) and compute it."""
        assert definition.repeat is not None and definition.repeat.template is not None
        likes = parent.instances(definition.name)
        if len(likes) >= INSTANCE_LIMIT:
            raise FormError(f"重复组 {definition.name} 已有 {INSTANCE_LIMIT} 条，不能再加。")
        node = self.make(self._seed_for(definition, len(likes)), parent)
        parent.add(node, place)
        self.on_new_instance(node)
        self._joined(node)
        return node

    def calculate(self, top: FormNode) -> None:
        """Have the formulas of a subtree give their values now, each after those it reads."""
        found = [
            (rule, node)
            for node in top.subtree()
            for rule in self.by_target.get(node.definition, ())
            if rule.kind == CALCULATE
        ]
        for rule, node in sorted(found, key=lambda pair: pair[0].order):
            self._evaluate(rule, node)

    def _seed_for(self, definition: NodeDef, number: int) -> Seed:
        repeat = definition.repeat
        assert repeat is not None and repeat.template is not None
        if repeat.count is not None and not self.lazy_counts and number < len(repeat.defaults):
            return repeat.defaults[number]
        return repeat.template

    def drop_counted(self, top: FormNode) -> None:
        """Take out the instances of counted repeats: their count decides from the start how many there are."""
        for node in list(top.subtree()):
            for definition in node.definition.children:
                if definition.repeat is not None and definition.repeat.count is not None:
                    for instance in list(node.instances(definition.name)):
                        node.remove(instance)

    def make(self, seed: Seed, parent: FormNode) -> FormNode:
        """Nodes of a seed, not yet in the tree."""
        node = build(seed, parent, self.environment.zone)
        if not self.lazy_counts:
            self.drop_counted(node)
        return node

    def _joined(self, node: FormNode) -> None:
        self.added.append(node)
        for below in node.subtree():
            self.changed[below] = None
            if below.definition in self.routes and not (self.shallow_rows and _deep(below, node)):
                self.touch(below)
        self.queue_all(node)
        for sibling in self._following(node):
            self.touch(sibling)

    def remove_instance(self, node: FormNode) -> None:
        """Take a repeat instance out; rows behind it move up."""
        parent = node.parent
        assert parent is not None
        behind = self._following(node)
        parent.remove(node)
        for below in node.subtree():
            if below.definition in self.routes:
                self.touch(below)
        for sibling in behind:
            self.changed[sibling] = None
            self.touch(sibling)

    def bring_back(self, node: FormNode, place: int) -> None:
        """Put an instance that was taken out back at a place (from 0), with the answers it held."""
        parent = node.parent
        assert parent is not None
        parent.add(node, place)
        for below in node.subtree():
            below.alive = True
        self._joined(node)

    def _following(self, node: FormNode) -> list[FormNode]:
        parent = node.parent
        if parent is None:
            return []
        likes = parent.instances(node.definition.name)
        return likes[likes.index(node) + 1 :] if node in likes else []

    def settle_count(self, parent: FormNode, definition: NodeDef) -> None:
        """Give a counted repeat as many instances as its count says; an empty count changes nothing."""
        if parent.definition is definition:
            assert parent.parent is not None
            parent = parent.parent
        wanted = self.wanted_count(parent, definition)
        if wanted is None:
            return
        likes = parent.instances(definition.name)
        while len(likes) > wanted:
            self.remove_instance(likes[-1])
        missing = wanted - len(likes)
        for _ in range(missing):
            self.add_instance(parent, definition)
            likes = parent.instances(definition.name)

    def wanted_count(self, parent: FormNode, definition: NodeDef) -> int | None:
        """How many instances the count formula asks for, None when it is empty."""
        assert definition.repeat is not None and definition.repeat.count is not None
        likes = parent.instances(definition.name)
        here = likes[0] if likes else FormNode(definition, parent)
        context = Context(self.environment, here)
        value = definition.repeat.count.scalar(context)
        if value == "" or (isinstance(value, float) and value != value):
            return None
        number = atom_to_number(value)
        if number != number:
            return None
        if number > INSTANCE_LIMIT:
            raise ExpressionError(f"重复组 {definition.name} 的个数 {number:.0f} 超过 {INSTANCE_LIMIT}。")
        return max(0, int(number))


def _deep(node: FormNode, row: FormNode) -> bool:
    return node is not row and node.parent is not row


def _nothing_offered(_node: FormNode) -> list[str]:
    """No choices known."""
    return []


def _nothing(_node: FormNode) -> None:
    """No actions on new instances."""
