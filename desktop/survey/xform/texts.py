"""Labels, hints and messages: literal parts, `<output>`s, and itext in several languages."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from desktop.survey.xform import reader
from desktop.survey.xform.model import Form, Formula, Output, Text
from desktop.survey.xpath.compiler import Scope
from desktop.survey.xpath.parser import ExpressionError

Translations = dict[str, dict[str, Any]]
"""language → itext id → `<text>` element, read further only when shown."""


def read_translations(itext: ET.Element | None) -> tuple[Translations, tuple[str, ...], str]:
    """Texts by language, the languages in order, the default language."""
    translations: Translations = {}
    default = ""
    if itext is not None:
        for translation in reader.elements(itext):
            language = translation.get("lang", "")
            entries = translations.setdefault(language, {})
            for text in translation:
                name = text.get("id")
                if name is not None:
                    entries[name] = text
            if translation.get("default") is not None:
                default = language
    languages = tuple(translations)
    return translations, languages, default or (languages[0] if languages else "")


def element_text(element: ET.Element, scope: Scope) -> Text:
    """The text written inside an element, with its outputs. Raises ExpressionError for a wrong output."""
    parts: list[str | Output] = []
    _collect(element, scope, parts)
    return Text(tuple(part for part in parts if part != ""))


def _collect(element: ET.Element, scope: Scope, parts: list[str | Output]) -> None:
    parts.append(element.text or "")
    for inner in element:
        if reader.local_name(inner) == "output":
            source = inner.get("value") or inner.get("ref") or ""
            if source.strip():
                parts.append(Output(Formula(source, scope)))
        elif reader.is_element(inner):
            _collect(inner, scope, parts)
        parts.append(inner.tail or "")


def text_of(element: ET.Element | None, form: Form, path: tuple[str, ...] | None) -> Text | None:
    """A `<label>`, `<hint>` or the like: by itext reference, or as written."""
    if element is None:
        return None
    reference = element.get("ref")
    scope = form.scope(path)
    if reference:
        return Text(itext=_itext_formula(reference, scope))
    return element_text(element, scope)


def message_of(value: str | None, form: Form, path: tuple[str, ...]) -> Text | None:
    """A `jr:constraintMsg` or `jr:requiredMsg` attribute: literal, or `jr:itext('…')`."""
    if value is None:
        return None
    if value.strip().startswith("jr:itext("):
        return Text(itext=_itext_formula(value, form.scope(path)))
    return Text((value,))


def _itext_formula(reference: str, scope: Scope) -> Formula:
    """The expression inside `jr:itext(…)`, or the reference itself when it is a path to text."""
    text = reference.strip()
    if text.startswith("jr:itext(") and text.endswith(")"):
        return Formula(text[len("jr:itext(") : -1], scope)
    raise ExpressionError(f"标签引用“{reference[:80]}”不是 jr:itext(…)。")


def itext_forms(form: Form, language: str, name: str) -> dict[str, ET.Element] | None:
    """The values of an itext entry by form ('' plain, short, image, audio, video, guidance)."""
    entry = form.translations.get(language, {}).get(name)
    if entry is None and language != form.default_language:
        entry = form.translations.get(form.default_language, {}).get(name)
    if entry is None:
        return None
    return {value.get("form") or "": value for value in reader.elements(entry)}
