"""How a stored value is read: by the words of its code list, of its column, or of the procedure of its case."""

from __future__ import annotations

from desktop.registry.codelists import LIST_OF_COLUMN, SEVERAL, word
from desktop.registry.column_words import WORDS_OF_COLUMN
from desktop.registry.procedures import PROCEDURES


def words(table: str, column: str, value: object) -> str:
    """A stored value as it is shown: codes by their words, several joined by 、; other values unchanged."""
    if value is None:
        return ""
    list_name = LIST_OF_COLUMN.get((table, column))
    if list_name is None:
        own = WORDS_OF_COLUMN.get((table, column))
        if own is not None:
            return own.get(str(value), str(value))
        return _state_word(table, str(value)) if column == "state" else str(value)
    if (table, column) in SEVERAL:
        return "、".join(word(list_name, part) for part in str(value).split(","))
    return word(list_name, str(value))


def _state_word(table: str, state: str) -> str:
    """A state by the word its procedure gives it."""
    procedure = PROCEDURES.get(table)
    return state if procedure is None else procedure.states.get(state, state)
