"""A causal language model in this process, and the replies that it writes side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from annotations.sentences import sentence as _
from models_llm.engines.chat import ChatTokenizer, load_tokenizer
from models_llm.engines.grammar import Grammars
from models_llm.engines.protocol import Sampling
from models_llm.engines.transformers_library import import_transformers
from models_llm.errors import EngineError


@dataclass
class Reply:
    """A reply that is being written.

    Attributes:
        prompt: tokens of what it answers.
        matcher: holds it to a schema, if any.
        random: draws its tokens; its own, so that a seed gives the same reply in any company.
        is_whole: whether the model ended it.
    """

    prompt: list[int]
    sampling: Sampling
    matcher: Any = None
    tokens: list[int] = field(default_factory=list)
    random: Random = field(init=False)
    is_whole: bool = False

    def __post_init__(self) -> None:
        self.random = Random(self.sampling.seed)  # noqa: S311

    @property
    def is_over(self) -> bool:
        return self.is_whole or len(self.tokens) >= self.sampling.max_tokens


class LocalModel:
    """Weights, tokenizer and grammars of one model on one device; to be used by one thread."""

    def __init__(self, name: str, *, revision: str, device: str, dtype: str, max_model_len: int) -> None:
        torch, transformers = import_transformers(_("engine “transformers_local”"))
        self.torch = torch
        self._new_cache = transformers.DynamicCache
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        tokenizer = load_tokenizer(name, revision)
        try:
            self._model = transformers.AutoModelForCausalLM.from_pretrained(
                name, revision=revision, dtype=getattr(torch, dtype or self._best_dtype())
            )
        except (OSError, ValueError, RuntimeError) as err:
            raise EngineError(_("the model “%(name)s” cannot be loaded: %(fault)s", name=name, fault=err)) from err
        self._model.to(self.device).eval()
        text_config = self._model.config.get_text_config()
        self.longest = max_model_len or text_config.max_position_embeddings
        self.ends = _ends(self._model.generation_config.eos_token_id, tokenizer.eos_token_id)
        self.chat = ChatTokenizer(tokenizer)
        self.grammars = Grammars(tokenizer, n_logits=text_config.vocab_size, ends=self.ends)

    @property
    def is_on_gpu(self) -> bool:
        return self.device.startswith("cuda")

    def read(self, prompts: Sequence[Sequence[int]], *, keep: bool) -> tuple[Any, Running]:
        """Logits (n_prompts, n_tokens) of what follows each prompt, from one forward pass, padded on the left.

        With `keep`, what was read is kept, to go on from.
        """
        torch = self.torch
        width = max(map(len, prompts))
        ids = torch.tensor([[0] * (width - len(prompt)) + list(prompt) for prompt in prompts], device=self.device)
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=self.device)
        cache = self._new_cache() if keep else None
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        return self._forward(ids, mask, positions, cache), Running(self, cache, mask)

    def _forward(self, ids: Any, mask: Any, positions: Any, cache: Any) -> Any:
        with self.torch.inference_mode():
            output = self._model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=cache is not None,
                logits_to_keep=1,
            )
        return output.logits[:, -1].float()

    def weigh(self, logits: Any, tokens: Sequence[Sequence[int]]) -> list[tuple[float, ...]]:
        """Probabilities among all tokens of each row's `tokens`."""
        shares = logits.softmax(-1)
        return [tuple(row[list(wanted)].tolist()) for row, wanted in zip(shares, tokens, strict=True)]

    def draw(self, logits: Any, replies: Sequence[Reply]) -> None:
        """Give each reply its next token: the likeliest, or one drawn from the likeliest that make up `top_p`."""
        torch = self.torch
        self.grammars.mask(logits, [reply.matcher for reply in replies])
        likeliest = logits.argmax(-1)
        is_drawn = [reply.sampling.temperature > 0 for reply in replies]
        if any(is_drawn):
            # A number for each row, made here: no device and no company changes what a seed draws.
            at = torch.tensor([reply.random.random() for reply in replies], device=logits.device)[:, None]
            temperature = [reply.sampling.temperature or 1.0 for reply in replies]
            top_p = torch.tensor([reply.sampling.top_p for reply in replies], device=logits.device)[:, None]
            scaled = logits / torch.tensor(temperature, device=logits.device)[:, None]
            shares, order = scaled.softmax(-1).sort(dim=-1, descending=True, stable=True)
            reached = shares.cumsum(-1)
            total = shares.where(reached - shares < top_p, 0).sum(-1, keepdim=True)
            place = (reached < at * total).sum(-1, keepdim=True)
            drawn = order.gather(-1, place.clamp(max=order.shape[1] - 1))[:, 0]
            likeliest = torch.where(torch.tensor(is_drawn, device=logits.device), drawn, likeliest)
        for reply, token in zip(replies, likeliest.tolist(), strict=True):
            reply.tokens.append(token)
            reply.is_whole = token in self.ends
            if reply.matcher is not None and not reply.is_whole:
                reply.matcher.accept_token(token)

    def _best_dtype(self) -> str:
        """The precision that the device is fast in without losing range."""
        if self.device.startswith("cuda") and self.torch.cuda.is_bf16_supported():
            return "bfloat16"
        return "float32"


