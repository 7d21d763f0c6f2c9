"""The YAML reader: hostile files are refused quickly, within bounds and with the place; nothing is repeated that might be a secret."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nvr.config.document import MAX_DEPTH, MAX_VALUES, read_document
from nvr.errors import ConfigError, ConfigFault


def fault_of(text: str) -> ConfigFault:
    with pytest.raises(ConfigError) as caught:
        read_document(text, "f.yaml")
    assert len(caught.value.faults) == 1
    return caught.value.faults[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("---\n", None),
        ("a:", {"a": None}),
        ("a: ~", {"a": None}),
        ("a: no\nb: yes\nc: on", {"a": "no", "b": "yes", "c": "on"}),
        ("a: true\nb: False", {"a": True, "b": False}),
        ("a: 010\nb: -7\nc: 0x1F\nd: 0o17\ne: 1_000", {"a": 10, "b": -7, "c": "0x1F", "d": "0o17", "e": "1_000"}),
        ("a: 12:30\nb: 2026-11-23", {"a": "12:30", "b": "2026-11-23"}),
        ("a: .5\nb: 1e3\nc: 1.\nd: 1e", {"a": 0.5, "b": 1000.0, "c": 1.0, "d": "1e"}),
        ("a: .nan\nb: .inf\nc: nan", {"a": ".nan", "b": ".inf", "c": "nan"}),
        ("a: '1'\nb: \"true\"\nc: ''", {"a": "1", "b": "true", "c": ""}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("1: x\nnull: y\n", {"1": "x", "null": "y"}),
        ("[a, {b: [1, 2.5]}, []]", ["a", {"b": [1, 2.5]}, []]),
        ("\ufeffa: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("a: " + "9" * 5000, None),
    ],
)
def test_values_are_read_by_the_core_schema_without_surprises(text: str, value: object) -> None:
    """``no`` is no boolean, ``010`` no eight, ``12:30`` no 750; a number beyond 18 digits is not even tried."""
    if "9999" in text:
        assert "longer than 4096" in fault_of(text).message
    else:
        assert read_document(text, "f.yaml").value == value


def test_a_number_too_long_for_64_bits_is_a_text() -> None:
    """Python would make an integer of any size of it; a field that wants a number then says so."""
    assert read_document("a: " + "9" * 30, "f.yaml").value == {"a": "9" * 30}


def test_texts_only_keeps_what_was_typed() -> None:
    """A password 0123 is not the number 123, and an empty value is not an empty password."""
    value = read_document("a: 0123\nb: yes\nc: 1e5\nd: ''\ne:\n", "f.yaml", texts_only=True).value
    assert value == {"a": "0123", "b": "yes", "c": "1e5", "d": "", "e": None}


def test_places_are_those_of_keys_and_list_entries() -> None:
    """Lines and columns count from 1; a place that is not in the file is that of the nearest thing around it."""
    document = read_document("# x\ncameras:\n  - id: cam01\n    main: {url: u}\n  - id: cam02\n", "f.yaml")
    assert document.place(("cameras",)) == (2, 1)
    assert document.place(("cameras", 0)) == (3, 5)
    assert document.place(("cameras", 0, "main", "url")) == (4, 12)
    assert document.place(("cameras", 1, "id")) == (5, 5)
    assert document.place(("cameras", 0, "main", "transport")) == (4, 5)
    assert document.place(("nothing", "such")) == (2, 1)


def test_columns_count_characters_not_bytes() -> None:
    """Names of streets have accents; an editor's column is in characters."""
    assert read_document("{ñandú: 1, b: 2}", "f.yaml").place(("b",)) == (1, 12)


def billion_laughs(levels: int) -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(billion_laughs(12), id="billion-laughs"),
        pytest.param("[" * 1_000_000, id="open-brackets"),
        pytest.param("{a: " * 500_000, id="open-braces"),
        pytest.param("- " * 1_000_000, id="nested-dashes"),
        pytest.param("? " * 1_000_000, id="nested-keys"),
        pytest.param("&a [*a]", id="contains-itself"),
        pytest.param("[" + "a," * (MAX_VALUES + 1) + "]", id="many-values"),
        pytest.param('a: "' + "x" * 3_000_000 + '"', id="long-text"),
        pytest.param("a" * 3_000_000 + ": 1", id="long-key"),
        pytest.param("base: &b {x: 1}\nother: {<<: *b}", id="merge-key"),
    ],
)
def test_bombs_are_refused_quickly_and_within_memory(bomb: str) -> None:
    """What is small on disk stays small in memory, and the refusal is no matter of minutes."""
    tracemalloc.start()
    started_s = time.process_time()
    with pytest.raises(ConfigError) as caught:
        read_document(bomb, "f.yaml")
    took_s = time.process_time() - started_s
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took_s < 10
    assert peak_bytes < 200_000_000
    assert len(str(caught.value)) < 300


