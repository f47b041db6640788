"""Lines never exceed their width, never lose a character, and do not begin with a closing mark."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.reports.fonts import DocumentFonts, Style
from desktop.reports.text_wrap import break_lines

FACE = DocumentFonts().face(Style.SERIF)
TEXTS = st.text(alphabet="村道路水电（）〔〕《》，。、；：“”12345.%-/ AbcXYZ\n", max_size=60)


@given(TEXTS, st.integers(min_value=1_000, max_value=12_000))
def test_no_character_is_lost_and_no_line_too_wide(text: str, limit: int) -> None:
    lines = break_lines(FACE, text, limit)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert FACE.width(line.rstrip()) <= limit or len(line) == 1


def test_closing_marks_do_not_begin_a_line() -> None:
    lines = break_lines(FACE, "仿溪镇虚岭村，拟塘村（一期），试田村。", 6_000)
    assert lines == ["仿溪镇虚岭", "村，拟塘村", "（一期），试", "田村。"]


def test_numbers_and_words_stay_whole() -> None:
    assert break_lines(FACE, "共有份额 493/643，镇 150/643", 5_000) == ["共有份额", "493/643，", "镇 150/643"]


def test_a_word_wider_than_the_line_is_broken_without_loss() -> None:
    lines = break_lines(FACE, "SSJY-2021-000123456789，", 3_000)
    assert "".join(lines) == "SSJY-2021-000123456789，"
    assert not lines[-1].startswith("，")


def test_line_feeds_break_and_blank_lines_go() -> None:
    assert break_lines(FACE, "一\n\n二 ", 9_000) == ["一", "二"]
    assert break_lines(FACE, "\n", 9_000) == [""]
