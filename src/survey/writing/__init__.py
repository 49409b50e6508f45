"""Files that appear whole or not at all: encodings, hashes, manifest, lock, staging, signals.

Mechanics only; nothing here knows what a survey is. `pipeline` decides what is written.
"""
