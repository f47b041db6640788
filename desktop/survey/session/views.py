"""What a screen may see of a node: read-only, computed when asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.survey.session.choices import ChoiceView
from desktop.survey.session.nodes import FormNode
from desktop.survey.xpath.values import number_of_text

if TYPE_CHECKING:
    from desktop.survey.session.session import Session, Violation


@dataclass(frozen=True, slots=True)
class RangeView:
    """A range question: from, to, step; every how much a tick stands, words at ticks, where the handle waits."""

    start: float
    end: float
    step: float
    tick: float | None = None
    ticks: tuple[tuple[float, str], ...] = ()
    """(value, words) of the ticks that have words."""
    placeholder: float | None = None
    vertical: bool = False
    rating: bool = False
    """Stars or the like instead of a scale."""
    picker: bool = False
    no_ticks: bool = False


@dataclass(frozen=True, slots=True)
class UploadView:
    """A question answered by a file: what kind, how it is made, how large a picture may be."""

    media: str
    """`image`, `audio`, `video` or `file`."""
    signature: bool = False
    draw: bool = False
    annotate: bool = False
    new_only: bool = False
    """Taken with the camera now, not chosen from files."""
    front: bool = False
    max_pixels: int | None = None
    """Longest side a picture is reduced to."""
    quality: str = ""


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A geopoint, geotrace or geoshape question: accuracy wanted and accuracy warned of, in metres."""

    kind: str
    wanted_accuracy: float | None = None
    warned_accuracy: float | None = None
    on_map: bool = False
    incremental: bool = False


