"""A camera's controls: names as v4l2-ctl prints them, order, menus, and what is told of them."""

import errno
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from v4l2_kernel import (
    BOOLEAN,
    BUTTON,
    CLASS,
    DISABLED,
    INACTIVE,
    INTEGER_MENU,
    MENU,
    READ_ONLY,
    Device,
    FakeKernel,
    Knob,
)

from kiosk.camera.adjust import adjust
from kiosk.camera.controls import fold, list_controls
from kiosk.camera.node import opened
from kiosk.clock import ManualClock
from kiosk.errors import CameraError

PATH = "/dev/video0"
MAINS = {0: "Disabled", 1: "50 Hz", 2: "60 Hz"}


def knobs():
    """What a usual UVC camera has (ids of linux/v4l2-controls.h)."""
    return [
        Knob(0x980001, "User Controls", kind=CLASS),
        Knob(0x980900, "Brightness", minimum=-64, maximum=64),
        Knob(0x98090C, "White Balance, Automatic", kind=BOOLEAN, maximum=1, value=1),
        Knob(0x980918, "Power Line Frequency", kind=MENU, maximum=2, value=2, menu=MAINS),
        Knob(
            0x98091A,
            "White Balance Temperature",
            minimum=2800,
            maximum=6500,
            step=10,
            value=4000,
            ruled_by=("White Balance, Automatic", 1),
        ),
        Knob(
            0x9A0901,
            "Auto Exposure",
            kind=MENU,
            maximum=3,
            value=3,
            menu={1: "Manual Mode", 3: "Aperture Priority Mode"},
        ),
        Knob(0x9A0902, "Exposure Time, Absolute", 1, 1, 5000, 1, ruled_by=("Auto Exposure", 3)),
        Knob(
            0x9A090A,
            "Focus, Absolute",
            maximum=250,
            step=5,
            ruled_by=("Focus, Automatic Continuous", 1),
        ),
        Knob(0x9A090C, "Focus, Automatic Continuous", kind=BOOLEAN, maximum=1, value=1),
        Knob(0x9A0913, "Exposure Bias", kind=INTEGER_MENU, maximum=2, menu={0: -500, 2: 500}),
        Knob(0x9A0920, "Pan, Reset", kind=BUTTON),
        Knob(0x9A0921, "Old One", flags=DISABLED),
        Knob(0x9A0922, "Lens Position", value=7, flags=READ_ONLY),
    ]


@pytest.fixture
def device():
    return Device(knobs=knobs())


@pytest.fixture
def kernel(device):
    return FakeKernel(ManualClock(), {PATH: device})


@pytest.fixture
def set_all(kernel):
    def run(**asked):
        with opened(PATH, kernel) as node:
            return adjust(node, asked)

    return run


def value_of(device, name):
    return next(knob.value for knob in device.knobs if knob.name == name)


# ---- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Focus, Automatic Continuous", "focus_automatic_continuous"),
        ("Power Line Frequency", "power_line_frequency"),
        ("Exposure (Absolute)", "exposure_absolute"),
        ("  LED1 -- Mode!", "led1_mode"),
        ("Größe", "gr_e"),
        ("", ""),
    ],
)
def test_names_are_those_of_v4l2_ctl(name, folded):
    assert fold(name) == folded


@given(st.text(max_size=31))
def test_a_folded_name_is_one_the_configuration_takes_and_stays(name):
    folded = fold(name)
    assert re.fullmatch(r"([a-z0-9]+(_[a-z0-9]+)*)?", folded)
    assert fold(folded) == folded


@given(st.text(string.printable, max_size=31))
def test_folding_keeps_the_letters_and_digits(name):
    kept = [letter for letter in name.lower() if letter in string.ascii_lowercase + string.digits]
    assert fold(name).replace("_", "") == "".join(kept)


# ---- the list ----------------------------------------------------------------------------------


def test_the_list_is_the_cameras_own(kernel):
    found = {control.name: control for control in list_controls(PATH, kernel)}
    assert list(found) == [
        "brightness",
        "white_balance_automatic",
        "power_line_frequency",
        "white_balance_temperature",
        "auto_exposure",
        "exposure_time_absolute",
        "focus_absolute",
        "focus_automatic_continuous",
        "exposure_bias",
        "pan_reset",
        "lens_position",
    ]
    bright = found["brightness"]
    assert (bright.kind, bright.minimum, bright.maximum, bright.step) == ("integer", -64, 64, 1)
    assert (bright.default, bright.value, bright.inactive) == (0, 0, False)
    assert found["power_line_frequency"].menu == MAINS
    assert found["auto_exposure"].menu == {1: "Manual Mode", 3: "Aperture Priority Mode"}
    assert found["exposure_bias"].menu == {0: "-500", 2: "500"}
    assert found["focus_absolute"].inactive
    assert [name for name, control in found.items() if control.read_only] == [
        "pan_reset",
        "lens_position",
    ]
    assert found["pan_reset"].value is None
    assert found["lens_position"].value == 7


