//! Messages of the kubelet, and of the API server about pods.

use super::messages;
use crate::report::codes::check::{
    CGROUP_DRIVER, CONF_DIR_EMPTY, CONF_DIR_MISSING, CRI_DISABLED, NETWORK_NOT_READY, RUNTIME_NOT_RUNNING,
    VERSIONS, WILL_NOT_COME_UP,
};
use crate::report::codes::lint::{WEBHOOK_BLOCKS, WEBHOOK_SLOW};

messages! {
    Step "Failed to create pod sandbox"
        "kubelet kuberuntime_manager.go"
        "The runtime could not start the pod's sandbox. The words behind it are the reason."
        []
        "journalctl -u kubelet -u containerd --since -15min | grep -i sandbox"
        "Warning  FailedCreatePodSandBox  4s  kubelet  Failed to create pod sandbox: rpc error: code = Unknown desc = something new";
    Step "NetworkReady=false reason:NetworkPluginNotReady message:"
        "kubelet kubelet.go"
        "The runtime says that it has no network, so the kubelet starts only pods on the host's network. The words behind it are the reason."
        [NETWORK_NOT_READY]
        "cni-bootstrap check"
        "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: something new";
    Step r#"failed to "KillPodSandbox" for"#
        "kubelet kuberuntime_container.go"
        "The runtime could not stop the pod's sandbox. The words behind it are the reason; the pod stays in Terminating until it can."
        []
        "journalctl -u kubelet -u containerd --since -15min | grep -i sandbox"
        r#"error killing pod: failed to "KillPodSandbox" for "18ba147d-9f0f-4255-816f-5d07998d6908" with KillPodSandboxError: "rpc error: code = Unknown desc = something new""#;
    General "Pod sandbox changed, it will be killed and re-created"
        "kubelet kuberuntime_manager.go"
        "The sandbox was not started, or it died. If it is there again and again although sandboxes start, the kubelet and the runtime use different cgroup drivers, or the machine restarts."
        [CGROUP_DRIVER]
        "cni-bootstrap check"
        "Normal   SandboxChanged          6m41s (x12 over 6m52s)  kubelet            Pod sandbox changed, it will be killed and re-created.";
    General "code = DeadlineExceeded desc = context deadline exceeded"
        "kubelet remote_runtime.go"
        "The runtime did not answer in the kubelet's time limit: a plugin or its agent hangs, or the node is overloaded."
        []
        "ps -eo pid,etimes,args | grep -F /cni/   # a plugin that runs for minutes hangs"
        "Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded";
    General "PLEG is not healthy: pleg was last seen active"
        "kubelet pleg/generic.go"
        "The runtime answers the kubelet too slowly or not at all."
        [RUNTIME_NOT_RUNNING]
        "systemctl status containerd; journalctl -u containerd -n 50"
        "skipping pod synchronization - PLEG is not healthy: pleg was last seen active 5m40.667485397s ago; threshold is 3m0s";
    Cause "unknown service runtime.v1.RuntimeService"
        "grpc-go server.go"
        "containerd runs without CRI: its config disables it, or the CRI plugin failed at the start."
        [CRI_DISABLED, WILL_NOT_COME_UP]
        "journalctl -u containerd -b | grep -iE 'cri.*(error|warn|skip)'"
        r#"failed to run Kubelet: validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService"#;
    Cause "unknown service runtime.v1alpha2.RuntimeService"
        "grpc-go server.go"
        "The kubelet or crictl is so old that it speaks CRI v1alpha2, which containerd 1.7 was the last to serve."
        [VERSIONS, CRI_DISABLED]
        "kubelet --version; containerd --version"
        "getting status of runtime: rpc error: code = Unimplemented desc = unknown service runtime.v1alpha2.RuntimeService";
    Cause "containerd.sock: connect: no such file or directory"
        "kubelet remote_runtime.go"
        "containerd does not run, or listens on another socket."
        [RUNTIME_NOT_RUNNING]
        "systemctl status containerd"
        r#"rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: no such file or directory""#;
    Cause "containerd.sock: connect: connection refused"
        "kubelet remote_runtime.go"
        "containerd is stopped, or restarts."
        [RUNTIME_NOT_RUNNING]
        "systemctl status containerd"
        r#"rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused""#;
    Cause "kubelet cgroup driver: … is different from … cgroup driver"
        "kubelet cm/container_manager_linux.go"
        "The kubelet and the runtime use different cgroup drivers."
        [CGROUP_DRIVER]
        "grep -r cgroupDriver /var/lib/kubelet/config.yaml"
        r#"failed to run Kubelet: misconfiguration: kubelet cgroup driver: "systemd" is different from docker cgroup driver: "cgroupfs""#;
    Cause "open /run/systemd/resolve/resolv.conf: no such file or directory"
        "kubelet network/dns"
        "The kubelet's resolvConf names the file of systemd-resolved, which does not run."
        []
        "systemctl enable --now systemd-resolved   # or set resolvConf in the kubelet's config"
        "Failed to create pod sandbox: open /run/systemd/resolve/resolv.conf: no such file or directory";
    Cause "untolerated taint {node.kubernetes.io/not-ready"
        "kube-scheduler tainttoleration"
        "The pod waits for a node that is Ready. A node without a pod network is not."
        [CONF_DIR_EMPTY, CONF_DIR_MISSING, NETWORK_NOT_READY]
        "kubectl get nodes; cni-bootstrap check   # on the node that is not Ready"
        "0/3 nodes are available: 3 node(s) had untolerated taint {node.kubernetes.io/not-ready: }. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";
    Cause "untolerated taint {node.kubernetes.io/network-unavailable"
        "kube-scheduler tainttoleration"
        "The node's condition NetworkUnavailable is true: the cloud's route controller or the network's agent has not reported the network yet."
        []
        "kubectl get nodes -o custom-columns=NAME:.metadata.name,TAINTS:.spec.taints"
        "0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/network-unavailable: }.";
    Cause "untolerated taint {node.cilium.io/agent-not-ready"
        "kube-scheduler tainttoleration"
        "Cilium's agent is not ready on the node. Its operator takes the taint away when it is."
        []
        "kubectl -n kube-system get pods -l k8s-app=cilium -o wide"
        "0/1 nodes are available: 1 node(s) had untolerated taint {node.cilium.io/agent-not-ready: }.";
    Cause "is forbidden: violates PodSecurity"
        "pod-security-admission"
        "The namespace's Pod Security level forbids the pod. An agent of the pod network needs the level privileged."
        []
        "kubectl label --overwrite namespace NAMESPACE pod-security.kubernetes.io/enforce=privileged   # with the agent's namespace"
        r#"Error creating: pods "kube-flannel-ds-x7v9k" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), hostPath volumes (volumes "run", "cni-plugin")"#;
    Cause "failed calling webhook …: connect: connection refused"
        "kube-apiserver admission/plugin/webhook"
        "An admission webhook is called for the object, fails closed, and its backend does not run. If it matches the network's own pods, nothing can start."
        [WEBHOOK_BLOCKS]
        "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations -o yaml | cni-bootstrap lint -"
        r#"Failed creating a mirror pod for" err="Internal error occurred: failed calling webhook \"pod-identity-webhook.amazonaws.com\": failed to call webhook: Post \"https://pod-identity-webhook.kube-system.svc:443/mutate?timeout=10s\": dial tcp 100.64.59.214:443: connect: connection refused" pod="kube-system/kube-controller-manager-ip-172-20-37-9""#;
    Cause "failed calling webhook …: context deadline exceeded"
        "kube-apiserver admission/plugin/webhook"
        "An admission webhook is called for the object, fails closed, and its backend cannot be reached: it has no pod network, or a policy stands between."
        [WEBHOOK_BLOCKS, WEBHOOK_SLOW]
        "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations -o yaml | cni-bootstrap lint -"
        r#"Error from server (InternalError): Internal error occurred: failed calling webhook "imageswap.webhook.k8s.twr.io": failed to call webhook: Post "https://imageswap.imageswap-system.svc:443/?timeout=10s": context deadline exceeded"#;
    Cause "failed calling webhook …: i/o timeout"
        "kube-apiserver admission/plugin/webhook"
        "An admission webhook is called for the object, fails closed, and the API server has no route to its pod."
        [WEBHOOK_BLOCKS, WEBHOOK_SLOW]
        "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations -o yaml | cni-bootstrap lint -"
        r#"Error creating: Internal error occurred: failed calling webhook "mutation.azure-workload-identity.io": failed to call webhook: Post "https://azure-wi-webhook-webhook-service.azure-workload-identity-system.svc:443/mutate-v1-pod?timeout=10s": dial tcp 10.244.2.18:9443: i/o timeout"#;
    Cause "failed calling webhook …: no endpoints available for service"
        "kube-apiserver admission/plugin/webhook"
        "An admission webhook is called for the object, fails closed, and no pod of its service is ready."
        [WEBHOOK_BLOCKS]
        "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations -o yaml | cni-bootstrap lint -"
        r#"Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate/fail?timeout=10s": no endpoints available for service "kyverno-svc""#;
    Cause "failed calling webhook …: x509: certificate signed by unknown authority"
        "kube-apiserver admission/plugin/webhook"
        "An admission webhook is called for the object, and its caBundle does not fit the certificate of its backend."
        [WEBHOOK_BLOCKS]
        "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations   # then restart the program that renews its certificate"
        r#"Internal error occurred: failed calling webhook "linkerd-sp-validator.linkerd.io": failed to call webhook: Post "https://linkerd-sp-validator.linkerd.svc:443/?timeout=10s": tls: failed to verify certificate: x509: certificate signed by unknown authority"#;
    General "failed calling webhook"
        "kube-apiserver admission/plugin/webhook"
        "An admission webhook is called for the object, fails closed, and did not answer."
        [WEBHOOK_BLOCKS]
        "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations -o yaml | cni-bootstrap lint -"
        r#"Internal error occurred: failed calling webhook "validatepod.volcano.sh": Post "https://volcano-admission-service.volcano-system.svc:443/validate?timeout=3s": EOF"#;
    Cause "admission webhook … denied the request"
        "kube-apiserver admission/plugin/webhook"
        "A policy refuses the object. The words behind it are the policy's."
        []
        "# exempt the namespace of the pod network in the policy that the message names"
        r#"admission webhook "validate.kyverno.svc-fail" denied the request: resource DaemonSet/kube-system/kube-proxy was blocked due to the following policies"#;
    Cause "Timeout: request did not complete within requested timeout"
        "kube-apiserver endpoints/handlers"
        "The request took longer than the API server's limit of 34 s: the time limits of the webhooks on its way add up."
        [WEBHOOK_SLOW]
        "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations -o yaml | cni-bootstrap lint -"
        "Warning  FailedCreate  13s   replicaset-controller  Error creating: Timeout: request did not complete within requested timeout context deadline exceeded";
}
