from __future__ import annotations

from typing import Any

import pytest

from models_llm.engines import check_hosts
from models_llm.errors import EngineError
from models_llm.models import JudgeVersion
from models_llm.selectors.judges import build_version
from models_llm.services.judges import create_served_judge
from tests.models_llm.services.judged_projects import project_with_items


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("http://judge.test:8000/v1", "judge.test"),
        ("http://judge.test:8000/v1", "judge.test:8000"),
        ("http://Judge.TEST", "JUDGE.test"),
        ("https://a.judges.test", "*.judges.test"),
        ("https://judge.test", "judge.test:443"),
        ("http://10.0.0.7", "10.0.0.*"),
    ],
)
def test_a_host_is_allowed_by_name_or_by_name_and_port(url: str, pattern: str) -> None:
    check_hosts([url], allowed=["other.test", pattern])


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("http://169.254.169.254/latest", "judge.test"),
        ("http://judge.test:8000", "judge.test:8001"),
        ("http://judge.test.elsewhere.test", "judge.test"),
        ("http://judges.test", "*.judges.test"),
    ],
)
def test_any_other_host_is_refused_with_what_is_allowed(url: str, pattern: str) -> None:
    with pytest.raises(EngineError, match="allowed by JUDGE_ALLOWED_HOSTS: "):
        check_hosts(["http://judge.test", url], allowed=[pattern])


@pytest.mark.parametrize(
    "url", ["http://judge.test:99999", "http://[judge.test", "http://judge.test\\.x", "judge.test"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(EngineError, match="starts with http"):
        check_hosts([url], allowed=["*"])


def test_a_user_in_the_address_does_not_pass_for_its_host() -> None:
    with pytest.raises(EngineError, match="has a user, a password or a query in it"):
        check_hosts(["http://judge.test@elsewhere.test"], allowed=["judge.test"])


def test_every_host_is_allowed_where_nothing_is_said() -> None:
    check_hosts(["http://169.254.169.254"], allowed=[])


@pytest.mark.django_db
def test_a_judge_is_neither_made_nor_run_on_a_server_that_is_not_allowed(settings: Any) -> None:
    project = project_with_items(0)
    settings.JUDGE_ALLOWED_HOSTS = ["judge.test"]
    version = create_served_judge(project=project, name="served", url="http://judge.test:8000", model="m")
    with pytest.raises(EngineError, match=r"elsewhere\.test:80 here"):
        create_served_judge(project=project, name="served", url="http://elsewhere.test", model="m")
    assert JudgeVersion.objects.count() == 1
    settings.JUDGE_ALLOWED_HOSTS = ["other.test"]
    with pytest.raises(EngineError, match=r"judge\.test:8000 here"):
        build_version(version.pk)
