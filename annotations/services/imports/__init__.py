"""Files of items, judgements and gold into a project: streamed, by COPY, in bounded memory.

`import_file` is the whole way for a file on disk; `open_batch`, `take_batch` and `import_rows` are its steps for
doors that have a stream or hand the work to a worker.
"""

from annotations.services.imports.batches import (
    close_batch,
    completed_before,
    digest_of,
    open_batch,
    take_batch,
)
from annotations.services.imports.files import import_file
from annotations.services.imports.running import Progress, import_rows
from annotations.services.imports.uploads import import_stored, receive_upload, sweep_imports

__all__ = [
    "Progress",
    "close_batch",
    "completed_before",
    "digest_of",
    "import_file",
    "import_rows",
    "import_stored",
    "open_batch",
    "receive_upload",
    "sweep_imports",
    "take_batch",
]
