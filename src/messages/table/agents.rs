//! Messages of plugins with an agent: Calico, Cilium, Antrea, flannel, Multus, the clouds' own.

use super::messages;
use crate::report::codes::check::{
    CONF_DIR_EMPTY, CONF_LEFTOVER, CONF_SHADOWED, PLUGIN_FILE, TOKEN_EXPIRED, TOKEN_EXPIRES,
};
use crate::report::codes::lint::{
    CALICO_NOT_JSON, CALICO_POOL_DISABLED, CALICO_POOL_UNKNOWN, NAD_CONFIG, NETWORK_UNKNOWN, NETWORKS,
};

messages! {
    Cause "open /run/flannel/subnet.env: no such file or directory"
        "flannel flannel.go"
        "flannel's daemon has not written the node's subnet: it does not run, or its node has no podCIDR. If the cluster has another network, flannel's file was left behind and wins."
        [CONF_LEFTOVER, CONF_SHADOWED, PLUGIN_FILE]
        "kubectl -n kube-flannel get pods -o wide; kubectl get nodes -o custom-columns=NAME:.metadata.name,CIDR:.spec.podCIDR"
        r#"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "3c05350cf5717b9bcf92a63ffafb7a3d27bd5ad1880de39272e72aa1661e637e": plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory"#;
    Cause "/run/flannel/subnet.env is missing"
        "flannel flannel.go"
        "flannel's daemon has written only a part of the node's subnet."
        []
        "cat /run/flannel/subnet.env; kubectl -n kube-flannel get pods -o wide"
        r#"plugin type="flannel" failed (add): /run/flannel/subnet.env is missing FLANNEL_SUBNET"#;
    Step "failed to delegate add:"
        "flannel flannel.go"
        "flannel's subnet is known, but the plugin that it calls failed. The words behind it are that plugin's."
        []
        "cat /run/flannel/subnet.env"
        r#"plugin type="flannel" failed (add): failed to delegate add: something new"#;
    Cause "stat /var/lib/calico/nodename: no such file or directory"
        "calico plugin.go"
        "calico-node has not started on this node since it was installed, or does not mount /var/lib/calico."
        [CONF_LEFTOVER, PLUGIN_FILE]
        "kubectl -n kube-system get pods -l k8s-app=calico-node -o wide; kubectl -n calico-system get pods -l k8s-app=calico-node -o wide"
        r#"Failed create pod sandbox: rpc error: code = Unknown desc = NetworkPlugin cni failed to set up pod "kube-dns-86f4d74b45-kgjbk_kube-system" network: stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/"#;
    Cause "error getting ClusterInformation: connection is unauthorized"
        "calico plugin.go"
        "The token in Calico's kubeconfig has expired or is not valid. calico-node renews it while it runs."
        [TOKEN_EXPIRED, TOKEN_EXPIRES]
        "kubectl -n kube-system rollout restart daemonset calico-node   # or in calico-system"
        r#"failed to setup network for sandbox "6c0f": plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized"#;
    Cause "failed (add): Unauthorized"
        "client-go"
        "The token in the plugin's kubeconfig has expired or is not valid. The agent renews it while it runs."
        [TOKEN_EXPIRED, TOKEN_EXPIRES]
        "cni-bootstrap check   # then restart the agent's pod on this node"
        r#"failed to setup network for sandbox "20d3feb0e9ed29a754fb921b8ae728d4b2d6035d2add28d7e1d4b1f7ce08be10": plugin type="calico" failed (add): Unauthorized"#;
    Cause "error getting ClusterInformation: Get …: i/o timeout"
        "calico plugin.go"
        "The host cannot reach the API server's Service: kube-proxy does not run here, or a firewall stands between."
        []
        "kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide"
        r#"networkPlugin cni failed to set up pod "restic-2jsjf_psc-velero" network: error getting ClusterInformation: Get "https://[10.43.0.1]:443/apis/crd.projectcalico.org/v1/clusterinformations/default": dial tcp 10.43.0.1:443: i/o timeout"#;
    Cause "error getting ClusterInformation: Get …: x509:"
        "calico plugin.go"
        "Calico's kubeconfig has the certificate authority of another cluster, or of before it was renewed."
        []
        "kubectl -n kube-system rollout restart daemonset calico-node   # or in calico-system"
        r#"error getting ClusterInformation: Get "https://10.96.0.1:443/apis/crd.projectcalico.org/v1/clusterinformations/default": x509: certificate signed by unknown authority"#;
    Cause "error getting ClusterInformation: Get …: connect: connection refused"
        "calico plugin.go"
        "The API server does not answer at the address in Calico's kubeconfig."
        []
        "grep server /etc/cni/net.d/calico-kubeconfig"
        r#"error getting ClusterInformation: Get "https://10.96.0.1:443/apis/crd.projectcalico.org/v1/clusterinformations/default": dial tcp 10.96.0.1:443: connect: connection refused"#;
    Cause "kubeconfig: no such file or directory"
        "client-go clientcmd"
        "The kubeconfig that the network's file names is not there: the agent's installer did not finish, or the node was rebuilt from a copy."
        [CONF_DIR_EMPTY, PLUGIN_FILE]
        "ls -l /etc/cni/net.d; grep -h kubeconfig /etc/cni/net.d/*"
        r#"plugin type="calico" failed (add): error creating calico client: stat /etc/cni/net.d/calico-kubeconfig: no such file or directory"#;
    Cause "failed to request IPv4 addresses"
        "calico ipam_plugin.go"
        "Calico's IPAM has no address for the pod: the pools are full, disabled, or none selects this node."
        [CALICO_POOL_DISABLED, CALICO_POOL_UNKNOWN]
        "kubectl get ippools.crd.projectcalico.org; calicoctl ipam show --show-blocks"
        r#"plugin type="calico" failed (add): failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No IPs available in pools: [10.200.0.0/28]"#;
    Cause "no configured Calico pools for node"
        "calico ipam.go"
        "No enabled IP pool of Calico selects this node."
        [CALICO_POOL_DISABLED]
        "kubectl get ippools.crd.projectcalico.org -o custom-columns=NAME:.metadata.name,CIDR:.spec.cidr,DISABLED:.spec.disabled,NODES:.spec.nodeSelector"
        r#"plugin type="calico" failed (add): no configured Calico pools for node worker-1"#;
    Cause "error adding host side routes for interface"
        "calico dataplane_linux.go"
        "The host has a route for the pod's address already: two programs hand out the same addresses, or an interface was left behind."
        []
        "ip route | grep cali"
        "error adding host side routes for interface: cali12f59090da4, error: failed to add route (Dst: 10.64.4.8/32, Scope: link, Iface: cali12f59090da4): file exists";
    Cause "failed (add): pods … not found"
        "calico k8s.go"
        "The plugin asks the API for a pod that is not there: it was deleted meanwhile, or the sandbox was made by hand (crictl runp)."
        []
        "# make a pod with kubectl; with this plugin a sandbox by hand cannot work"
        r#"run pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "9d2d48a44f868508befed39e09dd1c2956660f1e6e1c6d16801657cd93848948": plugin type="calico" failed (add): pods "nginx-sandbox" not found"#;
    General "looking for beginning of value"
        "Go encoding/json"
        "Something that must be JSON is not: an annotation of the pod (Calico's are JSON arrays), the network's file, or an answer of the agent."
        [CALICO_NOT_JSON]
        "kubectl get pod POD -o yaml | cni-bootstrap lint -   # with the pod's name"
        r#"plugin type="calico" failed (add): invalid character 'd' looking for beginning of value"#;
    Cause "unable to connect to Cilium agent"
        "cilium cni/cmd.go"
        "Cilium's agent does not run on this node. If the cluster has another network, Cilium's file was left behind and wins."
        [CONF_LEFTOVER, CONF_SHADOWED]
        "kubectl -n kube-system get pods -l k8s-app=cilium -o wide; ls -l /var/run/cilium/cilium.sock"
        r#"failed to setup network for sandbox "671a92300345bd0ed7f6ea920ff1b9f59aa4ae57bcdf62f379d6aaaff2757e42": plugin type="cilium-cni" failed (add): unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout: Get "http://localhost/v1/config": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory Is the agent running?"#;
    Cause "unable to connect to Cilium daemon"
        "cilium cni, before 1.15"
        "Cilium's agent does not run on this node. If the cluster has another network, Cilium's file was left behind and wins."
        [CONF_LEFTOVER, CONF_SHADOWED]
        "kubectl -n kube-system get pods -l k8s-app=cilium -o wide; ls -l /var/run/cilium/cilium.sock"
        "failed to create pod network sandbox k8s_cilium-operator-7d6ddddbf5-4bq6b_kube-system_e99f61c8_0(b2e63c): unable to connect to Cilium daemon: failed to create cilium agent client after 30.000000 seconds timeout: Get http:///var/run/cilium/cilium.sock/v1/config: dial unix /var/run/cilium/cilium.sock: connect: no such file or directory";
    Cause "unable to allocate IP via local cilium agent"
        "cilium cni/cmd.go"
        "Cilium has no address for the pod: the node's range is full, or its operator has not given the node one yet."
        []
        "kubectl -n kube-system exec ds/cilium -- cilium-dbg status | grep -i ipam; kubectl get ciliumnodes"
        r#"plugin type="cilium-cni" failed (add): unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure  range is full"#;
    Cause "unable to create endpoint: [PUT /endpoint/{id}][429]"
        "cilium api rate limit"
        "Cilium's agent makes endpoints slower than pods arrive, and limits them. It passes; if it does not, the agent hangs."
        []
        "kubectl -n kube-system logs ds/cilium --since=10m | grep -iE 'error|rate'"
        r#"plugin type="cilium-cni" failed (add): unable to create endpoint: [PUT /endpoint/{id}][429] putEndpointIdTooManyRequests"#;
    General "unable to create endpoint"
        "cilium cni/cmd.go"
        "Cilium's agent refused the pod's endpoint. The words behind it are the agent's."
        []
        "kubectl -n kube-system logs ds/cilium --since=10m | grep -iE 'error|warn'"
        r#"plugin type="cilium-cni" failed (add): unable to create endpoint: Cilium API client timeout exceeded"#;
    Cause "dial unix /var/run/antrea/cni.sock: connect:"
        "antrea cni/client.go"
        "Antrea's agent does not run on this node. If the cluster has another network, Antrea's file was left behind and wins."
        [CONF_LEFTOVER, CONF_SHADOWED]
        "kubectl -n kube-system get pods -l component=antrea-agent -o wide"
        r#"failed to setup network for sandbox "3d86404cbfedf687310a59c6ff4f6607263be0add828e0cb6da456512845c67b": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing dial unix /var/run/antrea/cni.sock: connect: no such file or directory""#;
    Cause "Network configuration does not support …prevResult"
        "antrea cniserver/server.go"
        "Antrea is chained behind another plugin, but its agent does not run in the mode networkPolicyOnly."
        []
        "kubectl -n kube-system get configmap antrea-config -o yaml | grep trafficEncapMode"
        r#"networkPlugin cni failed to set up pod "sample-app-64dfd95847-hlvm9_antrea-test" network: Network configuration does not support key prevResult and value"#;
    Cause "Failed to get IP address from CNS"
        "azure-container-networking invoker_cns.go"
        "Azure's CNS on this node does not answer, or has no address for the pod."
        []
        "kubectl -n kube-system get pods -l k8s-app=azure-cns -o wide"
        r#"failed to setup network for sandbox "ad9fa947ca532bbf5c449121c7720ff6b44ddec03b701f5658e6de84692b2548": IPAM Invoker Add failed with error: Failed to get IP address from CNS with error: %w: http request failed: Post "http://localhost:10090/network/requestipconfig": dial tcp 127.0.0.1:10090: connect: connection refused"#;
    Cause "AllocateIPConfig failed: not enough IPs available for"
        "azure-container-networking cns/restserver"
        "The node's subnet in Azure has no address left, or the node has reached its limit of pods."
        []
        "kubectl get nodenetworkconfigs -n kube-system"
        "plugin type='azure-vnet' failed (add): IPAM Invoker Add failed with error: Failed to get IP address from CNS with error: AllocateIPConfig failed: not enough IPs available for 9c6a7f37-dd43-4f7c-a01f-1ff41653609c, waiting on Azure CNS to allocate more with NC Status";
    Cause "Failed to allocate address: No available addresses"
        "azure-container-networking ipam"
        "The node's network interface in Azure has no free address for pods."
        []
        "curl -s -H Metadata:true 'http://169.254.169.254/metadata/instance/network?api-version=2021-02-01'"
        r#"plugin type="azure-vnet" failed (add): IPAM Invoker Add failed with error: Failed to allocate pool: Failed to allocate address: No available addresses"#;
    Cause "failed to assign an IP address to container"
        "amazon-vpc-cni-k8s cni.go"
        "aws-node has no free address: the instance's interfaces or the subnet are full, or it lacks permissions."
        []
        "kubectl -n kube-system logs ds/aws-node -c aws-node --since=10m; tail /var/log/aws-routed-eni/ipamd.log"
        r#"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "40d7bc158517c6954d0e8f1ba2bbc04e376e3123ab38227d6a601b7b1bb48ccf": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container"#;
    Cause "dial tcp 127.0.0.1:50051: connect: connection refused"
        "amazon-vpc-cni-k8s cni.go"
        "aws-node does not run on this node. If the cluster has another network, its file was left behind and wins."
        [CONF_LEFTOVER, CONF_SHADOWED]
        "kubectl -n kube-system get pods -l k8s-app=aws-node -o wide"
        r#"failed to setup network for sandbox "07eba007cfd52e203ca1cf41e5b1557662e2dadfed2be2bbd2f3b6b46e6df17c": add cmd: Error received from AddNetwork gRPC call: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing dial tcp 127.0.0.1:50051: connect: connection refused""#;
    Cause "multus.sock: connect: no such file or directory"
        "multus server/api"
        "The daemon of thick Multus does not run on this node."
        []
        "kubectl -n kube-system get pods -l app=multus -o wide"
        r#"plugin type="multus-shim" name="multus-cni-network" failed (add): CmdAdd (shim): failed to send CNI request: Post "http://dummy/cni": dial unix /run/multus/socket/multus.sock: connect: no such file or directory"#;
    Cause "still waiting for readinessindicatorfile @"
        "multus multus.go"
        "Multus waits for the file of the cluster's own network, which its agent has not written."
        [CONF_DIR_EMPTY]
        "ls -l /etc/cni/net.d; grep -h readinessindicatorfile /etc/cni/net.d/*"
        r#"plugin type="multus" name="multus-cni-network" failed (add): Multus: [default/web]: have you checked that your default network is ready? still waiting for readinessindicatorfile @ /host/etc/cni/net.d/10-calico.conflist. pollimmediate error: timed out waiting for the condition"#;
    Cause "cannot find a network-attachment-definition (…) in namespace (…):"
        "multus k8sclient.go"
        "The pod's annotation names the network {1}, and the namespace {2} has no such NetworkAttachmentDefinition."
        [NETWORK_UNKNOWN]
        "kubectl get network-attachment-definitions -A"
        r#"Multus: [default/virt-launcher-vmi-istio-44mws]: error loading k8s delegates k8s args: TryLoadPodDelegates: error in getting k8s network for pod: GetNetworkDelegates: failed getting the delegate: getKubernetesDelegate: cannot find a network-attachment-definition (istio-cni) in namespace (default): network-attachment-definitions.k8s.cni.cncf.io "istio-cni" not found"#;
    Cause "parsePodNetworkObjectName: "
        "multus k8sclient.go"
        "Multus cannot read the pod's annotation k8s.v1.cni.cncf.io/networks."
        [NETWORKS]
        "kubectl get pod POD -o yaml | cni-bootstrap lint -   # with the pod's name"
        "Multus: [default/web]: error loading k8s delegates k8s args: TryLoadPodDelegates: error in getting k8s network for pod: parsePodNetworkAnnotation: parsePodNetworkObjectName: Failed to parse: one or more items did not match comma-delimited format";
    Cause "parsePodNetworkAnnotation: failed to parse pod Network Attachment Selection Annotation JSON format"
        "multus k8sclient.go"
        "Multus cannot read the pod's annotation k8s.v1.cni.cncf.io/networks: it is not the JSON that Multus reads."
        [NETWORKS]
        "kubectl get pod POD -o yaml | cni-bootstrap lint -   # with the pod's name"
        "Multus: [default/web]: error loading k8s delegates k8s args: TryLoadPodDelegates: error in getting k8s network for pod: parsePodNetworkAnnotation: failed to parse pod Network Attachment Selection Annotation JSON format: invalid character ']' looking for beginning of object key string";
    Cause "GetCNIConfig: err in GetCNIConfigFromFile: No networks found in"
        "network-attachment-definition-client"
        "The NetworkAttachmentDefinition has no config, and the node has no file with its name."
        [NAD_CONFIG]
        "kubectl get network-attachment-definitions -A -o yaml | cni-bootstrap lint -"
        "error in getting k8s network for pod: GetNetworkDelegates: failed getting the delegate: GetCNIConfig: err in GetCNIConfigFromFile: No networks found in /host/etc/cni/net.d";
    Step "CNI request failed with status"
        "multus server/api, kube-ovn"
        "The plugin's daemon refused the pod. The words behind it are the daemon's."
        []
        "# look at the logs of the daemon on this node"
        r#"plugin type="multus-shim" name="multus-cni-network" failed (add): CmdAdd (shim): CNI request failed with status 400: 'something new'"#;
    Cause "Could not allocate IP in range:"
        "whereabouts allocate.go"
        "whereabouts has no address left in its range, or leases of dead pods fill it."
        []
        "kubectl get ippools.whereabouts.cni.cncf.io -A; kubectl get overlappingrangeipreservations.whereabouts.cni.cncf.io -A"
        r#"error adding container to network "codesys-management": Error at storage engine: Could not allocate IP in range: ip: 192.168.122.145 / - 192.168.122.150 / range: net.IPNet{IP:net.IP {0xc0}}"#;
    Cause "unable to allocate IP address: Post … 127.0.0.1:6784"
        "weave plugin/ipam"
        "Weave's pod does not run on this node. If the cluster has another network, Weave's file was left behind and wins."
        [CONF_LEFTOVER, CONF_SHADOWED]
        "kubectl -n kube-system get pods -l name=weave-net -o wide"
        r#"failed to setup network for sandbox "3e468d772d792f88fd817f5653457d5f71cebebd97a39c1587f92ea0badf35cd": plugin type="weave-net" name="weave" failed (add): unable to allocate IP address: Post "http://127.0.0.1:6784/ip/3e468d772d792f88fd817f5653457d5f71cebebd97a39c1587f92ea0badf35cd": dial tcp 127.0.0.1:6784: connect: connection refused"#;
    Cause "kube-ovn-daemon.sock: connect:"
        "kube-ovn cni"
        "kube-ovn's daemon does not run on this node."
        []
        "kubectl -n kube-system get pods -l app=kube-ovn-cni -o wide"
        r#"plugin type="kube-ovn" failed (add): RPC failed; Post "http://dummy/api/v1/add": dial unix /run/openvswitch/kube-ovn-daemon.sock: connect: no such file or directory"#;
    Cause "request ip return 500 configure nic failed"
        "kube-ovn daemon/handler.go"
        "kube-ovn's daemon could not connect the pod: its gateway does not answer, or Open vSwitch does not."
        []
        "kubectl -n kube-system logs -l app=kube-ovn-cni --since=10m --prefix"
        r#"failed to setup network for sandbox "40636e0c7f1ade5500fa958486163d74f2e2300051a71522a9afd7ba0538afb6": plugin type="kube-ovn" failed (add): RPC failed; request ip return 500 configure nic failed 10.16.0.15 network not ready after 200 ping 10.16.0.1"#;
    General "failed to send CNI request: Post"
        "ovn-kubernetes, openshift-sdn, multus"
        "The daemon behind the plugin does not answer on its socket: its pod does not run on this node, or ended at that moment."
        []
        "kubectl get pods -A -o wide | grep -iE 'ovn|sdn|multus'"
        "failed to send CNI request: Post http://dummy/: dial unix /var/run/openshift-sdn/cniserver/socket: connect: connection refused";
    General "x509: certificate has expired or is not yet valid"
        "Go crypto/x509"
        "A certificate has expired, or the node's clock is wrong."
        [TOKEN_EXPIRED]
        "date; kubeadm certs check-expiration"
        "error getting ClusterInformation: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-26T10:00:00Z is after 2026-11-25T00:00:00Z";
}
