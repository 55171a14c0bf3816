"""A lane's files, and the lanes that run."""

import pytest
import yaml
from laid_down import ROOT, lane_file


def test_the_first_lane_has_its_name_and_a_private_access_code(shell):
    shell("prepare_lane north-2")
    lane = yaml.safe_load(lane_file(shell, "north-2").read_text("utf-8"))
    assert lane["lane"] == "north-2"
    assert lane["state_dir"] == "/var/lib/vin-kiosk/north-2"
    code = lane_file(shell, "north-2").with_suffix(".access-code")
    assert code.read_bytes() == b""
    assert code.stat().st_mode & 0o777 == 0o600


def test_what_a_person_wrote_stays(shell):
    lane_file(shell).write_text("lane: lane1  # mine")
    code = lane_file(shell).with_suffix(".access-code")
    code.write_text("secret")
    code.chmod(0o400)
    assert "secret" not in shell("prepare_lane lane1; echo changes: ${#changes[@]}")
    assert lane_file(shell).read_text() == "lane: lane1  # mine"
    assert code.read_text() == "secret"
    assert code.stat().st_mode & 0o777 == 0o400


@pytest.mark.parametrize(("cameras", "found"), [(0, False), (1, True), (2, False)])
def test_the_only_camera_is_written_into_a_new_lane(shell, cameras, found):
    by_path = shell.into / "dev/v4l/by-path"
    by_path.mkdir(parents=True)
    for number in range(cameras):
        for name in ("usb-0:{}:1.0-video-index0", "usb-0:{}:1.0-video-index1"):
            (by_path / f"platform-xhci-hcd.1-{name.format(number)}").touch()
            (by_path / f"platform-xhci-hcd.1-{name.format(number)}".replace("usb", "usbv2")).touch()
    for own in ("bcm2835-codec", "bcm2835-isp", "1000880000.pisp_be"):  # what every Pi has
        (by_path / f"platform-{own}-video-index0").touch()
    shell("prepare_lane lane1")
    source = yaml.safe_load(lane_file(shell).read_text("utf-8"))["camera"]["source"]
    example = yaml.safe_load((ROOT / "config/lane.example.yaml").read_text("utf-8"))
    only = str(by_path / "platform-xhci-hcd.1-usb-0:0:1.0-video-index0")
    assert source == (only if found else example["camera"]["source"])


SYSTEMD = """
lanes=(starting:activating at-work:active rereading:reloading stopping:deactivating failed:failed)
systemctl() {
    [ "$1" = list-units ] || { echo "systemctl $*"; return; }
    local lane asked=" ${*//[=,]/ } "
    for lane in "${lanes[@]}"; do
        [[ $asked != *" ${lane#*:} "* ]] || echo "vin-kiosk@${lane%:*}.service loaded"
    done
}
"""


def told_systemd(shell, lines):
    (shell.into / "run/systemd/system").mkdir(parents=True)
    said = shell(f"{SYSTEMD}{lines}").splitlines()
    (order,) = [line for line in said if line.startswith("systemctl") and "@" in line]
    return order.replace("vin-kiosk@", "").replace(".service", "").removeprefix("systemctl ")


def test_a_restart_reaches_every_lane_that_uses_the_old_program_and_starts_none_anew(shell):
    assert told_systemd(shell, "refresh_running_lanes yes") == "restart starting at-work rereading"


def test_uninstalling_waits_for_every_lane_whatever_it_is_at(shell):
    order = told_systemd(shell, "uninstall_all")
    assert order == "disable --now at-work rereading starting stopping"


# ---- what is said at the end --------------------------------------------------------------------

UNIT_FILE = "/usr/local/lib/systemd/system/vin-kiosk@.service"


def about_running(shell, lanes, changes):
    (shell.into / "run/systemd/system").mkdir(parents=True)
    noted = "; ".join(f'note_change "{change}"' for change in changes)
    heard = shell(f"{SYSTEMD}\nlanes=({lanes}); {noted}\nrefresh_running_lanes ''")
    return [line for line in heard.splitlines() if "installed before" in line]


@pytest.mark.parametrize("program", ["$into/opt/vin-kiosk -> 2.0", UNIT_FILE])
def test_a_new_program_is_not_what_a_running_lane_runs(shell, program):
    (said,) = about_running(shell, "lane1:active", [program])
    assert said.endswith(
        "vin-kiosk@lane1.service still runs what was installed before: "
        "sudo systemctl restart vin-kiosk@lane1.service"
    )


def test_several_running_lanes_are_named_in_one_breath(shell):
    (said,) = about_running(shell, "lane1:active lane2:active", [UNIT_FILE])
    assert "vin-kiosk@lane1.service vin-kiosk@lane2.service still run what" in said
    assert said.endswith("restart 'vin-kiosk@*'")


def test_another_lanes_files_are_nothing_to_a_running_one(shell):
    new = ["/etc/vin-kiosk/lane2.yaml", "/etc/vin-kiosk/lane2.access-code"]
    assert about_running(shell, "lane1:active", new) == []


def enabled(shell, name):
    wants = shell.into / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / f"vin-kiosk@{name}.service").symlink_to("/gone/vin-kiosk@.service")


def test_a_new_lane_is_told_every_step_to_its_start(shell):
    said = shell("prepare_lane lane1; say_what_next")
    for step in (
        "ls /dev/v4l/by-path",
        "sudo nano /etc/vin-kiosk/lane1.yaml",
        "sudo vin-kiosk check-config --lane lane1",
        "sudo nano /etc/vin-kiosk/lane1.access-code",
        "sudo vin-kiosk doctor --lane lane1",
        "sudo systemctl enable --now vin-kiosk@lane1",
    ):
        assert step in said


def test_with_several_lanes_only_what_is_left_to_do_is_said(shell):
    for name in ("north", "south", "west"):
        shell(f"prepare_lane {name}")
        if name != "west":
            lane_file(shell, name).with_suffix(".access-code").write_text("secret")
    enabled(shell, "north")
    said = shell("say_what_next")
    assert "north" not in said
    assert "lane south does not start with the machine: sudo systemctl enable --now" in said
    assert "for lane west" in said
    assert said.count("What to do next") == 1


@pytest.mark.parametrize("lanes", [2, 60])  # a pipe that is left early is caught by the many
def test_however_many_lanes_it_comes_to_its_end(shell, lanes):
    said = shell(
        f"for name in lane{{1..{lanes}}}; do touch $into/etc/vin-kiosk/$name.yaml; done\n"
        "say_what_next; echo came to its end"
    )
    assert said.count("What to do next") == lanes
    assert "came to its end" in said


def test_an_update_where_all_lanes_start_by_themselves_says_no_steps(shell):
    shell("prepare_lane lane1")
    enabled(shell, "lane1")
    assert shell("say_what_next") == ""
