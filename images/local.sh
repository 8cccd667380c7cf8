#!/bin/sh
# Builds the images from the Dockerfile on a machine that reaches no image registry: the base images are made from
# Debian packages, and buildah (chroot isolation, no daemon) does the rest.
#
#   images/local.sh [--arch amd64|arm64] [--target plain|debug] [--no-cache] OUT.tar
#
# OUT.tar is an OCI archive; its manifest's digest is the last line of standard output.
# Exit code 77: this machine cannot do it; the reason is the last line on standard error.
#
# Needs root, a Debian with apt (buildah, debootstrap, busybox-static are installed if missing) and a Debian mirror.
# The first run makes the base image: about five minutes, 1.4 GB below CNI_BOOTSTRAP_IMAGE_CACHE (target/image-cache).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
arch=amd64 target=plain fresh=
while [ $# -gt 1 ]; do
    case $1 in
        --arch) arch=$2; shift 2 ;;
        --target) target=$2; shift 2 ;;
        --no-cache) fresh=--no-cache; shift ;;
        *) echo "local.sh: unknown option $1" >&2; exit 2 ;;
    esac
done
out=${1:?OUT.tar}

say() { printf 'images: %s\n' "$*" >&2; }
skip() { say "$*"; exit 77; }
# shellcheck source=scripts/need.sh
. "$top/scripts/need.sh"
[ "$(id -u)" = 0 ] || skip "building without a registry needs root (debootstrap, chroot)"
need buildah buildah
need debootstrap debootstrap
need busybox busybox-static

cache=${CNI_BOOTSTRAP_IMAGE_CACHE:-$top/target/image-cache}
mkdir -p "$cache" || skip "$cache cannot be made"
cache=$(cd "$cache" && pwd)
exec 9>"$cache/lock"
flock 9

# Layers are kept apart from the machine's own images. vfs works on every file system, inside other containers too.
storage="--root $cache/storage --runroot $cache/run --storage-driver vfs"
# shellcheck disable=SC2086 # options, one a word
b() { command=$1; shift; buildah $storage "$command" "$@"; }

key=$(sed -n '/^rust()/,/^}/p' "$here/local.sh" | sha256sum | cut -c1-12)
builder=localhost/cni-bootstrap-builder:$key
busybox=localhost/cni-bootstrap-busybox:1

# The compiler is Debian's. sid has the newest, and the standard library of the other architecture as a package.
rust() { # ROOT
    debootstrap --variant=minbase --include=ca-certificates sid "$1" "$mirror"
    chroot "$1" dpkg --add-architecture arm64
    # The suite file of a mirror's snapshot can be expired.
    chroot "$1" apt-get -o Acquire::Check-Valid-Until=false update
    chroot "$1" apt-get install -y --no-install-recommends \
        rustc cargo gcc libc6-dev libstd-rust-dev:arm64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross
    chroot "$1" rustc --version
    rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/locale
}
if ! b inspect --type image "$builder" >/dev/null 2>&1; then
    need_mirror
    say "making the builder's base image from Debian packages"
    root=$cache/building
    rm -rf "$root"
    rust "$root" >"$cache/builder.log" 2>&1 || { tail -n 20 "$cache/builder.log" >&2; skip "the builder's root could not be made"; }
    container=$(b from scratch)
    b add -q "$container" "$root" / >&2
    b commit -q --rm "$container" "$builder" >&2
    rm -rf "$root"
fi
if ! b inspect --type image "$busybox" >/dev/null 2>&1; then
    container=$(b from scratch)
    b add -q "$container" "$(command -v busybox)" /bin/busybox >&2
    b commit -q --rm "$container" "$busybox" >&2
fi

# What cargo downloads is kept; crates come by this machine's own configuration and certificates.
mkdir -p "$cache/cargo"
certificates=/etc/ssl/certs/ca-certificates.crt
trust=
[ -e "$certificates" ] && trust="--volume $certificates:$certificates:ro"
for config in config.toml config; do
    if [ -e "${CARGO_HOME:-$HOME/.cargo}/$config" ]; then cp "${CARGO_HOME:-$HOME/.cargo}/$config" "$cache/cargo/"; fi
done
epoch=${SOURCE_DATE_EPOCH:-0}
name=localhost/cni-bootstrap:$target-$arch
# Debian has no musl target for Rust: here it is glibc, linked static.
# shellcheck disable=SC2086 # options, one a word
b bud $fresh --isolation chroot --pull-never --layers=false --format oci --timestamp "$epoch" \
    --arch "$arch" --target "$target" --tag "$name" \
    --build-arg BUILDER="$builder" --build-arg BUSYBOX="$busybox" --build-arg LIBC=gnu \
    --build-arg TARGETARCH="$arch" --build-arg SOURCE_DATE_EPOCH="$epoch" \
    $trust --volume "$cache/cargo:/root/.cargo" --ignorefile "$top/.dockerignore" --file "$top/Dockerfile" "$top" >&2
rm -f "$out"
b push -q "$name" "oci-archive:$out:$name" >&2
b inspect --type image --format '{{.FromImageDigest}}' "$name"
