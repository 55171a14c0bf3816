# shellcheck shell=bash
# Puts files, directories and links where they belong, and notes what it changed. $into stands
# before every path: empty on a machine, a folder of its own in the tests.

into=${into-}
changes=() # what this run changed; empty: all was as it should be

note_change() { # note_change WHAT
    changes+=("$1")
    say "  $1"
}

put_file() { # put_file FROM TO [MODE [OWNER GROUP]]: replaced at once, or left alone if it is the same
    local from=$1 to=$2 mode=${3:-644} owner=${4:-root} group=${5:-root} beside
    ! cmp -s "$from" "$to" || ! has_mode "$to" "$mode" "$owner" "$group" || return 0
    put_parents "$to"
    beside=$(mktemp "${to%/*}/.${to##*/}.XXXXXX")
    install -m "$mode" -o "$owner" -g "$group" "$from" "$beside"
    mv -T "$beside" "$to"
    note_change "$to"
}

put_directory() { # put_directory PATH MODE OWNER GROUP: made once; what an admin made of it stays
    [ ! -d "$1" ] || return 0
    ! is_there "$1" || fail "$1 is in the way: it is no directory; move it away"
    put_parents "$1"
    install -d -m "$2" -o "$3" -g "$4" "$1"
    note_change "$1/"
}

put_link() { # put_link TARGET PATH: switched at once
    local target=$1 path=$2 beside
    [ "$(readlink "$path")" != "$target" ] || return 0
    refuse_foreign "$path"
    put_parents "$path"
    beside=$path.new.$$
    ln -s "$target" "$beside"
    mv -T "$beside" "$path"
    note_change "$path -> $target"
}

refuse_foreign() { # refuse_foreign PATH…: what was not made here must not be lost
    local path
    for path in "$@"; do
        is_our_link "$path" || ! is_there "$path" ||
            fail "$path is in the way: it was not made here; move it away"
    done
}

is_our_link() { # is_our_link PATH: it leads into what is made here; /opt/vin-kiosk and the command do
    [[ -L $1 && $(readlink "$1") == "$into"/opt/vin-kiosk@(-releases|/bin)/* ]]
}

is_there() { [ -e "$1" ] || [ -L "$1" ]; } # also a link that leads nowhere

put_parents() { # whatever the umask
    (umask 022 && mkdir -p "${1%/*}")
}

has_mode() { # has_mode PATH MODE OWNER GROUP
    [ "$(stat -c '%a %U %G' "$1" 2>/dev/null)" = "$2 $3 $4" ]
}
