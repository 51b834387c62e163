from django.urls import path

from .trial import PATH
from .views import (
    account,
    assistants,
    chat,
    conversations,
    documents,
    endpoints,
    exports,
    health,
    people,
    review,
    search,
    setup,
    stream,
    trial,
    turns,
)

urlpatterns = [
    path("", chat.home, name="chat-home"),
    path("sidebar/", chat.sidebar, name="sidebar"),
    path("c/<uuid:conversation_id>/", chat.conversation, name="conversation"),
    path("c/<uuid:conversation_id>/changes/", chat.changes, name="conversation-changes"),
    path("search/", search.look, name="search"),
    path("c/<uuid:conversation_id>/export.<str:form>", exports.conversation, name="conversation-export"),
    path("c/<uuid:conversation_id>/rename/", conversations.rename, name="conversation-rename"),
    path("c/<uuid:conversation_id>/delete/", conversations.delete, name="conversation-delete"),
    path("c/<uuid:conversation_id>/restore/", conversations.restore, name="conversation-restore"),
    path("turns/", turns.create, name="turn-create"),
    path("turns/<uuid:turn_id>/", turns.turn, name="turn"),
    path("turns/<uuid:turn_id>/answer/", turns.answer, name="turn-answer"),
    path("turns/<uuid:turn_id>/document.json", documents.document, name="turn-document"),
    path("turns/<uuid:turn_id>/events", stream.events, name="turn-events"),
    path("turns/<uuid:turn_id>/stop/", turns.stop, name="turn-stop"),
    path("turns/<uuid:turn_id>/select/", turns.select, name="turn-select"),
]

urlpatterns += [
    path("login/", account.sign_in, name="login"),
    path("logout/", account.sign_out, name="logout"),
    path("account/", account.account, name="account"),
    path("account/export.zip", exports.everything, name="account-export"),
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
    path(PATH, trial.streaming_check, name="streaming-check"),
]

urlpatterns += [
    path("assistants/", assistants.assistants_page, name="assistants"),
    path("assistants/new/", assistants.new, name="assistant-new"),
    path("assistants/<int:assistant_id>/", assistants.assistant, name="assistant"),
    path("assistants/<int:assistant_id>/first/", assistants.put_first, name="assistant-first"),
    path("assistants/<int:assistant_id>/archive/", assistants.archive, name="assistant-archive"),
    path("assistants/<int:assistant_id>/restore/", assistants.restore, name="assistant-restore"),
    path(
        "assistants/<int:assistant_id>/versions/<int:number>/", assistants.version, name="assistant-version"
    ),
    path(
        "assistants/<int:assistant_id>/versions/<int:number>/restore/",
        assistants.restore_version,
        name="assistant-version-restore",
    ),
    path("endpoints/new/", endpoints.new, name="endpoint-new"),
    path("endpoints/models/", endpoints.models, name="endpoint-models"),
    path("endpoints/<int:endpoint_id>/", endpoints.endpoint, name="endpoint"),
    path("endpoints/<int:endpoint_id>/test/", endpoints.test, name="endpoint-test"),
    path("endpoints/<int:endpoint_id>/archive/", endpoints.archive, name="endpoint-archive"),
    path("endpoints/<int:endpoint_id>/restore/", endpoints.restore, name="endpoint-restore"),
]
