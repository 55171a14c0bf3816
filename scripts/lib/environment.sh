# shellcheck shell=bash
# Makes $root/.venv from a lock file, once; a stamp tells whether it still fits.
# Which index packages come from is pip's own configuration (pip.conf, PIP_…), never ours.

# shellcheck source=scripts/lib/say.sh
. "$root/scripts/lib/say.sh"
# shellcheck source=scripts/lib/machine.sh
. "$root/scripts/lib/machine.sh"

venv=$root/.venv

make_environment() { # make_environment LOCK COMMAND…: at least that lock, and those commands
    check_machine
    python=$(choose_python)
    python_identity=$("$python" -c 'import sys; print(sys.base_prefix, sys.version)')
    need_packages "${@:2}"
    is_made "$1" && return
    exec 9<"$root" # of two scripts at once the second waits, and finds it made
    flock 9
    if ! is_made "$1"; then
        remove_if_stale
        build "$1"
        stamp_of "$1" >"$venv/.made-from-$1"
    fi
    exec 9<&-
}

stamp_of() { # stamp_of LOCK: changes when the lock, the project, the Python or the place does
    { cat "$root/$1" "$root/pyproject.toml"; echo "$python_identity $root"; } | sha256sum
}

is_made() { # the developer's environment holds what the runtime's does
    local lock
    for lock in "$1" requirements-dev.lock; do
        [ "$(cat "$venv/.made-from-$lock" 2>&-)" = "$(stamp_of "$lock")" ] && return
    done
    return 1
}

remove_if_stale() { # only what was made here; a .venv without a stamp is kept and filled
    local made
    for made in "$venv"/.made-from-*; do
        [ -e "$made" ] || continue
        [ "$(cat "$made")" = "$(stamp_of "${made##*/.made-from-}")" ] && continue
        say "making .venv anew: the Python or the locked packages changed"
        rm -rf "$venv"
        return
    done
}

build() { # build LOCK
    say "filling .venv ($("$python" -V), $(grep -c '==' "$root/$1") locked packages): a minute, once"
    "$python" -m venv "$venv" || fail "$python could not make $venv (see above)"
    pip_install --require-hashes --only-binary :all: -r "$root/$1"
    pip_install --no-deps --no-build-isolation --editable "$root"
}

pip_install() {
    local log status=0
    log=$(mktemp)
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --no-user "$@" \
        >"$log" 2>&1 </dev/null || status=$?
    if [ $status -ne 0 ]; then
        grep -vE '^ *(Downloading|Collecting|Using cached) ' "$log" | tail -n 12 >&2
        if grep -qE 'NewConnectionError|NameResolution|ConnectTimeout|SSLError|from versions: none' "$log"; then
            say "pip cannot reach its package index (see above): is this machine on the network?"
        else
            say "pip could not install the locked packages (see above)"
        fi
    fi
    rm -f "$log"
    [ $status -eq 0 ] || exit 4
}
