"""Pages as pictures and text, in memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from desktop.reports.preview import Preview
from desktop.reports.recovery_card import RecoveryCard, recovery_card_pdf
from tests.reports.register_samples import MOMENT

CARD = recovery_card_pdf(RecoveryCard(("ABCD",) * 9, "𬭊镇", made_at=MOMENT))


def test_scale_and_colours() -> None:
    with Preview(CARD) as preview:
        assert preview.page_count == 1
        small, large = preview.render(0, 0.5), preview.render(0, 1.37)
    assert (small.width, small.height) == (298, 421)
    assert len(large.rgba) == large.width * large.height * 4
    assert small.rgba[:4] == b"\xff\xff\xff\xff"
    assert min(large.rgba) < 20


def test_text_holds_characters_of_all_planes() -> None:
    with Preview(CARD) as preview:
        assert "𬭊镇" in preview.text(0)


def test_threads_take_turns() -> None:
    with Preview(CARD) as preview, ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(lambda _: preview.render(0, 0.3).rgba, range(12)))
    assert len(set(pictures)) == 1


def test_other_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="PDF"):
        Preview(b"no pdf at all")
