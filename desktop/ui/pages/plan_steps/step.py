"""What every step of the distribution wizard is: a widget that shows the case and writes through the wizard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.app.distribution.distribution_case import PlanCase
from desktop.registry.distribution_plan import PlanProblem

if TYPE_CHECKING:
    from desktop.ui.pages.distribution_wizard import PlanWizard


class PlanStep(QWidget):
    """Base of a step: override `show_case`, and `go_to_problem` and `flush` where there is something to."""

    def __init__(self, wizard: PlanWizard) -> None:
        super().__init__()
        self.wizard, self.shell, self.ws = wizard, wizard.shell, wizard.ws
        self.lines = QVBoxLayout(self)
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setSpacing(0)

    def show_case(self, case: PlanCase) -> None:
        """The case was loaded (again)."""

    def go_to_problem(self, problem: PlanProblem) -> None:
        """F8: put the cursor where a problem is."""

    def flush(self) -> None:
        """Save what was typed and not saved yet."""

    def unsaved(self) -> str:
        """What was typed and is not saved, and why, in a few words; "" when everything is."""
        return ""

    def forget(self) -> None:
        """Another plan comes: what was typed and could not be saved is given up."""

    def entered(self) -> None:
        """The step is shown now."""
