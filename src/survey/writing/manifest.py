"""The manifest of a wave's set: what each stage rests on, what it made, under which settings.

It holds no time and no machine: the same inputs give the same bytes. A stage is up to date when its
basis is the present one and its outputs are on disk as it left them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from survey.writing.fingerprint import of_file

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Basis:
    """What the outputs of a stage rest on.

    Attributes
    ----------
    inputs : file, as the study names it → sha256; earlier stages' outputs are among them.
    state : ``program``, ``packages``, ``settings``, ``SURVEY_KEY`` → hash.
    """

    inputs: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)

    def differs_from(self, other: Basis) -> tuple[str, ...]:
        """What is not the same in both, by name."""
        names = []
        for one, two in ((self.inputs, other.inputs), (self.state, other.state)):
            names += [name for name in dict.fromkeys([*one, *two]) if one.get(name) != two.get(name)]
        return tuple(names)


@dataclass(frozen=True, slots=True)
class Record:
    """What a stage made (path relative to the output root → sha256) and on which basis."""

    basis: Basis
    outputs: Mapping[str, str]

    def damaged(self, root: Path) -> tuple[str, ...]:
        """Outputs that are no longer on disk as they were made."""
        return tuple(path for path, sha in self.outputs.items() if of_file(root / path) != sha)


def read(path: Path, folders: Collection[str]) -> dict[str, Record]:
    """Stage → record of the manifest at `path`; empty where there is none that can be read.

    Parameters
    ----------
    folders : where the set lies, relative to the output root. What a manifest names is removed when
        it is obsolete, so one that names a file outside them counts as none.
    """
    if not path.is_file():  # a pipe in its place would be waited for
        return {}
    try:
        content = json.loads(path.read_bytes())
        records = _records(content) if content["format"] == FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}  # absent, or not as it was written: everything is made anew
    named = [output for record in records.values() for output in record.outputs]
    return records if all(_lies_in(output, folders) for output in named) else {}


def content(about: Mapping[str, Any], inputs: Mapping[str, str], records: Mapping[str, Record]) -> bytes:
    """The manifest's bytes.

    Parameters
    ----------
    about : study, wave, seed, settings, versions …
    inputs : files the study was read from, beyond those that the records name.
    """
    outputs = {path: sha for record in records.values() for path, sha in record.outputs.items()}
    read_by_stages = {path: sha for record in records.values() for path, sha in record.basis.inputs.items()}
    document = {
        **about,
        "format": FORMAT,
        "inputs": {path: sha for path, sha in {**read_by_stages, **inputs}.items() if path not in outputs},
        "outputs": outputs,
        "stages": {
            name: {"inputs": r.basis.inputs, "state": r.basis.state, "outputs": sorted(r.outputs)}
            for name, r in records.items()
        },
    }
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _lies_in(path: str, folders: Collection[str]) -> bool:
    plain = PurePosixPath(path)
    straight = plain.as_posix() == path and ".." not in plain.parts and "\0" not in path
    return straight and any(path.startswith(f"{folder}/") for folder in folders)


def _records(content: Any) -> dict[str, Record]:
    return {
        name: Record(
            Basis(dict(stage["inputs"]), dict(stage["state"])),
            {path: content["outputs"][path] for path in stage["outputs"]},
        )
        for name, stage in content["stages"].items()
    }
