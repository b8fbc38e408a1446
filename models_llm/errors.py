"""What can go wrong in `models_llm`. Each error has a stable `code`; doors translate them once."""

from __future__ import annotations


class ModelsLLMError(Exception):
    """Base of every error of this app. `str(error)` is a sentence for the person who caused it.

    Attributes:
        about: the part of a judge's description that is at fault, such as `model` or `template.user`, for a door that
            has a field for it; empty where it is no single part.
    """

    code = "models_llm_error"
    retryable = False

    def __init__(self, message: str = "", *, about: str = "") -> None:
        super().__init__(message)
        self.about = about


class MissingExtraError(ModelsLLMError):
    """A heavy library is not installed; the message names the extra that brings it."""

    code = "missing_extra"


class EngineError(ModelsLLMError):
    """An engine cannot be built, or cannot load its model."""

    code = "engine_invalid"


class UnansweredError(ModelsLLMError):
    """An engine gave nothing back, neither a reply nor a reason that is the item's."""

    code = "unanswered"
    retryable = True


class EngineDiedError(UnansweredError):
    """An engine ended while it was asked. What it was asked may be why, so whoever asks again counts."""

    code = "engine_died"


class OutageError(UnansweredError):
    """There is no engine to ask, for long enough that nobody waits any longer. No item is to blame for that."""

    code = "outage"


class UnusableError(UnansweredError):
    """A model cannot be loaded here, or a library is missing. No item is to blame, and it stays so by itself."""

    code = "unusable"
    retryable = False


class JudgeError(ModelsLLMError):
    """A judge cannot be made, fitted or found."""

    code = "judge_invalid"


class FitError(JudgeError):
    """There is too little, or the wrong thing, to fit a judge on."""

    code = "fit_impossible"


class RunStateError(ModelsLLMError):
    """A run is not in a state that allows what was asked."""

    code = "run_state"


class DatasetError(ModelsLLMError):
    """A data set cannot be built, or its files are not what its manifest says."""

    code = "dataset_invalid"
