"""The recovery card shows the code as it must be copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.reports.fonts import GlyphMissing
from desktop.reports.recovery_card import RecoveryCard, print_recovery_card, recovery_card_pdf
from desktop.store.recovery_code import RecoveryCode
from tests.reports.register_samples import MOMENT, page_texts


def test_the_printed_groups_read_back_as_the_code(tmp_path: Path) -> None:
    code = RecoveryCode.generate()
    card = RecoveryCard(code.groups, "样例县仿溪镇 · 仿溪 03 号机 · 2026-11-24", made_at=MOMENT)
    print_recovery_card(card, tmp_path / "恢复卡.pdf")
    (page,) = page_texts(tmp_path / "恢复卡.pdf")
    squeezed = page.replace(" ", "").replace("\n", "")
    at = 0
    for number, group in enumerate(code.groups, start=1):
        at = squeezed.index(f"{number}{group}", at)
    assert "样例县仿溪镇 · 仿溪 03 号机 · 2026-11-24" in page
    for word in ("恢复卡", "锁进单位档案柜", "保管人", "存放处"):
        assert word in page


def test_the_card_is_the_same_each_time_and_refuses_what_it_cannot_print(tmp_path: Path) -> None:
    card = RecoveryCard(("ABCD",) * 9, "甲镇", made_at=MOMENT)
    assert recovery_card_pdf(card) == recovery_card_pdf(card)
    with pytest.raises(GlyphMissing, match="恢复卡"):
        print_recovery_card(RecoveryCard(("ABCD",) * 9, "\ue815镇"), tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []
