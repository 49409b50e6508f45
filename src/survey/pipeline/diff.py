"""What changed between the released estimates of two runs, and which of their inputs or settings differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey.errors import InputError, Problem
from survey.pipeline import earlier

if TYPE_CHECKING:
    import pandas as pd

#: Two numbers are the same up to this part of the larger one, or of 1.
TOLERANCE = 1e-12
ESTIMATES, MANIFEST = "estimates.parquet", "manifest.json"
ADDED, REMOVED, STATUS, VERDICT, VALUE, WORDS = "added", "removed", "status", "verdict", "value", "words"
KINDS = (ADDED, REMOVED, STATUS, VERDICT, VALUE, WORDS)
#: Analyses whose note is their verdict.
VERDICTS = frozenset({"claims"})
SHA256 = 64


@dataclass(frozen=True)
class Differences:
    """All that is not the same in two runs.

    Attributes
    ----------
    rows : one row a difference: the key of the estimate, `kind` (one of `KINDS`), `column`, `before`, `after`;
        a value that is hidden in either run is nowhere in it
    causes : wave → sentences on what the runs rest on and what is not the same
    compared : estimates that both runs hold
    """

    rows: pd.DataFrame = field(repr=False)
    causes: Mapping[str, tuple[str, ...]]
    compared: int


def diff(before: Path, after: Path) -> Differences:
    """What changed from one run to another.

    Parameters
    ----------
    before, after : each a folder of a study or of outputs, with reports of waves below it, or one wave's reports

    Raises
    ------
    InputError
        If a folder holds no estimates, or a file of estimates is not whole.
    """
    import pandas as pd

    old, new = _found(before), _found(after)
    if len(old) == len(new) == 1:  # one wave's reports each: they are compared whatever their folders are called
        new = dict(zip(old, new.values(), strict=True))
        _refuse_other_wave(*old.values(), *new.values())
    parts, causes, compared = [], {}, 0
    for name in dict.fromkeys([*old, *new]):
        first, second = (_estimates(each.get(name)) for each in (old, new))
        found, both = _rows(first, second)
        parts.append(found)
        compared += both
        if name in old and name in new and (said := tuple(_causes(old[name], new[name]))):
            causes[name] = said
    return Differences(pd.concat(parts, ignore_index=True), causes, compared)


def _found(folder: Path) -> dict[str, Path]:
    """Wave → its folder of reports."""
    if (folder / ESTIMATES).is_file():
        return {folder.name: folder}
    root = folder / "reports" if (folder / "reports").is_dir() else folder
    inside = sorted(p for p in root.iterdir() if (p / ESTIMATES).is_file()) if root.is_dir() else []
    if not inside:
        hint = "Name a study, a folder given to --out, or one wave's folder of reports; make them with `survey run`."
        raise InputError(Problem(str(folder), found="no estimates", expected=f"reports/<wave>/{ESTIMATES}", hint=hint))
    return {p.name: p for p in inside}


def _refuse_other_wave(before: Path, after: Path) -> None:
    names = [set(_estimates(folder)["wave"].dropna()) for folder in (before, after)]
    if names[0] and names[1] and not names[0] & names[1]:
        found = f"estimates of {', '.join(sorted(names[0]))} and of {', '.join(sorted(names[1]))}"
        hint = "The change between waves is in reports/trend."
        raise InputError(Problem(str(after), found=found, expected="two runs of one wave", hint=hint))


def _estimates(folder: Path | None) -> pd.DataFrame:
    from survey.core import estimates

    if folder is None:
        return estimates.table({})
    read = earlier.table(lambda path: (folder / path).read_bytes(), ESTIMATES)
    if missing := [name for name in estimates.COLUMNS if name not in read]:
        found = f"a table without {', '.join(missing)}"
        raise InputError(Problem(str(folder / ESTIMATES), found=found, expected="a table of estimates"))
    return estimates.table(read[list(estimates.COLUMNS)])


def _rows(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Differences of two tables, and the number of keys that both hold."""
    import pandas as pd

    from survey.core.estimates import KEY

    key = list(KEY)
    old, new = (t.assign(**{k: t[k].fillna("") for k in key}).reset_index(drop=True) for t in (first, second))
    merged = old.merge(new, on=key, how="outer", suffixes=(" before", " after"), indicator=True, sort=False)
    in_both = merged["_merge"] == "both"
    parts = [
        merged.loc[merged["_merge"] == side, key].assign(kind=kind, column="", before="", after="")
        for side, kind in (("right_only", ADDED), ("left_only", REMOVED))
    ]
    parts += list(_changes(merged[in_both], key))
    return pd.concat(parts, ignore_index=True), int(in_both.sum())


