from django.urls import path

from matching.views import contracts, deliveries, matches, objections

app_name = "matching"
urlpatterns = [
    path("my/matches/", matches.match_list, name="match_list"),
    path("my/matches/<int:allocation_id>/", matches.match_detail, name="match_detail"),
    path("my/matches/<int:allocation_id>/accept/", matches.match_accept, name="match_accept"),
    path("my/matches/<int:allocation_id>/decline/", matches.match_decline, name="match_decline"),
    path("my/matches/outcomes/<int:explanation_id>/", matches.outcome_detail, name="outcome_detail"),
    path("my/matches/outcomes/<int:explanation_id>/ask/", matches.outcome_ask, name="outcome_ask"),
    path("my/matches/outcomes/<int:explanation_id>/answer/", matches.outcome_answer, name="outcome_answer"),
    path("my/matches/products/<int:plan_id>/", matches.line_up_detail, name="line_up"),
    path("my/matches/products/<int:plan_id>/accept/", matches.line_up_accept, name="line_up_accept"),
    path("my/matches/products/<int:plan_id>/decline/", matches.line_up_decline, name="line_up_decline"),
    path("my/matches/products/<int:plan_id>/outcome/", objections.product_outcome, name="product_outcome"),
    path("my/objections/", objections.objection_list, name="objection_list"),
    path("my/objections/<int:objection_id>/", objections.objection_detail, name="objection_detail"),
    path(
        "my/objections/applications/<int:application_id>/",
        objections.object_to_application,
        name="object_to_application",
    ),
    path("my/objections/products/<int:plan_id>/", objections.object_to_product, name="object_to_product"),
    path("my/contracts/", contracts.contract_list, name="contract_list"),
    path("my/contracts/<int:contract_id>/", contracts.contract_detail, name="contract_detail"),
    path("my/deliveries/", deliveries.delivery_list, name="delivery_list"),
    path("my/deliveries/<int:line_id>/", deliveries.delivery_detail, name="delivery_detail"),
    path("my/deliveries/<int:line_id>/record/", deliveries.delivery_record, name="delivery_record"),
    path("my/deliveries/<int:line_id>/inspect/", deliveries.inspection_record, name="inspection_record"),
]
