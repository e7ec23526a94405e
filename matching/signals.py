from django.dispatch import Signal

result_published = Signal()  # round_id: the awards of the round are public from now on
result_corrected = Signal()  # run_id: an approved correction of a public result is public too
# round_id, and run_id of a correction: whoever writes the notice answers with its text; nothing is kept
result_notice_asked = Signal()
contract_signed = Signal()  # contract_id: both parties are bound, the money is committed
line_delivered = Signal()  # line_id: every unit of a line has arrived, its institution may inspect
line_accepted = Signal()  # line_id: an institution accepted its delivery, pilot use may begin
contract_paid = Signal()  # contract_id: the payment is recorded and the money is spent
contract_terminated = Signal()  # contract_id: a signed contract ended early, open lines are cancelled
