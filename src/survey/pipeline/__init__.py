"""The stages of a study in order, what is up to date, and what is written.

`stages` says what each stage reads and makes, `build` brings waves up to date, `checking` finds every
problem without writing. The statistics are in `prepare`, `analyse` and `report`.
"""
