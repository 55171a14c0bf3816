# shellcheck shell=bash
# Programs for 64-bit Arm run here: the kernel hands them to qemu (binfmt_misc). Needs root.

binfmt=/proc/sys/fs/binfmt_misc
undo_emulation=()

need_emulation() { # what is missing is installed and switched on; end_emulation switches it off
    local missing=() entry=$binfmt/qemu-aarch64
    command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
    if [ "$(uname -m)" != aarch64 ]; then
        command -v qemu-aarch64-static >/dev/null || missing+=(qemu-user-static)
        command -v update-binfmts >/dev/null || missing+=(binfmt-support)
    fi
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
    [ "$(uname -m)" != aarch64 ] || return 0
    if [ ! -e "$binfmt/status" ]; then
        mount -t binfmt_misc binfmt_misc "$binfmt" || fail "this kernel has no binfmt_misc"
        undo_emulation=(umount "$binfmt")
    fi
    [ -e "$entry" ] || update-binfmts --enable qemu-aarch64 || true
    # F: the kernel holds qemu open, so that it works where the tree has none
    { [ "$(head -n 1 "$entry")" = enabled ] && grep -q '^flags:.*F' "$entry"; } 2>/dev/null ||
        fail "the kernel does not run Arm programs: update-binfmts --enable qemu-aarch64"
}

end_emulation() { # undo what need_emulation mounted; the registration is Debian's own and stays
    [ ${#undo_emulation[@]} -eq 0 ] || "${undo_emulation[@]}" || true
}

emulator() { # emulator CPU: print what runs the programs
    if [ "$(uname -m)" = aarch64 ]; then
        echo "on a processor of its own kind"
    else
        qemu-aarch64-static --version | sed -n '1s/ (.*//p' | tr '\n' ' '
        echo "as a $1 on $(uname -m), $(nproc) cores"
    fi
}
