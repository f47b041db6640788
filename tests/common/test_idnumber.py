"""GB 11643 numbers: the vectors of DOMAIN §2.3.1, on county codes that were never given out."""

import pytest

from desktop.common.idnumber import birth_date, check_digit, check_id_number, lost_precision, mask_id, sex, to_18
from desktop.common.uscc import is_uscc, normalise_uscc, uscc_check


@pytest.mark.parametrize(
    ("typed", "text", "problem"),
    [
        ("44079919900101001X", "44079919900101001X", None),
        ("44079919900101001x", "44079919900101001X", None),
        ("440799199001010028", "440799199001010028", None),
        ("440799199001010010", "440799199001010010", "check_digit"),
        (" ４４０７９９１９９００１０１００２８ ", "440799199001010028", None),
        ("'440799-19900101-0028", "440799199001010028", None),
        ("4407991990010100", "4407991990010100", "length"),
        ("440799199013010028", "440799199013010028", "date"),
        ("", "", "blank"),
        ("999999999999999999", "999999999999999999", "placeholder"),
    ],
)
def test_check(typed: str, text: str, problem: str | None) -> None:
    check = check_id_number(typed)
    assert (check.text, check.problem) == (text, problem)


def test_fifteen_digits_and_letters_are_proposals() -> None:
    assert to_18("360299550315118") == "360299195503151183"
    assert check_id_number("360299550315118").proposed == "360299195503151183"
    check = check_id_number("44O7991990O1010028")
    assert (check.problem, check.proposed) == ("letters", "440799199001010028")


def test_what_a_number_says() -> None:
    assert check_digit("36029920000229003") == "1"
    assert birth_date("360299200002290031").isoformat() == "2000-02-29"
    assert sex("440799199001010028") == "2"
    assert sex("44079919900101001X") == "1"
    assert mask_id("440799199001010028") == "440799********0028"
    assert mask_id("123") == "***"


def test_a_spreadsheet_number_has_lost_its_digits() -> None:
    assert lost_precision(3.6029919530414e17)
    assert not lost_precision("360299195304140027")
    assert not lost_precision(360299.0)


def test_uscc() -> None:
    code = "91350100M000100Y43"
    assert uscc_check(code[:17]) == code[17]
    assert is_uscc(normalise_uscc(" 91350100m000100y43"))
    assert not is_uscc("91350100M000100Y44")
    assert not is_uscc("91350100I000100Y43")
