"""The sections of the publication, a folder each.

How a section is written; `market` is the example:

1. `facts.py` decides what is true, in no language: small dataclasses out of the issue
   (templates.issue_view: latest, earlier, history, footing; issue.findings), and the state that a
   title depends on. No text, no colour.
2. `english.py` and `chinese.py` say it, side by side: the same public names with the same
   parameters (a test holds them together), each a constant or a function of facts and a Speller
   that returns a `Text` by `say`. Verbs of moves come from the tellers
   (`English(finding, s.setting)`). Neither translates the other. Titles have no full stop; notes
   do. What is stale is told as past (`s.stale`).
3. `__init__.py` puts it into blocks: `SLUG` and `build(issue, s) -> Content`, no `TITLE` and no
   template. Blocks (templates.page): Figure, Table, Entries, Panel, Absent; `rows(...)` lays them
   on a Grid and lets absent ones shrink to a line. A block that has no data is
   `Absent(s.absent(name))`.
4. Every number is a `Number` of the speller: level and signed for cells, size for sentences,
   stated… for findings; every day is one of its `Day`s. Heads of columns and titles are
   `s.fixed(key)` (wording.fixed), names of metrics and reasons `s.label(english)` (catalogue).
5. Charts get finished texts, `speller=s` for their months, and a `Scale` without name: the unit is
   `Figure.unit`. Widths are those of the grid (page.FULL, HALF, THIRD, TWO_THIRDS, SIXTH). The
   title is the finding, and is the alternative text as well. `Figure.data` holds what is drawn,
   a named column a line.
6. Its own test module needs no page: build the section of a drawn issue in both languages and look
   at the blocks. Then `WRITE_STATEMENTS=1` and read the difference.
"""
