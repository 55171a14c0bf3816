# shellcheck shell=bash
# What the machine must be and have: a 64-bit Linux, a Python, and a few Debian packages.

check_machine() {
    [ "$(uname -s)" = Linux ] || fail "this is made for Linux; here is $(uname -s)"
    case "$(uname -m)" in
    x86_64 | aarch64) ;;
    *) fail "needs a 64-bit Intel or Arm processor; here is $(uname -m)" ;;
    esac
    # a 64-bit kernel may run a 32-bit system: on a Pi that is even usual
    [ "$(getconf LONG_BIT)" = 64 ] ||
        fail "needs a 64-bit system; this one is 32-bit (take Raspberry Pi OS 64-bit)"
}

choose_python() { # print the Python to use: $PYTHON, else the first that is new enough
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3 /usr/bin/python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
        [ -z "${PYTHON-}" ] || fail "PYTHON=$PYTHON is no Python of version 3.11 or newer"
    done
    command -v python3 >/dev/null || fail "needs python3: apt-get install python3"
    fail "needs Python 3.11 or newer, here is $(python3 -V 2>&1); name another with PYTHON=…"
}

need_packages() { # need_packages COMMAND…: install what is missing; commands are packages' names
    local missing=() libraries command
    # not through a pipe: grep -q leaves early, and pipefail takes ldconfig's SIGPIPE for a failure
    libraries=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p)
    [[ $libraries == *libzbar.so.0* ]] || missing+=(libzbar0)
    can_make_environments || missing+=(python3-venv)
    for command in "$@"; do
        command -v "$command" >/dev/null || missing+=("$command")
    done
    [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
    can_make_environments ||
        fail "$python cannot make virtual environments; name another with PYTHON=/usr/bin/python3"
}

can_make_environments() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

install_packages() {
    command -v apt-get >/dev/null || fail "needs what Debian packages as: $*; there is no apt-get"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "needs $*; as root: apt-get install $*"
        as_root=(sudo)
        [ -t 0 ] || as_root+=(-n) # nobody is there to type a password
    fi
    say "installing $* (apt-get${as_root:+, with sudo})"
    local log
    log=$(mktemp)
    apt_get install "$@" >"$log" 2>&1 ||
        { apt_get update && apt_get install "$@"; } >"$log" 2>&1 ||
        { tail -n 12 "$log" >&2; rm -f "$log"; fail "apt-get could not install $* (see above)"; }
    rm -f "$log"
}

apt_get() {
    local options=(-y -o DPkg::Lock::Timeout=120)
    [ "$1" = update ] || options+=(--no-install-recommends)
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" "$@" </dev/null
}
