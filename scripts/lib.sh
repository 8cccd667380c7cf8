# Sourced by the scripts beside it: how they speak to a person, and how they come to a Rust toolchain.
# shellcheck shell=bash

script=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top" || exit

# What tests make on their scratch hosts has the modes that a host's root gives; a person's may let his group write.
umask 022

# shellcheck source=scripts/need.sh
. "$top/scripts/need.sh"

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi

title() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
say() { printf '   %s\n' "$*"; }
aside() { printf '%s   %s%s\n' "$dim" "$*" "$plain"; }
# Prints the comment at the head of the script that sources this.
usage() { sed -n '2,/^[^#]/ { /^#/!d; s/^# \{0,1\}//; p }' "$script"; }
stop() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Installs Debian packages that bring PROGRAM, if it is missing; says so before.
need() { # PROGRAM PACKAGE...
    command -v "$1" >/dev/null && return
    local program=$1
    shift
    command -v apt-get >/dev/null || stop "$program is missing, and there is no apt-get to install it with: install it, then run this again"
    [ "$(id -u)" = 0 ] || stop "$program is missing: run \"sudo apt-get install $*\", then this again"
    say "$program is missing"
    install_packages "$@" || stop "apt-get could not install $*: see above"
}

rust_version() { # what rustc says it is, here; nothing if there is none
    rustc --version 2>/dev/null | sed -n 's/^rustc \([0-9.]*\).*/\1/p'
}

at_least() { # VERSION WANTED
    [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

# The C library that a static build is linked with here: musl where Rust's standard library for it is installed.
static_libc() {
    local libdir
    libdir=$(rustc --print target-libdir --target "$(uname -m)-unknown-linux-musl" 2>/dev/null || true)
    if compgen -G "$libdir/libstd-*.rlib" >/dev/null; then echo musl; else echo gnu; fi
}

# Leaves `cargo` on the PATH with a compiler that is new enough.
need_rust() {
    local wanted pinned
    wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
    pinned=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
    need cc gcc libc6-dev
    if [ -d "${CARGO_HOME:-$HOME/.cargo}/bin" ]; then PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin; fi
    if ! command -v rustup >/dev/null; then
        at_least "$(rust_version)" "$wanted" && command -v cargo >/dev/null && return
        debian_rust "$wanted" && return
        get_rustup "$wanted" "$pinned"
    fi
    [ -n "${RUSTUP_TOOLCHAIN-}" ] || choose_toolchain "$wanted" "$pinned"
    at_least "$(rust_version)" "$wanted" ||
        stop "rustc is ${RUSTUP_TOOLCHAIN:+of RUSTUP_TOOLCHAIN=$RUSTUP_TOOLCHAIN }$(rust_version), older than $wanted: run \"rustup toolchain install $pinned\""
}

# Debian's own newer compiler (cargo-web, rustc-web; for building browsers, in each release). These packages exclude
# those of the older one, so they are unpacked beside it.
debian_rust() { # WANTED
    local packages=${CARGO_TARGET_DIR:-$top/target}/debian-rust had
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return
    if [ ! -e "$packages/unpacked" ]; then
        had=$(rust_version)
        say "Rust here: ${had:-none}, needed: $1; unpacking Debian's cargo-web and rustc-web below target/ (100 MB to fetch)"
        rm -rf "$packages"
        mkdir -p "$packages"
        unpack_packages "$packages" cargo-web rustc-web >"$packages/log" 2>&1 ||
            { say "they cannot be had: $(tail -n 1 "$packages/log")"; return 1; }
        touch "$packages/unpacked"
    fi
    # By the environment, not by a script around each program: dash does not hand on a variable with a hyphen in its
    # name (cargo's CARGO_BIN_EXE_cni-bootstrap).
    local libraries path=$PATH library_path=${LD_LIBRARY_PATH-}
    libraries=$(printf '%s:' "$packages"/usr/lib/*-linux-gnu)
    export PATH=$packages/usr/bin:$PATH LD_LIBRARY_PATH=${libraries%:}${library_path:+:$library_path}
    if ! at_least "$(rust_version)" "$1"; then
        say "Debian's rustc-web is $(rust_version), older than $1"
        export PATH=$path LD_LIBRARY_PATH=$library_path
        return 1
    fi
    say "Rust $(rust_version) of Debian's rustc-web is used"
}

# Rust is missing, or the distribution's is too old, and its packages have none that is new enough.
get_rustup() { # WANTED PINNED
    local had script
    had=$(rust_version)
    need curl curl ca-certificates
    say "installing rustup and Rust $2 into ~/.cargo and ~/.rustup from https://rustup.rs (Rust here: ${had:-none}, needed: $1)"
    script=$(mktemp)
    curl --proto '=https' --tlsv1.2 -sSf -o "$script" https://sh.rustup.rs ||
        stop "https://sh.rustup.rs cannot be read: install Rust $1 or later, then run this again"
    sh "$script" -q -y --no-modify-path --profile minimal --default-toolchain "$2" --component clippy rustfmt ||
        stop "rustup could not be installed: install Rust $1 or later, then run this again"
    rm -f "$script"
    PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
}

# The pinned toolchain; where it cannot be fetched, another one that is there and new enough.
choose_toolchain() { # WANTED PINNED
    local name found
    rustup toolchain list | grep -q "^$2-" && return
    say "installing Rust $2 with rustup (rust-toolchain.toml asks for it)"
    rustup toolchain install "$2" --profile minimal --component clippy --component rustfmt >/dev/null 2>&1 && return
    for name in $(rustup toolchain list | sed 's/ .*//'); do
        found=$(RUSTUP_TOOLCHAIN=$name rust_version)
        if at_least "$found" "$1"; then
            export RUSTUP_TOOLCHAIN=$name
            say "Rust $2 cannot be fetched; $name ($found) is here and new enough, so it is used"
            return
        fi
    done
    if debian_rust "$1"; then return; fi
    stop "Rust $2 cannot be fetched with rustup, and no toolchain that is installed is $1 or later"
}
