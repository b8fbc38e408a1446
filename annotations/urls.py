"""Pages of `annotations`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from annotations.api.agreement import AgreementView
from annotations.api.chores import CancelChoreView, ChoresView, ChoreView
from annotations.api.disputes import (
    DisputesView,
    LookView,
    NextDisputeView,
    PutBackView,
    ReopenView,
    RuleView,
    StopAskingView,
    UnclearView,
)
from annotations.api.gold import GoldMixView, GoldView, OneGoldView, RetireGoldView
from annotations.api.imports import JudgementsView
from annotations.api.items import ActView, ExportItemsView, ProjectItemsView
from annotations.api.keys import OwnKeysView
from annotations.api.people import ModesView, PausesView, PeopleView, PersonView, ResumeView
from annotations.api.policies import PolicyView, PreviewView
from annotations.api.projects import ProjectDetailView, ProjectListView
from annotations.api.queue import DrawsView, DrawView, QueueView
from annotations.api.reservations import ReleaseView, ReservationsView
from annotations.api.review import (
    ConfirmGuidelinesView,
    KeepView,
    NextItemView,
    ProgressView,
    ReviseView,
    SkipView,
    SubmitView,
)
from annotations.api.saved_views import SavedViewsView, SavedViewView
from annotations.api.threads import (
    CommentsView,
    FlagItemView,
    FlagsView,
    FlagTurnView,
    MentionsView,
    ResolveFlagView,
    ThreadView,
)
from annotations.api.webhooks import (
    DeliveriesView,
    DeliveryView,
    ResendView,
    WebhookSecretView,
    WebhooksView,
    WebhookTestView,
    WebhookView,
)
from annotations.views import (
    account,
    adjudication,
    agreement,
    chores,
    disputes,
    gold,
    imports,
    item_actions,
    item_export,
    items,
    keys,
    modes,
    my_work,
    people,
    person,
    policy,
    projects,
    queue,
    review,
    saved_views,
    threads,
    webhooks,
    words,
)

WEBHOOK = "api/v1/projects/<slug:slug>/webhooks/<int:webhook_id>/"

app_name = "annotations"
urlpatterns: list[URLPattern | URLResolver] = [
    # one's own account
    path("me/", account.me, name="me"),
    path("me/theme/", account.set_theme, name="theme"),
    path("me/language/", account.set_language, name="language"),
    path("me/keys/", keys.keys, name="keys"),
    path("me/tokens/", account.add_token, name="add-token"),
    path("me/tokens/<int:token_id>/revoke/", account.drop_token, name="drop-token"),
    # projects
    path("projects/new/", projects.create, name="create-project"),
    path("p/<slug:slug>/settings/", projects.settings, name="settings"),
    path("p/<slug:slug>/rubric/", words.rubric, name="rubric"),
    path("p/<slug:slug>/rubric/new/", words.new_rubric, name="new-rubric"),
    path("p/<slug:slug>/rubric/<int:version>/", words.rubric, name="rubric-version"),
    path("p/<slug:slug>/rubric/<int:version>/yaml/", words.rubric_yaml, name="rubric-yaml"),
    path("p/<slug:slug>/guidelines/", words.guidelines, name="guidelines"),
    path("p/<slug:slug>/guidelines/edit/", words.edit_guidelines, name="edit-guidelines"),
    path("p/<slug:slug>/guidelines/<int:version>/", words.guidelines, name="guidelines-version"),
    # items
    path("p/<slug:slug>/items/", items.items, name="items"),
    path("p/<slug:slug>/items/<int:item_id>/", items.item, name="item"),
    path("p/<slug:slug>/items/act/", item_actions.act, name="act"),
    path("p/<slug:slug>/items/chores/", chores.chores, name="chores"),
    path("p/<slug:slug>/items/chores/<int:chore_id>/", chores.chore, name="chore"),
    path("p/<slug:slug>/items/chores/<int:chore_id>/cancel/", chores.cancel, name="cancel-chore"),
    path("p/<slug:slug>/items/export.<str:shape>", item_export.export_items, name="export-items"),
    path("p/<slug:slug>/items/views/", saved_views.saved_views, name="saved-views"),
    path("p/<slug:slug>/items/views/add/", saved_views.add_view, name="add-view"),
    path("p/<slug:slug>/items/views/<int:view_id>/", saved_views.edit_view, name="edit-view"),
    path("p/<slug:slug>/items/views/<int:view_id>/delete/", saved_views.drop_view, name="drop-view"),
    # imports
    path("p/<slug:slug>/imports/", imports.imports, name="imports"),
    path("p/<slug:slug>/imports/<int:batch_id>/", imports.import_detail, name="import"),
    path("p/<slug:slug>/imports/<int:batch_id>/refusals.csv", imports.refusals_csv, name="refusals-csv"),
    # people
    path("p/<slug:slug>/people/", people.people, name="people"),
    path("p/<slug:slug>/people/<int:member_id>/role/", people.set_role, name="set-role"),
    path("p/<slug:slug>/people/<int:member_id>/remove/", people.drop_member, name="drop-member"),
    path("p/<slug:slug>/people/invite/", people.add_invitation, name="add-invitation"),
    path("p/<slug:slug>/invitations/<int:invitation_id>/revoke/", people.drop_invitation, name="drop-invitation"),
    path("invite/<str:secret>/", people.invitation, name="invitation"),
    path("invite/<str:secret>/accept/", people.accept, name="accept-invitation"),
    # quality of people
    path("p/<slug:slug>/people/<int:member_id>/begin/", person.begin, name="begin-person"),
    path("p/<slug:slug>/people/<int:person_id>/", person.person, name="person"),
    path("p/<slug:slug>/people/<int:person_id>/answers/", person.answers, name="person-answers"),
    path("p/<slug:slug>/people/<int:person_id>/pause/", person.pause, name="pause-person"),
    path("p/<slug:slug>/people/<int:person_id>/resume/", person.resume, name="resume-person"),
    path("p/<slug:slug>/people/<int:person_id>/skills/", person.skills, name="set-skills"),
    path("p/<slug:slug>/modes/", modes.modes, name="modes"),
    path("p/<slug:slug>/gold/", gold.gold, name="gold"),
    path("p/<slug:slug>/gold/draw/", gold.draw, name="draw-gold"),
    path("p/<slug:slug>/gold/<int:gold_id>/", gold.change, name="change-gold"),
    path("p/<slug:slug>/gold/<int:gold_id>/retire/", gold.retire, name="retire-gold"),
    # review
    path("p/<slug:slug>/review/", review.review, name="review"),
    path("p/<slug:slug>/review/<int:assignment_id>/ahead/", review.ahead, name="ahead"),
    path("p/<slug:slug>/review/<int:assignment_id>/submit/", review.submit, name="submit"),
    path("p/<slug:slug>/review/<int:assignment_id>/skip/", review.skip, name="skip"),
    path("p/<slug:slug>/review/guidelines/<int:version>/read/", review.confirm, name="confirm-guidelines"),
    path("p/<slug:slug>/my-work/", my_work.my_work, name="my-work"),
    path("p/<slug:slug>/my-work/<int:judgement_id>/", my_work.revise, name="revise"),
    path("p/<slug:slug>/my-work/<int:judgement_id>/keep/", my_work.keep, name="keep"),
    # what people are asked
    path("p/<slug:slug>/policy/", policy.policy, name="policy"),
    path("p/<slug:slug>/queue/", queue.queue, name="queue"),
    path("p/<slug:slug>/queue/rows/", queue.rows, name="queue-rows"),
    path("p/<slug:slug>/queue/draws/<int:draw_id>/", queue.draw, name="draw"),
    # where people differ
    path("p/<slug:slug>/adjudicate/", adjudication.adjudicate, name="adjudicate"),
    path("p/<slug:slug>/adjudicate/<int:dispute_id>/rule/", adjudication.rule_on, name="rule"),
    path("p/<slug:slug>/adjudicate/<int:dispute_id>/look/", adjudication.look_at, name="look"),
    path("p/<slug:slug>/adjudicate/<int:dispute_id>/put-back/", adjudication.put_dispute_back, name="put-back"),
    path("p/<slug:slug>/disputes/", disputes.disputes, name="disputes"),
    path("p/<slug:slug>/disputes/<int:dispute_id>/reopen/", disputes.reopen_dispute, name="reopen-dispute"),
    path("p/<slug:slug>/disputes/of/<int:item_id>/now/", disputes.adjudicate_now, name="adjudicate-now"),
    path("p/<slug:slug>/guidelines/unclear/", disputes.unclear, name="unclear"),
    # flags and comments
    path("p/<slug:slug>/review/<int:assignment_id>/flag/", threads.flag_turn, name="flag-turn"),
    path("p/<slug:slug>/items/<int:item_id>/flag/", threads.flag, name="flag-item"),
    path("p/<slug:slug>/flags/", threads.flags, name="flags"),
    path("p/<slug:slug>/flags/<int:flag_id>/resolve/", threads.resolve_a_flag, name="resolve-flag"),
    path("p/<slug:slug>/items/<int:item_id>/comments/", threads.comment, name="comment"),
    path("p/<slug:slug>/comments/<int:comment_id>/resolve/", threads.resolve_a_thread, name="resolve-thread"),
    path("p/<slug:slug>/mentions/", threads.mentions, name="mentions"),
    path("p/<slug:slug>/mentions/seen/", threads.see_all_mentions, name="see-mentions"),
    path("p/<slug:slug>/mentions/<int:mention_id>/open/", threads.open_mention, name="open-mention"),
    # webhooks
    path("p/<slug:slug>/webhooks/", webhooks.webhooks, name="webhooks"),
    path("p/<slug:slug>/webhooks/<int:webhook_id>/", webhooks.webhook, name="webhook"),
    path("p/<slug:slug>/webhooks/<int:webhook_id>/secret/", webhooks.new_secret, name="new-secret"),
    path("p/<slug:slug>/webhooks/<int:webhook_id>/test/", webhooks.try_webhook, name="try-webhook"),
    path("p/<slug:slug>/webhooks/<int:webhook_id>/delete/", webhooks.drop_webhook, name="drop-webhook"),
    path("p/<slug:slug>/deliveries/<int:delivery_id>/", webhooks.delivery, name="delivery"),
    path("p/<slug:slug>/deliveries/<int:delivery_id>/send/", webhooks.send_again, name="send-again"),
    # agreement
    path("p/<slug:slug>/agreement/", agreement.agreement, name="agreement"),
    # API
    path("api/v1/me/keys/", OwnKeysView.as_view(), name="api-keys"),
    path("api/v1/projects/", ProjectListView.as_view(), name="api-projects"),
    path("api/v1/projects/<slug:slug>/review/next/", NextItemView.as_view(), name="api-next"),
    path("api/v1/projects/<slug:slug>/review/<int:assignment_id>/submit/", SubmitView.as_view(), name="api-submit"),
    path("api/v1/projects/<slug:slug>/review/<int:assignment_id>/skip/", SkipView.as_view(), name="api-skip"),
    path("api/v1/projects/<slug:slug>/review/progress/", ProgressView.as_view(), name="api-progress"),
    path(
        "api/v1/projects/<slug:slug>/review/guidelines/<int:version>/read/",
        ConfirmGuidelinesView.as_view(),
        name="api-confirm-guidelines",
    ),
    path("api/v1/projects/<slug:slug>/my-work/<int:judgement_id>/", ReviseView.as_view(), name="api-revise"),
    path("api/v1/projects/<slug:slug>/my-work/<int:judgement_id>/keep/", KeepView.as_view(), name="api-keep"),
    path("api/v1/projects/<slug:slug>/", ProjectDetailView.as_view(), name="api-project"),
    path("api/v1/projects/<slug:slug>/policy/", PolicyView.as_view(), name="api-policy"),
    path("api/v1/projects/<slug:slug>/policy/preview/", PreviewView.as_view(), name="api-preview-policy"),
    path("api/v1/projects/<slug:slug>/queue/", QueueView.as_view(), name="api-queue"),
    path("api/v1/projects/<slug:slug>/queue/draws/", DrawsView.as_view(), name="api-draws"),
    path("api/v1/projects/<slug:slug>/queue/draws/<int:draw_id>/", DrawView.as_view(), name="api-draw"),
    path("api/v1/projects/<slug:slug>/items/", ProjectItemsView.as_view(), name="api-items"),
    path("api/v1/projects/<slug:slug>/items/act/", ActView.as_view(), name="api-act"),
    path("api/v1/projects/<slug:slug>/chores/", ChoresView.as_view(), name="api-chores"),
    path("api/v1/projects/<slug:slug>/chores/<int:chore_id>/", ChoreView.as_view(), name="api-chore"),
    path(
        "api/v1/projects/<slug:slug>/chores/<int:chore_id>/cancel/", CancelChoreView.as_view(), name="api-cancel-chore"
    ),
    path("api/v1/projects/<slug:slug>/items/export.<str:shape>", ExportItemsView.as_view(), name="api-export-items"),
    path("api/v1/projects/<slug:slug>/saved-views/", SavedViewsView.as_view(), name="api-saved-views"),
    path("api/v1/projects/<slug:slug>/saved-views/<int:view_id>/", SavedViewView.as_view(), name="api-saved-view"),
    path("api/v1/projects/<slug:slug>/reservations/", ReservationsView.as_view(), name="api-reservations"),
    path("api/v1/projects/<slug:slug>/reservations/release/", ReleaseView.as_view(), name="api-release"),
    path("api/v1/projects/<slug:slug>/webhooks/", WebhooksView.as_view(), name="api-webhooks"),
    path(WEBHOOK, WebhookView.as_view(), name="api-webhook"),
    path(f"{WEBHOOK}secret/", WebhookSecretView.as_view(), name="api-new-secret"),
    path(f"{WEBHOOK}test/", WebhookTestView.as_view(), name="api-try-webhook"),
    path(f"{WEBHOOK}deliveries/", DeliveriesView.as_view(), name="api-deliveries"),
    path(f"{WEBHOOK}deliveries/<int:delivery_id>/", DeliveryView.as_view(), name="api-delivery"),
    path(f"{WEBHOOK}deliveries/<int:delivery_id>/send/", ResendView.as_view(), name="api-send-again"),
    path("api/v1/projects/<slug:slug>/judgements/", JudgementsView.as_view(), name="api-judgements"),
    path("api/v1/projects/<slug:slug>/agreement/", AgreementView.as_view(), name="api-agreement"),
    path("api/v1/projects/<slug:slug>/people/", PeopleView.as_view(), name="api-people"),
    path("api/v1/projects/<slug:slug>/people/<int:person_id>/", PersonView.as_view(), name="api-person"),
    path("api/v1/projects/<slug:slug>/people/<int:person_id>/pauses/", PausesView.as_view(), name="api-pauses"),
    path("api/v1/projects/<slug:slug>/people/<int:person_id>/resume/", ResumeView.as_view(), name="api-resume"),
    path("api/v1/projects/<slug:slug>/modes/", ModesView.as_view(), name="api-modes"),
    path("api/v1/projects/<slug:slug>/gold/", GoldView.as_view(), name="api-gold"),
    path("api/v1/projects/<slug:slug>/gold/mix/", GoldMixView.as_view(), name="api-gold-mix"),
    path("api/v1/projects/<slug:slug>/gold/<int:gold_id>/", OneGoldView.as_view(), name="api-one-gold"),
    path("api/v1/projects/<slug:slug>/gold/<int:gold_id>/retire/", RetireGoldView.as_view(), name="api-retire-gold"),
    # API: where people differ, flags and comments
    path("api/v1/projects/<slug:slug>/disputes/", DisputesView.as_view(), name="api-disputes"),
    path("api/v1/projects/<slug:slug>/disputes/next/", NextDisputeView.as_view(), name="api-next-dispute"),
    path("api/v1/projects/<slug:slug>/disputes/<int:dispute_id>/look/", LookView.as_view(), name="api-look"),
    path(
        "api/v1/projects/<slug:slug>/disputes/<int:dispute_id>/put-back/",
        PutBackView.as_view(),
        name="api-put-back",
    ),
    path("api/v1/projects/<slug:slug>/disputes/<int:dispute_id>/rule/", RuleView.as_view(), name="api-rule"),
    path(
        "api/v1/projects/<slug:slug>/disputes/<int:dispute_id>/reopen/",
        ReopenView.as_view(),
        name="api-reopen",
    ),
    path("api/v1/projects/<slug:slug>/items/<int:item_id>/stop-asking/", StopAskingView.as_view(), name="api-stop"),
    path("api/v1/projects/<slug:slug>/guidelines/unclear/", UnclearView.as_view(), name="api-unclear"),
    path("api/v1/projects/<slug:slug>/flags/", FlagsView.as_view(), name="api-flags"),
    path(
        "api/v1/projects/<slug:slug>/flags/<int:flag_id>/resolve/",
        ResolveFlagView.as_view(),
        name="api-resolve-flag",
    ),
    path(
        "api/v1/projects/<slug:slug>/review/<int:assignment_id>/flag/",
        FlagTurnView.as_view(),
        name="api-flag-turn",
    ),
    path(
        "api/v1/projects/<slug:slug>/items/<int:item_id>/flag/",
        FlagItemView.as_view(),
        name="api-flag-item",
    ),
    path(
        "api/v1/projects/<slug:slug>/items/<int:item_id>/comments/",
        CommentsView.as_view(),
        name="api-comments",
    ),
    path(
        "api/v1/projects/<slug:slug>/comments/<int:comment_id>/resolve/",
        ThreadView.as_view(),
        name="api-resolve-thread",
    ),
    path("api/v1/projects/<slug:slug>/mentions/", MentionsView.as_view(), name="api-mentions"),
]
