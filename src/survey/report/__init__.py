"""Release to files that people read; never sees a respondent and never computes a statistic."""
