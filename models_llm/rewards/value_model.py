"""A language model whose head gives one value for each criterion instead of the next token."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotations.sentences import sentence as _
from models_llm.engines import import_transformers
from models_llm.errors import EngineError

HEAD_FILE: Final = "value_head.safetensors"
SETTINGS_FILE: Final = "value_model.json"

FloatArray = NDArray[np.float64]


class ValueModel:
    """An encoder or decoder and a linear head. A text's value rests on its last tokens where it is too long.

    The head reads the mean over an encoder's tokens, or a decoder's last token, which alone has seen all others.
    """

    def __init__(
        self, backbone: Any, tokenizer: Any, head: Any, *, device: str, is_encoder: bool, max_tokens: int
    ) -> None:
        self.backbone = backbone
        self.head = head
        self._tokenizer = tokenizer
        self._device = device
        self._is_encoder = is_encoder
        self._max_tokens = max_tokens

    @classmethod
    def start(cls, name: str, *, revision: str, n_criteria: int, max_tokens: int, device: str, seed: int) -> ValueModel:
        """A pre-trained model with a new head.

        Raises: MissingExtraError, EngineError if the model cannot be loaded.
        """
        torch, _transformers = _libraries()
        torch.manual_seed(seed)
        backbone, tokenizer, is_encoder = _load(name, revision)
        longest = min(tokenizer.model_max_length, getattr(backbone.config, "max_position_embeddings", max_tokens))
        if max_tokens > longest:
            raise EngineError(
                _(
                    "expected texts of at most %(most)s tokens, all that “%(name)s” takes, got %(came)s",
                    most=longest,
                    name=name,
                    came=max_tokens,
                )
            )
        # At first every item has about the same value, and no criterion is far from the others.
        head = torch.nn.Linear(backbone.config.hidden_size, n_criteria)
        torch.nn.init.normal_(head.weight, std=1 / (backbone.config.hidden_size**0.5))
        torch.nn.init.zeros_(head.bias)
        return cls._on_device(backbone, tokenizer, head, device=device, is_encoder=is_encoder, max_tokens=max_tokens)

    @classmethod
    def read(cls, folder: Path, *, device: str = "") -> ValueModel:
        """A model that `save` wrote.

        Raises: MissingExtraError, EngineError if the folder holds none.
        """
        torch, _transformers = _libraries()
        from safetensors.torch import load_file

        try:
            settings = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
            weights = load_file(folder / HEAD_FILE)
        except (OSError, ValueError) as err:
            raise EngineError(_("expected a reward model in %(folder)s: %(fault)s", folder=folder, fault=err)) from err
        backbone, tokenizer, is_encoder = _load(str(folder), "main")
        head = torch.nn.Linear(weights["weight"].shape[1], weights["weight"].shape[0])
        head.load_state_dict(weights)
        return cls._on_device(
            backbone, tokenizer, head, device=device, is_encoder=is_encoder, max_tokens=settings["max_tokens"]
        )

    @classmethod
    def _on_device(cls, backbone: Any, tokenizer: Any, head: Any, *, device: str, **rest: Any) -> ValueModel:
        torch, _transformers = _libraries()
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        return cls(backbone.to(device), tokenizer, head.to(device), device=device, **rest)

    def save(self, folder: Path) -> None:
        """Write model, tokenizer and head into a folder; equal weights give equal files."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        self.backbone.save_pretrained(folder)
        self._tokenizer.save_pretrained(folder)
        save_file({name: tensor.cpu() for name, tensor in self.head.state_dict().items()}, folder / HEAD_FILE)
        (folder / SETTINGS_FILE).write_text(json.dumps({"max_tokens": self._max_tokens}), encoding="utf-8")

    @property
    def is_on_gpu(self) -> bool:
        return self._device.startswith("cuda")

    def parameters(self) -> list[Any]:
        return [*self.backbone.parameters(), *self.head.parameters()]

    def train(self, mode: bool = True) -> None:
        self.backbone.train(mode)
        self.head.train(mode)

    def forward(self, texts: Sequence[str]) -> Any:
        """Values as a tensor that can be differentiated, float32 (n_texts, n_criteria)."""
        torch, _transformers = _libraries()
        batch = self._tokenizer(
            list(texts), padding=True, truncation=True, max_length=self._max_tokens, return_tensors="pt"
        ).to(self._device)
        mask = batch["attention_mask"]
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=self.is_on_gpu):
            hidden = self.backbone(input_ids=batch["input_ids"], attention_mask=mask).last_hidden_state
        if self._is_encoder:
            shares = mask.unsqueeze(-1).float()
            pooled = (hidden.float() * shares).sum(dim=1) / shares.sum(dim=1).clamp(min=1)
        else:
            pooled = hidden[:, -1].float()  # padded on the left
        return self.head(pooled)

    def values(self, texts: Sequence[str], *, batch_size: int = 16) -> FloatArray:
        """f of every text and criterion, before any sigmoid: (n_texts, n_criteria)."""
        torch, _transformers = _libraries()
        self.train(False)
        result = np.zeros((len(texts), self.head.out_features))
        # Equal lengths side by side: padding is work for nothing.
        order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), at))
        with torch.inference_mode():
            for start in range(0, len(order), batch_size):
                chosen = order[start : start + batch_size]
                result[chosen] = self.forward([texts[at] for at in chosen]).cpu().numpy()
        return result


def folder_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        for block in _blocks(path):
            digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block


def _load(name: str, revision: str) -> tuple[Any, Any, bool]:
    torch, transformers = _libraries()
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    try:
        config = transformers.AutoConfig.from_pretrained(name, revision=revision)
        is_encoder = config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            name, revision=revision, padding_side="right" if is_encoder else "left", truncation_side="left"
        )
        backbone = transformers.AutoModel.from_pretrained(name, revision=revision, dtype=torch.float32)
    except (OSError, ValueError) as err:
        raise EngineError(_("the model “%(name)s” cannot be loaded: %(fault)s", name=name, fault=err)) from err
    if getattr(config, "is_encoder_decoder", False):
        raise EngineError(_("expected an encoder or a decoder to put a value head on, “%(name)s” is both", name=name))
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return backbone, tokenizer, is_encoder


def _libraries() -> tuple[Any, Any]:
    return import_transformers(_("a reward model"))
