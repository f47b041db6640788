"""Replays traces recorded from the Scenario tests of ODK Web Forms, step kind by step kind."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from desktop.common.errors import XiangceError
from desktop.survey.session import drafts, submission
from desktop.survey.session.navigation import END, NEW_REPEAT, Navigator
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import Options, Session
from desktop.survey.xform.loader import load_form
from desktop.survey.xform.model import Form, NodeDef

State = dict[str, dict[str, Any]]


class Replay:
    """The sessions of one trace and what they looked like after the step before."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        self.options = Options(zone=ZoneInfo(case.get("tz") or "America/Phoenix"))
        self.form: Form = load_form(case["form_xml"], case.get("attachments") or {})
        self.sessions: dict[int, Session] = {}
        self.navigators: dict[int, Navigator] = {}
        self.states: dict[int, State] = {}

    def start(self, number: int, session: Session) -> None:
        """Have a session under a number."""
        self.sessions[number] = session
        self.navigators[number] = Navigator(session)
        self.states[number] = {}

    def step(self, given: dict[str, Any]) -> dict[str, Any]:
        """Carry out one step and describe what came of it."""
        number = given.get("s", 0)
        step = {
            key: value
            for key, value in given.items()
            if key in ("s", "op", "ref", "arg", "args", "range", "from", "lang", "attr")
        }
        operation = given["op"]
        if given.get("arg") == "[object File]":
            step["stored_name"] = given.get("stored")
        if operation == "init":
            instance = self.case.get("edit_instance")
            seed = None if instance is None else submission.edited_seed(self.form, instance)
            self.start(number, Session(self.form, self.options, seed, first_load=seed is None))
        elif operation in _NEW_SESSION:
            self.start(number, _NEW_SESSION[operation](self, self.sessions[given["from"]]))
        elif operation in _COMMANDS:
            _COMMANDS[operation](self, number, step)
        elif operation in _QUESTIONS:
            _QUESTIONS[operation](self, number, step)
            return step
        before = self.states[number]
        after = describe(self.sessions[number])
        step["changes"] = difference(before, after)
        removed = [path for path in before if path not in after]
        if removed:
            step["removed"] = removed
        self.states[number] = after
        return step


def replay_scenario(case: dict[str, Any]) -> dict[str, Any]:
    """The case with our results in its steps; a step we refuse gets `throws`, and the rest goes on."""
    replay = Replay(case)
    steps: list[dict[str, Any]] = []
    for given in case["steps"]:
        try:
            steps.append(replay.step(given))
        except (XiangceError, KeyError) as error:
            steps.append(
                {**{k: given[k] for k in ("s", "op", "ref", "arg", "args") if k in given}, "throws": str(error)}
            )
    return {**{key: value for key, value in case.items() if key != "steps"}, "steps": steps}


# -- commands: they change the session ---------------------------------------------------------------------------


def _answer(replay: Replay, number: int, step: dict[str, Any]) -> None:
    session = replay.sessions[number]
    node = session.node(step["ref"]) if step.get("ref") else replay.navigators[number].stop.node
    if node is None:
        raise KeyError("ref")
    argument = step.get("arg")
    if argument is None and step.get("args"):
        argument = step["args"][-1]
    replay.navigators[number].go_to(node.path())
    text = _text(argument)
    if text == "[object File]":
        # the file itself was not recorded; its name is what the recording says was stored
        text = str(step.pop("stored_name", None) or "")
    session.answer(node, text)
    step["stored"] = node.text


def _text(argument: Any) -> str:
    if argument is None:
        return ""
    if isinstance(argument, bool):
        return "1" if argument else "0"
    if isinstance(argument, list):
        return " ".join(str(part) for part in argument)
    if isinstance(argument, dict):
        return str(argument.get("name") or argument.get("value") or "")
    return str(argument)


def _add_repeat(replay: Replay, number: int, step: dict[str, Any]) -> None:
    navigator = replay.navigators[number]
    path = step.get("range") or step.get("ref") or navigator.stop.path
    node = replay.sessions[number].add_repeat(path)
    step["at"] = node.path()
    navigator.go_to(node.path())


def _remove_repeat(replay: Replay, number: int, step: dict[str, Any]) -> None:
    replay.sessions[number].remove_repeat(step["ref"])


def _set_language(replay: Replay, number: int, step: dict[str, Any]) -> None:
    replay.sessions[number].set_language(step["lang"])


def _restored(replay: Replay, session: Session) -> Session:
    return drafts.restore(replay.form, drafts.save(session), replay.options)[0]


def _edited(replay: Replay, session: Session) -> Session:
    seed = submission.edited_seed(replay.form, submission.submission_xml(session))
    return Session(replay.form, replay.options, seed, first_load=False)


def _new(replay: Replay, _session: Session) -> Session:
    return Session(replay.form, replay.options)


_NEW_SESSION = {
    "proposed_serializeAndRestoreInstanceState": _restored,
    "editCurrentInstance": _edited,
    "newInstance": _new,
}
_COMMANDS = {
    "answer": _answer,
    "add_repeat": _add_repeat,
    "remove_repeat": _remove_repeat,
    "set_language": _set_language,
}


