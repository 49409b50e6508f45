"""What the report calls the names that the pipeline gives its rules, checks and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.report.locale import mark

if TYPE_CHECKING:
    from survey.report.locale import Translator

RECORDS = {
    "records": mark("Records read"),
    "removed_where": mark("Records of other waves, left out"),
    "removed_no_consent": mark("Records without consent, removed"),
    "removed_duplicate": mark("Identical records, one of them kept"),
    "removed_excluded": mark("Respondents left out by a rule of the study"),
    "kept": mark("Records kept"),
}

#: Flags by which a study may leave respondents out.
FLAGS = {
    "straightliner": mark("one and the same answer to the questions of all indicators"),
    "speeder": mark("an interview shorter than a third of the median length"),
}

CELLS = {
    "cells_kept": mark("Answers taken over as they came"),
    "cells_label": mark("Answers given as words of the questionnaire"),
    "cells_same_number": mark("Numbers written in another form, equal in value"),
    "cells_selection": mark("Several answers read from one cell"),
    "cells_declared_missing": mark("Codes that the questionnaire declares missing"),
    "cells_trimmed": mark("Spaces removed"),
    "cells_spelling": mark("Spelling read as the answer it stands for"),
    "cells_synonym": mark("Other words read as the answer they stand for"),
    "cells_recode": mark("Codes of this wave turned into those of the questionnaire"),
    "cells_file_label": mark("Labels of the file read as codes"),
    "cells_number_format": mark("Numbers read from another notation"),
    "cells_date_format": mark("Dates read from another notation"),
    "cells_control_characters": mark("Invisible characters removed"),
    "cells_user_missing": mark("Codes that the file declares missing"),
    "cells_unknown_code": mark("Codes the questionnaire does not have, made blank"),
    "cells_not_a_number": mark("Text where a number belongs, made blank"),
    "cells_not_a_date": mark("Text where a date belongs, made blank"),
    "cells_out_of_range": mark("Numbers outside their range, made blank"),
    "cells_routed_past": mark("Answers to questions that did not apply"),
    "cells_redacted": mark("Personal data found in text, removed"),
    "cells_total": mark("Answers read"),
}

WEIGHTS = {
    "n": mark("People who answered"),
    "sum": mark("Sum of the weights"),
    "kish_deff": mark("Loss of precision through unequal weights (Kish's factor)"),
    "effective_n": mark("Effective sample size"),
    "min": mark("Smallest weight"),
    "max": mark("Largest weight"),
    "ratio_min": mark("Calibration: strongest decrease of a weight (factor)"),
    "ratio_max": mark("Calibration: strongest increase of a weight (factor)"),
    "calibration_steps": mark("Calibration: cycles until the margins were met"),
    "strata": mark("Strata"),
    "psus": mark("Primary sampling units"),
    "df": mark("Degrees of freedom"),
}

#: Figures about precision, which a sample that was not drawn at random does not have.
OF_PRECISION = ("kish_deff", "effective_n", "df")

#: Figures about calibration, which other weights do not have.
OF_CALIBRATION = ("ratio_min", "ratio_max", "calibration_steps")

REASONS = {
    "min_n": mark("Fewer people answered than the smallest base"),
    "min_cell": mark("Fewer people in the answer than the smallest cell"),
    "complementary": mark("A hidden figure could have been computed from it"),
    "hidden_in_a_wave": mark("One of the waves compared withholds it"),
}

CHECKS = {
    "exclusive": mark("An answer that excludes all others, given with others"),
    "required": mark("No answer to a required question"),
    "pattern": mark("Answer not in the form it should have"),
}

MISSING = {
    "blank": mark("Blank"),
    "dont_know": mark("Don't know"),
    "refused": mark("Refused"),
    "not_applicable": mark("Not asked"),
}

ANALYSES = {
    "describe": mark("Answers to questions"),
    "dont_know": mark("Don't-know answers"),
    "indicators": mark("Indicators"),
    "dont_know_sensitivity": mark("Treatments of don't-know answers"),
    "quality": mark("Response quality"),
    "reliability": mark("Reliability"),
    "validity": mark("Validity"),
    "factor": mark("Dimensions of the questions"),
    "invariance": mark("Same meaning in every group"),
    "dif": mark("Questions answered differently by groups"),
    "labels": mark("Verbal labels"),
    "types": mark("Types of citizens"),
    "areas": mark("Areas"),
    "robustness": mark("Robustness"),
    "imputation": mark("Missing answers filled in"),
    "indirect": mark("Indirect association"),
    "intersections": mark("Where groups meet"),
    "models": mark("Regressions"),
    "decompose": mark("Gaps split"),
    "priorities": mark("Groups behind"),
    "divide": mark("Ladder, funnels and gaps"),
    "association": mark("Answers by group, tested"),
    "compare": mark("Groups compared"),
    "trend": mark("Change over the waves"),
    "claims": mark("Published statements"),
    "propositions": mark("Predictions of a theory"),
    "barriers": mark("Obstacles"),
    "open_answers": mark("Open answers"),
    "joint": mark("Interviews beside the numbers"),
    "scorecard": mark("Dimensions"),
    "stakeholders": mark("Stakeholders"),
    "maturity": mark("Maturity"),
    "targets": mark("Targets"),
}


SPECIFICATIONS = {
    "unweighted": mark("without weights"),
    "classical": mark("as a simple random sample"),
    "dont_know_midpoint": mark("“don't know” as the middle"),
    "min_valid_1": mark("one answer makes a score"),
    "min_valid_all": mark("only who answered every question"),
    "median": mark("medians"),
    "imputed": mark("missing answers filled in"),
}


def called(t: Translator, name: str, *known: dict[str, str]) -> str:
    """The words for a name in the reader's language; the name itself where there are none."""
    family = name.split(":")[0]
    message = next((words[key] for words in known for key in (name, family) if key in words), None)
    return t(message) if message else name
