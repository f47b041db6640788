"""`xiangce form trace`: replays recorded fillings, one JSON line in, one out, in the shapes of two engines.

JavaRosa's shape: {form, seed, clock, tz, steps}. Scenario's shape: {form_xml, attachments, steps}. The answer is
the same line with our `changes`, `removed`, `result`, `choices` and what else a step asks for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from desktop.common.errors import XiangceError
from desktop.survey.session import answers
from desktop.survey.session import choices as choice_module
from desktop.survey.session.navigation import END, NEW_REPEAT, QUESTION, Navigator
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import Options, Session
from desktop.survey.trace_scenario import replay_scenario
from desktop.survey.xform.loader import load_form
from desktop.survey.xform.model import Form
from desktop.survey.xpath.moments import to_ms

Snapshot = dict[str, tuple[str, bool, bool, bool]]


def run_trace_cases(source: Iterable[str], target: IO[str], forms: Path) -> int:
    """Replay every case of `source`; forms named in them lie in `forms`. Returns how many there were."""
    texts: dict[str, str] = {}
    count = 0
    for line in source:
        if not line.strip():
            continue
        case = json.loads(line)
        try:
            if "form_xml" in case:
                answer = replay_scenario(case)
            else:
                name = Path(case["form"]).name
                if name not in texts:
                    texts[name] = (forms / name).read_text(encoding="utf-8")
                answer = replay_javarosa(case, texts[name])
        except (XiangceError, OSError, RecursionError) as error:
            answer = {**{key: value for key, value in case.items() if key != "steps"}, "error": str(error)}
        target.write(json.dumps(answer, ensure_ascii=False) + "\n")
        count += 1
    return count


def fixed_clock(text: str | None) -> Callable[[], int] | None:
    """A clock that stands still at an ISO time, None when none is given."""
    if not text:
        return None
    shortened = text[:26] + text[29:] if len(text) > 32 and text[19:20] == "." else text
    moment = to_ms(datetime.fromisoformat(shortened))
    return lambda: moment


def replay_javarosa(case: dict[str, Any], xml: str) -> dict[str, Any]:
    """Replay one JavaRosa trace. Refused answers are not stored, and counted repeats appear as the walk reaches
    them, both as there; else the later steps could not be compared."""
    form = load_form(xml, with_metadata=False)
    options = Options(
        zone=ZoneInfo(case.get("tz") or "UTC"),
        clock=fixed_clock(case.get("clock")),
        lazy_counts=True,
        properties=_STUB_PROPERTIES,
        locate=lambda: "no client implementation",
    )
    session = Session(form, options)
    session.engine.lazy_choices = True
    session.engine.shallow_rows = True
    navigator = Navigator(session)
    before: Snapshot = {}
    steps: list[dict[str, Any]] = []
    for given in case["steps"]:
        step = {key: given[key] for key in ("op", "ref", "value") if key in given}
        if given["op"] == "answer":
            _walk_to(navigator, given["ref"], QUESTION)
            _answer(session, step)
        elif given["op"] == "add_repeat":
            _walk_to(navigator, given["ref"], NEW_REPEAT)
            _add(session, navigator, step)
        after = snapshot(session)
        step["changes"] = {
            path: {"v": state[0], "rel": state[1], "req": state[2], "ro": state[3]}
            for path, state in after.items()
            if before.get(path) != state
        }
        step["removed"] = [path for path in before if path not in after]
        before = after
        steps.append(step)
    answer = {key: value for key, value in case.items() if key not in ("steps", "final_validate")}
    return {**answer, "steps": steps, "final_validate": _validate(session, navigator)}


def _validate(session: Session, navigator: Navigator) -> dict[str, Any] | None:
    """The first question on a walk through the form that bars finalising, with JavaRosa's number for why."""
    navigator.rewind()
    while (stop := navigator.next()).event != END:
        if stop.event == QUESTION and stop.node is not None:
            violation = session.violation(stop.node)
            if violation is not None:
                outcome = 1 if violation.kind == "required" else 2
                return {"outcome": outcome, "ref": _numbered(stop.node)}
    return None


