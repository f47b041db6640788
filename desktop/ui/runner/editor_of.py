"""Which editor a question gets: by its control, the type of its bind and its appearance."""

from __future__ import annotations

from desktop.survey.session.answers import DECIMALS, INTEGERS
from desktop.survey.session.nodes import FormNode
from desktop.ui.runner import choice_editors as choose
from desktop.ui.runner import date_editors as dates
from desktop.ui.runner import editors as typed
from desktop.ui.runner import media_editors as media
from desktop.ui.runner import number_editors as numbers
from desktop.ui.runner import place_editors as places
from desktop.ui.runner.draw_editor import DrawEditor
from desktop.ui.runner.editors import AnswerEditor
from desktop.ui.runner.filling import Filling

_BY_TYPE: dict[str, type[AnswerEditor]] = {
    "date": dates.DateEditor,
    "dateTime": dates.DateTimeEditor,
    "time": dates.TimeEditor,
    "geopoint": places.PointEditor,
    "geotrace": places.LineOfPointsEditor,
    "geoshape": places.LineOfPointsEditor,
    "barcode": typed.BarcodeEditor,
}
_DRAWN = frozenset(("signature", "draw", "annotate"))
_SEARCHED = frozenset(("minimal", "autocomplete", "search"))


def editor_of(filling: Filling, node: FormNode) -> AnswerEditor:
    """A new editor for a question."""
    control = filling.session.form.questions[node.definition.path]
    words = set(control.appearance.split())
    bind = node.definition.bind
    if bind.readonly is True:
        return typed.ShownEditor(filling, node)
    if control.kind in ("select", "select1"):
        return _choice(filling, node, words, control.kind == "select")
    made: type[AnswerEditor]
    if control.kind == "rank":
        made = choose.RankEditor
    elif control.kind == "trigger":
        made = typed.AcknowledgeEditor
    elif control.kind == "range":
        made = numbers.RangeEditor
    elif control.kind == "secret":
        made = typed.SecretEditor
    elif control.kind == "upload":
        if words & _DRAWN:
            made = DrawEditor
        else:
            made = media.PhotoEditor if control.media_type.startswith("image") else media.FileEditor
    elif bind.data_type in _BY_TYPE:
        made = _BY_TYPE[bind.data_type]
    elif bind.data_type in INTEGERS:
        made = numbers.IntegerEditor
    elif bind.data_type in DECIMALS:
        made = numbers.MoneyEditor if "money" in words else numbers.NumberEditor
    elif "division" in words:
        made = places.DivisionEditor
    elif "id-number" in words:
        made = typed.IdEditor
    elif "multiline" in words:
        made = typed.MultilineEditor
    else:
        made = typed.TextEditor
    return made(filling, node)


def _choice(filling: Filling, node: FormNode, words: set[str], multiple: bool) -> AnswerEditor:
    if "list-nolabel" in words:
        return choose.TableRowEditor(filling, node)
    long = words & _SEARCHED or len(filling.session.choices(node)) > choose.SEARCH_FROM
    if long and not multiple:
        return choose.SearchEditor(filling, node)
    if long and len(filling.session.choices(node)) > choose.SEARCH_FROM:
        return choose.SearchManyEditor(filling, node)
    return choose.OptionsEditor(filling, node)
