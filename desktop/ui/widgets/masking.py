"""Numbers of people as they may stand on a screen: masked, unless a key is held."""

from __future__ import annotations

import re

from desktop.common.idnumber import mask_id

_NUMBER = re.compile(r"(?<!\d)(\d{17}[\dXx]|\d{15})(?!\d)")
_PHONE = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)")


def masked(text: str) -> str:
    """The text with every identification number (15 or 18 digits) and mobile number in it masked."""
    return _PHONE.sub(r"\1****\2", _NUMBER.sub(lambda found: mask_id(found[0]), text))


def masked_number(text: str) -> str:
    """A cell that holds one number of a person: masked also when it is no whole number as it should be."""
    hidden = masked(text)
    return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}" if hidden == text and len(text) > 7 else hidden


def masked_account(text: str) -> str:
    """A bank account with its last four digits alone."""
    return f"{'*' * max(0, len(text) - 4)}{text[-4:]}" if len(text) > 4 else text
