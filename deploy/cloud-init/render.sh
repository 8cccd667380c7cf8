#!/bin/sh
# Makes the user-data from the units, so that there is one text of each.
#
#   render.sh URL SHA256 >user-data.yaml      URL: where nodes download the binary from, SHA256: its digest
set -eu
url=$1 sha256=$2
here=$(cd "$(dirname "$0")" && pwd)
indent() { sed 's/^\(.\)/      \1/' "$1"; }
cat <<END
#cloud-config
# Installs cni-bootstrap and its two units. Made by deploy/cloud-init/render.sh.
write_files:
  - path: /etc/default/cni-bootstrap
    permissions: "0644"
    content: |
$(indent "$here/../systemd/cni-bootstrap.default")
  - path: /etc/systemd/system/cni-bootstrap-early.service
    permissions: "0644"
    content: |
$(indent "$here/../systemd/cni-bootstrap-early.service")
  - path: /etc/systemd/system/cni-bootstrap.service
    permissions: "0644"
    content: |
$(indent "$here/../systemd/cni-bootstrap.service")
runcmd:
  # The units may write to what is there when they start.
  - [mkdir, -p, /etc/cni/net.d, /opt/cni/bin, /etc/containerd]
  - [curl, --fail, --silent, --show-error, --location, --retry, "10", --retry-connrefused, --output, /usr/local/bin/cni-bootstrap.new, "$url"]
  # Only bytes with this digest become the program.
  - "echo '$sha256  /usr/local/bin/cni-bootstrap.new' | sha256sum -c && install -m 0755 /usr/local/bin/cni-bootstrap.new /usr/local/bin/cni-bootstrap"
  - [rm, -f, /usr/local/bin/cni-bootstrap.new]
  - [systemctl, daemon-reload]
  # Neither start waits for the primary: what comes after in this list may be what starts the kubelet.
  - [systemctl, enable, cni-bootstrap-early.service, cni-bootstrap.service]
  - [systemctl, start, --no-block, cni-bootstrap.service]
END
