"""The keys of study.yaml. What a field's text says is what an editor shows beside the key."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from survey.core.schema.design_shape import DesignShape
from survey.core.schema.engine_shape import Engine
from survey.core.schema.models_shape import AreasShape, DecomposeShape, IndirectShape, ModelShape, TypesShape
from survey.core.schema.qualitative_shape import DocumentsShape, QualitativeShape
from survey.core.schema.roadmap_shape import FrameName, InitiativeShape, MaturityShape, TargetShape
from survey.core.schema.shape import Condition, Day, FileName, Key, Name, Shape, Text, refusal
from survey.core.schema.statements_shape import ClaimShape, PropositionShape


def _all_or_names(value: Any) -> Any:
    if value in ("all", None):
        return None
    if not isinstance(value, list):
        raise refusal("`all`, or a list of names from `survey analyses`")
    return value


Analyses = Annotated[
    list[Name] | None,
    BeforeValidator(_all_or_names),
    WithJsonSchema({"anyOf": [{"const": "all"}, {"type": "array", "items": {"type": "string"}}]}),
]


class WaveShape(Shape):
    """One fielding of the instrument."""

    source: FileName
    """Data file, folder or glob, relative to this file."""
    label: Text = Field(default_factory=dict)
    """Words for the wave; default: its name."""
    collected: Annotated[list[Day], Field(min_length=2, max_length=2)] | None = None
    """First and last day of fieldwork."""
    where: Condition | None = None
    """This wave's rows of a file that holds several; names are the file's columns."""
    format: Literal[
        "auto", "csv", "tsv", "xlsx", "sav", "zsav", "por", "dta", "parquet",
        "kobo", "limesurvey", "google_forms", "qualtrics", "surveymonkey",
    ] = "auto"  # fmt: skip
    """Format of the file; auto: by its name and content."""
    form: FileName | None = None
    """XLSForm that an export of labels was made from."""
    sheet: Name | None = None
    """Sheet of a workbook; default: the only one with answers."""
    encoding: str | None = None
    """Encoding of a text file; default: UTF-8, else what the bytes show."""
    delimiter: str | None = None
    """Delimiter of a text file; default: what the header shows."""
    answers: Literal["codes", "labels", "auto"] = "auto"
    """Whether cells hold codes or labels."""
    synthetic: bool = False
    """Printed on every page of every output."""
    mode: Name | None = None
    """How people were asked, in a word such as face_to_face; waves of different modes are not compared."""
    design: DesignShape = Field(default_factory=DesignShape)
    """Keys of `design` that differ for this wave."""


#: Column and row.
Tile = Annotated[list[Annotated[int, Field(ge=0, le=20)]], Field(min_length=2, max_length=2)]


class ReleaseShape(Shape):
    """What is hidden before anything is printed."""

    min_n: Annotated[int, Field(ge=0)] = 10
    """A domain with fewer respondents is hidden."""
    min_cell: Annotated[int, Field(ge=0)] = 5
    """A level with fewer respondents is hidden, for sensitive measures and nonprobability waves."""
    complementary: bool = True
    """Hide a second domain where one alone could be computed back."""
    round_to: Annotated[int, Field(ge=1)] | None = None
    """Base that printed counts are rounded to."""


class ExcludeShape(Shape):
    """Respondents who are left out before weighting; without such a rule nobody is."""

    rule: Condition | None = None
    """Condition on questions, derived variables and indicators; for whom it is unknown stays."""
    flag: Literal["straightliner", "speeder"] | None = None
    """straightliner: one answer to all items of the indicators; speeder: shorter than a third of the median length."""
    reason: Text
    """Why, as the report prints it."""


class StudyShape(Shape):
    """study.yaml: what is studied, how it was sampled, what is estimated and released."""

    format: Literal[1]
    """Version of this file's format."""
    study: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """Short name of the study: letters, digits, - and _."""
    title: Text
    """Title of the reports."""
    languages: Annotated[list[str], Field(min_length=1)]
    """Languages of the reports; the first is the default."""
    instrument: FileName
    """The instrument file, relative to this one."""
    waves: Annotated[dict[Key, WaveShape], Field(min_length=1)]
    """Waves in time order; the key is the wave's name."""
    design: DesignShape = Field(default_factory=DesignShape)
    """How the sample was drawn, for every wave."""
    margins: FileName | None = None
    """CSV of population margins: margin, dim1, kategori1, dim2, kategori2, jumlah, status."""
    population: Annotated[float, Field(gt=0)] | None = None
    """Population size: printed, scales margins given as shares, used by plan."""
    groups: list[Name] = Field(default_factory=list)
    """Questions or derived variables over which everything is shown."""
    cross: list[Annotated[list[Name], Field(min_length=2, max_length=2)]] = Field(default_factory=list)
    """Two-way groupings."""
    conf_level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Level of confidence intervals."""
    quantile_rule: Literal["school", "math"] = "school"
    """The median where it falls between two answers: school takes their mean, math the lower, as R's default does."""
    adjust: Literal["holm", "fdr_bh", "none"] = "holm"
    """Adjustment of p values over a family of tests."""
    method: Literal["design", "classical", "both"] = "design"
    """Tests of groups: design respects how the sample was drawn, classical is unweighted; both: side by side."""
    smallest_effect: dict[Key, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """Indicator, or `indicators` for all: the smallest difference of groups that matters, in scale points."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Seed of everything random."""
    release: ReleaseShape = Field(default_factory=ReleaseShape)
    """Disclosure control; min_n 0, min_cell 0 and complementary false print everything."""
    analyses: Analyses = None
    """`all`, or a list of names from `survey analyses`."""
    engine: Engine | None = None
    """Where respondents are counted; default: memory. duckdb and spark prepare and count in parts."""
    min_valid: Annotated[float, Field(gt=0)] = 0.5
    """Items that must be answered for an indicator's score, as a count or a share, where it names none."""
    exclude: list[ExcludeShape] = Field(default_factory=list)
    """Respondents who are left out before weighting, each rule with its reason."""
    targets: list[TargetShape] = Field(default_factory=list)
    """Values the city has set itself."""
    claims: list[ClaimShape] = Field(default_factory=list)
    """Published statements to be tested."""
    propositions: list[PropositionShape] = Field(default_factory=list)
    """Sentences of a theory, each with what it predicts, its test and a rival explanation."""
    decompose: list[DecomposeShape] = Field(default_factory=list)
    """Gaps between two groups, split by covariates; default: the first and last level of each ordered group."""
    models: list[ModelShape] = Field(default_factory=list)
    """Regressions; default: each indicator on all groups."""
    intersections: Annotated[list[Name], Field(min_length=2, max_length=3)] | None = None
    """Two or three groups whose crossing is modelled; default: the first three groups."""
    indirect: list[IndirectShape] = Field(default_factory=list)
    """Orders of three variables whose indirect association is shown."""
    composition: list[Name] = Field(default_factory=list)
    """Variables whose make-up of the sample a change between waves is split by; default: groups."""
    areas: AreasShape | None = None
    """Small areas to be estimated by a model."""
    tiles: dict[Name, dict[Key, Tile]] = Field(default_factory=dict)
    """Question of areas → code → column and row of its tile on the map, from 0 at the top left; else reading order."""
    types: TypesShape | None = None
    """Types of respondents by latent class analysis."""
    frame: FrameName | None = None
    """Frame of dimensions that the study reads by, one of the instrument's `frames`; frames are never averaged."""
    initiatives: list[InitiativeShape] = Field(default_factory=list)
    """The roadmap: what is to be done, by whom, until when, and which planning documents it answers to."""
    maturity: MaturityShape | None = None
    """The rule by which the city is placed by readiness and performance."""
    qualitative: QualitativeShape | None = None
    """Coded interviews."""
    documents: DocumentsShape | None = None
    """Rules and relations that were read, printed as they stand."""
    simulate: dict[Key, Any] = Field(default_factory=dict)
    """What `survey simulate` is told, such as population and seed."""
    note: Text = Field(default_factory=dict)
    """Remarks for readers of the file."""
