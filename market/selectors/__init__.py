from market.selectors.board import (
    NoticePage,
    latest_notices,
    notice_board,
    notice_page,
    open_rounds,
)
from market.selectors.open_data import record_package, release_package
from market.selectors.results import (
    ResultRound,
    award_rows,
    latest_feedback,
    latest_verdicts,
    published_rounds,
    result_page,
)
from market.selectors.statistics import (
    Figures,
    ProvinceCount,
    TrackBudget,
    budget_by_track,
    chosen_year,
    figures_now,
    provinces_served,
    summed,
    yearly_figures,
    years_with_rounds,
)

__all__ = [
    "Figures",
    "NoticePage",
    "ProvinceCount",
    "ResultRound",
    "TrackBudget",
    "award_rows",
    "budget_by_track",
    "chosen_year",
    "figures_now",
    "latest_feedback",
    "latest_notices",
    "latest_verdicts",
    "notice_board",
    "notice_page",
    "open_rounds",
    "provinces_served",
    "published_rounds",
    "record_package",
    "release_package",
    "result_page",
    "summed",
    "yearly_figures",
    "years_with_rounds",
]
