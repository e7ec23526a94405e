"""Benchmarks: `make bench` measures the matching engine, `make bench ARGS=counterfactuals` its stated changes."""
