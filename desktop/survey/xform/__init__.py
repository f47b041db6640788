"""XForms read into definitions: nodes, binds, texts, controls, lists, and the order in which rules are computed."""
