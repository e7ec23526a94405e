from pilots.admin import absences, cases, money, plans, rounds

__all__ = ["absences", "cases", "money", "plans", "rounds"]
