from matching.views import contracts, deliveries, matches

__all__ = ["contracts", "deliveries", "matches"]
