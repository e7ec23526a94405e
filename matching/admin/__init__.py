from matching.admin import allocations, contracts, runs, what_if

__all__ = ["allocations", "contracts", "runs", "what_if"]
