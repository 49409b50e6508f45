"""Waves that are prepared and counted in parts, so that their size is the disk's and not the memory's.

Answers lie in `responses/part-*.parquet` in place of one file, the audit likewise; everything after
the estimates is as for any wave.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from survey.errors import InputError, Problem, SchemaError
from survey.writing import encode, fingerprint, large

if TYPE_CHECKING:
    import pandas as pd

    from survey.analyse.respondents import Respondents
    from survey.analyse.running import Estimated
    from survey.core.instrument import Instrument
    from survey.core.interviews import Interviews
    from survey.core.study import WaveSpec
    from survey.core.wave import Raw
    from survey.pipeline.earlier import Read
    from survey.prepare import quality
    from survey.prepare.condensed import Placed, Weights
    from survey.prepare.margins import Margin
    from survey.study import Study

#: Records that are cleaned at a time.
SIZE = 100_000
#: Violated checks that are named.
LISTED = 100
INDEX = f"{large.PARTS}/parts.json"
#: Digits of an estimate that do not hang on the order in which an engine adds up.
DIGITS = 12

Folder = tempfile.TemporaryDirectory[str]


@dataclass(frozen=True)
class Drafts:
    """Parts of a wave on disk, cleaned and not yet weighted, and what was counted meanwhile.

    Attributes
    ----------
    first : the source's first records, for its name, hash and columns.
    parts : files with a part's answers and what its weights hang on; audits : the audit's parts.
    """

    folder: Folder
    first: Raw = field(repr=False)
    weights: Weights = field(repr=False)
    parts: Sequence[Path]
    audits: Sequence[bytes] = field(repr=False)
    quality: Sequence[quality.Row] = field(repr=False)
    counts: Counter[str]


def drafts(study: Study, spec: WaveSpec, margins: Sequence[Margin], key: bytes | None) -> Drafts:
    """The wave cleaned in parts, and its weights solved.

    Raises
    ------
    SurveyError
        As for a wave in memory; replicate weights and trimmed weights are refused.
    """
    from survey.prepare import batches, condensed, ingest, quality
    from survey.prepare.exclude import nobody_left

    file, instrument, exclude = spec.source, study.instrument, study.spec.exclude
    _refuse_alike(instrument)
    sample = condensed.Sample(spec.design, margins, file)
    source = ingest.batches(study.folder / file, spec, file, SIZE)
    folder = tempfile.TemporaryDirectory(prefix="survey-")
    known = batches.look(source, instrument, spec, file, Path(folder.name), spec.engine.memory)
    broken: list[Problem] = []
    parts, audits, counted, counts = [], [], [], Counter[str]()
    for at, part in enumerate(batches.cleaned(source, known, instrument, spec, file, key, exclude)):
        broken += part.broken
        counted.append(part.quality)
        counts.update(part.counts)
        audits.append(large.kept(f"audit-{at:05}", encode.parquet(part.audit), folder))
        if len(part.frame):
            placed = sample.add(part.frame, part.design_columns, part.rows)
            parts.append(Path(folder.name) / f"draft-{at:05}")
            _keep_draft(part.frame, placed, parts[-1])
    if broken:
        raise InputError(broken[:LISTED])
    if not parts:
        raise InputError(nobody_left(exclude, counts["removed_excluded"], file))
    weights = sample.weigh(study.spec, spec, instrument)
    return Drafts(folder, next(source()), weights, parts, audits, quality.added(counted, instrument), counts)


def _keep_draft(frame: pd.DataFrame, placed: Placed, place: Path) -> None:
    """A cleaned part as Arrow, which keeps categories of numbers where Parquet does not."""
    import pyarrow as pa

    beside = {"__base": placed.base, "__of_design": placed.of_design, "__of_margins": placed.of_margins}
    table = pa.Table.from_pandas(frame.assign(**beside), preserve_index=False)
    with pa.OSFile(str(place), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _draft(place: Path) -> tuple[pd.DataFrame, Placed]:
    import numpy as np
    import pyarrow as pa

    from survey.prepare.condensed import Placed

    with pa.OSFile(str(place), "rb") as stored:
        frame = pa.ipc.open_file(stored).read_all().to_pandas()
    base = frame.pop("__base").to_numpy(float)
    return frame, Placed(base, *(frame.pop(c).to_numpy(np.intp) for c in ("__of_design", "__of_margins")))


def _refuse_alike(instrument: Instrument) -> None:
    """Refuse names that a database takes for one: its columns do not tell capitals from small letters."""
    names = [v.name for v in instrument.variables] + [i.name for i in instrument.indicators]
    times = Counter(name.casefold() for name in names)
    hint = "Rename one of them, or set engine: memory."
    problems = [
        Problem("study.yaml", None, "engine", f"the variable {name!r} beside one that differs in capitals", "", hint)
        for name in names
        if times[name.casefold()] > 1
    ]
    if problems:
        raise SchemaError(problems)


def prepared(made: Drafts, folder: str) -> tuple[dict[str, bytes], dict[str, pd.DataFrame]]:
    """Files of a prepared wave below `folder`, and tables about its weights."""
    from survey.prepare import quality, responses

    files: dict[str, bytes] = {}
    index = []
    for at, draft in enumerate(made.parts):
        frame, placed = _draft(draft)
        draft.unlink()
        name = f"part-{at:05}.parquet"
        content = encode.parquet(responses.to_frame(made.weights.wave(frame, placed)))
        files[f"{folder}/{large.PARTS}/{name}"] = large.kept(name, content, made.folder)
        index.append({"file": name, "rows": len(frame), "sha256": fingerprint.of_bytes(content)})
    files |= {f"{folder}/audit/part-{at:05}.parquet": content for at, content in enumerate(made.audits)}
    table = quality.table(made.quality)
    files[f"{folder}/{INDEX}"] = (json.dumps({"parts": index}, indent=1) + "\n").encode()
    files[f"{folder}/quality.csv"] = encode.csv(table)
    return files, {"quality": table, **made.weights.facts()}


def estimates(study: Study, spec: WaveSpec, read: Read, folder: str, told: Interviews | None = None) -> Estimated:
    """All estimates of a prepared wave that the study asks for, counted where its parts lie.

    Raises
    ------
    SchemaError
        If study.yaml names an analysis that needs the respondents' rows.
    """
    from survey.analyse import catalogue, running
    from survey.analyse.inference import Inference

    chosen = catalogue.countable(study.spec)
    inf = Inference.within(study.spec, respondents(study, spec, read, folder))
    made = running.run(replace(inf, interviews=told), chosen)
    return replace(made, table=_rounded(made.table))


def respondents(study: Study, spec: WaveSpec, read: Read, folder: str) -> Respondents:
    """The respondents of a prepared wave, counted where its parts lie."""
    from survey.scale.respondents import Stored

    index = json.loads(read(f"{folder}/{INDEX}"))
    contents = [read(f"{folder}/{large.PARTS}/{part['file']}") for part in index["parts"]]
    paths = [str(large.place_of(content)) for content in contents]
    return Stored.of(paths, spec.engine, spec, study.instrument, study.spec.groups, study.spec.cross)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Values without the digits in which two runs may differ."""
    import numpy as np

    from survey.core.estimates import BASE, VALUE

    def short(values: np.ndarray) -> np.ndarray:
        known = np.isfinite(values) & (values != 0)
        power = DIGITS - 1 - np.floor(np.log10(np.abs(np.where(known, values, 1))))
        scaled = np.round(values * 10.0 ** np.maximum(power, 0) / 10.0 ** np.maximum(-power, 0))
        return np.where(known, scaled / 10.0 ** np.maximum(power, 0) * 10.0 ** np.maximum(-power, 0), values)

    columns = {name: short(table[name].to_numpy(float, na_value=np.nan)) for name in (*VALUE, *BASE)}
    return table.assign(**columns).astype(table.dtypes[[*columns]].to_dict())
