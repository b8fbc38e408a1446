"""Describing a judge on a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml
from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotations.models import Item, Project
from annotations.wording import say
from models_llm.choices import JudgeKind
from models_llm.engines import ENGINES, Sampling
from models_llm.errors import ModelsLLMError
from models_llm.judging import KINDS, Setting
from models_llm.models import JudgeVersion
from models_llm.prompting import load_template
from models_llm.selectors.examples import MOST_EXAMPLES
from models_llm.selectors.judges import runnable_versions
from models_llm.services.judge_documents import TEXTS
from models_llm.templatetags.judging import said

ENGINE_NAMES: Final = {
    "openai_http": _("a served model, over HTTP"),
    "vllm_offline": _("vLLM in a worker"),
    "transformers_local": _("transformers in a worker"),
    "scripted": _("scripted: by lot, no model, simulated"),
}
PRICES: Final = {
    "prompt": _("Price of prompt tokens"),
    "cached": _("Price of cached tokens"),
    "completion": _("Price of completion tokens"),
}
_TEXT_LABELS: Final = {
    "system": _("First message"),
    "user": _("Text around the item"),
    "question": _("Question about a criterion"),
    "draw": _("Question with the reasons first"),
    "rationale": _("Question for the reasons"),
}
# Where the parts of a judge's description that have another name here are asked for.
_FIELDS_OF: Final[Mapping[str, str]] = {"engine_settings.urls": "servers", "examples": "examples_n"}
_PREFIXES: Final[Mapping[str, str]] = {"template": "text"}
_NO_EXAMPLES, _SAME_EXAMPLES, _DRAWN_EXAMPLES = "none", "same", "drawn"


@dataclass(frozen=True)
class FieldGroup:
    """Fields that belong together, under a title; templates tell groups apart by their keys."""

    key: str
    title: str
    fields: list[forms.BoundField]

    @property
    def has_errors(self) -> bool:
        return any(field.errors for field in self.fields)


class DraftForm(forms.Form):
    """The fields of one kind; `document` is what they say, as `read_document` takes it."""

    use_required_attribute = False  # what is required depends on the engine, and a browser does not know

    def __init__(
        self,
        *args: Any,
        project: Project,
        kind: JudgeKind,
        source: JudgeVersion | None = None,
        written: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """`source` is the version to begin with, and `written` its document."""
        super().__init__(*args, **kwargs)
        self.kind = KINDS[kind]
        self._source = source
        self._written = written or {}
        if self.kind.has_members:
            self._add_members(project)
        else:
            self._add_engine()
            self._add_sampling()
        for setting in self.kind.describe():
            given = self._written.get("protocol", {}).get(setting.name, setting.default)
            self.fields[f"protocol_{setting.name}"] = _setting_field(setting, given)
        if self.kind.asks:
            self._add_examples()
            self._add_texts()

    def refuse(self, err: Exception) -> None:
        """Say at its field, if it has one, what is wrong with the judge of a valid form."""
        about = err.about if isinstance(err, ModelsLLMError) else ""
        part, _, name = about.partition(".")
        field = _FIELDS_OF.get(about) or (f"{_PREFIXES.get(part, part)}_{name}" if name else about)
        self.add_error(field if field in self.fields else None, say(err))

    def groups(self) -> Iterator[FieldGroup]:
        """Fields by what they are about; texts of the prompt last."""
        parts = {
            ("model", ""): ["name", "members", "engine", "model", "revision", "servers"],
            ("protocol", _("How it judges")): [name for name in self.fields if name.startswith("protocol_")],
            ("examples", _("Examples")): ["examples", "examples_n", "examples_seed"],
            ("sampling", _("Sampling")): [name for name in self.fields if name.startswith("sampling_")],
            ("price", _("Price and limits")): [*(f"price_{name}" for name in PRICES), "engine_settings"],
            ("prompt", _("Prompt")): [name for name in self.fields if name.startswith("text_")],
        }
        for (key, title), names in parts.items():
            fields = [self[name] for name in names if name in self.fields]
            if fields:
                yield FieldGroup(key, str(title), fields)

    def clean_engine_settings(self) -> dict[str, Any]:
        try:
            given = yaml.safe_load(self.cleaned_data["engine_settings"]) or {}
        except yaml.MarkedYAMLError as err:
            words = gettext("expected one setting a line, as “name: value”")
            if err.problem_mark:
                words += gettext(", line %(number)d is none") % {"number": err.problem_mark.line + 1}
            raise forms.ValidationError(words) from err
        if not isinstance(given, dict):
            raise forms.ValidationError(_("expected one setting a line, as “name: value”"))
        return given

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("examples") == _DRAWN_EXAMPLES and "examples_n" in values and not values["examples_n"]:
            self.add_error("examples_n", _("expected how many are drawn"))
        return values

    def document(self) -> dict[str, Any]:
        """The description of a valid form."""
        values = self.cleaned_data
        document: dict[str, Any] = {
            "kind": self.kind.kind.value,
            "protocol": {setting.name: values[f"protocol_{setting.name}"] for setting in self.kind.describe()},
        }
        if self.kind.has_members:
            return document | {"members": values["members"]}
        return document | {
            "engine": values["engine"],
            "model": values["model"],
            "revision": values["revision"],
            "engine_settings": self._engine_settings(),
            "sampling": {name: values[f"sampling_{name}"] for name in ("temperature", "top_p", "max_tokens", "seed")},
            "examples": self._examples(),
            "template": self._template(),
        }

    def _add_members(self, project: Project) -> None:
        versions = runnable_versions(project).filter(rubric=project.current_rubric())
        self.fields["members"] = forms.MultipleChoiceField(
            label=_("Members"),
            choices=[
                (str(version), " · ".join(filter(None, (str(version), said(version.judge.kind_words), version.model))))
                for version in versions.exclude(judge__kind=JudgeKind.JURY)
            ],
            initial=self._written.get("members"),
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Versions under the current rubric, of any kind but a jury."),
        )

    def _add_engine(self) -> None:
        engine = dict(self._written.get("engine_settings", {}))
        urls = engine.pop("urls", None) or [engine.pop("url", "") or ("" if self._written else settings.JUDGE_URL)]
        prices = engine.pop("prices", None) or {}
        self.fields |= {
            "engine": forms.ChoiceField(
                label=_("Engine"),
                choices=[(name, ENGINE_NAMES.get(name, name)) for name in ENGINE_NAMES if name in ENGINES],
                initial=self._written.get("engine"),
            ),
            "model": forms.CharField(
                label=_("Model"),
                required=False,
                max_length=200,
                initial=self._written.get("model", settings.JUDGE_MODEL),
                help_text=_("What the server calls it; in a worker, a folder or a name. By lot there is none."),
            ),
            "revision": forms.CharField(
                label=_("Revision"), required=False, max_length=200, initial=self._written.get("revision")
            ),
            "servers": forms.CharField(
                label=_("Servers"),
                required=False,
                initial="\n".join(urls),
                widget=forms.Textarea(attrs={"rows": 2, "class": "mono"}),
                help_text=_("Of a served model, one address a line, such as http://gpu-1:8000/v1. All serve the same."),
            ),
            **{
                f"price_{name}": forms.FloatField(label=label, required=False, min_value=0, initial=prices.get(name))
                for name, label in PRICES.items()
            },
            "engine_settings": forms.CharField(
                label=_("More engine settings"),
                required=False,
                initial=yaml.safe_dump(engine, allow_unicode=True, sort_keys=False) if engine else "",
                widget=forms.Textarea(attrs={"rows": 3, "class": "mono"}),
                help_text=_("One a line, such as <code>timeout_s: 60</code>. Prices are of a million tokens."),
            ),
        }

        chosen = self.data.get("engine") or self["engine"].initial or next(iter(ENGINE_NAMES))
        self.fields["model"].required = chosen != "scripted"
        self.fields["servers"].required = chosen == "openai_http"

    def _add_sampling(self) -> None:
        given = self._written.get("sampling", {})

        def initial(name: str) -> Any:
            return given.get(name, getattr(Sampling, name))

        self.fields |= {
            "sampling_temperature": forms.FloatField(
                label=_("Temperature"), min_value=0, max_value=2, initial=initial("temperature")
            ),
            "sampling_top_p": forms.FloatField(label=_("Top p"), min_value=0.01, max_value=1, initial=initial("top_p")),
            "sampling_max_tokens": forms.IntegerField(
                label=_("Tokens at most"), min_value=1, max_value=32_768, initial=initial("max_tokens")
            ),
            "sampling_seed": forms.IntegerField(
                label=_("Seed"),
                min_value=0,
                max_value=2**31 - 1,
                initial=initial("seed"),
                help_text=_("A run has its own."),
            ),
        }

    def _add_examples(self) -> None:
        choices = [(_NO_EXAMPLES, gettext("none")), (_DRAWN_EXAMPLES, gettext("drawn from what people decided"))]
        if self._source is not None and self._written.get("examples"):
            choices.insert(0, (_SAME_EXAMPLES, gettext("the same as %(version)s") % {"version": self._source}))
        self.fields |= {
            "examples": forms.ChoiceField(
                label=_("Shown before the item"),
                choices=choices,
                initial=choices[0][0],
                help_text=_("The version freezes them; it is not run on them, nor measured."),
            ),
            "examples_n": forms.IntegerField(
                label=_("How many"), required=False, min_value=1, max_value=MOST_EXAMPLES, initial=6
            ),
            "examples_seed": forms.IntegerField(
                label=_("Seed of the draw"), required=False, min_value=0, max_value=2**31 - 1, initial=0
            ),
        }

    def _add_texts(self) -> None:
        texts = self._written.get("template") or vars(load_template(self.kind.settings().template))
        self._shown_texts = {name: texts[name] for name in TEXTS if texts.get(name)}
        for name, text in self._shown_texts.items():
            self.fields[f"text_{name}"] = forms.CharField(
                label=_TEXT_LABELS[name],
                initial=text,
                strip=False,
                widget=forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false"}),
            )

    def _engine_settings(self) -> dict[str, Any]:
        values = self.cleaned_data
        engine: dict[str, Any] = dict(values["engine_settings"])
        urls = values["servers"].split() if values["engine"] == "openai_http" else []
        if len(urls) > 1:
            engine["urls"] = urls
        elif urls:
            engine["url"] = urls[0]
        prices = {name: values[f"price_{name}"] for name in PRICES if values[f"price_{name}"] is not None}
        return engine | ({"prices": prices} if prices else {})

    def _examples(self) -> dict[str, Any] | None:
        values = self.cleaned_data
        if values["examples"] == _SAME_EXAMPLES:
            return {"like": str(self._source)}
        if values["examples"] == _DRAWN_EXAMPLES:
            return {"n": values["examples_n"], "seed": values["examples_seed"] or 0}
        return None

    def _template(self) -> dict[str, str] | None:
        """The texts; None where nobody edited the kind's own, since another setting may ask for another template."""
        texts = {name: self.cleaned_data[f"text_{name}"].replace("\r\n", "\n") for name in self._shown_texts}
        if texts == self._shown_texts and not self._written.get("template"):
            return None
        return texts


