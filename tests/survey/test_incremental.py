"""After any answers, rows added and removed, the state equals the one computed anew from all answers."""

from __future__ import annotations

import random
import re
import tarfile
from pathlib import Path

import pytest

from desktop.common.errors import XiangceError
from desktop.survey.session import drafts
from desktop.survey.session.navigation import NEW_REPEAT, QUESTION, REPEAT, Navigator
from desktop.survey.session.session import AnswerRefused, Session
from desktop.survey.xform.dependencies import CALCULATE
from desktop.survey.xform.loader import load_form
from desktop.survey.xform.model import Form
from tests.survey import conformance

TEXTS = ("", "1", "5", "17", "18", "40", "yes", "样例", "2001-02-03")
# a choice name is read again only when the answer changes (JavaRosa), so it may lag behind outputs in labels
VOLATILE = re.compile(r"random|now\(|once\(|today\(|timestamp|jr:choice-name")
UNIQUE = "concat('uuid:', uuid())"


def state(session: Session) -> dict[str, tuple[str, bool, bool, bool]]:
    """Everything a screen depends on, identifiers aside."""
    return {
        node.path(): (node.text, node.relevant, node.readonly, node.required)
        for node in session.root.subtree()
        if "uuid:" not in node.text
    }


def wander(session: Session, chance: random.Random, steps: int) -> None:
    """Answer, add and remove at random; computed fields are left alone."""
    computed = {rule.target for rule in session.form.plan.rules if rule.kind == CALCULATE}
    for _ in range(steps):
        stops = Navigator(session).stops()
        if not stops:
            return
        stop = chance.choice(stops)
        try:
            if stop.event == NEW_REPEAT:
                session.add_repeat(stop.path)
            elif stop.event == REPEAT and stop.node is not None and chance.random() < 0.4:
                session.remove_repeat(stop.node)
            elif stop.event == QUESTION and stop.node is not None and stop.node.definition not in computed:
                offered = session.view(stop.node).choices
                session.answer(stop.node, chance.choice(offered).value if offered else chance.choice(TEXTS))
        except AnswerRefused:
            continue


def steady_forms(folder: Path) -> list[Form]:
    """The forms whose values depend on answers alone."""
    found: list[Form] = []
    for path in sorted(folder.glob("*.xml")):
        source = path.read_text(encoding="utf-8")
        if (
            VOLATILE.search(source.partition("</model>")[0])
            or "uuid(" in source.replace(UNIQUE, "")
            or len(source) > 300_000
        ):
            continue
        try:
            form = load_form(source)
        except XiangceError:
            continue
        if not form.plan.cycles:
            found.append(form)
    return found


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> list[Form]:
    folder = tmp_path_factory.mktemp("forms")
    with tarfile.open(conformance.archive("xforms.tar.xz")) as archive:
        archive.extractall(folder, filter="data")
    return steady_forms(folder / "xforms")


def test_the_state_never_goes_stale(forms: list[Form]) -> None:
    assert len(forms) > 150
    for form in forms:
        session = Session(form)
        wander(session, random.Random(7), 25)
        before = state(session)
        session.engine.queue_all(session.root)
        session.engine.run()
        assert state(session) == before, form.title


def test_a_draft_restores_the_same_state(forms: list[Form]) -> None:
    for form in forms[::3]:
        session = Session(form)
        wander(session, random.Random(11), 25)
        again, lost = drafts.restore(form, drafts.save(session))
        assert lost == []
        assert state(again) == state(session), form.title
