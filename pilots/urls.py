from django.urls import path

from pilots.views import applications, cart, plans, rounds

app_name = "pilots"
urlpatterns = [
    path("rounds/", rounds.round_list, name="round_list"),
    path("rounds/<int:round_id>/", rounds.round_detail, name="round_detail"),
    path("rounds/<int:round_id>/compare/", rounds.compare, name="compare"),
    path("rounds/<int:round_id>/calendar.ics", rounds.calendar, name="calendar"),
    path("rounds/<int:round_id>/products/<int:plan_id>/", rounds.offer, name="offer"),
    path("my/plans/", plans.plan_list, name="plan_list"),
    path("my/plans/new/", plans.plan_start, name="plan_start"),
    path("my/plans/<int:plan_id>/", plans.plan_detail, name="plan_detail"),
    path("my/plans/<int:plan_id>/edit/", plans.plan_edit, name="plan_edit"),
    path("my/plans/<int:plan_id>/withdraw/", plans.plan_withdraw, name="plan_withdraw"),
    path(
        "my/plans/<int:plan_id>/object/<int:application_id>/",
        plans.plan_object,
        name="plan_object",
    ),
    path("my/applications/", applications.application_list, name="application_list"),
    path("my/applications/start/<int:plan_id>/", applications.application_start, name="application_start"),
    path("my/applications/cart/<int:round_id>/", cart.cart, name="cart"),
    path("my/applications/cart/<int:round_id>/add/", cart.cart_add, name="cart_add"),
    path("my/applications/interest/<int:plan_id>/", cart.interest, name="interest"),
    path("my/deadlines.ics", rounds.own_calendar, name="own_calendar"),
    path("my/applications/<int:application_id>/", applications.application_detail, name="application_detail"),
    path("my/applications/<int:application_id>/edit/", applications.application_edit, name="application_edit"),
    path(
        "my/applications/<int:application_id>/withdraw/",
        applications.application_withdraw,
        name="application_withdraw",
    ),
    path(
        "my/applications/<int:application_id>/discard/", applications.application_discard, name="application_discard"
    ),
    path(
        "my/applications/<int:application_id>/approval/",
        applications.application_approval,
        name="application_approval",
    ),
    path("my/applications/<int:application_id>/submit/", applications.application_submit, name="application_submit"),
    path(
        "my/applications/<int:application_id>/send-back/",
        applications.application_send_back,
        name="application_send_back",
    ),
    path("my/applications/<int:application_id>/object/", applications.application_object, name="application_object"),
    path(
        "my/applications/<int:application_id>/questions/<int:question_id>/",
        applications.question_answer,
        name="question_answer",
    ),
]
