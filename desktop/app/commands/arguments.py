"""The command line as people write it: `print REGISTER assets`, `config REGISTER get`, `--scope CODE CODE`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

SEVERAL = ("--scope", "--sheet", "--to", "--where")
"""Options that take one or more values up to the next option."""


def arranged(arguments: Sequence[str], groups: Mapping[str, Collection[str]]) -> list[str]:
    """The same command line in the form the parser reads.

    `groups` names the kinds of each group of commands; a kind that stands behind the register is moved before it.
    """
    out = list(arguments)
    kinds = groups.get(out[0], ()) if out else ()
    unknown_kind = len(out) > 2 and out[0] == "print" and not out[2].startswith("-")  # then it is named, not the place
    if len(out) > 2 and out[1] not in kinds and (out[2] in kinds or unknown_kind):
        out[1], out[2] = out[2], out[1]
    # `set … --where A=1 B=2` sets B where A is 1: what follows the condition is the change
    return _repeated(out, tuple(o for o in SEVERAL if out[:1] != ["set"] or o != "--where"))


def _repeated(arguments: list[str], several: Sequence[str]) -> list[str]:
    """`--scope A B` becomes `--scope A --scope B`."""
    out: list[str] = []
    option = ""
    values = 0
    for argument in arguments:
        if argument.startswith("-"):
            option, values = (argument, 0) if argument in several else ("", 0)
        elif option:
            values += 1
            if values > 1:
                out.append(option)
        out.append(argument)
    return out
