"""Small forms for the tests of sessions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from desktop.survey.session.session import Options, Session
from desktop.survey.xform.loader import load_form
from desktop.survey.xform.model import Form

HEAD = (
    '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
    'xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" '
    'xmlns:entities="http://www.opendatakit.org/xforms/entities" xmlns:odk="http://www.opendatakit.org/xforms">'
    "<h:head><h:title>样例表</h:title><model>"
)

HOUSEHOLD = (
    "<instance><data id='hh' version='1'><size/><member jr:template=''><name/><age/><adult/></member>"
    "<adults/><oldest/><water>tap</water><why/><note/></data></instance>"
    "<bind nodeset='/data/size' type='int' required='true()' constraint='. &gt; 0 and . &lt; 31' "
    "jr:constraintMsg='人口数要在 1 到 30 之间。'/>"
    "<bind nodeset='/data/member/name' type='string' required='true()'/>"
    "<bind nodeset='/data/member/age' type='int'/>"
    "<bind nodeset='/data/member/adult' calculate='if(../age &gt;= 18, 1, 0)'/>"
    "<bind nodeset='/data/adults' type='int' calculate='sum(/data/member/adult)'/>"
    "<bind nodeset='/data/oldest' calculate='/data/member[age = max(current()/../member/age)]/name'/>"
    "<bind nodeset='/data/why' relevant=\"/data/water = 'none'\" required='true()'/>"
    "<bind nodeset='/data/note' readonly='true()'/>"
)
HOUSEHOLD_BODY = (
    "<input ref='/data/size'><label>人口数</label></input>"
    "<group ref='/data/member'><label>成员</label><repeat nodeset='/data/member'>"
    "<input ref='/data/member/name'><label>姓名</label></input>"
    "<input ref='/data/member/age'><label><output value='../name'/>的年龄</label></input></repeat></group>"
    "<select1 ref='/data/water'><label>饮水</label><item><label>自来水</label><value>tap</value></item>"
    "<item><label>没有</label><value>none</value></item></select1>"
    "<input ref='/data/why'><label>原因</label></input><input ref='/data/note'><label>说明</label></input>"
)


def xform(model: str, body: str) -> str:
    """A whole XForm from its model and body."""
    return f"{HEAD}{model}</model></h:head><h:body>{body}</h:body></h:html>"


@pytest.fixture
def make_form() -> Callable[..., Form]:
    """Load a form from model and body."""
    return lambda model, body="", files=None: load_form(xform(model, body), files)


@pytest.fixture
def household() -> Session:
    """A filling of the small household form."""
    return Session(load_form(xform(HOUSEHOLD, HOUSEHOLD_BODY)), Options(seed=1))
