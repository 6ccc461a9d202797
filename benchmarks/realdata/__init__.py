"""`make realdata`: real files on their way; each is read or refused with a sentence, none may crash or hang the parser.

    python -m benchmarks.realdata DATA

DATA is a folder with `bad-inputs`, `workbooks`, `pnrr` and `iran`, and `gmpp` if it is there; nothing of it is kept.
"""

from benchmarks.realdata.main import main

__all__ = ["main"]
