"""What depends on what: the reads of every expression, one topological order for all rules, cycles by name.

A read is a path and how many of its leading names are bound to the instances that enclose the expression. A change of
a node concerns those rule targets that share these bound instances with it: one row, or every row where the
expression reads the generic repeat.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from desktop.survey.xform.model import Form, FormError, Formula, Names, NodeDef
from desktop.survey.xpath import paths
from desktop.survey.xpath.compiler import Compiler, Scope
from desktop.survey.xpath.syntax import Binary, Call, Expression, Filter, Negate, Path

RELEVANT, READONLY, REQUIRED, CALCULATE, CHOICES, COUNT = range(6)
KIND_NAMES = ("relevant", "readonly", "required", "calculate", "choice_filter", "repeat_count")


@dataclass(slots=True, eq=False)
class Rule:
    """One computed property of one definition."""

    kind: int
    target: NodeDef
    formula: Formula
    reads: frozenset[tuple[Names, int]] = frozenset()
    order: int = 0


@dataclass
class Plan:
    """The rules in the order they are computed, and who reads what."""

    rules: list[Rule] = field(default_factory=list)
    readers: dict[NodeDef, list[tuple[Rule, int]]] = field(default_factory=dict)
    """definition → (rule that reads it, number of bound leading names)."""
    routes: dict[NodeDef, list[tuple[Rule, int, Names]]] = field(default_factory=dict)
    """The same as a walk: (rule, levels to climb from the changed node, names to descend to the targets)."""
    by_target: dict[NodeDef, list[Rule]] = field(default_factory=dict)
    cycles: list[list[Rule]] = field(default_factory=list)


Read = tuple[Names, int]


def reads_of(formula: Formula, form: Form) -> frozenset[Read]:
    """All paths a formula reads."""
    found: set[Read] = set()
    here = formula.scope.path or ()
    _reads(formula.tree, formula.scope, len(here), form, found)
    return frozenset((path, _bound_names(form, here, path, bound)) for path, bound in found)


def _bound_names(form: Form, here: Names, path: Names, bound: int) -> int:
    """How many names are bound for certain: what does not repeat is the same node, however it is written."""
    shared = paths.shared_prefix(here, path, len(path))
    bound = min(bound, shared)
    while bound < shared and not form.is_repeat(path[: bound + 1]):
        bound += 1
    return bound


def _reads(expression: Expression, scope: Scope, bound: int, form: Form, found: set[Read]) -> None:
    """Collect reads; `bound` leading names of `scope.path` are those of the expression's own context."""
    match expression:
        case Path():
            _path_reads(expression, scope, bound, form, found)
        case Negate(operand):
            _reads(operand, scope, bound, form, found)
        case Binary(_, left, right):
            # long chains lean to the left: follow them without recursion
            _reads(right, scope, bound, form, found)
            while isinstance(left, Binary):
                _reads(left.right, scope, bound, form, found)
                left = left.left
            _reads(left, scope, bound, form, found)
        case Filter(primary, predicates):
            _reads(primary, scope, bound, form, found)
            for predicate in predicates:
                _reads(predicate, scope.at(None), 0, form, found)
        case Call("indexed-repeat", arguments) if len(arguments) >= 3:
            _indexed_reads(arguments, scope, bound, form, found)
        case Call("position", (argument,)) if isinstance(argument, Path):
            route = paths.route_of(Compiler(scope), argument, bind_last=True)
            if route is not None and route.target is not None:
                found.add((route.target, min(bound, len(route.target))))
            else:
                _reads(argument, scope, bound, form, found)
        case Call("count" | "local-name" | "name" | "namespace-uri", (argument,)) if isinstance(argument, Path):
            _path_reads(argument, scope, bound, form, found, whole=False)
        case Call(_, arguments):
            for argument in arguments:
                _reads(argument, scope, bound, form, found)
        case _:
            pass


def _indexed_reads(arguments: tuple[Expression, ...], scope: Scope, bound: int, form: Form, found: set[Read]) -> None:
    compiler = Compiler(scope)
    limit = bound
    for position in range(1, len(arguments), 2):
        group = arguments[position]
        if isinstance(group, Path):
            route = paths.route_of(compiler, group)
            if route is not None and route.target is not None:
                limit = min(limit, len(route.target) - 1)
                found.add((route.target, limit))
        _reads(arguments[position + 1], scope, bound, form, found)
    target = arguments[0]
    if isinstance(target, Path):
        route = paths.route_of(compiler, target, bind_last=True)
        if route is not None and route.target is not None:
            shared = 0 if scope.path is None else paths.shared_prefix(scope.path, route.target, len(route.target))
            found.add((route.target, min(limit, shared)))
            return
    _reads(target, scope, bound, form, found)


