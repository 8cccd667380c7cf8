# shellcheck shell=sh
# Boots systemd as PID 1 of namespaces of its own, with the units in $1 and no others, in a cgroup of its own.
# Prints the PID of its `unshare`, and ends it when standard input ends: the test process holds the other side.
set -eu
# Ctrl-C reaches this script too, which must live to clean up; the end of the tests closes its standard input.
trap '' HUP INT TERM
units=$1
name=cni-bootstrap-rig-$$
if [ -e /sys/fs/cgroup/cgroup.procs ]; then
  group=/sys/fs/cgroup/$name
  mount_cgroups='mount -t cgroup2 cgroup2 /sys/fs/cgroup'
else
  group=/sys/fs/cgroup/systemd/$name
  mount_cgroups='mount -t tmpfs tmpfs /sys/fs/cgroup && mkdir /sys/fs/cgroup/systemd &&
    mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd'
fi
mkdir "$group"
# Only these units are visible: systemd's own would set up the machine, and clean its temporary folder.
export units mount_cgroups container=docker SYSTEMD_UNIT_PATH="$units" SYSTEMD_GENERATOR_PATH="$units/generators"
sh -c 'echo $$ > "$0/cgroup.procs"; exec "$@"' "$group" \
  unshare -m -p -f -u -i -n -C --mount-proc --kill-child sh -c '
    mount --make-rprivate / && mount -t tmpfs tmpfs /run && eval "$mount_cgroups" &&
    exec /lib/systemd/systemd --system --unit=default.target --log-target=console' \
  > "$units/log" 2>&1 < /dev/null &
echo $!
cat > /dev/null
kill -9 $! 2> /dev/null || true
wait $! 2> /dev/null || true
# A cgroup stays busy until its last process is reaped.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  find "$group" -depth -type d -exec rmdir {} + 2> /dev/null && break
  sleep 0.1
done
rm -rf "$units"
