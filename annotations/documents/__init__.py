"""YAML documents that people write (rubrics, mapping files), read so that each fault has its file and line.

YAML's own loader gives values and forgets where they stood. A `Node` keeps the place, so that whoever finds
a fault, in shape or in meaning, can say `node.fault(...)` and the author sees the line to change.
"""

from annotations.documents.node import Node, parse_document

__all__ = ["Node", "parse_document"]
