"""How fast grading is, each figure measured beside what it is held against, in the same run.

See README.md for what each module measures, and for figures. `classes`, `commands` and `tables` are shared.
"""
