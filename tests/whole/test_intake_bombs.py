"""Workbooks made to break a parser: each ends as a refused file with a sentence, and the others go on."""

from __future__ import annotations

import os
import time

import pytest
from sqlalchemy import text

from roadmap.intake import pipeline
from tests.factories import TODAY
from tests.unit.intake.files import FAR_CELL, with_cells, with_part

HEAD = ("Code", "Place", "As of", "State", "Done %", "Expected", "Remarks")
SOUND = ";".join(HEAD) + "\nQ-1;;2026-10-31;doing;40,5;2026-12-31;going on\n"
_MEGABYTE = 2**20


def million_rows():
    """The right header, and every other row of a sheet with a cell: some megabytes on the disk."""
    names = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEAD)
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(2, 1_048_577))
    return with_cells(f'<row r="1">{names}</row>{rows}')


def long_string():
    """One text of 300 MB: 0.3 MB on the disk."""
    return with_part("xl/sharedStrings.xml", b"<sst><si><t>" + b"x" * (300 * _MEGABYTE) + b"</t></si></sst>")


@pytest.fixture
def pulled(desk, settings):
    """Drops files into the inbox, oldest first, and pulls once: the receipts."""

    def pull(changes=(), **files):
        folder = settings.inbox / "quays"
        folder.mkdir(parents=True, exist_ok=True)
        for age, (name, content) in enumerate(files.items()):
            path = folder / name.replace("_", ".")
            path.write_bytes(content)
            os.utime(path, (time.time() - 600 + age,) * 2)
        return pipeline.pull("quays", settings.model_copy(update=dict(changes)), today=TODAY)

    return pull


def refusals(desk):
    with desk.engine.connect() as connection:
        return connection.execute(text("SELECT code, fa, en FROM reject ORDER BY id")).all()


def test_bombs_are_refused_with_a_sentence_while_other_files_go_on(pulled, desk, settings):
    bombs = {"far_xlsx": with_cells(FAR_CELL), "rows_xlsx": million_rows(), "string_xlsx": long_string()}
    assert all(len(bomb) < 10 * _MEGABYTE for bomb in bombs.values())
    began = time.monotonic()
    receipts = pulled(**bombs, sound_csv=SOUND.encode())
    assert [(receipt.refused, receipt.accepted) for receipt in receipts] == [(True, 0)] * 3 + [(False, 1)]
    told = refusals(desk)
    assert [code for code, _, _ in told] == ["parser_failed", "too_many_rows", "unpacks_too_far"]
    assert all(en.endswith(".") and fa.endswith(".") for _, fa, en in told)
    assert len(list((settings.state_dir / "quarantine" / "quays").iterdir())) == 3
    assert list((settings.inbox / "quays").iterdir()) == []
    assert time.monotonic() - began < 120  # the parser alone may have 30 seconds a file


def test_a_long_string_that_passes_the_directory_is_stopped_by_the_limit_on_memory(pulled, desk):
    loose = {"max_ratio": 10**6, "max_unpacked_bytes": 400 * _MEGABYTE}
    receipts = pulled(loose, string_xlsx=long_string(), sound_csv=SOUND.encode())
    assert [(receipt.refused, receipt.accepted) for receipt in receipts] == [(True, 0), (False, 1)]
    assert [code for code, _, _ in refusals(desk)] == ["parser_failed"]
