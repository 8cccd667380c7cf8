#!/bin/sh
# Makes the parts of a kops cluster spec from the units, so that there is one text of each.
#
#   render.sh URL SHA256 >cluster.yaml      URL: where nodes download the binary from, SHA256: its digest
set -eu
url=$1 sha256=$2
here=$(cd "$(dirname "$0")" && pwd)
indent() { sed 's/^\(.\)/        \1/' "$1"; }
cat <<END
# The parts of a kops cluster spec that bring cni-bootstrap to every node; merge them with "kops edit cluster" and
# "kops edit instancegroup". Made by deploy/kops/render.sh.
#
# A DaemonSet of one's own can be kept off the nodes by an admission webhook that fails closed: kops' own
# pod-identity-webhook has failurePolicy Fail, and its pods need the network that such a DaemonSet would bring up
# (kops#16458). A unit of the host asks no webhook.
apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata:
  name: cluster.example.com
spec:
  fileAssets:
    - name: cni-bootstrap-options
      path: /etc/default/cni-bootstrap
      mode: "0644"
      roles: [ControlPlane, Node]
      content: |
$(indent "$here/../systemd/cni-bootstrap.default")
    - name: cni-bootstrap-unit
      path: /etc/systemd/system/cni-bootstrap.service
      mode: "0644"
      roles: [ControlPlane, Node]
      content: |
$(indent "$here/../systemd/cni-bootstrap.service")
  hooks:
    # Raw units: their own order holds.
    - name: cni-bootstrap-early.service
      roles: [ControlPlane, Node]
      useRawManifest: true
      manifest: |
$(indent "$here/../systemd/cni-bootstrap-early.service")
    # nodeup, which is kops-configuration.service, waits for each hook that it starts, and cni-bootstrap.service comes
    # after it: a hook that were this unit would never end. So the hook only asks for it.
    - name: cni-bootstrap-start.service
      roles: [ControlPlane, Node]
      useRawManifest: true
      manifest: |
$(indent "$here/cni-bootstrap-start.service")
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata:
  name: nodes
  labels:
    kops.k8s.io/cluster: cluster.example.com
spec:
  role: Node
  # Runs before kops' own nodeup.sh, since cloud-init runs the parts in the order of their names.
  additionalUserData:
    - name: cni-bootstrap.sh
      type: text/x-shellscript
      content: |
        #!/bin/sh
        set -eu
        mkdir -p /etc/cni/net.d /opt/cni/bin /etc/containerd
        new=/usr/local/bin/cni-bootstrap.new
        curl --fail --silent --show-error --location --retry 10 --retry-connrefused --output "\$new" \\
          "$url"
        # Only bytes with this digest become the program.
        echo "$sha256  \$new" | sha256sum -c
        install -m 0755 "\$new" /usr/local/bin/cni-bootstrap
        rm -f "\$new"
END
