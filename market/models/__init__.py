from market.models.notice import Notice, NoticeQuerySet, NoticeVersion

__all__ = ["Notice", "NoticeQuerySet", "NoticeVersion"]
