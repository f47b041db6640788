"""Every procedure of the register, by the table of its cases."""

from __future__ import annotations

from desktop.registry.distribution_steps import DISTRIBUTION, PAYMENT
from desktop.registry.notice_procedure import NOTICE
from desktop.registry.procedure import Procedure

_ALL: tuple[Procedure, ...] = (DISTRIBUTION, PAYMENT, NOTICE)

PROCEDURES: dict[str, Procedure] = {p.table: p for p in _ALL}
