"""Benchmarks: `python -m benchmarks` (or `make bench`) prints ratios and writes `benchmarks/results/`."""