# -- questions: they only look -----------------------------------------------------------------------------------


def _answer_of(replay: Replay, number: int, step: dict[str, Any]) -> None:
    node = replay.sessions[number].node(step["ref"])
    control = replay.sessions[number].form.questions.get(node.definition.path)
    if control is not None and control.kind == "trigger":
        return
    step["value"] = node.text if node.relevant else ""


def _attribute_of(replay: Replay, number: int, step: dict[str, Any]) -> None:
    node = replay.sessions[number].node(step["ref"])
    found = node.first_named(f"@{step['attr']}")
    value = found.text if found is not None else None
    if value is None:
        value = next((text for name, _, text in node.extra_attributes if name == step["attr"]), "")
    step["value"] = value


def _choices_of(replay: Replay, number: int, step: dict[str, Any]) -> None:
    session = replay.sessions[number]
    step["values"] = [choice.value for choice in session.choices(session.node(step["ref"]))]


def _count_repeats(replay: Replay, number: int, step: dict[str, Any]) -> None:
    parent, definition = replay.sessions[number].repeat_at(step["ref"])
    step["value"] = len(parent.instances(definition.name))


def _serialize(replay: Replay, number: int, step: dict[str, Any]) -> None:
    step["xml"] = submission.submission_xml(replay.sessions[number])


def _validate(replay: Replay, number: int, step: dict[str, Any]) -> None:
    found = replay.sessions[number].validate()
    if found:
        step["outcome"] = {
            "required": "ANSWER_REQUIRED_BUT_EMPTY",
            "constraint": "ANSWER_CONSTRAINT_VIOLATED",
        }[found[0].kind]
        step["failed_ref"] = found[0].path
    else:
        step["outcome"] = None


def _next(replay: Replay, number: int, step: dict[str, Any]) -> None:
    _moved(replay.navigators[number].next, step)


def _previous(replay: Replay, number: int, step: dict[str, Any]) -> None:
    _moved(replay.navigators[number].previous, step)


def _moved(move: Any, step: dict[str, Any]) -> None:
    stop = move()
    step["event"] = stop.event
    if stop.event != END:
        step["ref"] = stop.path
    else:
        step.pop("ref", None)


_QUESTIONS = {
    "answer_of": _answer_of,
    "attribute_of": _attribute_of,
    "choices_of": _choices_of,
    "count_repeats": _count_repeats,
    "serialize": _serialize,
    "validate": _validate,
    "next": _next,
    "prev": _previous,
}


# -- what a session looks like -----------------------------------------------------------------------------------


def describe(session: Session) -> State:
    """State of every node and repeat by path, as Scenario records it."""
    found: State = {}
    _describe(session, session.root, found)
    return found


def _describe(session: Session, node: FormNode, found: State) -> None:
    view = session.view(node)
    kind = view.kind
    state: dict[str, Any] = {"k": kind, "rel": node.relevant, "ro": node.readonly, "req": node.required}
    leaf = not node.definition.children and kind not in ("root", "group", "repeat-instance")
    if leaf:
        state["v"] = node.text if node.relevant else ""
    label = view.label
    if label is not None:
        state["label"] = label
    if kind in ("select", "rank"):
        state["opts"] = [[choice.value, choice.label] for choice in view.choices]
    if leaf:
        violation = view.violation
        state["viol"] = None if violation is None else violation.kind
        bind = node.definition.bind
        if violation is not None:
            declared = bind.required_message if violation.kind == "required" else bind.constraint_message
            if declared is not None:
                state["msg"] = violation.message
    found[node.path()] = state
    for child in node.form_children():
        _describe(session, child, found)
    for definition in node.definition.children:
        if definition.repeat is not None:
            found[f"{node.path()}/{definition.name}#range"] = _range(session, node, definition)


def _range(session: Session, parent: FormNode, definition: NodeDef) -> dict[str, Any]:
    repeat = definition.repeat
    assert repeat is not None
    likes = parent.instances(definition.name)
    controlled = repeat.count is not None or repeat.fixed
    relevant = parent.relevant and Navigator(session).would_be_relevant(parent, definition)
    state: dict[str, Any] = {
        "k": "repeat-range:controlled" if controlled else "repeat-range:uncontrolled",
        "rel": relevant,
        "ro": parent.readonly,
        "req": False,
    }
    control = definition.control
    if control is not None and control.label is not None:
        label = session.texts.shown(control.label, likes[0] if likes else parent)
        if label is not None:
            state["label"] = label
    state["n"] = len(likes)
    return state


def difference(before: State, after: State) -> dict[str, dict[str, Any]]:
    """What is new or different, key by key; a key that vanished is null."""
    changes: dict[str, dict[str, Any]] = {}
    for path, state in after.items():
        old = before.get(path)
        if old is None:
            changes[path] = state
            continue
        changed = {key: value for key, value in state.items() if old.get(key, _ABSENT) != value}
        changed.update({key: None for key in old if key not in state})
        if changed:
            changes[path] = changed
    return changes


_ABSENT = object()

__all__ = ["NEW_REPEAT", "describe", "replay_scenario"]
