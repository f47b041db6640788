"""The form engine: XLSForms compiled, filled, checked and serialised; knows no window and no database.

The way of a form through the folders:

- `xlsform/` reads a workbook, names every mistake at once, has pyxform compile it, keeps the result by content;
- `xform/` loads the compiled form: nodes, binds, texts, lists, controls, and the plan of computation;
- `xpath/` reads expressions and turns them into closures over nodes; its functions stand in `xpath/functions/`;
- `session/` is one filling: the instance, the engine that keeps it right, commands, drafts, submission, entities;
- `traces.py`, `trace_scenario.py` and `xpath/cases.py` measure all of it against recorded answers of other engines.

A screen needs `session.Session` (commands), `session.views.NodeView` (what to show) and `session.navigation`.
"""
