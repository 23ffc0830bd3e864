"""Marks for a class: a folder of notebooks in, a table of marks out. `python -m cnnlab.grading --help`

Compute inside, judge outside. `notebook` and `inside` run in a sandbox, which has the standard library, NumPy
and the inputs of one exercise; what they hand out is read as data. Expected values, the seed and the other
submissions stay here. Nothing a student wrote is imported, unpickled or executed outside of the sandbox.
"""
