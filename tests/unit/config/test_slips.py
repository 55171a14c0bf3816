"""Slips of the pen: a colon, a blank or a quote forgotten, told with all other mistakes."""

import json

import pytest

SMALLEST = "lane: lane1\ncamera:\n  source: /dev/video0\n"
HORRIBLE = """\
lane: Lane1
camera:
  source: folder: /srv/scans
  width 1920
  height:1080
  fps: "15"
  latency_s = 3
  controls: {Focus: 30, focus_absolute: 1.5, exposure: , gain: 99999999999999999999}
trigger: {mode: arival, timeout_s 5}
service:
  url: http://recognition.ws/
  save_image: 'yes'
  answer_timeout_s: 60 s
  access_code: geheim
  ca_file: ~/ca.pem
  backoff: {first_s: 400}
upload: {daily_credit_limit: 0, when: located,
  rescan_window: 60}
station:
  port: ttyUSB0
  baud: 9601
retention: 30
keep_frames false
"""


def test_a_horrible_file_is_told_all_its_mistakes_at_once(problems):
    found = problems(HORRIBLE)
    told = {}
    for problem in found:
        assert "geheim" not in problem
        place, key, words = problem.split(": ", 2)
        told.setdefault(int(place.removeprefix("lane1.yaml:")), []).append((key, words))
    lines = [line for line, texts in told.items() for _ in texts]
    assert lines == sorted(lines)
    one_each = {line: texts[0] for line, texts in told.items() if len(texts) == 1}
    assert one_each[1] == (
        "lane",
        "must be 1 to 32 small letters, digits and hyphens, such as lane1",
    )
    assert one_each[3] == ("source", "no blank may stand behind folder:")
    assert one_each[4] == ("width", "a colon is missing behind width? Write width: and the value")
    assert one_each[5][0] == "height"
    assert "a blank is missing behind height:" in one_each[5][1]
    assert one_each[6] == (
        "camera.fps",
        "must be a number, without quotes (from 1 to 120 pictures a second)",
    )
    assert "= where a colon belongs" in one_each[7][1]
    assert [key for key, _ in told[8]] == [
        f"camera.controls.{name}" for name in ("Focus", "focus_absolute", "exposure", "gain")
    ]
    assert {key: "did you mean arrival?" in words for key, words in told[9]} == {
        "trigger.mode": True,
        "trigger.timeout_s": False,
    }
    assert one_each[11][1].startswith("must begin with https://")
    assert one_each[12] == ("service.save_image", "must be true or false, without quotes")
    assert one_each[13][1] == "must be a number alone, without its unit (from 1 to 600 seconds)"
    assert "access_code_file" in one_each[14][1]
    assert one_each[15][1].endswith("~ is not expanded: write /home/ and the user's name")
    assert one_each[16] == (
        "service.backoff.first_s",
        "must be within its range (from 0.05 to 60 seconds)",
    )
    assert one_each[17] == (
        "upload.daily_credit_limit",
        "must be within its range (from 1 to 100000)",
    )
    assert one_each[18] == ("upload.rescan_window", "unknown key; did you mean rescan_window_s?")
    assert "/dev/serial/by-path/" in one_each[20][1]
    assert "1200, 2400" in one_each[21][1]
    assert one_each[22][1].endswith("pictures_days, results_days")
    assert one_each[23][0] == "keep_frames"
    assert set(told) == {*range(1, 24)} - {2, 10, 19}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("  width 1920\n  height: 1080\n", ["4: width: a colon is missing behind width?"]),
        ("  height: 1080\n  width 1920\n", ["5: width: a colon is missing behind width?"]),
        ("  fps: 15  # as it was\n  width 1920\n", ["5: width: a colon is missing behind width?"]),
        (
            "  width 1920\n\n  # remark\n  height: 1\n",
            ["4: width: a colon", "7: camera.height: must"],
        ),
        (
            "  widht 1920\n",
            ["4: widht: a colon is missing", "4: camera.widht: unknown key; did you"],
        ),
        (
            "trigger:\n  mode button\nlane2: x\n",
            ["5: mode: a colon is missing", "6: lane2: unknown"],
        ),
        ("trigger: {mode button}\n", ["4: trigger.mode: a colon is missing behind mode?"]),
        ("trigger: {mode:button}\n", ["4: trigger.mode: a blank is missing behind mode:?"]),
        ("  fps:15\n", ["4: fps: a blank is missing behind fps:?"]),
        ("keep_frames = yes\n", ["4: keep_frames: an = where a colon belongs?"]),
    ],
)
def test_a_forgotten_colon_is_told_where_it_is_missing(problems, lines, told):
    found = problems(SMALLEST + lines)
    assert len(found) == len(told)
    for problem, words in zip(found, told, strict=True):
        assert problem.startswith(f"lane1.yaml:{words}")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("    width: 5\n", "4: is indented too far: it stands deeper than the line above"),
        (" width: 5\n", "4: does not line up with line 3: keys of one section begin in one"),
        ("  after: a: b\n", "4: has a second colon with a blank behind it: put quotes round"),
        ("  after: 'keep\n", "4: a quote that is opened here is never closed"),
        (
            "upload: {when: read\n  rescan_window_s: 3}\n",
            "5: a comma, or a closing } or ], is miss",
        ),
        (
            "  after: keep\n    it there\n",
            "5: camera.after: goes on here, and a value stands on one",
        ),
        ("  after: @keep\n", "4: is no valid YAML: found character '@'"),
    ],
)
def test_what_yaml_says_is_told_in_words(problems, lines, words):
    (problem,) = problems(SMALLEST + lines)
    assert problem.startswith(f"lane1.yaml:{words}")


