# Sourced by what brings its own tools (images/local.sh, tests/deploy/tools.sh, tests/node/roots.sh). The caller has a
# `say` that speaks on standard error, and a `skip` that says why this machine cannot do it and ends with 77.
# shellcheck shell=sh

# Installs Debian packages that bring PROGRAM, if it is missing.
need() { # PROGRAM PACKAGE...
    command -v "$1" >/dev/null 2>&1 && return 0
    [ "$(id -u)" = 0 ] || skip "$1 is missing, and only root can install it"
    command -v apt-get >/dev/null 2>&1 || skip "$1 is missing, and there is no apt-get to install it with"
    shift
    say "installing $* with apt-get"
    # Another package manager may be at work on a machine that has just been started.
    apt-get -o DPkg::Lock::Timeout=120 update -q >&2 || true
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -q --no-install-recommends "$@" >&2 ||
        skip "apt-get cannot install $*"
}

# Sets `mirror`: the Debian mirror that is named, else what this machine's own apt uses.
need_mirror() {
    # shellcheck disable=SC2016 # apt-get's own words
    mirror=${CNI_BOOTSTRAP_NODE_MIRROR:-$(apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI)' 2>/dev/null |
        sed -n 's/^Debian main //p' | head -n 1)}
    [ -n "$mirror" ] || skip "apt names no Debian mirror; set CNI_BOOTSTRAP_NODE_MIRROR to the address of one"
}
