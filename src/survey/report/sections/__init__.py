"""One module a chapter of the report; each function makes one section of it, or says why it cannot."""
