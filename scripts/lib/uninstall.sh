# shellcheck shell=bash
# Takes away what scripts/install put down, and nothing that a lane or a person wrote.

uninstall_all() {
    stop_lanes
    local path
    for path in \
        /usr/local/lib/systemd/system/vin-kiosk@.service \
        /usr/local/lib/sysusers.d/vin-kiosk.conf \
        /usr/local/share/bash-completion/completions/vin-kiosk \
        /etc/udev/rules.d/70-vin-kiosk.rules.example \
        /etc/vin-kiosk/lane.yaml.example \
        /usr/local/bin/vin-kiosk \
        /opt/vin-kiosk \
        /opt/vin-kiosk-releases; do
        remove "$into$path"
    done
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
    say "vin-kiosk is removed. Kept: /etc/vin-kiosk (your lanes and access codes), /var/lib/vin-kiosk"
    say "(every scan and what it cost) and the user vin-kiosk, who owns them."
}

stop_lanes() { # and let none start at the next boot
    local units
    mapfile -t units < <(
        {
            lanes_running
            find "$into"/etc/systemd/system/*.wants -name 'vin-kiosk@*.service' -printf '%f\n' 2>/dev/null
        } | sort -u
    )
    [ ${#units[@]} -gt 0 ] || return 0
    say "stopping ${units[*]} (an answer that was paid for is waited for)"
    if [ -d /run/systemd/system ]; then
        systemctl disable --now "${units[@]}"
    else
        systemctl disable "${units[@]}"
    fi
}

remove() { # remove PATH
    [ -e "$1" ] || [ -L "$1" ] || return 0
    rm -rf "$1"
    note_change "removed $1"
}
