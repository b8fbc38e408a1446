"""Reward models: a small language model with a value head, distilled from people's ratings and a teacher's verdicts.

It gives every criterion of a candidate one value. Training orders the values as the ratings are ordered, list-wise or
in pairs; cut points turn a value into a distribution over levels, so that the model judges like any other judge. Of a
pair the value is that of the first candidate less that of the second.
"""

from models_llm.rewards.cut_points import CutPoints, fit_cut_points
from models_llm.rewards.losses import listwise_loss, pairwise_loss
from models_llm.rewards.shared_model import SharedModel, shared_model
from models_llm.rewards.training import Objective, RatedText, TrainedValues, Training, rated_texts, train_value_model
from models_llm.rewards.value_model import ValueModel, folder_digest
from models_llm.rewards.value_scale import ValueScale, fit_value_scale, tiers_of

__all__ = [
    "CutPoints",
    "Objective",
    "RatedText",
    "SharedModel",
    "TrainedValues",
    "Training",
    "ValueModel",
    "ValueScale",
    "fit_cut_points",
    "fit_value_scale",
    "folder_digest",
    "listwise_loss",
    "pairwise_loss",
    "rated_texts",
    "shared_model",
    "tiers_of",
    "train_value_model",
]
