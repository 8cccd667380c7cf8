#!/bin/sh
# Starts one containerd on a root of its own, in the foreground, until it is killed; then nothing of it is left.
#
#   start.sh ROOTS RELEASE FILES    ROOTS: what tests/node/roots.sh prints, RELEASE: bookworm, trixie or sid,
#                                   FILES: a tree that is copied over the root
#
# Prints "ready" once the root is there: whoever reads that can look at it through the working directory of the process
# that it finds below this one, and lets the start go on with a line on standard input. Then "dump accepted" or
# "dump refused", and containerd has the process.
#
# The root is an overlay over the cached one, with a tmpfs where the state lies. It has its own mounts, processes and
# network; containerd becomes its first process, so that killing that one ends everything.
set -eu
roots=$1 release=$2 files=$3
if [ "${4-}" != inside ]; then
    exec unshare --mount --pid --net --fork --kill-child --propagation private -- "$0" "$roots" "$release" "$files" inside
fi
base=$roots/$release layers=$roots/$release/usr
[ "$release" = sid ] && base=$roots/trixie layers=$roots/sid/usr:$roots/trixie/usr
# This mount is seen by this mount namespace only, so one directory serves every start.
top=$roots/mnt
mkdir -p "$top"
mount -t tmpfs -o mode=0755 start "$top"
mkdir "$top/upper" "$top/work" "$top/usr-upper" "$top/usr-work" "$top/root"
mount -t overlay -o "lowerdir=$base,upperdir=$top/upper,workdir=$top/work" root "$top/root"
mount -t overlay -o "lowerdir=$layers,upperdir=$top/usr-upper,workdir=$top/usr-work" usr "$top/root/usr"
mount -t proc proc "$top/root/proc"
mount --rbind /sys "$top/root/sys"
mount --rbind /dev "$top/root/dev"
for state in run var/lib/containerd tmp; do
    mkdir -p "$top/root/$state"
    mount -t tmpfs -o mode=0755 state "$top/root/$state"
done
rm -f "$top/root/etc/containerd/config.toml"
ip link set lo up
cd "$top/root"
cp -a "$files/." .
# As under systemd: from /, with little in the environment.
containerd() { env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot . /usr/bin/containerd "$@"; }
echo ready
read -r _
if containerd config dump >/dev/null 2>&1; then echo dump accepted; else echo dump refused; fi
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot . /usr/bin/containerd