def _numbered(node: FormNode) -> str:
    """The path with a number behind every step but the first, as JavaRosa writes it."""
    parts: list[str] = []
    current: FormNode | None = node
    while current is not None and current.definition.path:
        name = current.definition.name.rpartition(":")[2]
        parts.append(name if len(current.definition.path) == 1 else f"{name}[{current.position}]")
        current = current.parent
    return "/" + "/".join(reversed(parts))


class _Found(dict[str, str]):
    """The recording device: it answers "found" to whatever property it is asked for."""

    def get(self, _name: str, _default: object = None) -> str:
        return "found"


_STUB_PROPERTIES = _Found()


def _walk_to(navigator: Navigator, reference: str, event: str) -> None:
    """Step forward to the question (or offer of a new instance) that was answered, at most once around."""
    wanted = _normal(navigator.form, reference)
    for _ in range(2):
        while (stop := navigator.next()).event != END:
            if stop.event != event:
                continue
            if event == QUESTION and stop.path == wanted:
                return
            if event == NEW_REPEAT and f"{stop.path}[{stop.place + 1}]" == wanted:
                return
        navigator.rewind()


def _normal(form: Form, reference: str) -> str:
    """JavaRosa numbers every step, ours only repeats: `/data/rep[1]/group[1]/x[1]` → `/data/rep[1]/group/x`."""
    names: tuple[str, ...] = ()
    parts: list[str] = []
    for part in reference.strip("/").split("/"):
        name = part.partition("[")[0]
        names = (*names, name)
        parts.append(part if form.is_repeat(names) else name)
    return "/" + "/".join(parts)


def _answer(session: Session, step: dict[str, Any]) -> None:
    node = session.node(step["ref"])
    control = session.form.questions.get(node.definition.path)
    if control is not None and control.kind in ("select1", "select", "rank"):
        values = choice_module.choice_values(session, control, node)
        step["choices"] = values[:60]
        step["n_choices"] = len(values)
        # asking for the choices drops an answer that is not among them
        session.engine.keep_offered(node)
        session.engine.run()
    text, typed = node.text, node.typed
    value = str(step.get("value") or "")
    if value == "" and node.required and node.relevant:
        step["result"] = "required"
        return
    new_text, new_typed = answers.read(value, node.definition.bind.data_type, session.environment.zone)
    if control is not None and control.kind == "select1":
        new_text = value
    node.text, node.typed = new_text, new_typed
    violation = session.violation(node) if new_text else None
    node.text, node.typed = text, typed
    if violation is not None and violation.kind == "constraint":
        step["result"] = "constraint"
        return
    # JavaRosa computes again after an answer that is the same, but not after none where there was none
    session.write(node, new_text, new_typed, again=bool(new_text or text))
    step["result"] = "ok"


def _add(session: Session, navigator: Navigator, step: dict[str, Any]) -> None:
    parent, definition = session.repeat_at(step["ref"])
    node = session.engine.add_instance(parent, definition)
    session.engine.run()
    navigator.go_to(node.path())


def snapshot(session: Session) -> Snapshot:
    """Value, relevance, required and read-only of every node below the root."""
    found: Snapshot = {}
    for node in session.root.form_children():
        _collect(node, session.root.path(), found)
    return found


def _collect(node: FormNode, above: str, found: Snapshot) -> None:
    name = node.definition.name.rpartition(":")[2]
    path = f"{above}/{name}[{node.position}]" if node.definition.repeat is not None else f"{above}/{name}"
    inner = node.definition.children
    found[path] = ("" if inner else node.text, node.relevant, node.required, node.readonly)
    for child in node.form_children():
        _collect(child, path, found)


__all__ = ["Form", "fixed_clock", "replay_javarosa", "run_trace_cases", "snapshot"]
