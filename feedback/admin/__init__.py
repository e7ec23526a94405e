from feedback.admin import aftercare, reports, uses, verdicts

__all__ = ["aftercare", "reports", "uses", "verdicts"]
