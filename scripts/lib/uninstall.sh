# shellcheck shell=bash
# Takes away what scripts/install put down, and nothing that a lane or a person wrote.

uninstall_all() {
    stop_lanes
    local path
    remove_link "$into/usr/local/bin/vin-kiosk"
    remove_link "$into/opt/vin-kiosk"
    for path in \
        /usr/local/lib/systemd/system/vin-kiosk@.service \
        /usr/local/lib/sysusers.d/vin-kiosk.conf \
        /usr/local/share/bash-completion/completions/vin-kiosk \
        /etc/udev/rules.d/70-vin-kiosk.rules.example \
        /etc/vin-kiosk/lane.yaml.example \
        /opt/vin-kiosk-releases; do
        remove "$into$path"
    done
    ! has_systemd || systemctl daemon-reload
    say "vin-kiosk is removed. Kept: /etc/vin-kiosk (your lanes and access codes), /var/lib/vin-kiosk"
    say "(every scan and what it cost) and the user vin-kiosk, who owns them."
    say "Installed again, a lane starts by: sudo systemctl enable --now vin-kiosk@NAME"
}

stop_lanes() { # and let none start at the next boot
    local units
    mapfile -t units < <(
        {
            lanes_in active,activating,reloading,deactivating
            find "$into"/etc/systemd/system/*.wants -name 'vin-kiosk@*.service' -printf '%f\n' 2>/dev/null
        } | sort -u
    )
    [ ${#units[@]} -gt 0 ] || return 0
    say "stopping ${units[*]} (an answer that was paid for is waited for)"
    if has_systemd; then
        systemctl disable --now "${units[@]}"
    else
        systemctl disable "${units[@]}"
    fi
}

remove_link() { # remove_link PATH: unless it is something else of that name
    if is_our_link "$1"; then
        remove "$1"
    elif is_there "$1"; then
        say "kept: $1, which was not made by scripts/install"
    fi
}

remove() { # remove PATH
    is_there "$1" || return 0
    rm -rf "$1"
    note_change "removed $1"
}
