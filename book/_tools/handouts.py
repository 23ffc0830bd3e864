"""Write what a class run needs to know of each published chapter into src/cnnlab/grading/chapters.

    python -m book._tools.handouts

`make notebooks` ends with it; a test holds the files to the chapters.
"""

import json

from book._tools.chapters import chapters
from cnnlab.grading.handout import CHAPTERS, of_notebook


def texts() -> dict[str, str]:
    """The text of each file, by its name."""
    told = {f"{path.stem[:2]}.json": of_notebook(path)._asdict() for path in chapters()}
    return {name: json.dumps(each, indent=1, ensure_ascii=False) + "\n" for name, each in told.items()}


if __name__ == "__main__":
    CHAPTERS.mkdir(exist_ok=True)
    for name, text in texts().items():
        (CHAPTERS / name).write_text(text, encoding="utf-8")
