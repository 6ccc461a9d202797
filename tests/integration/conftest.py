"""What the tests against a real database and real servers share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from roadmap.intake import parse


@pytest.fixture(scope="module", autouse=True)
def readers_of_files_are_not_measured() -> Iterator[None]:
    """Hundreds of processes read files here, and under coverage's tracer each takes three times as long.

    The unit room measures them; a module that knows better says so by a fixture of this name.
    """
    environment = parse.environment

    def unmeasured() -> dict[str, str]:
        return {name: value for name, value in environment().items() if name != "COVERAGE_PROCESS_CONFIG"}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse, "environment", unmeasured)
        yield
