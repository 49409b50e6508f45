"""Synthetic interviews with their codebooks: what the qualitative strand of the Tangerang Selatan study rests on.

They are written, not drawn: ``interviews.yaml`` holds every word. The name of each document says that it
is synthetic, so no passage can be quoted without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files as resources
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from survey.core.interviews import SEGMENT_COLUMNS, CodebookEntry
from survey.core.qualitative import QualitativeSpec
from survey.exchange import refi
from survey.simulate.rawfiles import csv_bytes

#: Where each frame lies as a codebook of its own, for other studies to take.
FRAMES = "data/raw/codebooks"


def files(spec: QualitativeSpec) -> dict[str, bytes]:
    """The study's project and codebooks, the CSV with the same segments, each frame as a codebook of its own."""
    content = _content()
    frames = {name: tuple(_entries(frame)) for name, frame in content["codebooks"].items()}
    every = [entry for entries in frames.values() for entry in entries]
    documents = [_document(d, content) for d in content["documents"]]
    made = {f"{FRAMES}/{name}.qdc": refi.codebook(entries) for name, entries in frames.items()}
    made |= {name: refi.codebook(every) for name in spec.codebooks}
    made[str(PurePosixPath(spec.coded).with_suffix(".csv"))] = csv_bytes(_table(documents))
    made[str(PurePosixPath(spec.coded).with_suffix(".qdpx"))] = refi.project("Tangsel (sintetis)", every, documents)
    return made


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    import yaml

    text = (resources("survey.simulate") / "interviews.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def _entries(frame: Mapping[str, Any]) -> Iterator[CodebookEntry]:
    """The codes of a frame, each after the heading over it."""
    for name, held in frame.items():
        yield CodebookEntry(name, name, None, held["about"], usable=False)
        for heading, codes in held.get("under", {}).items():
            yield CodebookEntry(heading, name, name, usable=False)
            yield from (CodebookEntry(code, name, heading, about) for code, about in codes.items())
        yield from (CodebookEntry(code, name, name, about) for code, about in held.get("codes", {}).items())


def _document(given: Mapping[str, Any], content: Mapping[str, Any]) -> refi.Document:
    text, codings = "", []
    for said, *codes in given["said"]:
        for coder, chosen in zip(content["coders"], codes, strict=False):
            codings.append(refi.Coding(len(text), len(text) + len(said), coder, tuple(chosen)))
        text += said
    name = f"{given['name']} ({content['synthetic']})"
    return refi.Document(name, text, given["stage"], given["year"], tuple(codings))


def _table(documents: Sequence[refi.Document]) -> pd.DataFrame:
    rows = [
        (d.name, d.stage, str(d.year), code, c.coder, str(c.start), str(c.end), d.text[c.start : c.end])
        for d in documents
        for c in d.codings
        for code in c.codes
    ]
    return pd.DataFrame(rows, columns=[*SEGMENT_COLUMNS])
