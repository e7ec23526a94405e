"""Facts of this area that higher apps may react to. Sent inside the transaction."""

from django.dispatch import Signal

# kwargs: report_id: int. PPS accepted an institution's result report.
report_accepted = Signal()

# kwargs: verdict_id: int. A second person approved a line or product verdict.
verdict_approved = Signal()

# kwargs: purchase_id: int. PPS confirmed a follow-up purchase.
follow_up_confirmed = Signal()
