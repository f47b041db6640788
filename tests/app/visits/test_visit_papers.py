"""A finished visit on paper and blank forms, from the window's services and from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from desktop.app.papers.household_paper import print_household
from desktop.app.records.household_records import income_of
from desktop.app.visits import surveying
from desktop.app.visits.visit_papers import print_blank_form, print_visit
from desktop.common.errors import NotAllowed, UsageError
from desktop.common.money import format_yuan
from tests.app.conftest import Said
from tests.app.visits.surveys import FAMILY, MEMBERS, add_family, fill, make_register
from tests.survey.form_filling import identity


def text_of(path: Path) -> str:
    return "".join("".join(p.get_textpage().get_text_range().split()) for p in pypdfium2.PdfDocument(path))


def test_a_finished_visit_is_printed_with_numbers_masked(tmp_path: Path) -> None:
    with make_register(tmp_path / "册") as ws:
        household, _ = add_family(ws)
        visit = surveying.begin_visit(ws, "household_visit", "household", household)
        fill(visit, {**FAMILY, "member": MEMBERS})
        done = surveying.finish_visit(ws, visit)
        assert done.done, done.violations
        print_visit(ws, done.visit_id, tmp_path / "visit.pdf")
        text = text_of(tmp_path / "visit.pdf")
        assert "农户入户调查表" in text and "样大" in text and "拟三" in text and "长期慢性病" in text
        assert identity("19750312", "1") not in text and "440705104201" not in text
        with ws.register.reading() as sql:
            assert sql.rows("SELECT what,with_id FROM plain_export") == [("print visit-form", 0)]
        print_visit(ws, done.visit_id, tmp_path / "whole.pdf", with_id=True, purpose="存档")
        assert identity("19750312", "1") in text_of(tmp_path / "whole.pdf")
        ws.register.role = "surveyor"
        with pytest.raises(NotAllowed):
            print_visit(ws, done.visit_id, tmp_path / "no.pdf", with_id=True)
        with pytest.raises(UsageError, match="没有调查表"):
            print_blank_form(ws, "nothing", tmp_path / "no.pdf")
        assert not (tmp_path / "no.pdf").exists()


def test_a_household_dossier_holds_what_the_visit_left(tmp_path: Path) -> None:
    with make_register(tmp_path / "册") as ws:
        household, _ = add_family(ws)
        visit = surveying.begin_visit(ws, "household_visit", "household", household)
        fill(visit, {**FAMILY, "member": MEMBERS})
        assert surveying.finish_visit(ws, visit).done
        assert print_household(ws, household, tmp_path / "户.pdf") >= 1
        text = text_of(tmp_path / "户.pdf")
        for words in ("一户一档", "样大", "仿二", "合计4人", "家庭纯收入", "住房安全", "农户入户调查表"):
            assert words in text, words
        income = income_of(ws, household)[0]
        assert format_yuan(income.figures.net_income or 0) in text
        assert identity("19750312", "1") not in text and "10012345678" not in text
        print_household(ws, household, tmp_path / "全.pdf", with_id=True, purpose="核对")
        assert identity("19750312", "1") in text_of(tmp_path / "全.pdf")
        with pytest.raises(UsageError):
            print_household(ws, "0" * 32, tmp_path / "无.pdf")


def test_blank_forms_from_the_command_line(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", "440705104", "--level", "town", "--user", "镇样例")
    said = xiangce("print", place, "visit-form", "asset_check", "-o", tmp_path / "blank.pdf", "--copies", 2)
    assert "页" in said.out
    text = text_of(tmp_path / "blank.pdf")
    assert text.count("双水镇人民政府") == 2 and "资产状态" in text
    assert "请写调查表" in xiangce("print", place, "visit-form", "-o", tmp_path / "x.pdf", code=2).err
