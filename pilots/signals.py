from django.dispatch import Signal

# All are sent inside the transaction that makes the fact; kwargs: round_id: int
round_intake_opened = Signal()  # suppliers may file plans
round_opened = Signal()  # the list of products is public and institutions may apply
round_schedule_changed = Signal()  # a closing time moved; also kwargs reason: str
round_closed = Signal()  # the closing time has passed
round_frozen = Signal()  # the review is over and the matching instance stands
round_result_published = Signal()  # matches are public
round_cancelled = Signal()  # the round ends without a result
