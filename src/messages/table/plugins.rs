//! Messages of the reference plugins (containernetworking/plugins), which most networks run first or last.

use super::messages;
use crate::report::codes::check::{ADDRESSES, CONF_FILE_INVALID, PLUGIN_MISSING};

messages! {
    Cause "no IP addresses available in range set:"
        "host-local allocator.go"
        "Every address of the node's range has a lease. If fewer pods run than the range has addresses, leases of dead pods fill it, as after a power cut."
        [ADDRESSES]
        "ls /var/lib/cni/networks/* | wc -l; crictl pods -q | wc -l   # a lease is a file with the sandbox's id; remove those of sandboxes that are gone"
        r#"failed to setup network for sandbox "6c0f": plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.254"#;
    Cause "has been allocated to …, duplicate allocation is not allowed"
        "host-local allocator.go"
        "The sandbox has an address already: its first attempt was not taken down."
        []
        "ls /var/lib/cni/networks"
        "failed to allocate for range 0: 10.244.1.9 has been allocated to 6c0f, duplicate allocation is not allowed";
    Cause "no IP ranges specified"
        "host-local config.go"
        "The ipam of type host-local has neither a subnet nor ranges: the agent wrote the file before the node got its podCIDR."
        [CONF_FILE_INVALID]
        "kubectl get nodes -o custom-columns=NAME:.metadata.name,CIDR:.spec.podCIDR"
        r#"plugin type="ptp" failed (add): no IP ranges specified"#;
    Cause "too small to allocate from"
        "host-local range.go"
        "The subnet of the ipam has no room for pods: its prefix is longer than /30."
        []
        "grep -h subnet /etc/cni/net.d/*"
        r#"plugin type="bridge" failed (add): invalid range set 0: Network 10.88.0.0/31 too small to allocate from"#;
    Cause "Network has host bits set. For a subnet mask of length"
        "host-local range.go"
        "The subnet of the ipam is an address and not a network."
        [CONF_FILE_INVALID]
        "grep -h subnet /etc/cni/net.d/*"
        r#"plugin type="bridge" failed (add): invalid range set 0: Network has host bits set. For a subnet mask of length 16 the network address is 10.88.0.0"#;
    Cause "already has an IP address different from"
        "bridge bridge.go"
        "The bridge is left from another network, or the node got another podCIDR. Deleting it takes the pods on it off the network until they are recreated."
        []
        "ip addr show cni0   # with no pod on it: ip link delete cni0"
        r#"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "b34f120fcbb4d95069458d4154f56ba168d9b2b9ecfbd1df989d07a0b9ddda9e": plugin type="flannel" failed (add): failed to delegate add: failed to set bridge addr: "cni0" already has an IP address different from 10.244.0.1/24"#;
    Cause "already exists but is not a bridge"
        "bridge bridge.go"
        "An interface with the bridge's name exists and is of another kind."
        []
        "ip -d link   # rename the bridge in the network's file, or remove the interface"
        r#"plugin type="bridge" failed (add): failed to create bridge "cni0": "cni0" already exists but is not a bridge"#;
    Cause "failed to create bridge …: operation not supported"
        "bridge bridge.go"
        "The kernel has no bridges: its module is not loaded or not installed."
        []
        "modprobe bridge"
        r#"plugin type="bridge" failed (add): failed to create bridge "cni0": could not add "cni0": operation not supported"#;
    Cause "failed to make veth pair"
        "plugins pkg/ip/link_linux.go"
        "The kernel refused to make the pod's interfaces: the module veth is missing, or the limit of interfaces or memory is reached."
        []
        "modprobe veth; ip link | wc -l"
        r#"plugin type="bridge" failed (add): failed to make veth pair: operation not supported"#;
    Cause "container veth name (…) peer provided (…) already exists"
        "plugins pkg/ip/link_linux.go"
        "An interface of the pod exists already: two networks use one interface name, or an earlier attempt was not taken down."
        []
        "ip link | grep veth"
        r#"plugin type="bridge" failed (add): container veth name ("eth0") peer provided ("veth1") already exists"#;
    Cause "failed to locate iptables"
        "plugins pkg/ip/ipmasq_iptables_linux.go"
        "The host has no iptables, which the plugin's ipMasq needs."
        []
        "apt-get install iptables   # or the distribution's own command"
        r#"plugin type="bridge" failed (add): failed to locate iptables: exec: "iptables": executable file not found in $PATH"#;
    Cause "failed to open iptables"
        "portmap portmap_iptables.go"
        "portmap finds no iptables on the host."
        []
        "command -v iptables nft"
        r#"plugin type="portmap" failed (add): failed to open iptables: exec: "iptables": executable file not found in $PATH"#;
    Cause "could not initialize iptables protocol"
        "firewall iptables.go"
        "The plugin firewall finds no iptables on the host."
        []
        "command -v iptables ip6tables"
        r#"plugin type="firewall" failed (add): could not initialize iptables protocol 0: exec: "iptables": executable file not found in $PATH"#;
    Cause "iptables: No chain/target/match by that name"
        "iptables"
        "A rule needs a module of the kernel that is missing, or another program flushed the tables at that moment."
        []
        "modprobe xt_comment xt_MASQUERADE xt_mark xt_nat; iptables -V"
        r#"plugin type="portmap" failed (add): unable to create chain CNI-HOSTPORT-SETMARK: failed to list chains: running [/usr/sbin/iptables -t nat -S --wait]: exit status 1: iptables: No chain/target/match by that name."#;
    Cause "Another app is currently holding the xtables lock"
        "iptables"
        "Another program holds the lock of iptables for a long time: many rules, or one that hangs."
        []
        "fuser -v /run/xtables.lock"
        "running [/usr/sbin/iptables -t nat -C POSTROUTING]: exit status 4: Another app is currently holding the xtables lock; still 4s 0us time ahead to have a chance to grab the lock...";
    Cause "must be called as chained plugin"
        "portmap main.go, bandwidth main.go"
        "A plugin that follows others stands first in the list, or alone."
        [CONF_FILE_INVALID]
        "cat /etc/cni/net.d/*"
        r#"plugin type="portmap" failed (add): must be called as chained plugin"#;
    Cause "Required prevResult missing"
        "tuning tuning.go"
        "A plugin that follows others stands first in the list, or alone."
        [CONF_FILE_INVALID]
        "cat /etc/cni/net.d/*"
        r#"plugin type="tuning" failed (add): Required prevResult missing"#;
    Cause "missing prevResult from earlier plugin"
        "firewall firewall.go"
        "A plugin that follows others stands first in the list, or alone."
        [CONF_FILE_INVALID]
        "cat /etc/cni/net.d/*"
        r#"plugin type="firewall" failed (add): missing prevResult from earlier plugin"#;
    Cause "open /proc/sys/…: no such file or directory"
        "tuning tuning.go"
        "The kernel has no such sysctl in the pod's network namespace: it is misspelled, or belongs to the whole host."
        []
        "ls /proc/sys/{1}"
        r#"plugin type="tuning" failed (add): open /proc/sys/net/core/rmem_max: no such file or directory"#;
    Cause "is not allowed. Only the following sysctls are allowed"
        "tuning tuning.go"
        "The node's list of allowed sysctls does not have this one."
        []
        "cat /etc/cni/tuning/allowlist.conf"
        r#"plugin type="tuning" failed (add): Sysctl net.ipv4.ip_forward is not allowed. Only the following sysctls are allowed: [^net.core.somaxconn$]"#;
    Cause "if rate is set, burst must also be set"
        "bandwidth main.go"
        "The bandwidth plugin's configuration has a rate without a burst."
        [CONF_FILE_INVALID]
        "grep -h -A8 bandwidth /etc/cni/net.d/*"
        r#"plugin type="bandwidth" failed (add): if rate is set, burst must also be set"#;
    Cause "failed to lookup master"
        "macvlan macvlan.go, ipvlan ipvlan.go"
        "The host has no interface with the name that the network's master says."
        []
        "ip -br link; grep -h master /etc/cni/net.d/*"
        r#"plugin type="macvlan" failed (add): failed to lookup master "eth1": Link not found"#;
    Cause "failed to find host device"
        "host-device host-device.go"
        "The device that the network names is not there, or another pod has it."
        []
        "ip -br link"
        r#"plugin type="host-device" failed (add): failed to find host device: Link not found"#;
    Cause "error dialing DHCP daemon"
        "dhcp main.go"
        "The ipam dhcp needs a daemon of its own on the node, which does not run."
        []
        "systemctl status cni-dhcp   # or: /opt/cni/bin/dhcp daemon"
        r#"error adding container to network "macvlan-conf": plugin type="macvlan" failed (add): error dialing DHCP daemon: dial unix /run/cni/dhcp.sock: connect: no such file or directory"#;
    Cause "failed to add IP addr …: permission denied"
        "plugins pkg/ipam/ipam_linux.go"
        "The pod gets an IPv6 address, and IPv6 is switched off on the host."
        []
        "sysctl net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.default.disable_ipv6"
        r#"plugin type="bridge" failed (add): failed to add IP addr {Interface:0xc000 Address:{IP:fd00::2 Mask:ffff}} to "eth0": permission denied"#;
    Cause "IPAM plugin returned missing IP config"
        "bridge bridge.go"
        "The ipam plugin succeeded without an address."
        [PLUGIN_MISSING]
        "grep -h -A6 ipam /etc/cni/net.d/*"
        r#"plugin type="bridge" failed (add): IPAM plugin returned missing IP config"#;
    General "Link not found"
        "netlink"
        "An interface that the plugin needs is not there."
        []
        "ip -br link"
        r#"plugin type="loopback" failed (add): Link not found"#;
}
