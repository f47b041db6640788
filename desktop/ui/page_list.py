"""The pages of the window: which exist, which right they need, how each is made. A new page is one line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSettings

from desktop.app.annual.assessing import places_of
from desktop.app.rights import Right
from desktop.app.workspace import Workspace
from desktop.ui.pages.asset import AssetPage
from desktop.ui.pages.asset_overview import AssetOverviewPage
from desktop.ui.pages.check import CheckPage
from desktop.ui.pages.contract import ContractPage
from desktop.ui.pages.decision import DecisionPage
from desktop.ui.pages.disposal import DisposalPage
from desktop.ui.pages.distribution import DistributionPage
from desktop.ui.pages.exchange import ExchangePage
from desktop.ui.pages.help import HelpPage
from desktop.ui.pages.history import HistoryPage
from desktop.ui.pages.home import HomePage
from desktop.ui.pages.household import HouseholdPage
from desktop.ui.pages.import_page import ImportPage
from desktop.ui.pages.inspection import InspectionPage
from desktop.ui.pages.notice import NoticePage
from desktop.ui.pages.page import Page, PageSpec, Shell
from desktop.ui.pages.print_preview import PrintPage
from desktop.ui.pages.project import ProjectPage
from desktop.ui.pages.settings import SettingsPage
from desktop.ui.pages.survey import SurveyPage
from desktop.ui.pages.total_ledger import TotalLedgerPage
from desktop.ui.widgets.editors import PLACES


@dataclass(frozen=True)
class Surroundings:
    """What pages are made from: the register, its villages (name by code), the machine's plain settings."""

    ws: Workspace
    villages: Sequence[tuple[str, str]]
    kept: QSettings


Make = Callable[[Shell, Surroundings], Page]

_PAGES: tuple[tuple[str, Right | None, Make, bool], ...] = (
    ("home", None, lambda shell, s: HomePage(shell, s.ws), False),
    ("household", None, lambda shell, s: HouseholdPage(shell, s.ws, s.villages), False),
    ("survey", "edit-people", lambda shell, s: SurveyPage(shell, s.ws, s.villages), False),
    ("asset", None, lambda shell, s: AssetPage(shell, s.ws, s.villages), False),
    ("distribution", None, lambda shell, s: DistributionPage(shell, s.ws, s.villages), False),
    ("disposal", None, lambda shell, s: DisposalPage(shell, s.ws, s.villages), False),
    ("inspection", None, lambda shell, s: InspectionPage(shell, s.ws, s.villages), False),
    ("notice", None, lambda shell, s: NoticePage(shell, s.ws, s.villages), False),
    ("books", None, lambda shell, s: AssetOverviewPage(shell, s.ws, s.villages), False),
    ("ledger", None, lambda shell, s: TotalLedgerPage(shell, s.ws, s.villages), False),
    ("contract", None, lambda shell, s: ContractPage(shell, s.ws, s.villages), False),
    ("project", None, lambda shell, s: ProjectPage(shell, s.ws, s.villages), False),
    ("decision", None, lambda shell, s: DecisionPage(shell, s.ws, s.villages), False),
    ("import", "import", lambda shell, s: ImportPage(shell, s.ws), False),
    ("exchange", "exchange", lambda shell, s: ExchangePage(shell, s.ws, s.villages), False),
    ("print", "print", lambda shell, s: PrintPage(shell, s.ws, s.villages), True),
    ("history", None, lambda shell, s: HistoryPage(shell, s.ws), False),
    ("check", None, lambda shell, s: CheckPage(shell, s.ws), False),
    ("settings", None, lambda shell, s: SettingsPage(shell, s.ws, s.kept), False),
    ("help", None, lambda shell, s: HelpPage(shell, s.ws), False),
)
"""Name in the navigation, right it needs (None: every role), how it is made, whether it folds the navigation.

A page that only links lead to (history, check) stands in no group of the navigation.
"""
PAGE_NAMES = frozenset(name for name, *_ in _PAGES)
"""Every page there is, whatever the role."""


def page_specs(surroundings: Surroundings) -> list[PageSpec]:
    """The pages that exist and that the role may use, in the order of the navigation."""
    may = surroundings.ws.may
    PLACES.clear()
    PLACES.update((code, name) for name, code in places_of(surroundings.ws))

    def spec(name: str, make: Make, rail: bool) -> PageSpec:
        return PageSpec(name, lambda shell: make(shell, surroundings), rail=rail)

    return [spec(name, make, rail) for name, right, make, rail in _PAGES if right is None or may(right)]