def test_depth_is_bounded_and_what_lies_within_is_read() -> None:
    """The bound is exact: one level less is read."""
    deep = read_document("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f.yaml").value
    assert str(deep).count("[") == MAX_DEPTH
    assert "deeper" in fault_of("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).message


@pytest.mark.parametrize(
    ("text", "line", "column", "word", "remedy"),
    [
        ("a: 1\n\tb: 2\n", 2, 1, "valid YAML", "spaces"),
        ("a:\n\t- x\n", 2, 1, "valid YAML", "spaces"),
        ("a: b: c\n", 1, 5, "mapping values", "quotes"),
        ("a: 'open\n", 2, 1, "valid YAML", "never closed"),
        ("a: [1, 2\nb: 3\n", 2, 2, "valid YAML", ""),
        ("a: 1\n---\nb: 2\n", 2, 1, "second document", "one document"),
        ("a: !!python/object/apply:os.system [id]\n", 1, 4, "tags", "alone"),
        ("a: !hunter2 x\n", 1, 4, "tags", "alone"),
        ("a: *hunter2\n", 1, 4, "aliases", "Write the values out"),
        ("? [a]\n: b\n", 1, 3, "a key is a list", "word"),
        ("{[a]: b}", 1, 2, "a key is a list", "word"),
        ("a: 1\nb: \x07bell\n", 2, 4, "U+0007", "Delete"),
        ("a: \ud800", 1, 4, "U+D800", "Delete"),
    ],
)
def test_syntax_faults_say_where_and_what_to_do(text: str, line: int, column: int, word: str, remedy: str) -> None:
    """One line an admin can act on, at the place that an editor jumps to."""
    fault = fault_of(text)
    assert (fault.line, fault.column) == (line, column)
    assert word in fault.message
    assert remedy in fault.remedy
    assert "hunter2" not in str(fault)
    assert "\n" not in str(fault)


def test_a_key_that_stands_twice_is_a_fault_and_the_first_is_kept() -> None:
    """Both lines are named; the rest is read, so that its faults show too."""
    document = read_document("a: {x: 1}\nb: 2\na: {x: [9, 9], y: 3}\n", "f.yaml")
    assert document.value == {"a": {"x": 1}, "b": 2}
    assert [(f.line, f.column, f.field) for f in document.faults] == [(3, 1, "a")]
    assert "line 1" in document.faults[0].message
    assert document.place(("a", "x")) == (1, 5)


def test_a_key_that_may_be_a_secret_or_forges_a_line_is_not_repeated() -> None:
    """`{admin:hunter2}` is a key without a value, and a quoted key may hold a line end."""
    document = read_document(
        '{"x\\nERROR forged": 1, "x\\nERROR forged": 2, admin:hunter2: 1, admin:hunter2: 2}', "f.yaml"
    )
    text = "\n".join(str(fault) for fault in document.faults)
    assert len(document.faults) == 2
    assert "hunter2" not in text
    assert "forged" not in text


keys = st.text("abcdefgh", min_size=1, max_size=6)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(plain.filter(lambda value: depth(value) <= MAX_DEPTH))
def test_whatever_pyyaml_writes_is_read_back(value: object) -> None:
    """Our subset is YAML: an independent writer's output has the same meaning here (all texts quoted, so that schemas agree)."""

    class Quoting(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))
    text = yaml.dump(value, Dumper=Quoting, allow_unicode=True)
    read = read_document(text, "f.yaml").value
    assert read == value


@given(st.text(max_size=200) | st.text("ab:{}[]-&*!?|>'\"# \n\t,%@0", max_size=120))
def test_no_text_brings_anything_but_a_config_error(text: str) -> None:
    """Fuzz: a value, or the one exception that callers handle."""
    with suppress(ConfigError):
        read_document(text, "f.yaml")
