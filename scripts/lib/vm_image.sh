# shellcheck shell=bash
# The virtual machine's disk: a Debian with its full kernel, v4l2loopback, and the project's locked
# packages. Made once, kept in the cache by what it was made from; the project itself is not in it.

# shellcheck source=scripts/lib/tree.sh
. "$root/scripts/lib/tree.sh"

vm_suite=bookworm
vm_packages=(
    systemd systemd-sysv udev dbus kmod procps        # a Debian that boots
    linux-image-amd64 initramfs-tools                 # not the cloud kernel: it has no cameras
    linux-headers-amd64 gcc make dpkg-dev             # to build v4l2loopback
    qemu-guest-agent                                  # how commands get in
    python3 python3-venv libzbar0 ca-certificates openssl
    v4l-utils                                         # v4l2-ctl, as a technician would use it
)
vm_megabytes=4096 # of the disk; what is empty takes no room

vm_cache() { echo "${XDG_CACHE_HOME:-$HOME/.cache}/vin-kiosk"; }

vm_key() { # changes when anything the disk is made from does, this file included
    cat "$root"/scripts/lib/vm_image.sh "$root"/scripts/lib/vm_gpio.c \
        "$root"/requirements-dev.lock "$root"/pyproject.toml |
        sha256sum | cut -c 1-16
}

make_vm_image() { # make_vm_image FRESH CA_BUNDLE MIRROR: sets vm_image to its folder
    local cache
    cache=$(vm_cache)
    vm_image=$cache/vm-$(vm_key)
    mkdir -p "$cache"
    exec 8<"$cache" # of two at once the second waits, and finds it made
    flock 8
    [ -z "$1" ] || rm -rf "$vm_image"
    if [ ! -e "$vm_image/root.img" ]; then
        rm -rf "$cache"/vm-*
        build_vm_image "$2" "$3"
    fi
    exec 8<&-
}

build_vm_image() { # build_vm_image CA_BUNDLE MIRROR
    local tree=$vm_image.tree packages
    say "making the virtual machine's disk (about five minutes, once): $vm_image"
    packages=$(IFS=, && echo "${vm_packages[*]}")
    say "  Debian $vm_suite with its kernel"
    bootstrap_tree "$tree" "$vm_suite" "$packages" "$2"
    if [ -n "$1" ]; then
        trust_in "$tree" "$1"
        in_tree "$tree" / update-ca-certificates >/dev/null 2>&1
    fi
    say "  v4l2loopback"
    in_tree "$tree" /root sh -euc "$vm_build_loopback" >"$vm_image.log" 2>&1 ||
        { tail -n 12 "$vm_image.log" >&2; fail "v4l2loopback does not build (see above)"; }
    say "  a GPIO chip (Debian's kernel has neither gpio-sim nor gpio-mockup)"
    mkdir -p "$tree/root/vm_gpio"
    cp "$root/scripts/lib/vm_gpio.c" "$tree/root/vm_gpio"
    in_tree "$tree" /root sh -euc "$vm_build_gpio" >"$vm_image.log" 2>&1 ||
        { tail -n 12 "$vm_image.log" >&2; fail "the GPIO chip does not build (see above)"; }
    say "  the locked packages"
    install_project "$tree"
    configure_vm "$tree"
    say "  the disk"
    pack "$tree"
    tidy_vm_image
}

tidy_vm_image() { # what a build leaves that ended early; the script's own end calls it
    [ -n "${vm_image-}" ] || return 0
    unmount_tree "$vm_image.tree"
    rm -rf --one-file-system "$vm_image.tree" "$vm_image.new" "$vm_image.log"
}

# from Debian's source, without dkms: it would build for the kernel of the machine we are on
# shellcheck disable=SC2016 # expanded inside
vm_build_loopback='
kernel=$(ls /lib/modules)
apt-get -qq update
apt-get -qq download v4l2loopback-dkms
dpkg-deb -x v4l2loopback-dkms_*.deb unpacked
make -C "/lib/modules/$kernel/build" M="$(echo /root/unpacked/usr/src/v4l2loopback-*)" modules
mkdir -p "/lib/modules/$kernel/updates"
cp unpacked/usr/src/v4l2loopback-*/v4l2loopback.ko "/lib/modules/$kernel/updates/"
depmod "$kernel"
dpkg-deb -f v4l2loopback-dkms_*.deb Version >v4l2loopback.version
rm -rf unpacked v4l2loopback-dkms_*.deb
apt-get clean
rm -rf /var/lib/apt/lists/*'

# shellcheck disable=SC2016 # expanded inside
vm_build_gpio='
kernel=$(ls /lib/modules)
echo "obj-m := vm_gpio.o" >vm_gpio/Makefile
make -C "/lib/modules/$kernel/build" M=/root/vm_gpio modules
mkdir -p "/lib/modules/$kernel/updates"
cp vm_gpio/vm_gpio.ko "/lib/modules/$kernel/updates/"
depmod "$kernel"
rm -rf vm_gpio'

install_project() { # the environment; the project by a link, since its files come with each run
    local into=$1/usr/src/vin-kiosk
    mkdir -p "$into"
    cp "$root/pyproject.toml" "$root/README.md" "$root/LICENSE" "$root/requirements-dev.lock" "$into"
    cp -r "$root/kiosk" "$into"
    # shellcheck disable=SC2016 # expanded inside
    in_tree "$1" /usr/src/vin-kiosk sh -euc '
        python3 -m venv /opt/vin-kiosk
        pip="/opt/vin-kiosk/bin/pip --no-cache-dir --no-input --disable-pip-version-check"
        $pip install --require-hashes --only-binary :all: -r requirements-dev.lock
        $pip install --no-deps --no-build-isolation --editable .
        rm -rf kiosk' >"$vm_image.log" 2>&1 ||
        { tail -n 12 "$vm_image.log" >&2; fail "pip could not install the locked packages (see above)"; }
}

configure_vm() {
    local tree=$1
    # the disk's own drivers only: the initramfs of all of them takes emulation ten seconds more
    echo MODULES=list >"$tree/etc/initramfs-tools/conf.d/modules"
    printf '%s\n' virtio_pci virtio_blk ext4 >>"$tree/etc/initramfs-tools/modules"
    in_tree "$tree" / update-initramfs -u >/dev/null 2>&1
    echo vin-kiosk-vm >"$tree/etc/hostname"
    echo '127.0.0.1 localhost vin-kiosk-vm' >"$tree/etc/hosts"
    rm -f "$tree/etc/resolv.conf"
    ln -sf /dev/null "$tree/etc/systemd/system/serial-getty@ttyS0.service"
    mkdir -p "$tree/var/log/journal"
}

pack() { # the kernel, the initramfs and the file system: whole, or not there
    local tree=$1 new=$vm_image.new
    rm -rf "$new"
    mkdir "$new"
    cp --dereference "$tree"/boot/vmlinuz-* "$new/kernel"
    cp --dereference "$tree"/boot/initrd.img-* "$new/initrd"
    basename "$tree"/boot/vmlinuz-* | sed s/vmlinuz-// >"$new/release"
    unmount_tree "$tree"
    mke2fs -q -t ext4 -F -d "$tree" "$new/root.img" "${vm_megabytes}M"
    mv "$new" "$vm_image"
}