def _path_reads(path: Path, scope: Scope, bound: int, form: Form, found: set[Read], whole: bool = True) -> None:
    """Collect what a path reads; `whole`: of an inner node also all that lies below it."""
    compiler = Compiler(scope)
    here: Names | None
    start = path.start
    if start is None:
        here, level = scope.path, bound
    elif start == "/":
        here, level = (), 0
        anchor, anchored = (scope.path, bound) if scope.path is not None else (scope.current, len(scope.current or ()))
        if anchor is not None:
            plain: list[str] = []
            for step in path.steps:
                name = paths.step_name(step)
                if name is None:
                    break
                plain.append(name)
                if step.predicates:
                    plain.pop()
                    break
            if plain:
                plain[0] = scope.root or plain[0]
            shared = paths.shared_prefix(anchor, tuple(plain), min(len(plain), len(path.steps) - 1))
            level = min(anchored, shared)
    elif start == paths.CURRENT:
        here = scope.current or scope.path
        level = 0 if here is None else len(here)
        if scope.current is None:
            level = bound
    else:
        assert not isinstance(start, str)
        _reads(start, scope, bound, form, found)
        here, level = None, 0
    deep = False
    for place, step in enumerate(path.steps):
        if here is not None:
            following = paths.after(here, step)
            if start == "/" and place == 0 and following is not None:
                following = (scope.root or following[0],)
            if following is None:
                deep = True
                here_for_predicates = None
            else:
                here = following
                level = min(level, len(here))
                here_for_predicates = here
        else:
            here_for_predicates = None
        if deep:
            here_for_predicates = None
        for predicate in step.predicates:
            inner = compiler.inside(here_for_predicates).scope
            _reads(predicate, inner, level if here_for_predicates is not None else 0, form, found)
    if here is not None:
        found.add((here, level))
        node = form.nodes.get(here)
        if node is not None and (deep or (whole and node.children)):
            for below in _descendants(node):
                found.add((below.path, level))


def _descendants(node: NodeDef) -> list[NodeDef]:
    found: list[NodeDef] = []
    stack = list(node.children)
    while stack:
        current = stack.pop()
        found.append(current)
        stack.extend(current.children)
    return found


def make_plan(form: Form) -> Plan:
    """Rules, readers and order of a form; cycles are kept in the plan, see `refuse_cycles`."""
    plan = Plan()
    for node in form.nodes.values():
        bind = node.bind
        for kind, formula in (
            (RELEVANT, bind.relevant),
            (READONLY, bind.readonly),
            (REQUIRED, bind.required),
            (CALCULATE, bind.calculate),
        ):
            if isinstance(formula, Formula):
                plan.rules.append(Rule(kind, node, formula, reads_of(formula, form)))
        question = form.questions.get(node.path)
        if question is not None and question.itemset is not None:
            offered = reads_of(question.itemset.nodes, form)
            if offered:
                plan.rules.append(Rule(CHOICES, node, question.itemset.nodes, offered))
        if node.repeat is not None and node.repeat.count is not None:
            count = node.repeat.count
            plan.rules.append(Rule(COUNT, node, count, reads_of(count, form)))
    for rule in plan.rules:
        plan.by_target.setdefault(rule.target, []).append(rule)
        for path, bound in rule.reads:
            definition = form.nodes.get(path)
            if definition is not None:
                plan.readers.setdefault(definition, []).append((rule, bound))
    _order(plan)
    return plan


def affected(rule: Rule) -> list[NodeDef]:
    """The definitions whose value, as others read it, a rule can change."""
    if rule.kind in (CALCULATE, CHOICES):
        return [rule.target]
    if rule.kind == RELEVANT:
        return [rule.target, *_descendants(rule.target)]
    return []


