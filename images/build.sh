#!/bin/sh
# What the Dockerfile's build stage runs: the static binary, its bill of materials, the licence texts.
#
#   build.sh ARCH LIBC OUT      ARCH: amd64 or arm64, empty: this machine's (a builder that sets no TARGETARCH),
#                               LIBC: musl or gnu, OUT: the directory that is made
#
# The same sources, the same rustc and the same SOURCE_DATE_EPOCH give the same bytes: no path of the building machine
# and no time goes into them.
set -eu

arch=$1 libc=$2 out=$3
[ -n "$arch" ] || case $(uname -m) in aarch64) arch=arm64 ;; *) arch=amd64 ;; esac
case $arch in
    amd64) cpu=x86_64 ;;
    arm64) cpu=aarch64 ;;
    *) echo "build.sh: no build for the architecture '$arch'; amd64 and arm64 are known" >&2; exit 2 ;;
esac
target=$cpu-unknown-linux-$libc
cargo_home=${CARGO_HOME:-$HOME/.cargo}
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
work=${BUILD_DIR:-$top/target/image}

# The context does not contain the tests; cargo refuses a manifest whose named targets are not there.
manifest() { sed '/^\[\[\(test\|example\|bench\)\]\]$/,/^$/d' "$top/Cargo.toml"; }
mkdir -p "$work/crate"
manifest >"$work/crate/Cargo.toml"
cp "$top/Cargo.lock" "$work/crate/"
rm -rf "$work/crate/src"
cp -R "$top/src" "$work/crate/src"
cd "$work/crate"

flags="-Ctarget-feature=+crt-static --remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$work/crate=/src"
if [ "$libc" = musl ]; then
    if command -v rustup >/dev/null 2>&1; then rustup target add "$target" >&2; fi
    # Rust's own linker and musl's own start files: a C toolchain is needed for no architecture.
    flags="$flags -Clinker=rust-lld -Clink-self-contained=yes"
else
    # A quarter of a megabyte of relocations in a few kilobytes: a form that glibc reads from 2.36 on.
    flags="$flags -Clink-arg=-Wl,-z,pack-relative-relocs"
    [ "$cpu" = "$(uname -m)" ] || flags="$flags -Clinker=$cpu-linux-gnu-gcc"
fi

# A --target keeps the flags away from build scripts and proc macros, which cannot be static.
export RUSTFLAGS="$flags" CARGO_TARGET_DIR="$work" CARGO_INCREMENTAL=0
cargo build --release --locked --target "$target" --bin cni-bootstrap

rm -rf "$out"
mkdir -p "$out/root/licenses" "$out/shell/bin"
install -m 0555 "$work/$target/release/cni-bootstrap" "$out/root/cni-bootstrap"

cargo metadata --format-version 1 --locked --filter-platform "$target" >"$work/metadata.json"
RUSTFLAGS='' CARGO_TARGET_DIR="$work/bill" \
    cargo run --quiet --release --locked --manifest-path "$here/bill/Cargo.toml" -- \
    --metadata "$work/metadata.json" --lock Cargo.lock --target "$target" --rustc "$(rustc --version)" \
    --epoch "${SOURCE_DATE_EPOCH:-0}" --sbom "$out/root/sbom.cdx.json" --licenses "$out/root/licenses/THIRD-PARTY.txt"
for text in "$top"/LICENSE*; do
    if [ -e "$text" ]; then cp "$text" "$out/root/licenses/"; fi
done

# The debug image's shell is busybox under its usual names.
for name in sh ash cat ls ps grep find vi less head tail stat mount df id env hexdump nc wget; do
    ln -s busybox "$out/shell/bin/$name"
done
find "$out" -type f ! -name cni-bootstrap -exec chmod 0444 {} +
find "$out" -type d -exec chmod 0555 {} +
find "$out" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
ls -l "$out/root" >&2
