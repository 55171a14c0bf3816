# shellcheck shell=bash
# A Debian of its own in a folder: bootstrapped, mounted, trusted, used. Needs root.

own_mirror() { # the first archive this machine's apt gets its own release from, if any
    local codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
    apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        awk -v release="$codename" '$1 == release && !found++ { print $2 }'
}

bootstrap_tree() { # bootstrap_tree TREE SUITE PACKAGES [MIRROR]: a minimal Debian, mounted
    local tree=$1 suite=$2 packages=$3 mirror=${4-}
    mkdir -p "$tree"
    chmod 755 "$tree"
    : "${mirror:=$(own_mirror)}"
    mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
        "$suite" "$tree" ${mirror:+"$mirror"} </dev/null || return
    # what any networked machine has, and a bare tree has not
    cp --dereference /etc/resolv.conf /etc/hosts "$tree/etc/"
    mount_tree "$tree"
}

mount_tree() { # mount_tree TREE: what programs inside expect, nothing of this machine's /dev
    local tree=$1
    mount -t proc proc "$tree/proc"
    mount -t sysfs -o ro sys "$tree/sys"
    mkdir -p "$tree/dev/pts" "$tree/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 pts "$tree/dev/pts"
    mount -t tmpfs shm "$tree/dev/shm"
    ln -sf pts/ptmx "$tree/dev/ptmx"
}

unmount_tree() { # unmount_tree TREE: harmless where nothing is mounted
    local at
    for at in dev/shm dev/pts sys proc; do
        ! mountpoint -q "$1/$at" || umount "$1/$at" || umount --lazy "$1/$at"
    done
}

trust_in() { # trust_in TREE BUNDLE: its certificates, taken in when ca-certificates is installed
    local into=$1/usr/local/share/ca-certificates
    mkdir -p "$into" # one file for each certificate
    awk -v into="$into" '/BEGIN CERTIFICATE/ { inside = 1; n++ }
        inside { print > (into "/extra-" n ".crt") }
        /END CERTIFICATE/ { inside = 0 }' "$2"
}

in_tree() { # in_tree TREE FOLDER COMMAND…: run it inside, with nothing of this machine's environment
    local tree=$1 folder=$2 passed=()
    shift 2
    mapfile -t passed < <(env | grep '^PIP_' || true)
    env -i HOME=/root USER=root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin "${passed[@]}" \
        chroot "$tree" /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$folder" "$@" </dev/null
}
