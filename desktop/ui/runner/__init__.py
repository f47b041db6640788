"""The runner: fills a form at the door, with the keyboard alone or by touch.

- `filling.py` stands between session and widgets: commands in, changed nodes out, drafts kept as answers are given;
- `runner.py` is the whole screen: outline, questions, help, keys; `question_page.py` shows one page or a section;
- `question_box.py` frames one question; the editors for each type stand in `*_editors.py`, `editor_of.py` chooses;
- `review.py` lists what is open before finishing.
"""
