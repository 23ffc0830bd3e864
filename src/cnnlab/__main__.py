"""The command line: which networks the book has, and what each costs for any image and any width.

    python -m cnnlab                                       # lists the models
    python -m cnnlab mobilenet_v2 --width 0.75 --size 192
    python -m cnnlab --compare resnet50 mobilenet_v2 --csv
    python -m cnnlab timm:convnext_tiny                    # others' networks: see cnnlab.elsewhere
    python -m cnnlab resnet20 --memory                     # in use and in training: see cnnlab.budget

Nothing is allocated. Torch, which takes two seconds to import, waits until a model is asked for.
"""

from __future__ import annotations

import argparse
import ast
import csv
import difflib
import inspect
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby, product
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from cnnlab import __version__
from cnnlab.elsewhere import is_elsewhere

if TYPE_CHECKING:
    from torch import nn

    from cnnlab.elsewhere import Elsewhere
    from cnnlab.models import Variant
    from cnnlab.profiler import Profile, Row
    from cnnlab.trace import Inputs

Record = dict[str, Any]  # a line of CSV or an object of JSON: exact integers, sizes in bytes

USAGE = "python -m cnnlab [MODEL | --compare MODEL ...] [--KEYWORD VALUE ...] [options]"
ABOUT = "Without a model: a list of all. With one: its table. With --compare: several, side by side."
MORE = """Every keyword of a model's constructor is an option as well: --num-classes 10, --in-channels 1, and
--width 0.75 for a model that has widths. For another one the answer names those that it has.
Others' networks: timm:NAME, torchvision:NAME, transformers:NAME, my_module:Net, FILE.py:Net, FILE.pt2,
FILE.onnx."""

# The lines of a comparison. Weights and activations are float32.
LABELS = {
    "input": "input",
    "output": "output",
    "params": "parameters",
    "macs": "MACs",
    "flops": "FLOPs (2 a MAC)",
    "weight_bytes": "weights",
    "peak_activation_bytes": "peak of activations",
    "memory_access_bytes": "memory access",
    "receptive_field": "receptive field",
}
INSTALLED = {"numpy", "torch", "timm", "torchvision", "transformers", "onnx"}  # as pip calls them, too
LONGEST = 100_000  # a side of an image, in pixels
GLOBAL = {"mean", "_adaptive_avg_pool2d"}  # operators after which no unit is at a place any more


class RefusalError(Exception):
    """What cannot be done, in one line."""


# ---- What is asked ----


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise RefusalError(message)


def parser() -> Parser:
    new = Parser(usage=USAGE, description=ABOUT, epilog=MORE, allow_abbrev=False)
    add = new.add_argument
    add("--version", action="version", version=f"cnnlab {__version__}")
    add("--compare", nargs="+", metavar="MODEL", default=[], help="models to put side by side")
    add("--size", type=image_size, metavar="S", help="of an image: 192, or 480x640 (height x width)")
    add("--batch", type=count, default=1, metavar="N", help="images at a time (1)")
    add("--depth", type=depth, default=2, metavar="N", help="levels of modules in a table (2), or all")
    ask = new.add_mutually_exclusive_group()
    ask.add_argument("--memory", action="store_true", help="of one use and of a training step, by layout")
    ask.add_argument("--fits", type=amount, metavar="SIZE", help="the largest batch in so much: 4GiB, 512MB")
    ask.add_argument("--latency", action="store_true", help="predicted for this machine, after 20 s on it")
    form = new.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="exact integers, sizes in bytes")
    form.add_argument("--csv", action="store_true", help="the same, as lines")
    form.add_argument("--markdown", action="store_true", help="the table of one model, in Markdown")
    form.add_argument("--html", metavar="FILE", help="a report on one model, with drawings, in a file")
    return new


def count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def depth(text: str) -> int | None:
    return None if text == "all" else count(text)


