"""The parser's own process: reads one untrusted file from standard input, within limits, and writes its rows as text.

A damaged or hostile file can make a parser ask for 10 GB and abort, or never end. So parsing happens here, apart
from the worker, importing nothing of the package but its neighbours here, so that it is up in hundredths of a second.

Protocol: one argument, the `Request` as JSON. Standard output: first a line of JSON, `{"sheet", "unread", "header",
"left_out"}`, then a record for each row that is not empty: its number, a cell for each column of the header, and what
is filled to the right of the header (nothing, or a JSON list of `[place from 1, cell]`). U+001F stands between two
fields, U+001E ends a record. A cell that the file itself says to be a number or a (Gregorian) date begins with U+0002
or U+0003; these four characters in a text of the file become U+FFFD, so no text can shift a row or pretend to a type.
Exit code 0: all rows were written. Exit code 3: the file is refused, whatever was written before, and the last line of
standard error is `{"code", "details"}`. Anything else: the parser broke.
"""

from roadmap.intake.reading.main import main
from roadmap.intake.reading.protocol import DATE, FIELD_END, NUMBER, RECORD_END, REFUSED, Across, Request

__all__ = ["DATE", "FIELD_END", "NUMBER", "RECORD_END", "REFUSED", "Across", "Request", "main"]
