from matching.admin import allocations, contracts, objections, runs, what_if

__all__ = ["allocations", "contracts", "objections", "runs", "what_if"]