def image_size(text: str) -> tuple[int, int]:
    told = re.split("[xX×]", text)
    if len(told) > 2:
        raise argparse.ArgumentTypeError(f"{text!r} is more than a height and a width")
    if not all(map(str.isdecimal, told)):
        raise argparse.ArgumentTypeError(f"{text!r} is no size like 192 or 480x640")
    sides = [*map(count, told)]
    if max(sides) > LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r}: a side has {LONGEST:,} pixels at most")
    return sides[0], sides[-1]


UNITS = {"": 1, "B": 1, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def amount(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([A-Za-z]*)", text)
    number = int(float(found[1]) * UNITS.get(found[2], 0)) if found else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of memory like 4GiB or 512MB")
    return number


def split(words: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """What the parser does not know: names of models, and keywords with their values."""
    names, keywords, rest = [], {}, iter(words)
    for word in rest:
        if not word.startswith("-"):
            names.append(word)
            continue
        name, _, value = word.lstrip("-").partition("=")
        keywords[name.replace("-", "_")] = value = value or next(rest, "")
        if not value:
            raise RefusalError(f"{word} needs a value")
    return names, keywords


# ---- A model ----


class Asked(NamedTuple):
    """A model, and the size of the images that it is to see."""

    name: str
    variant: Variant
    arguments: dict[str, Any]
    size: tuple[int, int]

    @property
    def image(self) -> tuple[int, int, int]:
        return self.arguments.get("in_channels", self.variant.input_shape[0]), *self.size

    def inputs(self, batch: int) -> Inputs:
        return (batch, *self.image)

    def build(self) -> nn.Module:
        """RefusalError where the constructor refuses."""
        fixed = {"image_size": self.size} if "image_size" in keywords_of(self.variant) else {}
        try:
            network: nn.Module = self.variant.build(**fixed | self.arguments)
        except (ArithmeticError, RuntimeError, TypeError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise RefusalError(f"{self.name} cannot be built so: {reason}") from error
        return network

    def takes(self, size: tuple[int, int]) -> bool:
        """Whether it can see an image of this size: tried, without values."""
        from cnnlab.trace import takes

        tried = self._replace(size=size)
        try:
            return takes(lambda: tried.build().eval(), (1, *tried.image))
        except RefusalError:
            return False

    def smallest(self) -> int:
        """Side of the smallest square that it can see; what it was made for if none below is."""
        from cnnlab.trace import smallest

        usual = max(self.variant.input_shape[1:])
        return smallest(range(1, usual), lambda side: self.takes((side, side))) or usual


class Other(NamedTuple):
    """A model that others wrote: its size and its keywords are theirs to refuse."""

    name: str
    network: Elsewhere
    arguments: dict[str, Any]
    size: tuple[int, int] | None

    @property
    def image(self) -> tuple[int, ...]:
        return self.network.sized(self.size)

    def inputs(self, batch: int) -> Inputs:
        return self.network.asked(batch, self.size)

    def build(self) -> nn.Module:
        return self.network.build(**self.arguments)


def other(name: str, size: tuple[int, int] | None, keywords: dict[str, str]) -> Other:
    from cnnlab.elsewhere import find

    try:
        network = find(name)
    except LookupError as error:
        raise RefusalError(error.args[0]) from error
    return Other(name, network, {keyword: literal(text) for keyword, text in keywords.items()}, size)


def profiled(model: Asked | Other, batch: int, training: bool = False) -> Profile:
    """RefusalError for whatever the model has against it."""
    from cnnlab.profiler import profile

    with refusing(model.name, model.network.hint if isinstance(model, Other) else ""):
        return profile(model.build, model.inputs(batch), training=training)


@contextmanager
def refusing(name: str, hint: str = "") -> Iterator[None]:
    """RefusalError for whatever a model has against what is done to it."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        reason = ", ".join([str(error).partition("\n")[0], *getattr(error, "__notes__", [])])
        raise RefusalError(f"{name} cannot be profiled so: {reason}{hint}") from error


def find(name: str) -> Variant:
    from cnnlab.models import VARIANTS

    if name in VARIANTS:
        return VARIANTS[name]
    near = difflib.get_close_matches(name.lower(), VARIANTS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "python -m cnnlab lists all"
    if Path(name).is_file():
        hint = "of a file it reads FILE.py:Net, FILE.pt2 and FILE.onnx"
    raise RefusalError(f"there is no model {name!r}; {hint}")


def keywords_of(variant: Variant) -> dict[str, Any]:
    """What its constructor can be told, and what it takes if told nothing."""
    known = inspect.signature(variant.build).parameters.values()
    return {keyword.name: keyword.default for keyword in known if keyword.default is not keyword.empty}


def as_option(keyword: str) -> str:
    return f"--{keyword.replace('_', '-')}"


def literal(text: str) -> Any:
    """A number, a tuple, True or None, or else the text itself."""
    with suppress(ValueError, SyntaxError):
        return ast.literal_eval(text)
    return text


def value_like(default: Any, keyword: str, text: str) -> Any:
    """The text as a value of the default's type."""
    value = literal(text)
    if keyword in ("num_classes", "in_channels") and isinstance(value, int | float) and value < 1:
        raise RefusalError(f"{as_option(keyword)} must be at least 1; got {text}")
    if default is None or type(value) is type(default) or (type(default), type(value)) == (float, int):
        return value
    raise RefusalError(f"{as_option(keyword)} takes a value like {default!r}; got {text!r}")


def asked(name: str, size: tuple[int, int] | None, keywords: dict[str, str]) -> Asked:
    """The model with these keywords; RefusalError for one that it does not have."""
    import torch

    variant, arguments = find(name), {}
    known = keywords_of(variant)
    for keyword, text in keywords.items():
        if keyword not in known:
            options = [*known, *vars(parser().parse_args([]))]
            near = difflib.get_close_matches(keyword, options, n=1, cutoff=0.7)
            meant = f"did you mean {as_option(near[0])}? It" if near else "it"
            its = ", ".join(map(as_option, known))
            raise RefusalError(f"{name} has no {as_option(keyword)}; {meant} has {its}")
        arguments[keyword] = value_like(known[keyword], keyword, text)
    usual = Asked(name, variant, arguments, variant.input_shape[1:])
    model = usual._replace(size=size or usual.size)
    if not model.takes(model.size):
        with torch.device("meta"):
            usual.build()  # which says what is wrong, if it is not the size
        (height, width), least = model.size, model.smallest()
        raise RefusalError(
            f"{name} takes no image of {height}×{width}; the smallest square is {least}×{least}"
        )
    return model


# ---- The answers, for machines ----


def listing() -> Iterator[Record]:
    """Every model with its paper, the oldest first."""
    from cnnlab.models import PAPERS, VARIANTS

    for name, paper in sorted(PAPERS.items(), key=lambda pair: (pair[1].year, pair[1].key)):
        _, cost, shape = VARIANTS[name]
        counts = {"model": name, **cost._asdict(), "input": joined(shape)}
        yield counts | {"title": paper.title, "year": paper.year, "paper": paper.key}


def figures(model: Asked | Other, found: Profile) -> Record:
    from cnnlab.trace import tensors

    axes = 4 if isinstance(found.inputs[0], list) else tensors(found.inputs)[0].ndim  # a list has [C, H, W]
    maps = [row for row in found.rows if len(row.output_shape) == axes and row.operator not in GLOBAL]
    maps = [row for row in maps if is_map(row)] or maps  # what follows a global pooling is none
    return {
        "model": model.name,
        "input": " ".join(joined(tensor.shape) for tensor in tensors(found.inputs)),
        "output": " ".join(joined(shape) for shape in found.outputs.values()),
        "params": found.params,
        "macs": found.macs,
        "flops": found.flops(),
        "weight_bytes": 4 * found.params,
        "peak_activation_bytes": found.peak_activation_bytes,
        "memory_access_bytes": found.memory_access_bytes,
        "receptive_field": maps[-1].receptive_field if maps else None,
        "notes": "; ".join(found.notes),
    }


def is_map(row: Row) -> bool:
    """Whether a result has more than channels, wherever they stand."""
    return sum(size > 1 for size in row.output_shape[1:]) > 1


def needs(model: Asked | Other, batch: int) -> Iterator[Record]:
    """Memory in bytes of one use, and of a training step with each optimizer, in each layout."""
    from cnnlab.budget import OPTIMIZERS, memory
    from cnnlab.kernels import LAYOUTS

    for training in (False, True):
        found = profiled(model, batch, training)
        for layout, optimizer in product(LAYOUTS, OPTIMIZERS if training else ["sgd"]):
            need = memory(found, layout, optimizer)
            run = {"layout": layout, "run": f"step with {optimizer}" if training else "one use"}
            yield {"model": model.name, "batch": batch, **run, **need._asdict(), "total": need.total}


def joined(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def lines(table: Iterable[Row]) -> Iterator[Record]:
    """A table of the profiler."""
    from cnnlab.profiler import COLUMNS

    for row in table:
        names = {"module": row.path, "operator": row.operator, "output": joined(row.output_shape)}
        counts = {column: getattr(row, column) for column in COLUMNS}
        yield names | counts | {"receptive_field": row.receptive_field}


def as_csv(records: Sequence[Record]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, records[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().removesuffix("\n")


# ---- The answers, for readers ----


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """The first column flush left, the others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows
    ]


def as_text(record: Record, key: str) -> str:
    value = record[key]
    if key.endswith("_bytes"):
        return f"{value / 2**20:,.2f} MiB"
    if value is None:
        return "varies"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("x", "×")


def side_by_side(records: Sequence[Record]) -> str:
    rows = [["", *(record["model"] for record in records)]]
    rows += [[label, *(as_text(record, key) for record in records)] for key, label in LABELS.items()]
    notes = [f"{record['model']}: {record['notes']}" for record in records if record["notes"]]
    return "\n".join([*columns(rows), *notes])


def as_list(records: Sequence[Record]) -> str:
    """A paragraph for each paper, under its title."""
    rows = [[f"  {r['model']}", *(as_text(r, key) for key in ("params", "macs", "input"))] for r in records]
    head, *body = columns([["model", "parameters", "MACs", "input"], *rows])
    paragraphs = [head]
    heads = (f"{record['title']} ({record['year']})" for record in records)
    for title, pairs in groupby(zip(heads, body, strict=True), key=itemgetter(0)):
        paragraphs += ["\n".join([title, *(line for _, line in pairs)])]
    return "\n\n".join(paragraphs)


# ---- The program ----


def about_all(options: argparse.Namespace) -> str:
    records = list(listing())
    if options.json:
        return json.dumps(records, indent=1)
    return as_csv(records) if options.csv else as_list(records)


def about_one(model: Asked | Other, options: argparse.Namespace) -> str:
    for name, (about, forms) in OTHER_QUESTIONS.items():
        if getattr(options, name):
            for form in ("json", "csv", "html", "markdown"):
                if getattr(options, form) and form not in forms:
                    raise RefusalError(f"--{name} has no --{form}")
            return about(model, options)
    found = profiled(model, options.batch)
    if options.html:
        return written(options.html, model.name, found)
    record, table = figures(model, found), found.table(options.depth)
    if options.markdown:
        return table.to_markdown()
    if options.json:
        return json.dumps(record | {"table": list(lines(table))}, indent=1)
    return as_csv(list(lines(table))) if options.csv else f"{table}\n\n{side_by_side([record])}"


def about_memory(model: Asked | Other, options: argparse.Namespace) -> str:
    records = list(needs(model, options.batch))
    if options.json:
        return json.dumps(records, indent=1)
    if options.csv:
        return as_csv(records)
    sizes = ["weights", "gradients", "optimizer", "peak", "total"]
    rows = [["", "layout", *sizes, "peak in"]] + [
        [r["run"], r["layout"], *(f"{r[size] / 2**20:,.2f}" for size in sizes), r["path"]] for r in records
    ]
    return "\n".join([*columns(rows), f"MiB, batch {options.batch}, {threads()}; gradients are in the peak"])


def threads() -> str:
    import torch

    return f"{torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"


def about_fits(model: Asked | Other, options: argparse.Namespace) -> str:
    from cnnlab.budget import largest_batches

    if isinstance(model, Other) and (
        model.network.is_listed or model.network.open or model.network.inputs is not None
    ):
        raise RefusalError(f"{model.name} takes no batch of images of one size")
    with refusing(model.name):
        counts = largest_batches(model.build, model.image, options.fits)
    if options.json:
        return json.dumps({"model": model.name, "bytes": options.fits, "images": counts}, indent=1)
    rows = [
        ["images in " + f"{options.fits / 2**20:,.0f} MiB", ""],
        *([k, f"{n:,}"] for k, n in counts.items()),
    ]
    return "\n".join(columns(rows))


def about_latency(model: Asked | Other, options: argparse.Namespace) -> str:
    from cnnlab.roofline import NETWORKS, fit, measured

    found, roof = profiled(model, options.batch), fit(measured())
    return (
        f"{model.name}: {1e3 * roof.seconds(found):,.1f} ms predicted, batch {options.batch}, {threads()}\n"
        f"this machine: {roof.macs / 1e9:.1f} · 10⁹ MACs or {roof.moved_bytes / 1e9:.2f} GB a second\n"
        f"of {len(NETWORKS)} networks measured now, each predicted from the others, half are off by a factor "
        f"of {roof.typical:.2f} at most, the worst by {roof.worst:.2f}"
    )


# By option: who answers, and in which forms besides lines to read.
OTHER_QUESTIONS = {
    "memory": (about_memory, ("json", "csv")),
    "fits": (about_fits, ("json",)),
    "latency": (about_latency, ()),
}


def written(file: str, name: str, found: Profile) -> str:
    """RefusalError where the report cannot be written."""
    from cnnlab.report import page

    try:
        Path(file).write_text(page(name, found), encoding="utf-8")
    except OSError as error:
        raise RefusalError(f"{file} cannot be written: {error.strerror}") from error
    return f"{file} is written"


def about_several(models: Iterable[Asked | Other], options: argparse.Namespace) -> str:
    records = [figures(model, profiled(model, options.batch)) for model in models]
    if options.json:
        return json.dumps(records, indent=1)
    return as_csv(records) if options.csv else side_by_side(records)


def answer(options: argparse.Namespace, names: list[str], keywords: dict[str, str]) -> str:
    if not names + options.compare:
        usual = vars(parser().parse_args([])) | {"json": options.json, "csv": options.csv}
        if vars(options) != usual or keywords:  # all else is asked of a model
            raise RefusalError("name a model as well; python -m cnnlab lists all")
        return about_all(options)
    models = [
        (other if is_elsewhere(name) else asked)(name, options.size, keywords)
        for name in names + options.compare
    ]
    if options.compare and (options.html or options.markdown):
        raise RefusalError("--html and --markdown are for one model; --compare has --json and --csv")
    if options.compare and (options.memory or options.fits or options.latency):
        raise RefusalError("--memory, --fits and --latency are for one model")
    if options.compare:
        return about_several(models, options)
    if len(names) > 1:
        raise RefusalError(f"one model at a time, or --compare {' '.join(names)}")
    return about_one(models[0], options)


def main(words: Sequence[str] | None = None) -> int:
    """Answer the command line; the exit status is 2 for what cannot be done."""
    try:
        options, unknown = parser().parse_known_args(words)
        print(answer(options, *split(unknown)), flush=True)
    except RefusalError as error:
        print(f"cnnlab: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:  # who mistyped a name is not told to install what has it
        known = error.name in INSTALLED
        how = f": python -m pip install {error.name}" if known else ", and no module of that name stands here"
        print(f"cnnlab: {error.name} is not installed{how}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever reads, like `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
