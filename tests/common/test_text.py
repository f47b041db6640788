"""Text, names and shares as typed."""

from fractions import Fraction

import pytest

from desktop.common.errors import FileDamaged
from desktop.common.names import looks_like_person, normalise_name, unreadable
from desktop.common.shares import adds_to_one, holders, parse_share
from desktop.common.text import clean, compact, decode, is_placeholder, map_private, narrow


def test_clean_touches_only_what_is_invisible() -> None:
    assert clean("\u3000梁家村 ") == "梁家村"
    assert clean("豪山村\n水稻育秧大棚") == "豪山村水稻育秧大棚"
    assert clean("ab\ncd") == "ab cd"
    assert clean("岭头 村山塘加固") == "岭头 村山塘加固"
    assert compact("岭头 村山塘加固\u00a0") == "岭头村山塘加固"
    assert clean("\ue863") == "䶮"
    assert narrow("６０．０３") == "60.03"


def test_placeholders_are_no_answers_and_zero_is_one() -> None:
    assert all(map(is_placeholder, ("/", "—", "无", "／")))
    assert not is_placeholder("0")


def test_encodings() -> None:
    text = "蓢头村,䶮"
    assert decode(text.encode()) == (text, "utf-8")
    assert decode(text.encode("utf-8-sig")) == (text, "utf-8-sig")
    assert decode(text.encode("gb18030")) == (text, "gb18030")
    assert decode("蓢头村".encode("gbk"))[0] == "蓢头村"
    assert decode(text.encode("utf-16"))[0] == text
    assert map_private(b"\xfe\x59".decode("gb18030")) == "龴"
    with pytest.raises(FileDamaged):
        decode(b"\x00\x01\x02")
    with pytest.raises(FileDamaged):
        decode(b"\xff\xff\xff\xff\xff")


def test_names() -> None:
    assert normalise_name(" 陈 样 ") == ("陈样", ("trimmed", "inner_blank"))
    assert normalise_name("阿依•样例") == ("阿依·样例", ("separator",))
    assert normalise_name("\ue863例") == ("䶮例", ("private_use",))
    assert unreadable("陈?例") == ["?"]
    assert not unreadable("㛃例𬭊")
    assert looks_like_person("莫例珍")
    assert not looks_like_person("江门市虚拟农业有限公司")


def test_shares_are_exact() -> None:
    assert parse_share("50%") == Fraction(1, 2)
    assert parse_share("三分之一") == Fraction(1, 3)
    assert parse_share("六成") == Fraction(3, 5)
    assert holders("镇政府60%、村经联社40%") == [("镇政府", Fraction(3, 5)), ("村经联社", Fraction(2, 5))]
    assert adds_to_one([Fraction(1, 3)] * 3)
    for text in ("镇政府/村委会共有", "甲50%、乙40%"):
        with pytest.raises(ValueError, match="share"):
            holders(text)
