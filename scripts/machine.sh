# Sourced by scripts/test: what a run must leave as it was on the machine. The caller has `title` and `aside` (lib.sh).
# shellcheck shell=bash

# The packages of this machine with their versions, and what its systemd starts.
machine() {
    if command -v dpkg-query >/dev/null; then dpkg-query -W -f 'package ${Package} ${Version}\n'; fi
    if [ -d "${UNITS-/etc/systemd/system}" ]; then find "${UNITS-/etc/systemd/system}" -type l -printf 'unit %p %l\n'; fi
}

# Compares the machine with what it was: only packages that were named before may be new or of another version, and what
# these enable.
unchanged() { # BEFORE NAMED: files, the sorted output of `machine` and the names of packages
    local kind name rest other=0
    while read -r kind name rest; do
        if [ "$kind" = package ] && grep -qxF "$name" "$2"; then continue; fi
        if [ "$kind" = unit ] && [ -s "$2" ]; then
            aside "a package that was installed has enabled $name"
            continue
        fi
        title "CHANGED ON THIS MACHINE, AND NOT NAMED BEFORE: $kind $name $rest"
        other=1
    done < <(machine | sort | comm -3 "$1" - | sed 's/^\t//')
    return $other
}
