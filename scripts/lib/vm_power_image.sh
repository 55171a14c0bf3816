#!/usr/bin/env bash
# Makes the virtual machine's disk, if it is not there, and prints its folder; installs what the
# machine needs. For scripts/torture power, which passes on CA_BUNDLE and MIRROR (may be empty).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=scripts/lib/environment.sh
. "$root/scripts/lib/environment.sh"
# shellcheck source=scripts/lib/vm_image.sh
. "$root/scripts/lib/vm_image.sh"

[ "$(id -u)" -eq 0 ] || fail "needs root (to make the machine's disk)"
[ "$(uname -m)" = x86_64 ] || fail "needs an x86-64 machine; here is $(uname -m)"
need() { # need COMMAND PACKAGE
    command -v "$1" >/dev/null || install_packages "$2"
}
need git git
need mmdebstrap mmdebstrap
need openssl openssl
need mke2fs e2fsprogs
need qemu-system-x86_64 qemu-system-x86
trap tidy_vm_image EXIT
trap 'exit 130' INT TERM HUP
make_vm_image "" "${1-}" "${2-}" >&2
echo "$vm_image"
