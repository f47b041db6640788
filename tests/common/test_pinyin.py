"""Pinyin for search: surnames read as surnames, places as places, nothing lost for rare characters."""

import pytest

from desktop.common.pinyin import full, initials


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("区样例", "ouyangli"),
        ("单试", "shanshi"),
        ("仇虚", "qiuxu"),
        ("曾样仿", "zengyangfang"),
        ("朴例", "piaoli"),
        ("尉迟样例", "yuchiyangli"),
        ("䶮例", "yanli"),
        ("吕绿", "lvlv"),
        ("会城街道", "huichengjiedao"),
        ("区村", "qucun"),
        ("长沙涌", "changshachong"),
        ("单轨运输道路工程", "danguiyunshudaolugongcheng"),
    ],
)
def test_full_reading(name: str, reading: str) -> None:
    assert full(name) == reading


def test_initials_keep_digits_and_letters_and_drop_marks() -> None:
    assert initials("江联村（2）号A棚") == "jlc2hap"
    assert initials("２Ｂ㛃𬭊") == "2bjd"
    assert initials("") == ""
    assert initials("·！（") == ""
