from __future__ import annotations

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from models_llm.engines import Message, Prompt


def test_the_digest_of_a_prompt_without_images_is_over_roles_and_texts() -> None:
    prompt = Prompt((Message("system", "s"), Message("user", "u")))
    assert prompt.digest == hashlib.sha256(b'[["system","s"],["user","u"]]').hexdigest()


def test_the_digest_of_a_prompt_covers_its_images_and_their_order() -> None:
    images = ("data:image/png;base64,AA", "data:image/png;base64,BB")
    asked = [(), images, images[::-1], images[:1]]
    assert len({Prompt((Message("user", "u", one),)).digest for one in asked}) == 4


@given(st.text(st.characters(exclude_categories=())))
def test_the_digest_is_over_json_whatever_the_text(text: str) -> None:
    written = json.dumps([["user", text]], ensure_ascii=False, separators=(",", ":"))
    assert Prompt((Message("user", text),)).digest == hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()
