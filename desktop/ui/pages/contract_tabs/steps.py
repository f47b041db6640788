"""办理 of a contract: what may come next and what bars it, and the way it went."""

from __future__ import annotations

from desktop.ui.pages.case_pane import StepsTab


class ContractStepsTab(StepsTab):
    """The facts stand in 内容, so that here are only the steps."""
