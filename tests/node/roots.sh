#!/bin/sh
# Makes the root file systems of the test nodes, once, into a cache; prints the directory that holds them.
#
#   tests/node/roots.sh [CACHE]      CACHE: $CNI_BOOTSTRAP_NODE_CACHE, else target/node-roots of this checkout
#
# Exit codes: 0 they are there (the directory's path on standard output, all else on standard error),
# 77 this machine cannot make them (not root, no apt, no mirror, no network): the reason is the last line.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${CNI_BOOTSTRAP_NODE_CACHE:-$here/../../target/node-roots}}

say() { printf 'node roots: %s\n' "$*" >&2; }
skip() { say "$*"; exit 77; }
# shellcheck source=scripts/need.sh
. "$here/../../scripts/need.sh"

[ "$(uname -s)" = Linux ] || skip "a node needs Linux"

# A changed recipe is another directory, so that two checkouts can share one cache. Comments are not the recipe.
key=$(sed '/^ *#/d' "$here/roots.sh" "$here/image.sh" | sha256sum | cut -c1-12)
roots=$cache/$key
mkdir -p "$cache" || skip "$cache cannot be made"
cache=$(cd "$cache" && pwd)
roots=$cache/$key

[ "$(id -u)" = 0 ] || skip "a node needs root (systemd-nspawn, mounts, cgroups): run the tests as root"
# debootstrap mounts /proc and /sys in what it makes. Here no other process sees that, and if it is killed half way
# nothing stays mounted for the next run's rm to walk into.
if [ "${NODE_ROOTS_INSIDE-}" != yes ]; then
    NODE_ROOTS_INSIDE=yes exec unshare --mount --propagation private -- "$here/roots.sh" "$cache"
fi
need systemd-nspawn systemd-container
need nsenter util-linux
need busybox busybox-static

[ -e "$roots/complete" ] && { echo "$roots"; exit 0; }

# One maker at a time; what a killed one left half way is swept by the next.
exec 9>"$cache/lock"
flock -n 9 || { say "waiting for another run that makes the roots"; flock 9; }
# The other one may have made these.
[ -e "$roots/complete" ] && { echo "$roots"; exit 0; }

need debootstrap debootstrap
need dpkg-deb dpkg
[ -r /usr/share/keyrings/debian-archive-keyring.gpg ] || need debian-archive-keyring debian-archive-keyring

need_mirror

build=$cache/building
rm -rf --one-file-system "$build"
mkdir -p "$build" "$cache/debs"
began=$(date +%s)

packages=systemd,systemd-sysv,dbus,containerd,runc,containernetworking-plugins,iptables,iproute2,ca-certificates

# What a test node has that a fresh Debian has not.
settle() { # ROOT
    config=$1/etc/containerd/config.toml
    grep -q '^  \[plugins."io.containerd.grpc.v1.cri"\]$' "$config" || { say "$config is not as this recipe knows it"; return 1; }
    # restrict_oom_score_adj: without CAP_SYS_RESOURCE runc cannot lower oom_score_adj, and no sandbox would start.
    sed -i 's|^  \[plugins."io.containerd.grpc.v1.cri"\]$|&\n    sandbox_image = "node.test/pause:1"\n    restrict_oom_score_adj = true|' "$config"
    rm -rf "$1"/etc/cni/net.d "$1"/var/cache/apt "$1"/var/lib/apt/lists "$1"/var/cache/debconf \
        "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/locale "$1"/usr/share/info "$1"/etc/machine-id "$1"/var/log/*.log
    for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
        systemd-firstboot.service systemd-networkd.service console-getty.service getty.target; do
        ln -sf /dev/null "$1/etc/systemd/system/$unit"
    done
    echo node >"$1/etc/hostname"
}

make_root() { # SUITE
    say "debootstrap $1 from $mirror"
    debootstrap --variant=minbase --cache-dir="$cache/debs" --include="$packages" "$1" "$build/$1" "$mirror" \
        >"$build/$1.log" 2>&1 || { tail -n 20 "$build/$1.log" >&2; return 1; }
    settle "$build/$1"
    say "$1 is made, $(($(date +%s) - began)) s after the start, $(du -sm "$build/$1" | cut -f1) MB"
}

# Only containerd comes from sid: sid's systemd refuses cgroup v1. A layer of three binaries over trixie's /usr.
make_sid_layer() {
    say "containerd of sid from $mirror"
    apt=$build/apt
    mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$build/sid"
    touch "$apt/state/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$apt/sources.list"
    # The suite file of a mirror's snapshot can be expired.
    sid() {
        apt-get -q -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
            -o Dir::State="$apt/state" -o Dir::State::status="$apt/state/status" -o Dir::Cache="$apt/cache" \
            -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root "$@"
    }
    { sid update && (cd "$apt" && sid download containerd); } >"$build/sid.log" 2>&1 ||
        { tail -n 20 "$build/sid.log" >&2; return 1; }
    dpkg-deb --fsys-tarfile "$apt"/containerd_*.deb |
        tar -x -C "$build/sid" ./usr/bin/containerd ./usr/bin/containerd-shim-runc-v2 ./usr/bin/ctr
    rm -rf "$apt"
}

make_root bookworm & bookworm=$!
make_root trixie & trixie=$!
failed=
make_sid_layer || failed=sid
wait $bookworm || failed=bookworm
wait $trixie || failed=trixie
[ -z "$failed" ] || skip "the root for $failed could not be made from $mirror (see above)"

busybox=$(command -v busybox)
"$here/image.sh" node.test/pause:1 "$build/pause.tar" '["/busybox","sleep","86400"]' "$busybox" >&2

for release in bookworm trixie sid; do
    root=$build/$release
    command=containerd
    if [ $release = sid ]; then
        # Asked on trixie's libc, where it is to run.
        root=$build/trixie command=/containerd.sid
        cp "$build/sid/usr/bin/containerd" "$root$command"
    fi
    version=$(chroot "$root" $command --version) || skip "containerd of $release does not run in its root"
    say "$release: $version"
    rm -f "$build/trixie/containerd.sid"
done

touch "$build/complete"
rm -rf "$roots"
mv "$build" "$roots"
say "made in $(($(date +%s) - began)) s: $roots ($(du -sm "$roots" | cut -f1) MB)"
echo "$roots"
