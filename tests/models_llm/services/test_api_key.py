from __future__ import annotations

from typing import Any

import pytest

from models_llm.selectors import judges as selectors
from models_llm.services.judges import create_served_judge
from tests.models_llm.services.judged_projects import project_with_items


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://judge.test", "secret"),
        ("http://judge.test/v1", "secret"),
        ("http://elsewhere.test", ""),
        ("https://judge.test", ""),
        ("http://judge.test.elsewhere.test", ""),
        ("http://judge.test:81", ""),
    ],
)
def test_the_key_goes_only_to_the_server_it_belongs_to(
    settings: Any, monkeypatch: pytest.MonkeyPatch, url: str, key: str
) -> None:
    given: list[str] = []

    def keep_key(name: str, *, model: str, config: Any, api_key: str) -> None:
        given.append(api_key)

    monkeypatch.setattr(selectors, "shared_engine", keep_key)
    settings.JUDGE_URL, settings.JUDGE_API_KEY = "http://judge.test/v1", "secret"
    version = create_served_judge(project=project_with_items(0), name="served", url=url, model="m")
    assert given == [key]
    assert "secret" not in str(version.config)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("others", "key"), [("http://second.test:8000", "secret"), ("https://second.test:8000", ""), ("", "")]
)
def test_the_key_goes_to_a_pool_only_if_it_belongs_to_all_its_servers(
    settings: Any, monkeypatch: pytest.MonkeyPatch, others: str, key: str
) -> None:
    given: list[str] = []
    monkeypatch.setattr(selectors, "shared_engine", lambda *names, api_key, **kept: given.append(api_key))
    settings.JUDGE_URL, settings.JUDGE_API_KEY, settings.JUDGE_KEY_URLS = "http://judge.test", "secret", [others]
    urls = ["http://judge.test/v1", "http://second.test:8000/v1"]
    selectors.engine_with_key("openai_http", model="m", config={"urls": urls})
    assert given == [key]
