"""A register of claims is read whole, and each thing that is wrong with it has a sentence of its own."""

import pytest
import yaml
from small_chapter import chapter, code

from book._tools import claims
from book._tools.chapters import chapters, read
from book._tools.lint import DIGITS, lint
from book._tools.seeds import Row, digest, digest_of
from cnnlab.data import digits, split

SEEDED = [
    code("SEED = 0\nEPOCHS = 6\nRATE = 0.1", tags=("seeded",)),
    code("loss = train(EPOCHS, RATE)\nassert loss < 1, 'it learns'\nassert loss > 0", tags=("seeded",)),
]
UNTRAINED = {"EPOCHS = 6": "EPOCHS = 0"}


def entry(claim, **changed):
    words = dict.fromkeys(("says", "varies", "equal", "scale"), "A sentence.")
    return {"claim": claim, **words, "controls": ["Another."], "negative": UNTRAINED, **changed}


def with_claims(made):
    made.cells[7:7] = [cell.copy() for cell in SEEDED]
    for number, cell in enumerate([cell for cell in made.cells if cell.cell_type == "code"], start=1):
        cell.execution_count = number


@pytest.fixture
def made(tmp_path):
    return chapter(tmp_path, with_claims)


def faults(made, *entries):
    return list(claims.faults(made.notebook, yaml.safe_dump([*entries])))


FIRST, SECOND = entry("it learns"), entry("loss > 0", controls=[])


def test_a_register_is_read(made):
    found = claims.register(made.notebook, yaml.safe_dump([FIRST, SECOND]))
    assert [one.claim for one in found] == claims.claims(made.notebook) == ["it learns", "loss > 0"]
    assert found[1] == ("loss > 0", *["A sentence."] * 3, [], "A sentence.", UNTRAINED)


def test_a_register_that_is_wrong_is_not_read(made):
    with pytest.raises(ValueError, match=r"no entry for the claim 'it learns'\n.*no entry .*'loss > 0'"):
        claims.register(made.notebook, "[]")


NAMES = {
    "left out": ([FIRST], "no entry for the claim 'loss > 0'"),
    "no such claim": ([FIRST, SECOND, entry("it sings")], "the chapter has no claim 'it sings'"),
    "no name": ([FIRST, {}], "the chapter has no claim None"),
    "a name that is no text": ([FIRST, SECOND, entry(3)], "the chapter has no claim 3"),
    "twice": ([FIRST, FIRST, SECOND], "2 entries for the claim 'it learns'"),
    "order": ([SECOND, FIRST], "in the order of the assertions: 'loss > 0' does not"),
}


@pytest.mark.parametrize("fault", NAMES)
def test_a_wrong_name_is_told(fault, made):
    entries, sentence = NAMES[fault]
    assert any(sentence in line for line in faults(made, *entries))


def without(key):
    return {name: value for name, value in FIRST.items() if name != key}


ENTRIES = {
    **{f"no {key}": (without(key), f"`{key}` is missing") for key in claims.Claim._fields},
    **{
        f"empty {key}": (FIRST | {key: " "}, f"`{key}` is a sentence, not ' '")
        for key in ("claim", "says", "varies", "equal", "scale")
    },
    "unknown": (FIRST | {"seeds": 9}, "`seeds` is no key: they are claim, says, varies"),
    "a number": (FIRST | {"scale": 8}, "`scale` is a sentence, not 8"),
    "a list": (FIRST | {"claim": ["loss"]}, "`claim` is a sentence, not ['loss']"),
    "a mapping": (FIRST | {"claim": {"loss": 1}}, "`claim` is a sentence, not {'loss': 1}"),
    "one control": (FIRST | {"controls": "x"}, "`controls` is a list of sentences, or [], not 'x'"),
    "empty control": (FIRST | {"controls": [""]}, "`controls` is a list of sentences, or [], not ['']"),
    "no change": (FIRST | {"negative": {}}, "it maps old text to new, not {}"),
    "a sentence": (FIRST | {"negative": "untrained"}, "it maps old text to new, not 'untrained'"),
    "unquoted": (FIRST | {"negative": {"0.1": 0}}, "new text stands in quotes, in {'0.1': 0} too"),
    "not there": (FIRST | {"negative": {"EPOCHS = 7": "0"}}, "'EPOCHS = 7' stands 0 times"),
    "two places": (FIRST | {"negative": {"EPOCHS": "0"}}, "'EPOCHS' stands 2 times"),
    "overlap": (FIRST | {"negative": {"EPOCHS = 6": "", "6\nRATE": "RATE"}}, "old texts overlap"),
    "no Python": (FIRST | {"negative": {"RATE = 0.1": "RATE ="}}, "is no Python: invalid syntax in 'RATE ='"),
    "a comment": (FIRST | {"negative": {"= 6": "= 6  # no"}}, "nothing that runs is changed"),
    "the margin": (FIRST | {"negative": {"loss < 1": "loss < 0"}}, "an assertion is changed"),
    "a result": (FIRST | {"negative": {"train(EPOCHS, RATE)": "-0.5"}}, "`loss = -0.5` writes down a result"),
    "no assertion": (FIRST | {"negative": {"assert loss > 0": "pass"}}, "an assertion is changed"),
}


