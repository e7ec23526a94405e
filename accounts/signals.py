from django.dispatch import Signal

organization_confirmed = Signal()  # organization_id: int
organization_renamed = Signal()  # organization_id: int
