from overseas.selectors.cases import (
    application_of,
    applications_for,
    demonstration_by_token,
    guest_steps,
    open_calls,
    products_to_demonstrate,
    timeline,
)
from overseas.selectors.desk import cards, queues
from overseas.selectors.public import (
    PublicDemonstration,
    as_public,
    countries_reached,
    public_demonstration,
    public_demonstrations,
    results_of_product,
)

__all__ = [
    "PublicDemonstration",
    "application_of",
    "applications_for",
    "as_public",
    "cards",
    "countries_reached",
    "demonstration_by_token",
    "guest_steps",
    "open_calls",
    "products_to_demonstrate",
    "public_demonstration",
    "public_demonstrations",
    "queues",
    "results_of_product",
    "timeline",
]
