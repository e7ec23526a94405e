from django.dispatch import Signal

# A product became a designated innovative product (kwargs: designation_id).
product_designated = Signal()

# A designation was suspended, resumed, extended, cancelled, transferred or expired (kwargs: designation_id).
designation_changed = Signal()
