from django.urls import path

from market import feeds
from market.views import board, home, open_data, results

app_name = "market"
urlpatterns = [
    path("", home.home, name="home"),
    path("guide/", home.guide, name="guide"),
    path("notices/", board.notice_list, name="notice_list"),
    path("notices/<int:notice_id>/", board.notice_detail, name="notice_detail"),
    path("results/", results.result_list, name="results"),
    path("results/<int:round_id>/", results.result_detail, name="result_detail"),
    path("results/<int:round_id>/files/<int:run_id>/<slug:name>.json", results.result_file, name="result_file"),
    path("statistics/", results.statistics, name="statistics"),
    path("ocds/", open_data.ocds, name="ocds"),
    path("ocds/releases.json", open_data.ocds_releases, name="ocds_releases"),
    path("ocds/records.json", open_data.ocds_records, name="ocds_records"),
    path("feeds/notices.atom", feeds.notices, name="feed_notices"),
    path("feeds/results.atom", feeds.results, name="feed_results"),
]
