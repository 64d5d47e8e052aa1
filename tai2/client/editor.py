"""A text edited in the person's own $EDITOR.

`tai2 prompt edit` and the CFG tab call it, with the terminal free for the editor. The text is
in a private file for that long and nowhere else.
"""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from tai2.model.errors import Refused


def edited(text: str) -> str | None:
    """Let the person edit a text; None = nothing changed. Blocks until the editor ends.

    Raises:
        Refused: The editor doesn't exist or failed; nothing is changed then.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "prompt.txt"
        path.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)  # noqa: S603 - the user's
        except (OSError, subprocess.CalledProcessError) as exc:
            raise Refused(f"{editor!r} didn't finish: nothing changed", "Set $EDITOR.") from exc
        changed = path.read_text(encoding="utf-8")
    return None if changed == text else changed
