# Sourced by what brings its own tools (images/local.sh, tests/deploy/tools.sh, tests/node/roots.sh), and by lib.sh. The
# caller has a `say` that speaks on standard error, and a `skip` that says why this machine cannot do it and ends with
# 77.
# shellcheck shell=sh

# Another package manager may be at work on a machine that has just been started. Who is not root may not write the
# machine's lists of packages, and has his own below `apt_lists`.
apt_lists=
apt_get() {
    if [ -n "$apt_lists" ]; then set -- -o "Dir::State::Lists=$apt_lists/lists" -o "Dir::Cache=$apt_lists/cache" "$@"; fi
    apt-get -o DPkg::Lock::Timeout=120 -o APT::Sandbox::User=root -q "$@"
}

# Installs Debian packages, and says before which, with those that they need, and which must be upgraded for them (a
# newer systemd-container needs the systemd of its own release). Nothing that is installed is removed. The names go into
# the file NAMED_PACKAGES too, if there is one (scripts/test).
install_packages() { # PACKAGE...
    apt_get update >&2 || true
    planned=$(apt_get -s install -y --no-install-recommends --no-remove "$@") || return
    upgraded=$(printf '%s\n' "$planned" | sed -n 's/^Inst \([^ ]*\) \[.*/\1/p' | tr '\n' ' ')
    if [ -n "$upgraded" ]; then say "these need a newer release of ${upgraded% }, which apt-get upgrades"; fi
    fresh=$(printf '%s\n' "$planned" | sed -n 's/^Inst \([^ ]*\).*/\1/p')
    say "installing with apt-get: $(echo "$fresh" | tr '\n' ' ')"
    [ -z "${NAMED_PACKAGES-}" ] || printf '%s\n' "$fresh" >>"$NAMED_PACKAGES"
    DEBIAN_FRONTEND=noninteractive apt_get install -y --no-install-recommends --no-remove "$@" >&2
}

# Unpacks Debian packages, and those that they need and this machine lacks, below a directory. Nothing is installed, so
# no unit is enabled, no later boot runs anything of them, and no root is needed.
unpack_packages() ( # DIRECTORY PACKAGE...
    into=$1
    shift
    mkdir -p "$into/debs"
    if [ "$(id -u)" != 0 ]; then
        apt_lists=$into/apt
        mkdir -p "$apt_lists/lists/partial" "$apt_lists/cache/archives/partial"
    fi
    apt_get update >&2 || true
    planned=$(apt_get -s install -y --no-install-recommends "$@") || return
    lacking=$(printf '%s\n' "$planned" "$@" | sed -n 's/^Inst \([^ ]*\).*/\1/p; /^[a-z0-9][a-z0-9.+-]*$/p' | sort -u)
    say "unpacking into $into: $(echo "$lacking" | tr '\n' ' ')"
    # shellcheck disable=SC2086 # names of packages have no spaces
    (cd "$into/debs" && apt_get download $lacking) >&2 || return
    for deb in "$into"/debs/*.deb; do dpkg-deb -x "$deb" "$into" || return; done
    rm -rf "$into/debs" "$into/apt"
)

# Installs Debian packages that bring PROGRAM, if it is missing.
need() { # PROGRAM PACKAGE...
    command -v "$1" >/dev/null 2>&1 && return 0
    [ "$(id -u)" = 0 ] || skip "$1 is missing, and only root can install it"
    command -v apt-get >/dev/null 2>&1 || skip "$1 is missing, and there is no apt-get to install it with"
    shift
    install_packages "$@" || skip "apt-get cannot install $*"
}

# Sets `mirror`: the Debian mirror that is named, else what this machine's own apt uses.
need_mirror() {
    # shellcheck disable=SC2016 # apt-get's own words
    mirror=${CNI_BOOTSTRAP_NODE_MIRROR:-$(apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI)' 2>/dev/null |
        sed -n 's/^Debian main //p' | head -n 1)}
    [ -n "$mirror" ] || skip "apt names no Debian mirror; set CNI_BOOTSTRAP_NODE_MIRROR to the address of one"
}
