"""Every procedure of the register, by the table of its cases."""

from __future__ import annotations

from desktop.registry.notice_procedure import NOTICE
from desktop.registry.procedure import Procedure

_ALL: tuple[Procedure, ...] = (NOTICE,)

PROCEDURES: dict[str, Procedure] = {p.table: p for p in _ALL}
