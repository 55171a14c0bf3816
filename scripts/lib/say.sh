# shellcheck shell=bash
# What the scripts tell the person: progress and failures, on stderr.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

fail() { # fail MESSAGE: end with the code for "something of the machine is missing"
    say "$*"
    exit 4
}