class NodeView:
    """One node of the form as shown."""

    __slots__ = ("node", "session")

    def __init__(self, session: Session, node: FormNode) -> None:
        self.session = session
        self.node = node

    @property
    def path(self) -> str:
        """Its path with positions."""
        return self.node.path()

    @property
    def name(self) -> str:
        """The field's name."""
        return self.node.definition.name

    @property
    def kind(self) -> str:
        """root, group, repeat-instance, note, model-value, or the kind of question."""
        definition = self.node.definition
        if definition.parent is None:
            return "root"
        if definition.repeat is not None:
            return "repeat-instance"
        if definition.children:
            return "group"
        control = self.session.form.questions.get(definition.path)
        if control is None:
            return "model-value"
        if control.kind == "input" and definition.bind.readonly is True:
            return "note"
        return "select" if control.kind == "select1" else control.kind

    @property
    def label(self) -> str | None:
        """The label in the present language."""
        control = self.node.definition.control
        return None if control is None else self.session.texts.shown(control.label, self.node)

    @property
    def hint(self) -> str | None:
        """The hint in the present language."""
        control = self.node.definition.control
        return None if control is None else self.session.texts.shown(control.hint, self.node)

    @property
    def guidance(self) -> str | None:
        """The guidance hint (ODK: shown on demand or on paper)."""
        control = self.node.definition.control
        return None if control is None else self.session.texts.shown(control.hint, self.node, "guidance")

    def media(self, kind: str) -> str | None:
        """The file of a label's `image`, `audio` or `video`."""
        control = self.node.definition.control
        return None if control is None else self.session.texts.shown(control.label, self.node, kind)

    @property
    def appearance(self) -> tuple[str, ...]:
        """The appearance words."""
        control = self.node.definition.control
        return () if control is None else tuple(control.appearance.split())

    @property
    def range(self) -> RangeView | None:
        """The scale of a range question, None for any other."""
        control = self.session.form.questions.get(self.node.definition.path)
        if control is None or control.kind != "range":
            return None
        start, end, step = (number_of_text(control.attributes.get(n, "")) for n in ("start", "end", "step"))
        words = set(self.appearance)
        labels = [(number_of_text(c.value), c.label) for c in self.choices] if control.itemset is not None else []
        return RangeView(
            start if start == start else 0.0, end if end == end else 10.0, step if step == step and step else 1.0,
            tick=_number(_attribute(control.attributes, "tick-interval")),
            ticks=tuple((value, label) for value, label in labels if value == value),
            placeholder=_number(_attribute(control.attributes, "placeholder")),
            vertical="vertical" in words, rating="rating" in words, picker="picker" in words,
            no_ticks="no-ticks" in words,
        )  # fmt: skip

    @property
    def upload(self) -> UploadView | None:
        """How a question takes a file, None for a question that takes none."""
        control = self.session.form.questions.get(self.node.definition.path)
        if control is None or control.kind != "upload":
            return None
        media = control.media_type.partition("/")[0]
        words = set(self.appearance)
        pixels = _number(_attribute(self.node.definition.bind.attributes, "max-pixels"))
        return UploadView(
            media if media in ("image", "audio", "video") else "file",
            signature="signature" in words, draw="draw" in words, annotate="annotate" in words,
            new_only=bool(words & {"new", "new-front", "new-rear"}), front="new-front" in words,
            max_pixels=int(pixels) if pixels else None,
            quality=_attribute(self.node.definition.bind.attributes, "quality"),
        )  # fmt: skip

    @property
    def place(self) -> PlaceView | None:
        """How a question takes a position, None for any other."""
        control = self.session.form.questions.get(self.node.definition.path)
        if control is None or self.data_type not in ("geopoint", "geotrace", "geoshape"):
            return None
        words = set(self.appearance)
        return PlaceView(
            self.data_type, _number(control.attributes.get("accuracyThreshold", "")),
            _number(control.attributes.get("unacceptableAccuracyThreshold", "")),
            on_map=bool(words & {"maps", "placement-map"}), incremental=control.attributes.get("incremental") == "true",
        )  # fmt: skip

    @property
    def rows(self) -> int:
        """Lines a text field shows: what the form says, several for `multiline`, else 1."""
        control = self.session.form.questions.get(self.node.definition.path)
        said = _number(control.attributes.get("rows", "")) if control is not None else None
        return int(said) if said and said > 0 else 4 if "multiline" in self.appearance else 1

    @property
    def picture(self) -> str | None:
        """The file of the label's image, None without one."""
        return self.media("image")

    @property
    def columns(self) -> int:
        """Columns that choices stand in: `columns-3` gives 3, `columns` gives 0 (as fits), others 1."""
        for word in self.appearance:
            if word == "columns" or word == "columns-pack":
                return 0
            if word.startswith("columns-") and word[8:].isdigit():
                return max(1, int(word[8:]))
        return 1

    @property
    def is_barcode(self) -> bool:
        """Whether a scanner or a picture of a code may answer it."""
        return self.data_type == "barcode"

    @property
    def is_masked(self) -> bool:
        """Whether the answer is hidden while it is typed."""
        control = self.session.form.questions.get(self.node.definition.path)
        return "masked" in self.appearance or (control is not None and control.kind == "secret")

    @property
    def data_type(self) -> str:
        """The bind's type."""
        return self.node.definition.bind.data_type

    @property
    def value(self) -> str:
        """The answer as stored; kept also while the node is irrelevant."""
        return self.node.text

    @property
    def relevant(self) -> bool:
        """Whether it is asked at all."""
        return self.node.relevant

    @property
    def required(self) -> bool:
        """Whether an answer is wanted."""
        return self.node.required

    @property
    def readonly(self) -> bool:
        """Whether it can only be read."""
        return self.node.readonly

    @property
    def choices(self) -> list[ChoiceView]:
        """What can be chosen now."""
        return self.session.choices(self.node)

    @property
    def violation(self) -> Violation | None:
        """What is wrong with the answer."""
        return self.session.violation(self.node)

    @property
    def children(self) -> list[NodeView]:
        """Views of the nodes below."""
        return [NodeView(self.session, child) for child in self.node.form_children()]


def _attribute(attributes: dict[str, str], name: str) -> str:
    """An attribute by its local name: the namespace differs between versions of the standard."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), "")


def _number(text: str) -> float | None:
    number = number_of_text(text)
    return number if number == number else None
