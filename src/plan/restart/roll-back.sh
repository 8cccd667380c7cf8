#!/bin/sh
# Run by a timer of systemd that cni-bootstrap starts before it has the runtime restarted, and stops afterwards. If it
# fires, nobody has seen the runtime come back: its old config is restored, and it is restarted.
#
#   roll-back.sh UNIT SOCKET [BEFORE AFTER FILE]...
#
# UNIT and SOCKET are the runtime's. Of each FILE that cni-bootstrap wrote, BEFORE is the hash that it had and AFTER the
# one that was written; "absent" stands for no file. The saved bytes and the mark lie beside this script.
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
run=${0%/*}
mark=$run/attempt.json
unit=$1
socket=$2
shift 2

digest() {
    if [ -e "$1" ]; then sha256sum <"$1" | { read -r sum _ && echo "$sum"; }; else echo absent; fi
}

# Whether both are there and the first is the newer one: of a file that is not there shells do not agree. dash, bash and
# busybox have "-nt".
newer() { # FILE FILE
    # shellcheck disable=SC3013
    [ -e "$1" ] && [ -e "$2" ] && [ "$1" -nt "$2" ]
}

# A trace for the next run. With a full /run there is none: a failed redirection of ":" would end the shell.
trace() { # NAME
    true >"$run/$1" || true
}

look() { # BEFORE AFTER FILE
    changed=1
    case $(digest "$3") in
    "$1" | "$2") ;;
    *) printf '%s\n' "$3 was changed by somebody else since; everything is left as it is" && exit 0 ;;
    esac
}

back() { # BEFORE AFTER FILE
    [ "$(digest "$3")" = "$2" ] || return 0
    trace rolled-back
    printf '%s\n' "putting $3 back as it was"
    if [ "$1" = absent ]; then
        rm -f -- "$3"
        return
    fi
    # $(...) drops every newline at its end, and a name may end in one: a dot goes behind it and is taken away again.
    real=$(readlink -f -- "$3" && echo .)
    real=${real%??}
    # The disk may be full. The bytes lie beside the file already, and a rename needs no room.
    kept=${real%/*}/.${real##*/}.before.cni-bootstrap-tmp
    if [ ! -h "$kept" ] && [ "$(digest "$kept")" = "$1" ] && mv -f -- "$kept" "$real"; then return; fi
    temp=${real%/*}/.${real##*/}.cni-bootstrap-tmp
    rm -f -- "$temp"
    # A copy brings mode, owner and label; its bytes are replaced before it gets the name. Only this file is synced:
    # without a name, sync(1) means every file system, and waits for ever for a network file system without its server.
    if [ -e "$real" ]; then cp -a -- "$real" "$temp"; fi && cat "$run/before-$1" >"$temp" && sync "$temp" && mv -f -- "$temp" "$real" || exit
}

each() { # look|back [BEFORE AFTER FILE]...
    what=$1
    shift
    while [ $# -ge 3 ]; do
        "$what" "$1" "$2" "$3"
        shift 3
    done
}

case $(cat "$mark") in
*'"phase":"asked"'*)
    changed=
    each look "$@"
    # A runtime whose socket is older than the mark was never restarted: it runs with the restored files. If there is
    # nothing to restore, a runtime that is up is left alone.
    up=
    if systemctl is-active --quiet -- "$unit"; then
        if [ -z "$changed" ] || newer "$mark" "$socket"; then
            up=1
        elif newer "$socket" "$mark"; then
            # It came up with the files that are restored now, but no run was left to see it.
            trace rolled-back-while-up
        fi
    fi
    each back "$@"
    [ -z "$up" ] || exit 0
    ;;
*'"phase":"giving-back"'*)
    each look "$@"
    each back "$@"
    ;;
*) exit 0 ;;
esac
printf '%s\n' "restarting $unit: nobody confirmed that it is back"
systemctl reset-failed -- "$unit"
exec systemctl restart -- "$unit"