def test_a_camera_without_controls_has_none(kernel, device):
    device.knobs = []
    assert list_controls(PATH, kernel) == ()
    device.faults = {103: errno.ENOTTY}
    assert list_controls(PATH, kernel) == ()


def test_a_faulty_control_is_no_reason_to_do_without_pictures(set_all, device):
    device.faults = {103: errno.EIO}
    assert set_all(brightness=1) == ("control brightness is unknown (the camera has no controls)",)


def test_a_driver_that_repeats_itself_ends_the_list(kernel, device):
    first = device.knobs[1]
    device.do_103 = lambda it: setattr(it, "id", first.id)
    assert len(list_controls(PATH, kernel)) == 1


def test_a_list_of_no_camera_is_an_error_in_words(kernel):
    with pytest.raises(CameraError, match="/dev/video7 is not there"):
        list_controls("/dev/video7", kernel)


# ---- setting -----------------------------------------------------------------------------------


def test_what_the_camera_takes_needs_no_word(set_all, device):
    assert not set_all(
        focus_absolute=30,
        focus_automatic_continuous=False,
        exposure_time_absolute=100,
        auto_exposure=1,
        white_balance_temperature=5000,
        white_balance_automatic=0,
        power_line_frequency="50 hz",
        brightness=-3,
        exposure_bias="500",
    )
    values = {fold(knob.name): knob.value for knob in device.knobs}
    assert values["focus_absolute"] == 30
    assert values["focus_automatic_continuous"] == 0
    assert values["exposure_time_absolute"] == 100
    assert values["auto_exposure"] == 1
    assert values["white_balance_temperature"] == 5000
    assert values["power_line_frequency"] == 1
    assert values["brightness"] == -3
    assert values["exposure_bias"] == 2


def test_switches_come_before_what_they_rule(set_all, device):
    set_all(focus_absolute=30, focus_automatic_continuous=False)
    assert device.asked_ids == [0x9A090C, 0x9A090A]


def test_a_number_that_rules_another_is_met_by_the_second_pass(set_all, device):
    device.knobs.append(Knob(0x9A0930, "Mode Number", maximum=3, value=3))
    device.knobs.append(Knob(0x9A092F, "Late One", maximum=9, ruled_by=("Mode Number", 3)))
    assert not set_all(late_one=4, mode_number=0)
    assert value_of(device, "Late One") == 4
    assert device.asked_ids == [0x9A092F, 0x9A0930, 0x9A092F]


def test_nothing_configured_touches_nothing(set_all, device):
    device.faults = dict.fromkeys((103, 27, 28, 37), errno.EIO)
    assert set_all() == ()


def test_the_mains_frequency_is_left_alone_where_it_is_not_configured(set_all, device):
    set_all(brightness=4)
    assert value_of(device, "Power Line Frequency") == 2


def test_what_an_automatic_rules_is_told(set_all):
    assert set_all(focus_absolute=30) == (
        "control focus_absolute is 0, asked 30 (an automatic control rules it: switch that off)",
    )
    assert set_all(focus_absolute=0) == (
        "control focus_absolute has no effect now (an automatic control rules it: switch that off)",
    )


def test_a_value_between_the_steps_is_told(set_all):
    assert set_all(focus_automatic_continuous=0, focus_absolute=31) == (
        "control focus_absolute is 30, asked 31",
    )


def test_a_refusal_is_told_with_the_drivers_reason(set_all, device):
    mains = device.knobs[3]
    mains.fault = errno.EIO
    assert set_all(power_line_frequency="50 Hz") == (
        "control power_line_frequency is 60 Hz, asked 50 Hz (Input/output error)",
    )
    assert not set_all(power_line_frequency="60 Hz")
    device.knobs[2].fault = errno.EBUSY
    assert set_all(white_balance_automatic=False) == (
        "control white_balance_automatic is true, asked false (Device or resource busy)",
    )
    mains.read_fault = errno.EIO
    assert set_all(power_line_frequency="50 Hz") == (
        "control power_line_frequency was refused (Input/output error)",
    )
    mains.fault = 0
    assert not set_all(power_line_frequency="50 Hz")
    assert mains.value == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"brightness": 65}, "control brightness takes a number from -64 to 64, not 65"),
        ({"brightness": "dark"}, "control brightness takes a number from -64 to 64, not dark"),
        ({"brightness": True}, "control brightness takes a number from -64 to 64, not true"),
        (
            {"focus_absolute": 251},
            "control focus_absolute takes a number from 0 to 250 in steps of 5, not 251",
        ),
        (
            {"white_balance_automatic": 2},
            "control white_balance_automatic takes true or false, not 2",
        ),
        (
            {"power_line_frequency": "55 Hz"},
            "control power_line_frequency takes one of: Disabled, 50 Hz, 60 Hz, not 55 Hz",
        ),
        (
            {"power_line_frequency": True},
            "control power_line_frequency takes one of: Disabled, 50 Hz, 60 Hz, not true",
        ),
        (
            {"auto_exposure": 2},
            "control auto_exposure takes one of: Manual Mode, Aperture Priority Mode, not 2",
        ),
        ({"pan_reset": 1}, "control pan_reset cannot be set"),
        ({"lens_position": 1}, "control lens_position cannot be set"),
    ],
)
def test_a_value_it_cannot_have_is_told_and_not_sent(set_all, device, asked, said):
    assert set_all(**asked) == (said,)
    assert device.asked_ids == []


