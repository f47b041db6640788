"""The help as it is shipped: every topic reachable, every link leads somewhere, every screen word is on the screen."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from desktop.app.figures_explained import SUBJECTS, examples, formulas_text, rules_text
from desktop.app.help_topics import named, plain, read_topic, search, topic, topic_of_page, topics
from desktop.app.workspace import Workspace
from desktop.common.resources import data_root, resource_path
from desktop.common.version import product_version
from desktop.registry.policies import POLICIES
from desktop.registry.policy_forms import FORMS
from desktop.ui.help_html import to_html
from desktop.ui.page_list import PAGE_NAMES

ROOT = Path(__file__).parents[2]


def screen_words() -> set[str]:
    """What the window's sources show: texts and the parts of texts between values; also the steps of procedures,
    what can be imported and how findings are sorted, which the window takes from below."""
    sources = [
        *(ROOT / "desktop/ui").rglob("*.py"),
        *(ROOT / "desktop/registry").glob("*_procedure.py"),
        ROOT / "desktop/registry/distribution_steps.py",
        ROOT / "desktop/registry/column_words.py",
        ROOT / "desktop/app/exchange/importing.py",
        ROOT / "desktop/app/keeping/self_check.py",
    ]
    words: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words |= {re.sub(r"\(&\w\)", "", part).strip() for part in re.split(r"\{[^}]*\}", node.value)}
    return words


def test_every_word_in_brackets_or_bold_is_on_the_screen() -> None:
    known = screen_words()
    unknown = [
        (each.key, word)
        for each in topics()
        for word in re.findall(r"「([^」]+)」", each.text)
        if word not in known
    ]
    assert unknown == []
    bold = [(each.key, word) for each in topics() for word in re.findall(r"\*\*([^*]+)\*\*", each.text)]
    assert [(key, word) for key, word in bold if len(word) <= 12 and word not in known] == []


def test_every_link_leads_to_a_topic_or_a_page() -> None:
    keys = {each.key for each in topics()}
    made = [formula.name for _subject, formulas in SUBJECTS for formula in formulas] + ["县里的规定"]
    for each in topics():
        for target in each.links():
            kind, _, name = target.partition(":")
            name, _, place = name.partition("#")
            assert not place or place in (made if name == "figures" else topic(name).headings()), (each.key, target)  # type: ignore[union-attr]
            assert (kind == "topic" and name in keys) or (kind == "page" and name in PAGE_NAMES), (each.key, target)


def test_every_page_has_its_topic_and_every_topic_a_place() -> None:
    for page in PAGE_NAMES:
        assert topic_of_page(page) is not None, page
    named = [page for each in topics() for page in each.pages]
    assert sorted(named) == sorted(set(named)) and set(named) == set(PAGE_NAMES)
    assert len({each.key for each in topics()}) == len(topics()) >= 24
    groups = [each.group for each in topics()]
    assert all(groups)
    assert len([a for a, b in pairwise(groups) if a != b]) + 1 == len(set(groups))  # each group in one piece
    for each in topics():  # found by its own title, by initials too, and shown whole
        assert search(each.title, topics())[0].topic is each
        assert len(plain(each.text)) > 40, each.key
        assert {heading for _page, heading in each.places} <= set(each.headings()), each.key
        assert "<a href" in to_html(each.text) or not each.links()
    assert {each.content for each in topics()} == {"", "keys", "figures", "diagnosis"}


def test_nothing_in_the_text_speaks_of_fields_or_codes_or_shouts() -> None:
    for each in topics():
        words = re.sub(r"`[^`]*`|\]\([^)]*\)", "", each.text)
        assert "！" not in words and "!" not in words and "抱歉" not in words, each.key
        assert not re.search(r"[a-z]+_[a-z]+", words), each.key


def test_search_finds_by_words_initials_and_lines() -> None:
    def found(text: str) -> list[str]:
        return [hit.topic.key for hit in search(text, topics())]

    assert found("折旧")[0] == "value"
    assert "inspection" in found("zg")  # 整改
    assert found("忘记口令")[0] == "safe"
    assert "exchange" in found("冲突 县里")
    assert found("没有这样的词句") == []
    assert len(found("")) == len(topics())
    (hit,) = search("整改通知", topics())
    assert hit.topic.key == "inspection" and "整改通知" in hit.line
    assert "distribution" in [t.key for t in named("fp", topics())]
    assert named("", topics()) == [] and named("没有这样的词", topics()) == []
    more = search("工作量", topics(), {"figures": "可提折旧×已完成的工作量"})
    assert [h.topic.key for h in more] == ["figures"]


def test_a_broken_head_is_refused() -> None:
    with pytest.raises(ValueError, match="title"):
        read_topic("01-x", "没有标题\n")
    with pytest.raises(ValueError, match="head"):
        read_topic("01-x", "# 题\n别的：什么\n\n文\n")


def test_figures_are_told_by_the_program(demo: Workspace) -> None:
    text = f"{formulas_text()}\n{rules_text(demo)}"
    for key, form in FORMS.items():
        assert f"### {form.title}\n" in text, key
        assert form.source in text
    assert set(FORMS) == set(POLICIES)
    names = [formula.name for _subject, formulas in SUBJECTS for formula in formulas]
    assert len(names) == len(set(names)) and set(examples()) <= set(names)
    for _subject, formulas in SUBJECTS:
        assert formulas
        for formula in formulas:
            assert formula.how in text and formula.source and "DOMAIN" not in formula.source
    assert "33.34、33.33、33.33" in text  # computed by the splitting itself
    assert "净值 108,000.00 元" in text
    from desktop.app.county.configuring import set_setting

    set_setting(demo, "decision.attend_share", "3/4")
    changed = rules_text(demo)
    assert "现在：达到应到人数的 3/4（" in changed and "默认：达到应到人数的 2/3" in changed


def test_the_files_are_where_wheel_and_bundle_take_them() -> None:
    folder = resource_path("help")
    assert folder == data_root() / "resources" / "help"
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'resources = "desktop/_data/resources"' in project
    assert {file.suffix for file in folder.iterdir()} == {".md"}
    news = topic("news")
    assert news is not None and news.headings()[0] == product_version()  # a new version says what it brings
