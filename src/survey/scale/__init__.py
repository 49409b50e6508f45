"""The same tallies by SQL through Ibis: DuckDB on one machine, Spark when one is too small.

`engines` opens the prepared files, `layout` reads the sampling design from them, `terms` says an
analysis' columns in SQL, `queries` counts, `respondents` answers what analyses ask of respondents.
"""
