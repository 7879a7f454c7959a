"""Fills templates; a hole without a value is an error."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from kubelab import paths

if TYPE_CHECKING:
    import jinja2


def ruby_literal(value: object) -> str:
    """Return a text as a literal of Ruby with exactly this meaning: Ruby would run the code in #{…}."""
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2  # noqa: PLC0415 (words that look at a lab know what is rendered, and render nothing)

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(paths.TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 (units, YAML and Ruby, no HTML; values come from the validated model)
    )
    made.filters["ruby"] = ruby_literal
    return made


def text(template: str, values: dict[str, object]) -> str:
    """Return `templates/<template>.j2` with `values` in its holes.

    Raises jinja2.UndefinedError for a hole without a value: a mistake in this project, not a person's.
    """
    return _environment().get_template(f"{template}.j2").render(values)