def _changes(both: pd.DataFrame, key: list[str]) -> Iterator[pd.DataFrame]:
    """Changed status first; the rest only of rows that neither run hides."""
    from survey.core.estimates import BASE, SUPPRESSED
    from survey.core.estimates import VALUE as VALUES

    yield _texts(both, key, "status", STATUS)
    shown = both[(both["status before"] != SUPPRESSED) & (both["status after"] != SUPPRESSED)]
    judged = shown["analysis"].isin(VERDICTS)
    yield _texts(shown[judged], key, "note", VERDICT)
    yield _texts(shown[~judged], key, "note", WORDS)
    for name in ("unit", "method"):
        yield _texts(shown, key, name, WORDS)
    for name in (*VALUES, *BASE):
        yield _numbers(shown, key, name)
    yield _crossed(shown, key)


def _texts(rows: pd.DataFrame, key: list[str], name: str, kind: str) -> pd.DataFrame:
    before, after = rows[f"{name} before"].fillna(""), rows[f"{name} after"].fillna("")
    return _made(rows, key, (before != after).to_numpy(bool), kind, name, before, after)


def _numbers(rows: pd.DataFrame, key: list[str], name: str) -> pd.DataFrame:
    import numpy as np

    before, after = (rows[f"{name} {when}"].to_numpy(float, na_value=np.nan) for when in ("before", "after"))
    with np.errstate(invalid="ignore"):
        near = np.abs(before - after) <= TOLERANCE * np.maximum(1, np.maximum(np.abs(before), np.abs(after)))
    same = near | (before == after) | (np.isnan(before) & np.isnan(after))
    return _made(rows, key, ~same, VALUE, name, before, after)


def _crossed(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Adjusted tests that are on the other side of their level, as verdicts."""
    import numpy as np

    said = []
    for when in ("before", "after"):
        level = rows[f"conf_level {when}"].to_numpy(float, na_value=np.nan)
        alpha = 1 - np.where(np.isfinite(level), level, 0.95)
        p = rows[f"p_adjusted {when}"].to_numpy(float, na_value=np.nan)
        said.append(np.where(np.isnan(p), "", np.where(p < alpha, "significant", "not significant")))
    return _made(rows, key, said[0] != said[1], VERDICT, "p_adjusted", *said)


def _made(
    rows: pd.DataFrame, key: list[str], where: Any, kind: str, column: str, before: Any, after: Any
) -> pd.DataFrame:
    import numpy as np

    old, new = (np.asarray(values, dtype=object)[where] for values in (before, after))
    made: pd.DataFrame = rows.loc[where, key].assign(kind=kind, column=column, before=old, after=new)
    return made


def _causes(before: Path, after: Path) -> Iterator[str]:
    """What the manifests of one wave say differently."""
    old, new = _manifest(before), _manifest(after)
    for name in ("seed", "program", "settings", "synthetic"):
        if old.get(name) != new.get(name):
            yield _sentence(name, old.get(name), new.get(name))
    versions = [each.get("versions") or {} for each in (old, new)]
    for name in sorted({*versions[0], *versions[1]}):
        if versions[0].get(name) != versions[1].get(name):
            yield _sentence(name, versions[0].get(name), versions[1].get(name))
    inputs = [_inputs(each) for each in (old, new)]
    for name in sorted({*inputs[0], *inputs[1]}):
        if inputs[0].get(name) != inputs[1].get(name):
            how = "is new" if name not in inputs[0] else "is gone" if name not in inputs[1] else "changed"
            yield f"{name} {how}"


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _inputs(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Files of the study → sha256; what one stage hands to the next is no cause."""
    named: dict[str, str] = manifest.get("inputs") or {}
    return {name: sha for name, sha in named.items() if not name.startswith(("data/processed/", "reports/"))}


def _sentence(name: str, before: object, after: object) -> str:
    if isinstance(before, dict) and isinstance(after, dict):
        changed = sorted(k for k in {*before, *after} if before.get(k) != after.get(k))
        return f"{name}: {', '.join(changed)} changed"
    plain = all(isinstance(each, int | float | str | None) for each in (before, after))
    hashes = len(str(before)) == len(str(after)) == SHA256
    return f"{name}: {before} before, {after} now" if plain and not hashes else f"{name} changed"
