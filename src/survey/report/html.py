"""The report as one self-contained HTML page: styles and pictures inside, no script, nothing from elsewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

from survey.report.blocks import table_numbers

if TYPE_CHECKING:
    from jinja2 import Template

    from survey.report.blocks import Block
    from survey.report.page import Page


def html(page: Page, parts: Sequence[Block]) -> bytes:
    """The page's bytes."""
    of_tables, of_figures = table_numbers(parts), count(1)
    text = template("report.html.j2").render(
        page=page,
        t=page.t,
        parts=parts,
        title=page.title,
        table_number=lambda table: page.t.number(of_tables[table.name]),
        figure_number=lambda: page.t.number(next(of_figures)),
        image=lambda svg: "data:image/svg+xml;base64," + b64encode(svg).decode("ascii"),
    )
    return (text.rstrip() + "\n").encode()


@lru_cache
def template(name: str) -> Template:
    """A template of this package; whatever it is given is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("survey.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["anchor"] = anchor
    return environment.get_template(name)


def anchor(name: str) -> str:
    """A name as an address inside the page and as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)