REMARKS = "  # one remark\n\n  # another\n  # and one more\n"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("  port:/dev/ttyUSB0\n", "5: port: a blank is missing behind port:?"),
        ("   port: null\n", "10: does not line up with line 5: keys of one section"),
        ("  port: null\n   display: plain\n", "6: is indented too far: it stands deeper than"),
    ],
)
def test_a_slip_is_told_where_it_stands_however_many_remarks_follow(problems, lines, told):
    (problem,) = problems(f"{SMALLEST}station:\n{lines}{REMARKS}  baud: 9600\n")
    assert problem.startswith(f"lane1.yaml:{told}")


def test_a_folder_with_a_blank_too_many_is_one_mistake(problems):
    (problem,) = problems("lane: a\ncamera:\n  source: folder: /srv/in\ntrigger: {mode: button}\n")
    assert "no blank may stand behind folder:" in problem
    with_more = problems("lane: a\ncamera:\n  source: folder: /srv/in\n  fps: 0\n")
    assert [problem.split(": ")[1] for problem in with_more] == ["source", "camera.fps"]


def test_a_path_that_goes_on_below_is_no_key(problems):
    (problem,) = problems(f"{SMALLEST}  after: keep\n    fbs:/srv/in\n")
    assert problem.startswith("lane1.yaml:5: camera.after: goes on here")


def test_a_value_with_blanks_or_colons_is_no_slip(lane_file, problems):
    assert problems("lane: a\ncamera:\n  source: /srv/width 1920 fps:15\n") == []
    assert problems('lane: a\ncamera: {source: "/srv/a\\n  width 1920"}\n') == []


def test_more_slips_than_anybody_makes_come_to_an_end(problems):
    found = problems("lane: a\ncamera:\n" + "  width 1920\n" * 500)
    assert 0 < len(found) < 100


def test_a_slip_never_repeats_what_stands_behind_it(problems):
    for line in ("access_code_file geheim", "access_code_file = geheim", "url geheim"):
        for text in (f"service:\n  {line}\n  format: json\n", f"service: {{{line}}}\n"):
            found = problems(SMALLEST + text)
            assert found
            assert "geheim" not in json.dumps(found)


def test_a_slip_does_not_repeat_a_code_that_stands_in_the_keys_place(problems):
    (problem,) = problems("lane: a\ncamera: {source: /dev/a}\naccesscode12xy file\n")
    assert problem.endswith(
        "a colon is missing behind access_code_file? Write access_code_file: and the value"
    )
