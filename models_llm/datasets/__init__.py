"""Judged data sets: the shapes trainers read, their files, manifest and card, and the proof that they are intact.

A selector reads items in blocks, a shape (one of `SHAPES`) makes tables of blocks, `write_tables` makes files of
tables. The same blocks give the same bytes.
"""

from models_llm.datasets.archive import stream_zip
from models_llm.datasets.blocks import CALIBRATED_BY, Annotations, Block, IntArray, LevelArray, Probabilities, Verdicts
from models_llm.datasets.card import JUDGEMENT_REASONS, REASONS, render_card
from models_llm.datasets.decisions import decide
from models_llm.datasets.files import DataFile, describe_file, write_tables
from models_llm.datasets.manifest import (
    MANIFEST_FORMAT,
    MANIFEST_NAME,
    Manifest,
    describe_schema,
    dump_manifest,
    read_manifest,
    seal_manifest,
)
from models_llm.datasets.overlap import consume_beside
from models_llm.datasets.plan import JudgeName, Plan
from models_llm.datasets.prompts import prompt_digest
from models_llm.datasets.query import Query, parse_slice
from models_llm.datasets.shapes import SHAPES, Order, ShapeSpec, find_shape
from models_llm.datasets.tally import Tally
from models_llm.datasets.verification import Fault, read_ids, verify_files

__all__ = [
    "CALIBRATED_BY",
    "JUDGEMENT_REASONS",
    "MANIFEST_FORMAT",
    "MANIFEST_NAME",
    "REASONS",
    "SHAPES",
    "Annotations",
    "Block",
    "DataFile",
    "Fault",
    "IntArray",
    "JudgeName",
    "LevelArray",
    "Manifest",
    "Order",
    "Plan",
    "Probabilities",
    "Query",
    "ShapeSpec",
    "Tally",
    "Verdicts",
    "consume_beside",
    "decide",
    "describe_file",
    "describe_schema",
    "dump_manifest",
    "find_shape",
    "parse_slice",
    "prompt_digest",
    "read_ids",
    "read_manifest",
    "render_card",
    "seal_manifest",
    "stream_zip",
    "verify_files",
    "write_tables",
]