class Running:
    """What a model has read of several prompts and their replies: one row of keys and values for each.

    Rows are padded on the left, so that others can join them and leave them at any step.
    """

    def __init__(self, model: LocalModel, cache: Any, mask: Any) -> None:
        self._model = model
        self._cache = cache
        self._mask = mask

    def __len__(self) -> int:
        return int(self._mask.shape[0])

    def read_on(self, tokens: Sequence[int]) -> Any:
        """Logits of what follows one more token in each row."""
        torch = self._model.torch
        ids = torch.tensor(tokens, device=self._mask.device)[:, None]
        positions = self._mask.sum(-1, keepdim=True)
        self._mask = torch.cat([self._mask, torch.ones_like(ids)], dim=1)
        return self._model._forward(ids, self._mask, positions, self._cache)

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all rows but these, and the padding that none of them needs."""
        chosen = self._model.torch.tensor(list(rows), device=self._mask.device, dtype=self._model.torch.long)
        mask = self._mask[chosen]
        start = int(mask.any(0).int().argmax()) if len(rows) else 0
        self._replace([(keys[chosen, :, start:], values[chosen, :, start:]) for keys, values in self._layers()])
        self._mask = mask[:, start:]

    def join(self, other: Running) -> None:
        """Take over the rows of the other, below one's own."""
        torch = self._model.torch
        pad = torch.nn.functional.pad
        width = max(self._mask.shape[1], other._mask.shape[1])
        mine, others = width - self._mask.shape[1], width - other._mask.shape[1]

        def stacked(one: Any, two: Any) -> Any:
            return torch.cat([pad(one, (0, 0, mine, 0)), pad(two, (0, 0, others, 0))])

        self._replace(
            [
                (stacked(keys, other_keys), stacked(values, other_values))
                for (keys, values), (other_keys, other_values) in zip(self._layers(), other._layers(), strict=True)
            ]
        )
        self._mask = torch.cat([pad(self._mask, (mine, 0)), pad(other._mask, (others, 0))])

    def _layers(self) -> list[tuple[Any, Any]]:
        return [(layer.keys, layer.values) for layer in self._cache.layers]

    def _replace(self, layers: list[tuple[Any, Any]]) -> None:
        self._cache = self._model._new_cache()
        for at, (keys, values) in enumerate(layers):
            self._cache.update(keys, values, at)


def _ends(generation: int | Sequence[int] | None, tokenizer: int | None) -> frozenset[int]:
    """Tokens that end a reply, as the model's generation settings say, or else its tokenizer."""
    said = tokenizer if generation is None else generation
    if said is None:
        return frozenset()
    return frozenset([said] if isinstance(said, int) else said)
