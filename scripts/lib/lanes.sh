# shellcheck shell=bash
# A lane's files in /etc/vin-kiosk, and the lanes that run.

is_lane_name() { [[ $1 =~ ^[a-z0-9-]{1,32}$ ]]; }

lanes_configured() { # one name a line
    local file
    for file in "$into"/etc/vin-kiosk/*.yaml; do
        [ ! -e "$file" ] || basename "$file" .yaml
    done
}

prepare_lane() { # prepare_lane NAME: what is there is yours, and stays as it is
    local name=$1 file=$into/etc/vin-kiosk/$1.yaml code=$into/etc/vin-kiosk/$1.access-code draft
    if [ ! -e "$file" ]; then
        draft=$(mktemp)
        lane_from_example "$name" >"$draft"
        put_file "$draft" "$file" 640 root vin-kiosk
        rm -f "$draft"
    fi
    [ -e "$code" ] || put_file /dev/null "$code" 600
}

lane_from_example() { # with the name, and the camera where there is no doubt which
    local camera
    camera=$(only_camera)
    sed -e "s|^lane: .*|lane: $1|" \
        -e "s|^state_dir: .*|state_dir: /var/lib/vin-kiosk/$1|" \
        ${camera:+-e "s|^  source: .*|  source: $camera|"} "$root/config/lane.example.yaml"
}

only_camera() { # its path, if exactly one is plugged in
    # not a Pi's own codecs (platform-bcm2835-codec-…), nor a camera's second name (…-usbv2-…)
    local cameras=("$into"/dev/v4l/by-path/*-usb-*-video-index0)
    [ ${#cameras[@]} -ne 1 ] || [ ! -e "${cameras[0]}" ] || echo "${cameras[0]}"
}

has_systemd() { [ -d "$into/run/systemd/system" ]; } # at work, not only installed

lanes_in() { # lanes_in STATE,…: the units, one a line
    has_systemd || return 0
    systemctl list-units --plain --no-legend --state="$1" 'vin-kiosk@*.service' | cut -d' ' -f1
}

refresh_running_lanes() { # refresh_running_lanes YES: restart them if asked, or say what is due
    local running
    # one that is stopping stays so, or comes back by itself with what is installed now
    mapfile -t running < <(lanes_in active,activating,reloading)
    [ ${#running[@]} -gt 0 ] || return 0
    if [ -n "$1" ]; then
        say "restarting ${running[*]} (an answer that was paid for is waited for)"
        systemctl restart "${running[@]}" || fail "a lane does not start again: sudo journalctl -u '${running[0]}' -n 20"
    elif program_changed; then
        still_running "${running[@]}"
    fi
}

program_changed() { # whether this run changed what a running lane is made of
    local change
    for change in "${changes[@]}"; do
        case $change in
        "$into/opt/vin-kiosk -> "* | */vin-kiosk@.service) return 0 ;;
        esac
    done
    return 1
}

still_running() { # still_running UNIT…
    if [ $# -eq 1 ]; then
        say "$1 still runs what was installed before: sudo systemctl restart $1"
    else
        say "$* still run what was installed before: sudo systemctl restart 'vin-kiosk@*'"
    fi
}

say_what_next() { # for the lanes that do not start with the machine yet
    local lanes name
    mapfile -t lanes < <(lanes_configured)
    for name in "${lanes[@]}"; do
        if is_enabled "$name"; then
            continue
        elif [ -s "$into/etc/vin-kiosk/$name.access-code" ]; then
            say "lane $name does not start with the machine: sudo systemctl enable --now vin-kiosk@$name"
        else
            say_steps "$name"
        fi
    done
}

is_enabled() { # is_enabled NAME
    local links=("$into"/etc/systemd/system/*.wants/"vin-kiosk@$1.service")
    is_there "${links[0]}"
}

say_steps() { # say_steps NAME
    cat >&2 <<STEPS
What to do next, for lane $1 (more: docs/installing.md):
  1. plug in its camera and its display; their paths:
     ls /dev/v4l/by-path/*-usb-*-video-index0 /dev/serial/by-path/*-usb-*
  2. sudo nano /etc/vin-kiosk/$1.yaml          then: sudo vin-kiosk check-config --lane $1
  3. sudo nano /etc/vin-kiosk/$1.access-code   the service's access code, alone on one line
  4. sudo vin-kiosk doctor --lane $1           looks at camera, display and machine
  5. sudo systemctl enable --now vin-kiosk@$1  then: sudo systemctl status vin-kiosk@$1
Who uses the lane's commands without sudo: sudo adduser NAME vin-kiosk (and log in again)
STEPS
}