def _order(plan: Plan) -> None:
    """Kahn's algorithm, ties by the order in the form; what is left over are cycles."""
    edges: dict[Rule, set[Rule]] = {}
    waiting: dict[Rule, int] = dict.fromkeys(plan.rules, 0)
    """How many rules must come first."""
    for rule in plan.rules:
        following: set[Rule] = set()
        for definition in affected(rule):
            for reader, _ in plan.readers.get(definition, ()):
                # a calculation may look at its own other rows; counts are settled after the other rules
                if reader is not rule and reader.kind != COUNT:
                    following.add(reader)
        edges[rule] = following
        for reader in following:
            waiting[reader] += 1
    place = {rule: (rule.kind == COUNT, rule.target.order, rule.kind) for rule in plan.rules}
    ready = [(place[rule], index) for index, rule in enumerate(plan.rules) if waiting[rule] == 0]
    heapq.heapify(ready)
    numbers = {rule: index for index, rule in enumerate(plan.rules)}
    done: list[Rule] = []
    while ready:
        _, index = heapq.heappop(ready)
        rule = plan.rules[index]
        done.append(rule)
        for reader in edges[rule]:
            waiting[reader] -= 1
            if waiting[reader] == 0:
                heapq.heappush(ready, (place[reader], numbers[reader]))
    if len(done) < len(plan.rules):
        rest = [rule for rule in plan.rules if waiting[rule] > 0]
        plan.cycles = _cycles(rest, edges)
        done.extend(sorted(rest, key=lambda rule: place[rule]))
    plan.cycles.extend([rule] for rule in done if _reads_itself(rule))
    plan.rules = done
    for order, rule in enumerate(done):
        rule.order = order
    for definition, readers in plan.readers.items():
        depth = len(definition.path)
        walks = {(rule, depth - bound, rule.target.path[bound:]) for rule, bound in readers}
        plan.routes[definition] = sorted(walks, key=lambda walk: (walk[0].order, walk[1]))


def _reads_itself(rule: Rule) -> bool:
    """Whether a calculation or condition reads the very node it decides about (other rows do not count)."""
    path = rule.target.path
    return rule.kind in (CALCULATE, RELEVANT) and (path, len(path)) in rule.reads


def _cycles(rules: list[Rule], edges: dict[Rule, set[Rule]]) -> list[list[Rule]]:
    """The strongly connected groups among the rules that could not be ordered (Tarjan, iterative)."""
    inside = set(rules)
    index: dict[Rule, int] = {}
    low: dict[Rule, int] = {}
    stack: list[Rule] = []
    on_stack: set[Rule] = set()
    found: list[list[Rule]] = []
    for start in rules:
        if start in index:
            continue
        work: list[tuple[Rule, list[Rule]]] = [(start, [r for r in edges[start] if r in inside])]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            rule, rest = work[-1]
            if rest:
                following = rest.pop()
                if following not in index:
                    index[following] = low[following] = len(index)
                    stack.append(following)
                    on_stack.add(following)
                    work.append((following, [r for r in edges[following] if r in inside]))
                elif following in on_stack:
                    low[rule] = min(low[rule], index[following])
                continue
            work.pop()
            if work:
                parent = work[-1][0]
                low[parent] = min(low[parent], low[rule])
            if low[rule] == index[rule]:
                group: list[Rule] = []
                while True:
                    member = stack.pop()
                    on_stack.discard(member)
                    group.append(member)
                    if member is rule:
                        break
                if len(group) > 1:
                    found.append(sorted(group, key=lambda r: (r.target.order, r.kind)))
    return found


def cycle_words(cycle: list[Rule]) -> str:
    """A cycle as a sentence with the names of its fields."""
    names = "、".join(dict.fromkeys(f"{rule.target.name}（{KIND_NAMES[rule.kind]}）" for rule in cycle))
    return f"这些字段的公式互相依赖，成了循环：{names}。"


def refuse_cycles(form: Form) -> None:
    """Raise FormError that names the fields when rules depend on each other in a circle."""
    if form.plan.cycles:
        raise FormError("".join(cycle_words(cycle) for cycle in form.plan.cycles))


__all__ = [
    "CALCULATE",
    "CHOICES",
    "COUNT",
    "KIND_NAMES",
    "READONLY",
    "RELEVANT",
    "REQUIRED",
    "Plan",
    "Rule",
    "affected",
    "cycle_words",
    "make_plan",
    "reads_of",
    "refuse_cycles",
]
