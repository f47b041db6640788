"""What an expression sees while it runs: the node, its place in a set, the session around it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from desktop.survey.xpath.moments import Moment, to_ms
from desktop.survey.xpath.parser import ExpressionError
from desktop.survey.xpath.tree import Node


def _system_now() -> int:
    return to_ms(datetime.now(UTC))


@dataclass
class Environment:
    """The world of one evaluation: clock, zone, other instances, texts, device properties.

    `forms` switches JavaRosa's reading of nodes on: an empty node-set is the empty string, a node's truth is that
    of its value, `sum` leaves out what is no number.
    """

    zone: tzinfo = UTC
    forms: bool = False
    root: Node | None = None
    clock: Callable[[], int] = _system_now
    instances: dict[str, Node] = field(default_factory=dict)
    itext: Callable[[str, Context], list[Node] | str] | None = None
    choice_name: Callable[[str, str, Context], str] | None = None
    properties: dict[str, str] = field(default_factory=dict)
    version: str = ""
    namespaces: dict[str, str] = field(default_factory=dict)
    random: random.Random = field(default_factory=random.Random)
    indexes: dict[Any, Any] = field(default_factory=dict)

    def now(self) -> Moment:
        """The present instant in the session's zone."""
        return Moment(self.clock(), self.zone)

    def instance(self, name: str) -> list[Node]:
        """The element that `instance('name')` stands for. Raises ExpressionError when there is none."""
        node = self.instances.get(name)
        if node is None:
            raise ExpressionError(f"没有名为“{name}”的附表或清单。")
        return [node]


class Context:
    """Where an expression is evaluated: context node, position and size, and the node `current()` means."""

    __slots__ = ("current", "env", "node", "position", "size")

    def __init__(
        self, env: Environment, node: Node, current: Node | None = None, position: int = 1, size: int = 1
    ) -> None:
        self.env = env
        self.node = node
        self.current = node if current is None else current
        self.position = position
        self.size = size


Closure = Callable[[Context], Any]
