"""Pages of `models_llm`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from models_llm.api.audits import AuditDetailView, AuditListView
from models_llm.api.calibrations import CalibrationDetailView, CalibrationListView
from models_llm.api.datasets import DatasetDetailView, DatasetDownloadView, DatasetListView
from models_llm.api.judge_card import JudgeCardView
from models_llm.api.judges import FitDetailView, JudgeDetailView, JudgeListView
from models_llm.api.reward_models import RewardModelListView
from models_llm.api.runs import RunChangeView, RunCountView, RunDetailView, RunListView, RunUnratedView
from models_llm.api.verdicts import VerdictDetailView
from models_llm.views import (
    audits,
    calibrations,
    datasets,
    judge_card,
    judges,
    new_judge,
    playground,
    reward_models,
    runs,
    verdicts,
)

app_name = "models_llm"
urlpatterns: list[URLPattern | URLResolver] = [
    # judges
    path("p/<slug:slug>/judges/", judges.judges, name="judges"),
    path("p/<slug:slug>/judges/fit/", judges.fit_baseline, name="fit-baseline"),
    path("p/<slug:slug>/judges/train/", reward_models.train_reward_model, name="train-reward-model"),
    path("p/<slug:slug>/judges/new/", new_judge.new_judge, name="new-judge"),
    path("p/<slug:slug>/judges/new/examples/", new_judge.drawn_examples, name="drawn-examples"),
    path("p/<slug:slug>/judges/<int:version_id>/", judges.judge, name="judge"),
    path("p/<slug:slug>/judges/<int:version_id>/try/", playground.playground, name="playground"),
    path("p/<slug:slug>/judges/drafts/<int:trial_id>/save/", playground.save_draft, name="save-draft"),
    path("p/<slug:slug>/judges/<int:version_id>/audits/", audits.audits, name="audits"),
    path("p/<slug:slug>/judges/<int:version_id>/audits/start/", audits.start, name="start-audit"),
    path("p/<slug:slug>/audits/<int:audit_id>/", audits.audit, name="audit"),
    path("p/<slug:slug>/judges/<int:version_id>/calibration/", calibrations.calibration, name="calibration"),
    path("p/<slug:slug>/judges/<int:version_id>/calibration/fit/", calibrations.calibrate, name="calibrate"),
    path("p/<slug:slug>/judges/<int:version_id>/card/", judge_card.card, name="judge-card"),
    path("p/<slug:slug>/raters/<int:rater_id>/card/", judge_card.card_of_rater, name="card-of-rater"),
    # runs
    path("p/<slug:slug>/runs/", runs.runs, name="runs"),
    path("p/<slug:slug>/runs/start/", runs.start, name="start-run"),
    path("p/<slug:slug>/runs/<int:run_id>/", runs.run, name="run"),
    path("p/<slug:slug>/runs/<int:run_id>/unrated/", runs.unrated, name="unrated"),
    path("p/<slug:slug>/runs/<int:run_id>/<slug:action>/", runs.change, name="change-run"),
    path("p/<slug:slug>/verdicts/<int:judgement_id>/", verdicts.verdict, name="verdict"),
    # data sets
    path("p/<slug:slug>/datasets/", datasets.datasets, name="datasets"),
    path("p/<slug:slug>/datasets/<int:dataset_id>/", datasets.dataset, name="dataset"),
    path("p/<slug:slug>/datasets/<int:dataset_id>/download/", datasets.download, name="download-dataset"),
    path(
        "p/<slug:slug>/datasets/<int:dataset_id>/files/<path:path>",
        datasets.download_file,
        name="download-dataset-file",
    ),
    # API
    path("api/v1/projects/<slug:slug>/judges/", JudgeListView.as_view(), name="api-judges"),
    path("api/v1/projects/<slug:slug>/judges/<int:version_id>/", JudgeDetailView.as_view(), name="api-judge"),
    path("api/v1/projects/<slug:slug>/judges/<int:version_id>/audits/", AuditListView.as_view(), name="api-audits"),
    path("api/v1/projects/<slug:slug>/audits/<int:audit_id>/", AuditDetailView.as_view(), name="api-audit"),
    path("api/v1/projects/<slug:slug>/judges/<int:version_id>/card/", JudgeCardView.as_view(), name="api-judge-card"),
    path(
        "api/v1/projects/<slug:slug>/judges/<int:version_id>/calibrations/",
        CalibrationListView.as_view(),
        name="api-calibrations",
    ),
    path(
        "api/v1/projects/<slug:slug>/calibrations/<int:calibration_id>/",
        CalibrationDetailView.as_view(),
        name="api-calibration",
    ),
    path("api/v1/projects/<slug:slug>/fits/<int:fit_id>/", FitDetailView.as_view(), name="api-fit"),
    path("api/v1/projects/<slug:slug>/reward-models/", RewardModelListView.as_view(), name="api-reward-models"),
    path("api/v1/projects/<slug:slug>/runs/", RunListView.as_view(), name="api-runs"),
    path("api/v1/projects/<slug:slug>/runs/count/", RunCountView.as_view(), name="api-count-run"),
    path("api/v1/projects/<slug:slug>/runs/<int:run_id>/", RunDetailView.as_view(), name="api-run"),
    path("api/v1/projects/<slug:slug>/runs/<int:run_id>/unrated/", RunUnratedView.as_view(), name="api-unrated"),
    path(
        "api/v1/projects/<slug:slug>/runs/<int:run_id>/<slug:action>/", RunChangeView.as_view(), name="api-change-run"
    ),
    path("api/v1/projects/<slug:slug>/verdicts/<int:judgement_id>/", VerdictDetailView.as_view(), name="api-verdict"),
    path("api/v1/projects/<slug:slug>/datasets/", DatasetListView.as_view(), name="api-datasets"),
    path("api/v1/projects/<slug:slug>/datasets/<int:dataset_id>/", DatasetDetailView.as_view(), name="api-dataset"),
    path(
        "api/v1/projects/<slug:slug>/datasets/<int:dataset_id>/download/",
        DatasetDownloadView.as_view(),
        name="api-download-dataset",
    ),
]
