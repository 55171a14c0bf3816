# shellcheck shell=bash
# A release: the locked packages and the program in a virtual environment of its own under
# /opt/vin-kiosk-releases. It is made and tried beside the one in use; then the link /opt/vin-kiosk
# is switched at once. A failure leaves the old release in use, and running lanes undisturbed.

room_needed_mb=900 # a release has some 400 MB, and pip needs room to unpack

releases() { echo "$into/opt/vin-kiosk-releases"; }

release_name() { # VERSION-IDENTITY of what this checkout makes
    : "${release_identity:=$(identity_of_checkout)}"
    echo "vin-kiosk $(version_of_checkout)-${release_identity:0:10}"
}

version_of_checkout() { sed -n 's/^version = "\(.*\)"$/\1/p' "$root/pyproject.toml"; }

identity_of_checkout() { # changes with the program, the locked packages and the Python
    {
        "$python" -c 'import sys; print(sys.base_prefix, sys.version)'
        cd "$root"
        sources_of_checkout | LC_ALL=C sort -z | xargs -0 sha256sum
    } | sha256sum
}

sources_of_checkout() { # what a release is made from, relative to the checkout, each ended by a zero
    printf '%s\0' pyproject.toml requirements.lock README.md LICENSE
    find kiosk -name __pycache__ -prune -o -type f -print0
}

install_release() {
    release_identity=$(identity_of_checkout)
    local name release
    name=$(release_name)
    release=$(releases)/${name#vin-kiosk }
    if [ ! -e "$release/.complete" ]; then
        make_release "$release"
        note_change "$release/"
    fi
    put_link "$release" "$into/opt/vin-kiosk"
    touch "$release" # in use last: prune_releases goes by it
}

make_release() { # make_release PATH: complete and tried, or not there
    say "making $(release_name): $(grep -c '==' "$root/requirements.lock") locked packages, some minutes on a Pi"
    [ "$(df --output=avail -m "$into/opt" | tail -n 1)" -ge $room_needed_mb ] ||
        fail "needs $room_needed_mb MB of room under /opt: make some"
    unfinished=$1
    trap 'rm -rf "${unfinished:?}"' EXIT
    rm -rf "$unfinished" # of a run that was cut off
    put_parents "$unfinished/bin"
    venv=$unfinished
    fill_release
    try_release "$unfinished"
    touch "$unfinished/.complete"
    trap - EXIT
}

fill_release() { # $venv; readable for all whatever the umask here
    umask 022
    "$python" -m venv "$venv" || fail "$python could not make $venv (see above)"
    say "  the locked packages"
    pip_install --require-hashes --only-binary :all: -r "$root/requirements.lock"
    say "  the program"
    # from a copy: a build leaves files behind, and these would be root's in your checkout
    mkdir "$venv/source"
    (cd "$root" && sources_of_checkout | xargs -0 cp --parents -t "$venv/source")
    pip_install --no-deps --no-build-isolation "$venv/source"
    rm -r "$venv/source"
}

try_release() { # try_release PATH: all the libraries load, or it does not become the one in use
    "$1/bin/python" -I -c 'import kiosk.app' &&
        "$1/bin/vin-kiosk" --version >/dev/null ||
        fail "the new release does not start (see above); the old one stays in use"
}

prune_releases() { # keeps the one in use, the one used before it, and what running lanes still use
    local release kept=0
    while IFS= read -r release; do
        [ "$release" != "$(readlink "$into/opt/vin-kiosk")" ] || continue
        ! is_running "$release" || continue
        [ ! -e "$release/.complete" ] || [ $((kept++)) -gt 0 ] || continue # one cut off is of no use
        rm -rf "$release"
        say "  removed the old release ${release##*/}"
    done < <(find "$(releases)" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | LC_ALL=C sort -rn | cut -d' ' -f2-)
}

is_running() { # is_running RELEASE: some process has it loaded
    grep -qs -F "$1/" /proc/[0-9]*/maps
}
