#!/bin/sh
# Boots one node and keeps it until its standard input ends; then nothing of it is left. A NAME that begins with
# kept- ends only when it is powered off or ended.
#
#   boot.sh ROOTS RELEASE NAME      ROOTS: what roots.sh prints, RELEASE: bookworm, trixie or sid; with
#                                   CNI_BOOTSTRAP_NODE_CONTAINERD=DIR that node with the programs of DIR/bin
#   boot.sh --end NAME              ends a node whose boot.sh was killed
#
# Prints the process id of the node's PID 1; enter it with: nsenter -t PID -a bash
#
# The node's disk is a file in a tmpfs with an ext4 on it, so that what was not synced can be lost: /usr is an overlay
# over the cached root, the rest a copy, so /etc, /var and /opt are plain directories. All mounts are made in a mount
# namespace of its own and all processes are in cgroups named cni-bootstrap-node-NAME, so ending the processes ends
# everything but these cgroups.
set -eu

end() { # NAME: every process of the node, then its cgroups, deepest first
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        alive=0
        for tree in /sys/fs/cgroup/"cni-bootstrap-node-$1" /sys/fs/cgroup/*/"cni-bootstrap-node-$1"; do
            [ -d "$tree" ] || continue
            alive=1
            # shellcheck disable=SC2038 # what is handed on are process ids, not names
            find "$tree" -name cgroup.procs -exec cat {} + 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
            find "$tree" -depth -type d -exec rmdir {} + 2>/dev/null || true
        done
        [ $alive = 0 ] && return 0
        sleep 0.1
    done
    echo "node $1: processes that do not end are left in its cgroups" >&2
    return 1
}
if [ "$1" = --end ]; then
    end "$2"
    exit
fi

roots=$1 release=$2 name=$3
if [ "${4-}" != inside ]; then
    exec unshare --mount --propagation private -- "$0" "$roots" "$release" "$name" inside
fi

base=$roots/$release layers=$roots/$release/usr
[ "$release" = sid ] && base=$roots/trixie layers=$roots/sid/usr:$roots/trixie/usr

# This mount is seen by this mount namespace only, so one directory serves every node.
top=$roots/mnt
mkdir -p "$top"
mount -t tmpfs -o mode=0755 node "$top"
mkdir "$top/disk"
given=${CNI_BOOTSTRAP_NODE_CONTAINERD-}
if [ -n "$given" ]; then
    mkdir -p "$top/given/bin"
    for program in containerd containerd-shim-runc-v2 ctr; do
        for place in "$given/bin" "$given/usr/bin" "$given"; do
            if [ -x "$place/$program" ]; then
                cp "$place/$program" "$top/given/bin/"
                break
            fi
        done
    done
    [ -x "$top/given/bin/containerd" ] || { echo "$given has no containerd" >&2; exit 1; }
    layers=$top/given:$layers
fi
truncate -s 4G "$top/disk.ext4"
mkfs.ext4 -q -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 "$top/disk.ext4"

plug_in() { # mounts the disk, and the overlay that is on it
    # By default ext4 syncs a file that is renamed over another; a program that relies on that is to be found out.
    mount -o loop,noauto_da_alloc "$top/disk.ext4" "$top/disk"
    # An empty disk is filled.
    [ -d "$top/disk/root" ] || {
        mkdir "$top/disk/root" "$top/disk/upper" "$top/disk/work"
        tar -C "$base" --exclude=./usr -cf - . | tar -C "$top/disk/root" -xpf -
        mkdir "$top/disk/root/usr"
        cp "$roots/pause.tar" "$top/disk/root/root/pause.tar"
    }
    mount -t overlay -o "lowerdir=$layers,upperdir=$top/disk/upper,workdir=$top/disk/work" node-usr "$top/disk/root/usr"
}
unplug() { # unmounts the disk, and waits until the last process that still had it has ended
    umount "$top/disk/root/usr" "$top/disk"
    for _ in $(seq 200); do
        [ -n "$(losetup -j "$top/disk.ext4")" ] || return 0
        sleep 0.05
    done
    echo "the node's disk is still in use: $(losetup -j "$top/disk.ext4")" >&2
    return 1
}
plug_in

# What the node starts lies below a cgroup of its own in each hierarchy, so that two nodes never meet.
join() { # HIERARCHY PID
    group=$1/cni-bootstrap-node-$name
    mkdir -p "$group"
    # A new cpuset has neither processors nor memory, and takes no process until it has.
    for set in cpus mems; do
        if [ -e "$1/tasks" ] && [ -e "$1/cpuset.$set" ]; then cat "$1/cpuset.$set" >"$group/cpuset.$set"; fi
    done
    echo "$2" >"$group/cgroup.procs"
}
unified=0
[ -e /sys/fs/cgroup/cgroup.controllers ] && unified=1

(
    if [ $unified = 1 ]; then
        join /sys/fs/cgroup "$(exec sh -c 'echo $PPID')"
    else
        for procs in /sys/fs/cgroup/*/cgroup.procs; do join "${procs%/cgroup.procs}" "$(exec sh -c 'echo $PPID')"; done
    fi
    # systemd 256 and later refuse cgroup v1 unless told twice.
    export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=$unified SYSTEMD_NSPAWN_API_VFS_WRITABLE=1
    # It ends with 133 when the node reboots.
    ended=133
    while [ $ended = 133 ]; do
        ended=0
        systemd-nspawn -q -D "$top/disk/root" --boot --register=no --keep-unit "--machine=$name" --hostname=node \
            --capability=all --system-call-filter=@known -E SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 --private-network \
            --console=pipe --link-journal=no --resolv-conf=off --timezone=off || ended=$?
        # Who cuts the power says so before he shuts the disk down and kills PID 1: the node is booted again with what
        # was on the disk.
        if [ -e "$top/power-cut" ]; then
            rm "$top/power-cut"
            unplug
            plug_in
            ended=133
        fi
    done
    exit $ended
) </dev/null >"$top/console" 2>&1 &
nspawn=$!
trap 'end "$name" || true' EXIT

# The node's PID 1 is the child of systemd-nspawn that has a process id in a second namespace, once it is systemd.
children() { cat "/proc/$1/task/$1/children" 2>/dev/null; }
leader=
while [ -z "$leader" ]; do
    kill -0 "$nspawn" 2>/dev/null || { echo "systemd-nspawn ended:" >&2; cat "$top/console" >&2; exit 1; }
    for child in $(for parent in $(children "$nspawn"); do children "$parent"; done); do
        if grep -q '^NSpid:.*[0-9].*[[:space:]]1$' "/proc/$child/status" 2>/dev/null &&
            readlink "/proc/$child/exe" | grep -q '/systemd$'; then leader=$child; fi
    done
    [ -n "$leader" ] || sleep 0.02
done

# So that runc can make cgroups for containers: systemd-nspawn leaves the controllers of cgroup v1 read-only.
if [ $unified = 0 ]; then
    # shellcheck disable=SC2016 # it is the node's shell that expands it
    nsenter -t "$leader" -m -C sh -c 'for c in pids blkio memory devices cpuacct cpu cpuset freezer; do
        if [ -d /sys/fs/cgroup/$c ]; then mount -o remount,rw,bind /sys/fs/cgroup/$c; fi; done'
fi

echo "$leader"
# Whoever reads what the test printed must not wait for the end of a kept node.
exec >/dev/null 2>&1
# A kept node ends by its own power-off, or by --end.
case $name in kept-*) wait "$nspawn" || true ;; *) cat ;; esac
