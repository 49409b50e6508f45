"""Bad input of every kind: refused with its place, nothing lost, nothing private shown."""