@pytest.mark.parametrize("fault", ENTRIES)
def test_a_wrong_entry_is_told(fault, made):
    changed, sentence = ENTRIES[fault]
    assert any(sentence in line for line in faults(made, changed, SECOND)), faults(made, changed, SECOND)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- claim: flat: a plain", "it is no YAML: mapping values are not allowed here"),
        ("", "it is no list of claims"),
        ("claim: it learns", "it is no list of claims"),
        ("- it learns", "it is no list of claims"),
    ],
)
def test_what_is_no_list_of_claims(text, sentence, made):
    [told] = claims.faults(made.notebook, text)
    assert sentence in told


def test_a_literal_that_stood_there_is_no_result(made):
    """Nor is one that comes before what is computed."""
    made.notebook.cells[7].source += "\nrate = 0\nloss = 0\nloss = max([3])\n"
    assert faults(made, FIRST, entry("loss > 0", negative={"rate = 0": "start = 2\nrate = 3"})) == []


def test_a_change_is_made_all_at_once():
    """Otherwise two arms that are swapped would both become the first."""
    assert claims.changed("plain, residual", {"plain": "residual", "residual": "plain"}) == "residual, plain"
    assert claims.changed("a.b, axb", {"a.b": "c"}) == "c, axb"
    assert claims.changed("untouched", {}) == "untouched"


def test_the_command_tells_what_is_wrong(monkeypatch, tmp_path, capsys):
    [path] = chapters(["05"])
    text = yaml.safe_dump([entry(name) for name in claims.claims(read(path))])
    (tmp_path / "05.yml").write_text(text)
    monkeypatch.setattr(claims, "DATA", tmp_path)
    for given, sentence in ([["05"], "'EPOCHS = 6' stands "], [["16"], "16.yml: there is no such file"]):
        monkeypatch.setattr("sys.argv", ["claims", *given])
        with pytest.raises(SystemExit, match="True"):
            claims.main()
        assert sentence in capsys.readouterr().out


# The linter's rule --------------------------------------------------------------------------------------


def rows(made, **changed):
    row = Row("", 10, 10, digest(made.notebook), "3.0 %", "fails", digest_of(UNTRAINED))
    return [row._replace(claim=claim, **changed) for claim in claims.claims(made.notebook)]


def registered(made, *entries, **changed):
    return made._replace(register=yaml.safe_dump([*entries]), seeds=rows(made, **changed))


def test_a_chapter_whose_controls_fail_has_no_fault(made):
    assert lint(registered(made, FIRST, SECOND)) == []


RUNS = {
    "an old file": (
        {"margin": "not measured", "control": "", "negative": ""},
        "controls were not run as they",
    ),
    "another control": ({"negative": digest_of({"EPOCHS = 6": "EPOCHS = 1"})}, "were not run as they stand"),
}


@pytest.mark.parametrize("fault", RUNS)
def test_controls_that_were_not_run_are_told_once(fault, made):
    changed, sentence = RUNS[fault]
    [told] = lint(registered(made, FIRST, SECOND, **changed))
    assert sentence in told


@pytest.mark.parametrize(
    ("control", "sentence"),
    [
        ("holds", "'it learns' holds under its negative control too: what it asserts cannot fail"),
        ("not reached", "'it learns' is not reached under its negative control"),
    ],
)
def test_a_claim_that_does_not_fail_is_told(control, sentence, made):
    assert f"90_small.ipynb, register of claims: {sentence}" in lint(
        registered(made, FIRST, SECOND, control=control)
    )


def test_the_numbers_of_a_register_are_computed(made):
    """By an output of the chapter, or they say how many digits there are."""
    said = entry("it learns", says="It has 34,848 weights, or 35K.", scale="1,347 of 1,797 digits, 450 new")
    assert lint(registered(made, said, SECOND)) == []
    for key in ("says", "varies", "equal", "scale"):
        [told] = lint(registered(made, FIRST | {key: "It has 34,849 weights."}, SECOND))
        assert "'it learns': nothing computes the number '34,849'" in told
    assert lint(registered(made, FIRST | {"controls": ["36K", "37K"]}, SECOND))[1:]


def test_so_many_digits_there_are():
    everything = digits()
    sizes = [len(part.labels) for part in (everything, *split(everything))]
    assert [f"{size:,}" for size in sizes] == [*DIGITS]


def test_a_chapter_without_a_register_is_told(made):
    bare = made._replace(seeds=rows(made))
    assert lint(bare) == ["90_small.ipynb: its claims are not registered in book/_data/claims/90.yml"]


def test_a_claim_without_its_entry_is_told(made):
    assert any("no entry for the claim 'loss > 0'" in line for line in lint(registered(made, FIRST)))


def test_a_register_of_nothing_is_told(tmp_path):
    bare = chapter(tmp_path)._replace(register=yaml.safe_dump([entry("it learns")]))
    assert any("the chapter has no claim 'it learns'" in line for line in lint(bare))
