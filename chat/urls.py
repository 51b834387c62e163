from django.urls import path

from .views import account, health, people, review, setup

urlpatterns: list = []

urlpatterns += [
    path("login/", account.sign_in, name="login"),
    path("logout/", account.sign_out, name="logout"),
    path("account/", account.account, name="account"),
    path("setup/", setup.setup, name="setup"),
    path("signup/", people.sign_up, name="signup"),
    path("invite/<str:token>/", people.invitation, name="invitation"),
    path("people/", people.people_page, name="people"),
    path("people/invite/", people.invite, name="people-invite"),
    path("people/invitations/<int:invitation_id>/revoke/", people.revoke, name="invitation-revoke"),
    path("people/<int:person_id>/deactivate/", people.deactivate, name="person-deactivate"),
    path("people/<int:person_id>/activate/", people.activate, name="person-activate"),
    path("review/", review.review, name="review"),
    path("review/<uuid:case_id>/", review.case, name="case"),
    path("review/<uuid:case_id>/decide/", review.decide, name="case-decide"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.show_metrics, name="metrics"),
]
