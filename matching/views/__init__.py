from matching.views import contracts, deliveries, matches, objections

__all__ = ["contracts", "deliveries", "matches", "objections"]
