"""Sentences about one finding each, made by rule from released rows that they name."""
