"""数据导入 step 4, what it does: the preview, one unit of work with progress, and taking an import back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.app.exchange import import_review as review_words
from desktop.app.exchange import importing
from desktop.app.exchange.import_review import Outcome
from desktop.app.workspace import Workspace
from desktop.common.errors import Cancelled
from desktop.exchange.workbook.plan import ImportPlan
from desktop.registry import codelists
from desktop.store.unit_of_work import Committed
from desktop.ui.dialogs.message import confirm
from desktop.ui.pages.page import Shell

if TYPE_CHECKING:
    from desktop.ui.pages.import_page import ImportPage


class ImportWriting(QObject):
    """`ImportWriting(page, shell, ws)`: `unit` is what was just written ("" before), `before` an earlier import."""

    def __init__(self, page: ImportPage, shell: Shell, ws: Workspace) -> None:
        super().__init__(page)
        self._page, self._shell, self._ws = page, shell, ws
        self.unit = ""
        self.before = ""
        self.asked = False
        """Whether it is known that the file was, or was not, imported before: nothing is written until it is."""

    def forget(self) -> None:
        """Another file."""
        self.unit, self.before = "", ""

    def preview(self, plan: ImportPlan) -> None:
        """What would be written, and whether this file was imported before."""
        ws, step = self._ws, self._page.write
        categories = {item.code: item.name for item in codelists.items("asset_category")}
        step.preview(
            review_words.outcome_of(plan), review_words.preview_lines(plan, categories), review_words.left_out(plan)
        )
        self._asked_before(None)
        self.asked = False
        self._page.tell()
        self._shell.gates.read(
            lambda _w: importing.imported_before(ws, plan), self._asked_before, owner=self, key=f"before-{id(self)}",
            title=self.tr("核对"),
        )  # fmt: skip

    def _asked_before(self, unit: str | None) -> None:
        self.before, self.asked = unit or "", True
        self._page.write.warn_imported(bool(unit))
        self._page.tell()
        self._page.ready_to_write()

    # -- writing -----------------------------------------------------------------------------------------------

    def commit(self, plan: ImportPlan) -> None:
        """Write the plan in one unit of work, after a question when the file was imported before."""
        ws = self._ws
        if self.unit or not self.asked:
            return
        outcome = review_words.outcome_of(plan)
        if self.before and not confirm(
            self.tr("这个文件导入过了"),
            self.tr("再写一遍，{what}会登记两次。写入后可以整批撤回。").format(what=outcome.words),
            self.tr("再写一遍"),
            self.tr("先不写"),
            danger=True,
            parent=self._page,
        ):
            return
        task = self._shell.gates.write(
            lambda work: importing.commit_import(ws, plan, lambda done, total: work.progress(done, total)),
            lambda committed: self._written(committed, outcome),
            owner=self,
            title=self.tr("写入 {what}").format(what=outcome.words),
            fail=self._not_written,
        )
        self._page.writing_began(task)

    def _written(self, committed: Committed, outcome: Outcome) -> None:
        self.unit = committed.unit_id
        where = self.tr("住户") if outcome.kind == "roster" else self.tr("资产台账")
        self._page.write.show_written(outcome, where)
        self._page.writing_ended(written=True)

    def _not_written(self, error: BaseException) -> None:
        self._page.writing_ended(written=False)
        if isinstance(error, Cancelled):
            self._shell.toast(self.tr("已停下，什么都没有写入"))
        else:
            self._shell.show_error(error, self.tr("写入"))

    # -- taking back -------------------------------------------------------------------------------------------

    def take_back(self) -> None:
        """What was just written; asked first when later changes rest on it."""
        if self.unit:
            self._take_back(self.unit, self._page.write.show_undone)

    def take_back_before(self) -> None:
        """The earlier import of this file."""
        if self.before:
            self._take_back(self.before, lambda: self._asked_before(None))

    def _take_back(self, unit: str, done: Callable[[], object]) -> None:
        ws = self._ws
        self._shell.gates.read(
            lambda _w: importing.built_on_import(ws, unit),
            lambda later: self._confirm(unit, later, done),
            owner=self,
            key=f"built-{id(self)}",
            title=self.tr("撤回导入"),
        )

    def _confirm(self, unit: str, later: int, done: Callable[[], object]) -> None:
        ws = self._ws
        if later and not confirm(
            self.tr("撤回这次导入"),
            self.tr("导入之后又有 {n} 处修改写在这批记录上，也会跟着看不到；都留在变更记录里。").format(n=later),
            self.tr("撤回"),
            self.tr("先不撤"),
            danger=True,
            parent=self._page,
        ):
            return

        def undone(_committed: Committed) -> None:
            own = unit == self.unit
            if own:
                self.unit = ""
            done()
            self._page.taken_back(own=own)
            self._shell.toast(self.tr("已撤回"))

        task = self._shell.gates.write(
            lambda _w: importing.take_back(ws, unit), undone, owner=self, title=self.tr("撤回导入")
        )
        self._shell.show_task(task)
