"""Prepared Parquet files as one table of a database: DuckDB in this process, or a Spark cluster."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence

import ibis
from ibis.expr.types import Table

from survey.core.engine import EngineSpec
from survey.errors import Problem, SurveyError

EXTRA = "pip install 'survey[spark]'"


def opened(paths: Sequence[str], engine: EngineSpec) -> Table:
    """The records of Parquet files, all of one schema, as a table that is read when it is asked.

    Raises
    ------
    SurveyError
        If the study asks for Spark where PySpark or Java is absent.
    """
    return _on_spark(paths, engine) if engine.name == "spark" else _in_duckdb(paths, engine)


def _in_duckdb(paths: Sequence[str], engine: EngineSpec) -> Table:
    connection = ibis.duckdb.connect(
        threads=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        memory_limit=engine.memory,
        temp_directory=tempfile.gettempdir(),
        preserve_insertion_order=False,
    )
    return connection.read_parquet(list(paths))


def _on_spark(paths: Sequence[str], engine: EngineSpec) -> Table:
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError:
        raise _refusal("PySpark is not installed", EXTRA) from None
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        # What a GROUP BY leaves is small: the default of 200 partitions costs more than it spreads.
        "spark.sql.shuffle.partitions": "16",
    }
    if engine.master.startswith("local"):
        settings |= {"spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1"}
    builder = SparkSession.builder.appName("survey").master(engine.master)
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except (PySparkRuntimeError, OSError):
        raise _refusal(f"no Spark at {engine.master}", "Java 17 or later, and a master that answers") from None
    session.sparkContext.setLogLevel("ERROR")
    view = f"respondents_{hashlib.sha256(repr(paths).encode()).hexdigest()[:16]}"
    session.read.parquet(*paths).createOrReplaceTempView(view)
    return ibis.pyspark.connect(session).table(view)


def _refusal(found: str, expected: str) -> SurveyError:
    hint = "docs/scale.md says how to start it; `engine: duckdb` needs neither."
    return SurveyError(Problem(file="study.yaml", column="engine", found=found, expected=expected, hint=hint))
