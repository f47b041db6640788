"""The function library: XPath 1.0 core, OpenRosa, ODK. Importing this package registers all of them."""

from desktop.survey.xpath.functions import choices, dates, geo, nodes, numbers, special, strings
from desktop.survey.xpath.functions.registry import call_problem, compile_call, known_functions

__all__ = [
    "call_problem",
    "choices",
    "compile_call",
    "dates",
    "geo",
    "known_functions",
    "nodes",
    "numbers",
    "special",
    "strings",
]
