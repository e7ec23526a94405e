from django.dispatch import Signal

# Sent inside the transaction that makes the fact.
call_opened = Signal()  # call_id: companies may apply
call_decided = Signal()  # call_id: the selection is public
demonstration_evaluated = Signal()  # demonstration_id: the result is public
