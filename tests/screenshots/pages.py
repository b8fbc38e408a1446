"""Every page that there is, by the name of its address, and who looks at it.

A test compares this list with the addresses of the platform: a new page belongs in `PAGES`, an address that gives no
page of its own in `NOT_PAGES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from annotations.choices import Role

INTERESTS: Final = "shop-interests"
TAGS: Final = "shop-tags"
EXPLANATIONS: Final = "shop-explanations"
PREFERENCES: Final = "shop-preferences"
RANKINGS: Final = "shop-rankings"


@dataclass(frozen=True)
class PageToSee:
    """One picture.

    Attributes:
        route: name of the address.
        viewer: the demonstration's account that looks; None for somebody who is not signed in.
        project: slug of the project in the address, if one is.
        row: what the number in the address is of, a key of `rows.ROWS`.
        arguments: other parts of the address.
        query: after the question mark.
        status: what the page answers.
    """

    route: str
    viewer: Role | None = Role.LEAD
    project: str | None = None
    row: str | None = None
    arguments: tuple[str | int, ...] = ()
    query: str = ""
    status: int = 200

    @property
    def file_name(self) -> str:
        viewer = "" if self.viewer in (None, Role.LEAD) else self.viewer
        query = self.query.replace("=", "-").replace("&", "-")
        parts = [self.route.replace(":", "-"), self.project, self.row, viewer, query]
        return "_".join(part for part in parts if part).replace(" ", "-")[:90]


PAGES: Final = (
    PageToSee("account_login", viewer=None),
    PageToSee("account_signup", viewer=None),
    PageToSee("account_reset_password", viewer=None),
    PageToSee("account_logout"),
    PageToSee("account_change_password"),
    PageToSee("mfa_index"),
    PageToSee("projects"),
    PageToSee("projects", Role.ANNOTATOR),
    PageToSee("search"),
    PageToSee("search-in-project", project=TAGS),
    PageToSee("search-in-project", project=TAGS, query="q=judge"),
    PageToSee("search-in-project", Role.ANNOTATOR, project=TAGS, query="q=zebra"),
    PageToSee("overview", project=TAGS),
    PageToSee("overview", Role.ANNOTATOR, project=TAGS),
    PageToSee("overview", project="no-such-project", status=404),
    PageToSee("annotations:me"),
    PageToSee("annotations:keys", Role.ANNOTATOR),
    PageToSee("annotations:create-project"),
    PageToSee("annotations:settings", project=TAGS),
    PageToSee("annotations:rubric", project=EXPLANATIONS),
    PageToSee("annotations:rubric-version", project=TAGS, arguments=(1,)),
    PageToSee("annotations:new-rubric", project=TAGS),
    PageToSee("annotations:guidelines", project=TAGS),
    PageToSee("annotations:guidelines-version", project=TAGS, arguments=(1,)),
    PageToSee("annotations:edit-guidelines", project=TAGS),
    PageToSee("annotations:items", project=TAGS),
    PageToSee("annotations:items", project=TAGS, query="queue=open&people_differ=no"),
    PageToSee("annotations:act", project=TAGS, query="action=reserve&scope=all"),
    PageToSee("annotations:chores", project=TAGS),
    PageToSee("annotations:chore", project=TAGS, row="chore"),
    PageToSee("annotations:chore", project=TAGS, row="chore under way"),
    PageToSee("annotations:chore", project=TAGS, row="chore being chosen"),
    PageToSee("annotations:chore", project=TAGS, row="draw under way"),
    PageToSee("annotations:chore", project=TAGS, row="cancelled chore"),
    PageToSee("annotations:saved-views", project=TAGS),
    PageToSee("annotations:webhooks", project=TAGS),
    PageToSee("annotations:webhook", project=TAGS, row="webhook"),
    PageToSee("annotations:delivery", project=TAGS, row="delivery"),
    PageToSee("annotations:item", project=TAGS, row="item"),
    PageToSee("annotations:item", project=PREFERENCES, row="item"),
    PageToSee("annotations:imports", project=INTERESTS),
    PageToSee("annotations:import", project=INTERESTS, row="batch"),
    PageToSee("annotations:people", project=TAGS),
    PageToSee("annotations:person", project=TAGS, row="person"),
    PageToSee("annotations:person-answers", project=TAGS, row="person"),
    PageToSee("annotations:modes", project=TAGS),
    PageToSee("annotations:gold", project=TAGS),
    PageToSee("annotations:settings", Role.ANNOTATOR, project=TAGS, status=403),
    PageToSee("annotations:invitation", Role.ANNOTATOR, row="invitation"),
    PageToSee("annotations:policy", project=TAGS),
    PageToSee("annotations:queue", project=TAGS),
    PageToSee("annotations:queue-rows", project=TAGS, query="items=waiting"),
    PageToSee("annotations:queue-rows", project=TAGS, query="turns=all"),
    PageToSee("annotations:draw", project=TAGS, row="draw", query="repeat=1"),
    PageToSee("annotations:review", Role.ANNOTATOR, project=INTERESTS),
    PageToSee("annotations:review", Role.ANNOTATOR, project=TAGS),
    PageToSee("annotations:review", Role.ANNOTATOR, project=EXPLANATIONS),
    PageToSee("annotations:review", Role.ANNOTATOR, project=PREFERENCES),
    PageToSee("annotations:review", Role.ANNOTATOR, project=RANKINGS),
    PageToSee("annotations:my-work", Role.ANNOTATOR, project=TAGS),
    PageToSee("annotations:revise", Role.ANNOTATOR, project=TAGS, row="own annotation"),
    PageToSee("annotations:adjudicate", Role.ADJUDICATOR, project=EXPLANATIONS),
    PageToSee("annotations:adjudicate", project=TAGS),
    PageToSee("annotations:disputes", project=EXPLANATIONS),
    PageToSee("annotations:unclear", project=EXPLANATIONS),
    PageToSee("annotations:flags", project=EXPLANATIONS),
    PageToSee("annotations:mentions", project=EXPLANATIONS),
    PageToSee("annotations:agreement", project=TAGS),
    PageToSee("annotations:agreement", project=INTERESTS),
    PageToSee("annotations:agreement", project=EXPLANATIONS),
    PageToSee("annotations:agreement", project=PREFERENCES),
    PageToSee("annotations:agreement", project=RANKINGS),
    PageToSee("models_llm:judges", project=TAGS),
    PageToSee("models_llm:train-reward-model", project=TAGS),
    PageToSee("models_llm:new-judge", project=TAGS),
    PageToSee("models_llm:new-judge", project=TAGS, query="kind=per_criterion"),
    PageToSee("models_llm:drawn-examples", project=TAGS, query="examples_n=4"),
    PageToSee("models_llm:playground", project=TAGS, row="described version"),
    PageToSee("models_llm:judge", project=TAGS, row="judge version"),
    PageToSee("models_llm:audits", project=TAGS, row="audited version"),
    PageToSee("models_llm:audit", project=TAGS, row="audit"),
    PageToSee("models_llm:audit", project=PREFERENCES, row="audit"),
    PageToSee("models_llm:judge-card", project=TAGS, row="calibrated version"),
    PageToSee("models_llm:judge-card", project=RANKINGS, row="recorded version"),
    PageToSee("models_llm:calibration", project=TAGS, row="calibrated version", query="criterion=0&of=before&bin=0"),
    PageToSee("models_llm:runs", project=TAGS),
    PageToSee("models_llm:run", project=TAGS, row="run"),
    PageToSee("models_llm:unrated", project=TAGS, row="run"),
    PageToSee("models_llm:verdict", project=TAGS, row="verdict"),
    PageToSee("models_llm:verdict", project=TAGS, row="calibrated verdict"),
    PageToSee("models_llm:datasets", Role.TRAINER, project=TAGS),
    PageToSee("models_llm:dataset", Role.TRAINER, project=TAGS, row="dataset"),
    PageToSee("api-docs"),
)

NOT_PAGES: Final = (
    # changes, which answer with another page
    "annotations:theme", "annotations:language", "annotations:add-token", "annotations:drop-token",
    "annotations:set-role", "annotations:drop-member", "annotations:add-invitation", "annotations:drop-invitation",
    "annotations:begin-person", "annotations:pause-person", "annotations:resume-person", "annotations:set-skills",
    "annotations:draw-gold", "annotations:change-gold", "annotations:retire-gold",
    "annotations:accept-invitation", "annotations:submit", "annotations:skip", "annotations:ahead",
    "annotations:confirm-guidelines", "annotations:keep", "annotations:cancel-chore", "models_llm:fit-baseline",
    "annotations:rule", "annotations:look", "annotations:put-back", "annotations:reopen-dispute",
    "annotations:adjudicate-now", "annotations:flag-turn", "annotations:flag-item", "annotations:resolve-flag",
    "annotations:comment",
    "annotations:resolve-thread", "annotations:see-mentions", "annotations:open-mention",
    "models_llm:start-audit", "models_llm:start-run", "models_llm:change-run", "models_llm:calibrate",
    "models_llm:card-of-rater", "models_llm:save-draft", "annotations:add-view", "annotations:edit-view",
    "annotations:drop-view", "annotations:new-secret", "annotations:try-webhook", "annotations:drop-webhook",
    "annotations:send-again",
    # files
    "annotations:rubric-yaml", "annotations:refusals-csv", "models_llm:download-dataset",
    "models_llm:download-dataset-file", "annotations:export-items",
    # for programs
    "healthz",
)  # fmt: skip

NOT_PAGES_OF_OURS: Final = ("account_", "mfa_", "socialaccount_", "openid_connect_")
"""Beginnings of addresses of django-allauth; those that people meet without an e-mail server are in `PAGES`."""


def is_for_programs(route: str) -> bool:
    return route.rpartition(":")[2].startswith("api-") and route != "api-docs"
