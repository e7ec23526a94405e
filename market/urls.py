from django.urls import path

from market.views import board, home, results

app_name = "market"
urlpatterns = [
    path("", home.home, name="home"),
    path("guide/", home.guide, name="guide"),
    path("notices/", board.notice_list, name="notice_list"),
    path("notices/<int:notice_id>/", board.notice_detail, name="notice_detail"),
    path("results/", results.result_list, name="results"),
    path("results/<int:round_id>/", results.result_detail, name="result_detail"),
    path("statistics/", results.statistics, name="statistics"),
]
