"""The county's own code items in the lists of a form: a form's workbook has the shipped items, its filling all of them.

An item the county added stands in every list of the form that is the code list, where the item it is like is offered,
too. An ended item stays, marked, for visits of its time. The workbook and what is sent to other programs stay as they
are; the form's version does not change.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from desktop.registry import codelists
from desktop.registry.codelists import FIRST, CodeItem
from desktop.registry.county_items import LISTS

CODE_LIST_OF = {"measure": "assistance_measure"}
"""Lists of the shipped forms that are called otherwise than their code list."""
NOT_CODED = {"none"}
"""“None of these”: never stored as a code."""
_INSTANCE = re.compile(r'(<instance id="(\w+)"><root>)(.*?)(</root></instance>)', re.DOTALL)
_ITEM = re.compile(r"<item>.*?</item>", re.DOTALL)
_NAME = re.compile(r"<name>([^<]*)</name>")
_TEXT_ID = re.compile(r"<itextId>([^<]*)</itextId>")
_LABEL = re.compile(r"<label>[^<]*</label>")


def with_county_items(xform: str) -> str:
    """The XForm with the county's items in its lists; itself where the county added and ended none."""
    texts: list[tuple[str, str]] = []

    def filled(found: re.Match[str]) -> str:
        list_name = CODE_LIST_OF.get(found[2], found[2])
        spec = LISTS.get(list_name)
        if spec is None or not spec.extendable:
            return found[0]
        whole = codelists.whole(list_name)
        items = _ITEM.findall(found[3])
        codes = [_code_of(item) for item in items]
        known = {item.code for item in whole}
        if len(set(codes) & known) < 2 or not set(codes) <= known | NOT_CODED:
            return found[0]  # a list of the form's own that only shares the name
        day = codelists.today()
        for item in whole:
            if item.code in codes:
                if item.county and item.ended(day):
                    at = codes.index(item.code)
                    items[at] = _written(items[at], found[2], item, day, texts)
            elif item.county and item.name and not (item.valid_from and item.valid_from > day):
                like = item.more.get("like", "")
                if like and like not in codes:
                    continue  # the form offers none of its kind
                model = items[codes.index(like)] if like else items[codes.index(next(c for c in codes if c in known))]
                at = _place(codes, item.after)
                items.insert(at, _written(model, found[2], item, day, texts))
                codes.insert(at, item.code)
        return f"{found[1]}{''.join(items)}{found[4]}"

    out = _INSTANCE.sub(filled, xform)
    if texts:
        entries = "".join(f'<text id="{key}"><value>{escape(word)}</value></text>' for key, word in texts)
        out = out.replace("</translation>", f"{entries}</translation>")
    return out


def _code_of(item: str) -> str:
    found = _NAME.search(item)
    return found[1] if found else ""


def _written(model: str, form_list: str, item: CodeItem, day: str, texts: list[tuple[str, str]]) -> str:
    """The list item of the form for a county's item, made like another one; its words go to `texts`."""
    word = f"{item.name}（已停用）" if item.ended(day) else item.name
    out = _NAME.sub(f"<name>{item.code}</name>", model)
    if _TEXT_ID.search(out):
        key = f"{form_list}-{item.code}-county"
        texts.append((key, word))
        return _TEXT_ID.sub(f"<itextId>{key}</itextId>", out)
    said = f"<label>{escape(word)}</label>"
    return _LABEL.sub(lambda _m: said, out)


def _place(codes: list[str], after: str) -> int:
    if after == FIRST:
        return 0
    if after in codes:
        return codes.index(after) + 1
    return next((n for n, code in enumerate(codes) if code == "other"), len(codes))
