"""Village names as ledgers write them, against the shipped list."""

import pytest

from desktop.common.divisions import shipped_villages, short_name

TOWN = shipped_villages().within("440705104")


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("\u3000梁家村 ", "exact", "梁家村"),
        ("新会区双水镇梁家村委会", "variant", "梁家村"),
        ("双水镇双水村", "variant", "双水村"),
        ("朱村", "exact", "朱村"),
        ("朱村村民委员会", "variant", "朱村"),
        ("双水社区", "exact", "双水社区"),
        ("梁家村3组", "detail", "梁家村"),
        ("朗头村", "typo", "蓢头村"),
        ("毫山村", "typo", "豪山村"),
        ("桥下村", "unknown", None),
        ("", "blank", None),
    ],
)
def test_match(text: str, kind: str, name: str | None) -> None:
    match = TOWN.match(text)
    assert (match.kind, match.village.name if match.village else None) == (kind, name)


def test_a_mistyped_name_needs_a_second_witness() -> None:
    assert TOWN.match("龙口村").kind == "unknown"
    assert TOWN.match("龙口村", ("龙头村山塘加固",)).village == TOWN.match("龙头村").village
    assert TOWN.match("桥下村", ("龙头村变压器增容",)).kind == "unknown"


def test_short_names_and_names_in_texts() -> None:
    assert short_name("朱村村委会") == "朱村"
    assert short_name("双水社区居委会") == "双水社区"
    assert shipped_villages().towns_named_in(["双水镇扶贫（帮扶）项目资产管理台账"]) == ["440705104"]
    named = TOWN.named_in("双水镇双水村农村公厕")
    assert named is not None
    assert named.name == "双水村"
    assert TOWN.named_in("镇区商铺") is None
