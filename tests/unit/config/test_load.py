"""What the loader makes of files as people write them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import LaneConfig, examine, load_config
from kiosk.config.keys import known_keys
from kiosk.errors import ConfigError

SMALLEST = "lane: lane1\ncamera:\n  source: /dev/v4l/by-path/usb-1\n"
A_CAMERA = "/dev/v4l/by-path/platform-xhci-hcd.0-usb-0:1:1.0-video-index0"
CAMERA = "source, width, height, fps, controls, latency_s, after, backlog"
LEAVES = sorted(path for path in known_keys() if path not in {known[:-1] for known in known_keys()})


def test_every_mistake_is_told_at_once_with_its_line(problems):
    found = problems("""\
        lane: Lane1
        camera:
          source: scenes
          widht: 1280
        trigger: {mode: buton}
        rescan_window_s: 60
        """)
    assert [problem.split(" ")[:2] for problem in found] == [
        ["lane1.yaml:1:", "lane:"],
        ["lane1.yaml:3:", "camera.source:"],
        ["lane1.yaml:4:", "camera.widht:"],
        ["lane1.yaml:5:", "trigger.mode:"],
        ["lane1.yaml:6:", "rescan_window_s:"],
    ]
    assert found[2].endswith("unknown key; did you mean width?")
    assert found[4].endswith("unknown key here; did you mean upload.rescan_window_s?")


def test_a_key_with_dots_is_told_to_stand_under_its_section(problems):
    (problem,) = problems(SMALLEST + "service.backoff.max_s: 4\n")
    assert problem.startswith("lane1.yaml:4: service.backoff.max_s: unknown key; ")
    assert problem.endswith("write max_s: indented under service.backoff:")


def test_a_key_like_nothing_known_is_told_what_is_known(problems):
    (problem,) = problems(SMALLEST + "upload: {zzz: 1}\n")
    assert problem == (
        "lane1.yaml:4: upload.zzz: unknown key; "
        "known here: when, rescan_window_s, daily_credit_limit"
    )


def test_a_section_that_is_missing_is_told_with_its_keys(problems):
    (problem,) = problems("lane: a\n")
    assert problem == f"lane1.yaml: camera: is missing; a section with keys of its own: {CAMERA}"


def test_loading_raises_one_error_with_a_line_for_each_mistake(lane_file):
    path = lane_file("lane: X\ncamera: {source: x}\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert len(caught.value.problems) == 2
    assert str(caught.value).splitlines() == list(caught.value.problems)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "lane1.yaml: is empty; it must hold keys such as lane: and camera:"),
        ("# nothing yet\n", "lane1.yaml: is empty; it must hold keys such as lane: and camera:"),
        ("- lane1\n", "lane1.yaml: holds a single value or a list"),
        ("lane1\n", "lane1.yaml: holds a single value or a list"),
        (SMALLEST + "trigger: [\n", "lane1.yaml:5: is no valid YAML"),
        (SMALLEST + "\twidth: 3\n", "lane1.yaml:4: a tab where only spaces may stand"),
        ("lane:\tlane1\n", "lane1.yaml:1: a tab where only spaces may stand"),
        (SMALLEST + "---\n" + SMALLEST, "lane1.yaml:4: a second document begins"),
        (SMALLEST + "a: &x 1\nb: *x\n", "lane1.yaml:5: is no valid YAML: aliases"),
        ("lane: !!python/name:os.system\n", "lane1.yaml:1: is no valid YAML: tags"),
        ("lane: !!bool x\n", "lane1.yaml:1: is no valid YAML: tags"),
        ("lane: " + "[" * 5000, "lane1.yaml:1: is no valid YAML: is nested far too deeply"),
        (SMALLEST + "a: \x07\n", "lane1.yaml:4: has a control character (U+0007)"),
        ('lane: "\\UFFFFFFFF"\n', "lane1.yaml:1: has an escape that is no character"),
        (
            "lane: a\nlane: b\ncamera: {source: /dev/a}\n",
            "lane1.yaml:2: lane: stands here a second time (first in line 1)",
        ),
    ],
)
def test_a_broken_file_is_told_by_its_line(problems, text, problem):
    assert problems(text)[0].startswith(problem)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("timeout_s: 1:30", "timeout_s: a number with colons is counted in sixtieths by YAML"),
        ("timeout_s: 010", "timeout_s: a number that begins with 0 is octal"),
        ("timeout_s: 2026-01-01", "timeout_s: is a date to YAML: put quotes round it"),
        ("timeout_s: 0x_", "timeout_s: is no number that can be read"),
        ("timeout_s: " + "9" * 5000, "timeout_s: is no number that can be read"),
        ('mode: "\\ud800"', "mode: holds half a character"),
        ("on: 3", "trigger: a key must be a word (YAML takes yes, no, on and off"),
        ("? [a]\n  : 3", "trigger: a key must be a word"),
        ('"\\ud800": 3', "trigger: a key must be a word"),
        ("mode: [button]", "trigger.mode: must be button, presentation or arrival"),
    ],
)
def test_the_traps_of_yaml_are_told(problems, line, words):
    (problem,) = problems(f"{SMALLEST}trigger:\n  {line}\n")
    assert problem.startswith("lane1.yaml:")
    assert words in problem


def test_a_section_without_anything_under_it_is_told(problems):
    (problem,) = problems("lane: a\ncamera:\n")
    assert problem == f"lane1.yaml:2: camera: must be a section with keys of its own: {CAMERA}"


def test_what_is_missing_is_told_at_its_section(problems):
    assert problems("camera: {fps: 5}\n") == [
        "lane1.yaml: lane: is missing; such as lane: lane1",
        f"lane1.yaml:1: camera.source: is missing; such as source: {A_CAMERA}",
    ]


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("", "access_code"),
        ("service", "accesscode"),
        ("service", "acccesscode"),
        ("service", "access-code"),
        ("service", "api_key"),
        ("upload", "password"),
    ],
)
def test_the_access_code_in_the_file_is_told_where_it_belongs(problems, section, key):
    text = f"{section}:\n  {key}: geheim\n" if section else f"{key}: geheim\n"
    (problem,) = problems(SMALLEST + text)
    assert "service.access_code_file" in problem
    assert "geheim" not in problem


@pytest.mark.parametrize(
    "line",
    [
        "service: {url: 'https://x/v2?accesscode=geheim'}",
        "service: {url: 'https://geheim@x/v2'}",
        "service: {url: 'http://x/geheim'}",
        "service: {access_code_file: geheim}",
        "service: {format: geheim}",
        "service: geheim",
        "upload: {when: geheim, daily_credit_limit: geheim}",
        "camera: {source: 'rtsp://a:geheim@[x'}",
        "service: 'geheim",
        "service: *geheim",
        "service: !geheim x",
        "service: !geheim!x y",
    ],
)
def test_no_message_repeats_a_value(problems, line):
    assert not any("geheim" in problem for problem in problems(SMALLEST + line + "\n"))
    key, _, value = line.partition(": ")
    found = problems(SMALLEST, f"{key}={value}")
    assert found
    assert not any("geheim" in problem for problem in found)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("camera: {'rtsp://user:GEHEIM@host/x', source: /dev/a}", "camera.***"),
        ("'rtsp://user:GEHEIM@host/x': {yes: 1}", "***"),
        ("service: {GEHEIM}", "service.***"),
        ("service: {geheim}", "service.***"),
        ("service: {access_code_geheim}", "service.***"),
        ("service: {access_code_GEHEIM1}", "service.***"),
        ("service: {accesscode1234: geheim}", "service.***"),
        ("service: {backoff: {geheim: 1}}", "service.backoff.***"),
        ("geheim1234:", "***"),
        ("service: {acccesscode: GEHEIM}", "service.acccesscode"),
        ("service: {Url: GEHEIM}", "service.Url"),
        ("Kamera: GEHEIM", "Kamera"),
    ],
)
def test_what_is_no_key_is_named_only_where_it_cannot_be_a_secret(problems, text, shown):
    base = "lane: a\n" if text.startswith("camera") else SMALLEST
    told = [problem for problem in problems(f"{base}{text}\n") if "missing" not in problem]
    assert any(f": {shown}: " in problem for problem in told), told
    assert not any("geheim" in problem.lower() for problem in told)


@pytest.mark.parametrize("key", ["service.GEHEIM", "rtsp://me:GEHEIM@host/x", "service.geheim"])
def test_a_set_does_not_repeat_what_is_no_key(problems, key):
    for value in ("1", "["):
        found = problems(SMALLEST, f"{key}={value}")
        assert found
        assert not any("geheim" in problem.lower() for problem in found)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    for path, words in [
        (tmp_path / "none.yaml", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (tmp_path / "a\0b", "not a usable path"),
    ]:
        (problem,) = examine(path).problems
        assert problem.place.source == str(path)
        assert problem.text == f"cannot be read: {words}"


def test_only_utf8_of_a_sensible_size_is_read(tmp_path):
    path = tmp_path / "lane1.yaml"
    path.write_bytes(b"lane: a\n# gepr\xfcft\n")
    assert str(examine(path).problems[0]) == f"{path}:2: is not UTF-8 text: save it as UTF-8"
    path.write_bytes(b"\xef\xbb\xbf" + SMALLEST.encode())
    assert examine(path).config is not None
    path.write_bytes(b"#" * 300_000)
    assert "too large" in str(examine(path).problems[0])


def test_a_lane_must_bear_its_files_name_where_that_is_asked(lane_file):
    path = lane_file(SMALLEST)
    assert load_config(path, lane="lane1").lane == "lane1"
    (problem,) = examine(path, lane="lane2").problems
    assert str(problem) == f"{path}:1: lane: must be lane2: the file's name and the lane's are one"


# ---- --set --------------------------------------------------------------------------------------


def test_set_lays_yaml_values_over_the_file(lane_file):
    path = lane_file(SMALLEST + "upload:\nservice: {backoff: {max_s: 5}}\n")
    config = load_config(
        path,
        [
            "camera.fps=5",
            "camera.fps=10",
            "upload.when=never",
            "service.backoff.first_s=2",
            "camera.source=simulated:clear=1",
            "station={display: plain}",
            "keep_frames=yes",
        ],
    )
    assert config.camera.fps == 10
    assert config.upload.when == "never"
    assert (config.service.backoff.first_s, config.service.backoff.max_s) == (2, 5)
    assert config.camera.source.path == "clear=1"
    assert config.station.display == "plain"
    assert config.keep_frames is True


def test_set_repairs_a_wrong_value_of_the_file(problems):
    assert problems(SMALLEST + "trigger: {mode: buton}\n", "trigger.mode=button") == []


@pytest.mark.parametrize("override", ["geheim", "=geheim", "camera..fps=geheim", ".=geheim"])
def test_a_set_without_a_key_is_told_by_its_number(problems, override):
    assert problems(SMALLEST, "camera.fps=5", override) == [
        "--set (number 2): must be KEY=VALUE, such as --set camera.fps=10"
    ]


def test_mistakes_in_set_are_named_by_the_option(problems):
    assert problems(SMALLEST, "camera={source: /dev/a, fsp: 1}", "trigger.mode=[", "camera=3") == [
        "--set trigger.mode: is no valid YAML: expected the node content, but found '<stream end>'",
        f"--set camera: must be a section with keys of its own: {CAMERA}",
    ]
    assert problems(SMALLEST, "camera={source: /dev/a, fsp: 1}") == [
        "--set camera: camera.fsp: unknown key; did you mean fps?"
    ]
    assert problems(SMALLEST, "camera={fps: 1, fps: 2, source: /dev/a}") == [
        "--set camera: camera.fps: stands here a second time"
    ]


def test_set_beside_a_broken_file_leaves_that_mistake(problems):
    (problem,) = problems("lane: [\n", "lane=lane1")
    assert problem.startswith("lane1.yaml:2: is no valid YAML")


def test_set_under_something_that_is_no_section_leaves_that_mistake(problems):
    (problem,) = problems(SMALLEST + "upload: never\n", "upload.when=never")
    assert problem.startswith("lane1.yaml:4: upload: must be a section")


# ---- whatever a file may hold -------------------------------------------------------------------


@st.composite
def typos(draw):
    """A known key with one letter doubled, dropped or swapped with its neighbour."""
    path = draw(st.sampled_from([path for path in LEAVES if len(path[-1]) >= 4]))
    name = path[-1]
    at = draw(st.integers(0, len(name) - 2))
    wrong = draw(
        st.sampled_from(
            [
                name[:at] + name[at] + name[at:],
                name[:at] + name[at + 1 :],
                name[:at] + name[at + 1] + name[at] + name[at + 2 :],
                name.upper(),
                name.replace("_", "-"),
            ]
        )
    )
    return path, wrong


@given(typos())
def test_a_key_with_a_typo_gets_the_right_suggestion(tmp_path_factory, typo):
    path, wrong = typo
    if (*path[:-1], wrong) in known_keys():
        return
    file = tmp_path_factory.getbasetemp() / "typo.yaml"
    file.write_text(SMALLEST, "utf-8")
    (problem,) = examine(file, [f"{'.'.join((*path[:-1], wrong))}=1"]).problems
    meant = re.search(r"did you mean (\w+)\?", problem.text)
    assert meant
    assert meant[1] == path[-1]


VALUES = st.recursive(
    st.sampled_from(["1", "12:30", "no", "~", "'x'", '"\\ud800"', "2026-01-01", "1e999", ".inf"])
    | st.integers(-(10**400), 10**400).map(str)
    | st.text(max_size=12),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.text(max_size=6), inner, max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=6,
)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda t: t.encode("utf-8"))))
def test_no_bytes_crash_the_loader(tmp_path_factory, data):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(data)
    examination = examine(file)
    assert examination.config is None
    assert examination.problems


@given(st.lists(st.tuples(st.sampled_from(sorted(known_keys())), VALUES), min_size=1, max_size=4))
def test_no_value_of_any_key_crashes_the_loader(tmp_path_factory, pairs):
    file = tmp_path_factory.getbasetemp() / "values.yaml"
    file.write_text(SMALLEST, "utf-8")
    overrides = [f"{'.'.join(path)}={value}" for path, value in pairs]
    examination = examine(file, overrides)
    assert isinstance(examination.config, LaneConfig) or examination.problems
    for problem in examination.problems:
        assert "\n" not in str(problem)
        str(problem).encode("utf-8")
