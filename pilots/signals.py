from django.dispatch import Signal

annual_plan_confirmed = Signal()  # the council confirmed a version of the year's plan; kwargs: annual_plan_id: int
# All that follow are sent inside the transaction that makes the fact; kwargs: round_id: int
round_intake_opened = Signal()  # suppliers may file plans
round_opened = Signal()  # the list of products is public and institutions may apply
round_schedule_changed = Signal()  # a closing time moved; also kwargs reason: str
round_product_left = Signal()  # a product left an opened round; also kwargs product: str, reason: str
round_closed = Signal()  # the closing time has passed
round_frozen = Signal()  # the review is over and the matching instance stands
round_result_published = Signal()  # matches are public
round_cancelled = Signal()  # the round ends without a result
