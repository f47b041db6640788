"""Expressions: what they say, what they give, and how a wrong one is named."""

from __future__ import annotations

import io
import json

import pytest

from desktop.common.errors import FileDamaged
from desktop.survey.xpath.cases import evaluate_case, run_eval_cases
from desktop.survey.xpath.compiler import Compiler, Scope
from desktop.survey.xpath.context import Context, Environment
from desktop.survey.xpath.parser import ExpressionError, parse
from desktop.survey.xpath.syntax import Binary, Call, Literal, NameTest, Path
from desktop.survey.xpath.tree import parse_xml
from tests.survey import conformance


def value(expression: str, xml: str = "<r/>", kind: str = "any", context: str = "/") -> object:
    case = {
        "id": "1",
        "xml": xml,
        "context": context,
        "expression": expression,
        "resultType": kind,
        "tz": "Asia/Shanghai",
    }
    answer = evaluate_case(case)
    return answer.get("value", answer.get("error"))


def test_the_tree_of_an_expression() -> None:
    tree = parse("selected(../q1, 'o1') or . = 1")
    assert isinstance(tree, Binary) and tree.operator == "or"
    assert isinstance(tree.left, Call) and tree.left.arguments[1] == Literal("o1")
    assert isinstance(tree.left.arguments[0], Path) and tree.left.arguments[0].steps[1].test == NameTest("", "q1")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2 + 3 * 4 - 1", 13),
        ("5 mod 3 div 2", 1),
        ("-(-3)", 3),
        ("'12' = 12", True),
        ("'a' < 'b'", False),
        ("1 div 0", "Infinity"),
        ("number('')", "NaN"),
        ("count(//a[position() > 1])", 2),
        ("string(//a[last()])", "3"),
        ("sum(/r/a)", 6),
        ("//b/preceding-sibling::a[1]", "3"),
        ("if(//a = 3, '有', '无')", "有"),
        ("join('、', //a)", "1、2、3"),
        ("round(2.345, 2)", 2.35),
        ("substr('样例村', -1)", "村"),
        ("format-date('2024-02-29', '%Y年%n月%e日')", "2024年2月29日"),
        ("date('2024-03-01') - date('2024-02-01')", 29),
        ("selected('o1 o12', 'o2')", False),
        ("regex('360299', '[0-9]{6}')", True),
        ("digest('abc', 'MD5', 'hex')", "900150983cd24fb0d6963f7d28e17f72"),
    ],
)
def test_values(expression: str, expected: object) -> None:
    found = value(expression, "<r><a>1</a><a>2</a><a>3</a><b/></r>")
    if isinstance(found, list):
        found = found[0]["value"]
    assert found == expected


def test_whole_numbers_never_print_an_exponent() -> None:
    assert value("string(12345678901 * 100)") == "1234567890100"
    assert value("string(0.1 + 0.2)") == "0.30000000000000004"


@pytest.mark.parametrize("expression", ["", "1 +", "(1", "a[", "foo(", "1 2", "'abc", "a::b", "a//", "#"])
def test_a_wrong_expression_names_the_place(expression: str) -> None:
    with pytest.raises(ExpressionError, match="字符处"):
        parse(expression)


def test_deep_nesting_is_refused_in_words() -> None:
    with pytest.raises(ExpressionError, match="嵌套过深"):
        parse("(" * 500 + "1" + ")" * 500)


def test_an_unknown_function_fails_only_when_it_is_reached() -> None:
    assert value("if(true(), 1, nothing())") == 1
    assert "nothing" in str(value("nothing()"))


def test_entities_and_broken_xml_are_refused() -> None:
    with pytest.raises(FileDamaged, match="实体"):
        parse_xml('<!DOCTYPE r [<!ENTITY a "x">]><r>&a;</r>')
    with pytest.raises(FileDamaged, match="第 1 行"):
        parse_xml("<r><a></r>")
    with pytest.raises(FileDamaged, match="嵌套"):
        parse_xml("<r>" * 300)


def test_a_choice_filter_by_index_equals_the_scan() -> None:
    rows = "".join(f"<item><name>v{i}</name><town>t{i % 7}</town></item>" for i in range(200))
    root = parse_xml(f"<root>{rows}</root>", compact=True)
    environment = Environment(forms=True, instances={"villages": root})
    by_index = Compiler(Scope(forms=True)).nodes(parse("instance('villages')/root/item[town = 't3']"))
    by_scan = Compiler(Scope(forms=True)).nodes(parse("instance('villages')/root/item[concat(town, '') = 't3']"))
    context = Context(environment, root)
    assert by_index(context) == by_scan(context)
    assert len(by_index(context)) == 29


def test_conformance_of_recorded_expressions() -> None:
    cases = [case for case in conformance.lines("xpath_cases") if "nondeterministic" not in case["tags"]]
    target = io.StringIO()
    assert run_eval_cases((json.dumps(case) for case in cases), target) == len(cases)
    answers = [json.loads(line) for line in target.getvalue().splitlines()]
    agreeing = sum(conformance.eval_agrees(case, answer) for case, answer in zip(cases, answers, strict=True))
    assert agreeing / len(cases) >= 0.995, f"{agreeing}/{len(cases)}"
