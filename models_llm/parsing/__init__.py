"""Replies to ratings. A reply that cannot be read says why; nothing is guessed, defaulted or invented."""

from annotations.stored_text import storable
from models_llm.parsing.refusal import looks_refused
from models_llm.parsing.reply import ParsedReply, parse_list_reply, parse_reply

__all__ = ["ParsedReply", "looks_refused", "parse_list_reply", "parse_reply", "storable"]
