from matching.admin import allocations, contracts, runs

__all__ = ["allocations", "contracts", "runs"]
