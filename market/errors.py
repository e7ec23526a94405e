from core.errors import DomainError


class NoticeRefused(DomainError):
    """A notice that cannot be written, changed or published as asked."""
