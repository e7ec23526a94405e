"""The auditor: the standard library alone, and not a line shared with the engine."""
