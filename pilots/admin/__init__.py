from pilots.admin import cases, money, plans, rounds

__all__ = ["cases", "money", "plans", "rounds"]
