"""What an item shows to whoever judges it: context and candidates as sections that a page can lay out.

Pure: JSON in, dataclasses out. The shape of a value decides how it is shown, its key only gives the title, so items
of any project read well; values that fit no shape are shown as they are, and nothing of an item is left out.
"""

from annotations.evidence.candidates import CandidateView, candidate_of
from annotations.evidence.items import ItemView, item_view
from annotations.evidence.marks import Marks, Piece
from annotations.evidence.places import MOST_HIGHLIGHTS, PlacedText, check_highlights
from annotations.evidence.sections import (
    Chips,
    Entry,
    Facts,
    Passage,
    Period,
    Pictures,
    Section,
    Timeline,
    Turn,
    Turns,
    evidence_of,
    words_of,
)
from annotations.evidence.shared import shared_words

__all__ = [
    "MOST_HIGHLIGHTS",
    "CandidateView",
    "Chips",
    "Entry",
    "Facts",
    "ItemView",
    "Marks",
    "Passage",
    "Period",
    "Pictures",
    "Piece",
    "PlacedText",
    "Section",
    "Timeline",
    "Turn",
    "Turns",
    "candidate_of",
    "check_highlights",
    "evidence_of",
    "item_view",
    "shared_words",
    "words_of",
]
