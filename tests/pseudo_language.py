"""A language that nobody speaks: every letter is another one, so that what was never translated shows.

Its catalogue is made from the messages of the code, as a translator would make one, and dropped in as a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from string import ascii_letters
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from survey.core.words import Words

LANGUAGE = "qps"
LETTERS = str.maketrans(ascii_letters, "ȧḃċḋėḟġḣïĵķļṁṅȯṗɋŕṡṫũṽẇẍẏżȦḂĊḊĖḞĠḢÏĴĶĻṀṄȮṖɊŔṠṪŨṼẆẌẎŻ")


def spoken(text: str) -> str:
    """The text in that language; the places of a message stay."""
    return "".join(p if p.startswith("{") else p.translate(LETTERS) for p in re.split(r"(\{\w*\})", text))


def drop_in(messages: Mapping[str, str | None], locales: Path) -> None:
    """Write the catalogue of those messages (with their plural forms) where translators put theirs."""
    made = Catalog(locale=None, fuzzy=False)
    for one, many in messages.items():
        made.add((one, many) if many else one, (spoken(one), spoken(many)) if many else spoken(one))
    place = locales / LANGUAGE / "LC_MESSAGES" / "report.po"
    place.parent.mkdir(parents=True)
    with place.open("wb") as file:
        write_po(file, made)


def retold(thing: Any, change: Callable[[Words], Words]) -> Any:
    """The release, the study or a part of them with every text for people changed."""
    if isinstance(thing, Words):
        return change(thing) if thing else thing
    if isinstance(thing, tuple):
        return tuple(retold(part, change) for part in thing)
    if isinstance(thing, dict):
        return {key: retold(value, change) for key, value in thing.items()}
    if not is_dataclass(thing) or isinstance(thing, type):
        return thing
    told = {f.name: getattr(thing, f.name) for f in fields(thing) if f.init}
    changed = {name: retold(value, change) for name, value in told.items()}
    return replace(thing, **{name: value for name, value in changed.items() if value is not told[name]})


def with_labels(words: Words) -> Words:
    """The text in that language, too, as a study's YAML would give it."""
    return Words({**words.texts, LANGUAGE: spoken(words.in_language("en"))})
