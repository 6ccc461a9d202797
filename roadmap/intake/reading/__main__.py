"""`python -m roadmap.intake.reading REQUEST`: the parser as the process of its own that it is meant to be."""

import gc
import json
import sys

from roadmap.intake.reading.main import main, restrain
from roadmap.intake.reading.protocol import Request

_OUTPUT_BYTES = 256 * 1024

_request = Request.of(json.loads(sys.argv[1]))
restrain(_request.memory_bytes, _request.cpu_seconds, _request.max_unpacked_bytes)
gc.disable()  # rows hold no cycles; looking for some among them costs a third of the time
with open(sys.stdout.fileno(), "wb", buffering=_OUTPUT_BYTES, closefd=False) as _target:
    _code = main(sys.argv[1], sys.stdin.buffer, _target, sys.stderr)
sys.exit(_code)