def test_unknown_names_are_told_with_the_nearest_and_once_with_all(set_all, device):
    device.knobs = [knob for knob in device.knobs if knob.name in ("Brightness", "Focus, Absolute")]
    device.knobs[1].ruled_by = None
    assert set_all(focus_absolut=30, turbo=1, brightness=3) == (
        "control focus_absolut is unknown, did you mean focus_absolute?",
        "control turbo is unknown (the camera has brightness, focus_absolute)",
    )
    assert value_of(device, "Brightness") == 3
    device.knobs = []
    assert set_all(turbo=1) == ("control turbo is unknown (the camera has no controls)",)


@pytest.mark.parametrize("where", ["write", "read"])
def test_a_camera_that_goes_meanwhile_is_gone(set_all, device, where):
    knob = device.knobs[1]
    if where == "write":
        knob.fault = errno.ENODEV
    else:
        knob.read_fault = errno.ENODEV
    with pytest.raises(OSError) as caught:
        set_all(brightness=1)
    assert caught.value.errno == errno.ENODEV


@pytest.mark.parametrize("when", ["fault", "read_fault", "again_fault"])
def test_one_control_that_times_out_is_told_and_waited_for_once(set_all, device, when):
    silent, other = device.knobs[1], device.knobs[2]
    setattr(silent, when, errno.ETIMEDOUT)
    wanted = {fold(silent.name): 1, fold(other.name): other.maximum}
    (said,) = set_all(**wanted)
    assert said == f"control {fold(silent.name)} is not known to be as asked (it does not answer)"
    assert other.value == other.maximum
    assert silent.faulted == 1


@pytest.mark.parametrize(
    ("code", "times", "told"),
    [
        (errno.ETIMEDOUT, 1, "is not known to be as asked (it does not answer)"),
        (errno.EIO, 3, "takes one of: , not 50 Hz"),
    ],
)
def test_a_menu_that_times_out_is_waited_for_once(set_all, device, code, times, told):
    asked = []

    def refuse(it):
        asked.append(it.id)
        raise OSError(code, "no")

    device.do_37 = refuse
    device.knobs = [knob for knob in device.knobs if knob.kind != INTEGER_MENU][:4]
    (said,) = set_all(power_line_frequency="50 Hz")
    assert said == f"control power_line_frequency {told}"
    assert len(asked) == times


def test_a_control_whose_description_is_refused_afterwards_is_told(set_all, device):
    device.knobs[1].again_fault = errno.EIO
    assert set_all(brightness=1) == ()
    device.knobs[1].fault = errno.ERANGE
    (said,) = set_all(brightness=2)
    assert said.startswith("control brightness was refused (")


def test_two_controls_that_time_out_are_a_sick_camera(set_all, device):
    for knob in device.knobs[1:3]:
        knob.read_fault = errno.ETIMEDOUT
    with pytest.raises(TimeoutError):
        set_all(**{fold(device.knobs[1].name): 1})


def test_controls_hidden_behind_one_that_times_out_are_told(set_all, device):
    device.faults = {103: errno.ETIMEDOUT}
    said = set_all(brightness=1)
    assert said == (
        "control brightness is unknown (the camera has no controls)",
        "one of the camera's controls does not answer and hides those behind it",
    )


def test_a_menu_lost_on_the_way_is_a_camera_gone(set_all, device):
    device.faults = {37: errno.ENODEV}
    with pytest.raises(OSError) as caught:
        set_all(power_line_frequency=1)
    assert caught.value.errno == errno.ENODEV


SPACES = st.text(" \t", max_size=2)


@given(entry=st.sampled_from([0, 1, 2]), cases=st.lists(st.booleans(), min_size=8), space=SPACES)
def test_a_menus_words_are_known_in_any_case_and_spacing(entry, cases, space):
    device = Device(knobs=knobs())
    kernel = FakeKernel(ManualClock(), {PATH: device})
    words = "".join(
        letter.upper() if upper else letter.lower()
        for letter, upper in zip(MAINS[entry], cases, strict=False)
    )
    words = f"{space}{words}{MAINS[entry][len(words) :]}".replace(" ", space or " ")
    with opened(PATH, kernel) as node:
        assert not adjust(node, {"power_line_frequency": words})
    assert value_of(device, "Power Line Frequency") == entry


def test_inactive_is_the_drivers_own_word(set_all, device):
    device.knobs[1].flags = INACTIVE
    assert set_all(brightness=5) == (
        "control brightness has no effect now (an automatic control rules it: switch that off)",
    )