class NewJudgeForm(DraftForm):
    """A draft with a name to be frozen under."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Under a name that is there, it becomes the next version.")
    )

    def __init__(self, *args: Any, source: JudgeVersion | None = None, **kwargs: Any) -> None:
        super().__init__(*args, source=source, **kwargs)
        if source is not None:
            self.fields["name"].initial = source.judge.name


class TrialForm(DraftForm):
    """A draft with the item to try it on."""

    item = forms.CharField(
        label=_("Item"), required=False, max_length=200, help_text=_("Its id. Empty: what stands below is judged.")
    )
    content = forms.CharField(
        label=_("Or an item typed in"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono", "spellcheck": "false"}),
        help_text=_("JSON: <code>{&quot;context&quot;: {…}, &quot;candidate&quot;: {…}}</code>. It is kept for a day."),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, project=project, **kwargs)
        self._project = project

    def groups(self) -> Iterator[FieldGroup]:
        yield FieldGroup("item", gettext("Item"), [self["item"], self["content"]])
        yield from super().groups()

    def clean_item(self) -> Item | None:
        given = self.cleaned_data["item"]
        if not given:
            return None
        item = Item.objects.filter(project=self._project, external_id=given).first()
        if item is None:
            raise forms.ValidationError(gettext("there is no item “%(item)s” in this project") % {"item": given})
        return item

    def clean_content(self) -> dict[str, Any] | None:
        given = self.cleaned_data["content"]
        if not given.strip():
            return None
        try:
            content = json.loads(given)
        except json.JSONDecodeError as err:
            raise forms.ValidationError(gettext("expected JSON: %(fault)s") % {"fault": err}) from err
        if not isinstance(content, dict):
            raise forms.ValidationError(_("expected a JSON object with “context” and “candidate”"))
        return content

    def chosen(self) -> dict[str, Any]:
        """The item, or else the content, of a valid form."""
        item = self.cleaned_data["item"]
        return {"item": item} if item else {"content": self.cleaned_data["content"]}


def _setting_field(setting: Setting, initial: Any) -> forms.Field:
    """A field for one of a kind's settings."""
    common = {
        "label": said(setting.name.replace("_", " ").capitalize()),
        "initial": initial,
        "help_text": said(setting.help),
    }
    if setting.choices:
        return forms.ChoiceField(choices=[(one, said(one.replace("_", " "))) for one in setting.choices], **common)
    if isinstance(setting.default, bool):
        return forms.BooleanField(required=False, **common)
    if isinstance(setting.default, int):
        return forms.IntegerField(min_value=_whole(setting.least), max_value=_whole(setting.most), **common)
    if isinstance(setting.default, float):
        return forms.FloatField(min_value=setting.least, max_value=setting.most, **common)
    return forms.CharField(required=False, max_length=200, **common)


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)
