"""A mistyped recovery code names the wrong group."""

from __future__ import annotations

import pytest

from desktop.store.recovery_code import ALPHABET, GROUPS, RecoveryCode, RecoveryCodeMistyped


def test_a_code_reads_back() -> None:
    code = RecoveryCode.generate()
    assert len(str(code)) == 44 and len(code.groups) == GROUPS
    assert RecoveryCode.parse(str(code)) == code
    assert len(code.secret) == 27


def test_typing_habits_do_not_matter() -> None:
    code = RecoveryCode.generate()
    typed = " ".join(code.groups).lower().replace("1", "l").replace("0", "o")
    wide = "".join(chr(ord(ch) + 0xFEE0) if ch.isalnum() else ch for ch in str(code))
    assert RecoveryCode.parse(typed) == RecoveryCode.parse(wide) == code


def test_every_wrong_symbol_is_found_in_its_group() -> None:
    text = str(RecoveryCode.generate())
    for at, symbol in enumerate(text):
        if symbol == "-":
            continue
        for other in ALPHABET:
            if other != symbol:
                with pytest.raises(RecoveryCodeMistyped) as caught:
                    RecoveryCode.parse(text[:at] + other + text[at + 1 :])
                assert caught.value.groups == (at // 5 + 1,)


def test_swapped_symbols_and_swapped_groups_are_found() -> None:
    for _ in range(50):
        groups = list(RecoveryCode.generate().groups)
        for n, group in enumerate(groups):
            for i in range(4):
                for j in range(i):
                    if group[i] != group[j]:
                        letters = list(group)
                        letters[i], letters[j] = letters[j], letters[i]
                        typed = [*groups[:n], "".join(letters), *groups[n + 1 :]]
                        with pytest.raises(RecoveryCodeMistyped) as caught:
                            RecoveryCode.parse("-".join(typed))
                        assert caught.value.groups == (n + 1,)
        if groups[2] != groups[5]:
            groups[2], groups[5] = groups[5], groups[2]
            with pytest.raises(RecoveryCodeMistyped) as caught:
                RecoveryCode.parse("-".join(groups))
            assert caught.value.groups == (3, 6)
            assert "第 3 组、第 6 组" in str(caught.value)


def test_a_missing_symbol_is_told() -> None:
    with pytest.raises(RecoveryCodeMistyped, match="35 个"):
        RecoveryCode.parse(str(RecoveryCode.generate())[:-1])


def test_a_code_does_not_show_itself() -> None:
    code = RecoveryCode.generate()
    assert code.groups[0] not in repr(code)
