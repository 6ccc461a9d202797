"""What all commands share: how one is registered, and how its result and its refusals are told."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Annotated, ParamSpec

import typer

from roadmap.errors import RoadmapError

Arguments = ParamSpec("Arguments")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the log for good.")]


def registered(app: typer.Typer) -> Callable[[Callable[Arguments, None]], Callable[Arguments, None]]:
    """Registers commands of `app`; what the tracker refuses is told in its own sentence, without a traceback."""

    def command(function: Callable[Arguments, None]) -> Callable[Arguments, None]:
        @functools.wraps(function)
        def told(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
            try:
                function(*args, **kwargs)
            except RoadmapError as error:
                typer.echo(f"roadmap: {error}", err=True)
                raise typer.Exit(1) from None
            except OSError as error:
                if error.filename is None:
                    raise
                typer.echo(f"roadmap: {error.filename}: {error.strerror}; see to the path and its rights.", err=True)
                raise typer.Exit(1) from None

        # `return` and `list` are words of Python's own: their functions have an underscore behind them.
        return app.command(function.__name__.rstrip("_").replace("_", "-"))(told)

    return command


def tell(values: object, *, as_json: bool, text: str) -> None:
    """Prints the result: for a script, or for a person."""
    typer.echo(json.dumps(values, ensure_ascii=False, indent=2) if as_json else text)
