"""OCDS 1.1: plain functions from facts to releases, and the schema that gates publication."""
