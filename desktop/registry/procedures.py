"""Every procedure of the register, by the table of its cases."""

from __future__ import annotations

from desktop.registry.assessment_procedure import ASSESSMENT
from desktop.registry.contract_procedure import CONTRACT
from desktop.registry.disposal_procedure import DISPOSAL
from desktop.registry.distribution_steps import DISTRIBUTION, PAYMENT
from desktop.registry.finding_procedure import COMPLAINT, FINDING
from desktop.registry.notice_procedure import NOTICE
from desktop.registry.procedure import Procedure
from desktop.registry.registration_procedure import HANDOVER, REGISTRATION

_ALL: tuple[Procedure, ...] = (
    ASSESSMENT,
    COMPLAINT,
    CONTRACT,
    DISPOSAL,
    DISTRIBUTION,
    FINDING,
    HANDOVER,
    NOTICE,
    PAYMENT,
    REGISTRATION,
)

PROCEDURES: dict[str, Procedure] = {p.table: p for p in _ALL}
