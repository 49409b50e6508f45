"""Where the areas lie on a map of tiles: the key `tiles`, held against the instrument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survey.core.codes import code_text
from survey.core.instrument import Instrument
from survey.core.schema.validate import Findings, one_of
from survey.core.study import StudySpec


def compare(study: StudySpec, instrument: Instrument, findings: Findings) -> None:
    """Add areas that the question does not know, areas without a tile, and tiles that two areas share."""
    for name, placed in study.tiles.items():
        grouped = [v.name for v in instrument.variables if v.levels]
        if name not in grouped:
            findings.add(("tiles", name), f"no question with answers named {name!r}", *one_of(name, grouped))
            continue
        known = [level.key for level in instrument.variable(name).levels]
        written = {code_text(key): key for key in findings.document.data["tiles"][name]}
        for code in [c for c in placed if c not in known]:
            findings.add(("tiles", name, written[code]), f"no answer {code!r} of {name!r}", *one_of(code, known))
        if missing := [c for c in known if c not in written]:
            findings.add(("tiles", name), f"no tile for {', '.join(missing)}", f"a tile for every code of {name!r}")
        _shared(name, placed, written, findings)


def _shared(name: str, placed: Mapping[str, tuple[int, int]], written: Mapping[str, Any], findings: Findings) -> None:
    first: dict[tuple[int, int], str] = {}
    for code, position in placed.items():
        if position in first:
            found = f"{list(position)}, which is the tile of {first[position]!r}"
            findings.add(("tiles", name, written[code]), found, "a column and a row of its own")
        first.setdefault(position, code)
