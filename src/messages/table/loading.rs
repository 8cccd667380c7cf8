//! Messages about loading the network's configuration: go-cni, libcni, `ocicni`.

use super::messages;
use crate::report::codes::check::{
    CHAIN_MISSING, CONF_DIR_EMPTY, CONF_DIR_MISSING, CONF_DIR_REPLACED, CONF_FILE_EMPTY, CONF_FILE_INVALID,
    CONF_FILE_UNNOTICED, CONF_LINK_DANGLES, CONF_LIST_IN_CONF, CONF_NOT_LOADED, CONF_SUBDIRECTORY,
    CONF_TAKEN_AWAY, CONFIG_ELSEWHERE, LOAD_FAILED, NETWORK_NOT_READY, TEMPLATE_BARE, TEMPLATE_INVALID,
    TEMPLATE_MISSING,
};

messages! {
    Cause "cni plugin not initialized"
        "go-cni errors.go"
        "containerd has loaded no network: there is no configuration in its directory, or it has not noticed it, or the load failed."
        [CONF_DIR_EMPTY, CONF_DIR_MISSING, CONF_TAKEN_AWAY, CONF_NOT_LOADED, CONF_DIR_REPLACED, CONF_FILE_EMPTY, CONF_FILE_INVALID, CONF_LIST_IN_CONF, CONF_LINK_DANGLES, CHAIN_MISSING, LOAD_FAILED, NETWORK_NOT_READY]
        "ls -la /etc/cni/net.d"
        "network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";
    Cause "no network config found in …: cni plugin not initialized"
        "go-cni opts.go"
        "containerd finds no file in its CNI directory: the network's agent has not written one yet, or has written it elsewhere."
        [CONF_DIR_EMPTY, CONF_DIR_MISSING, CONF_TAKEN_AWAY, CONFIG_ELSEWHERE, CONF_NOT_LOADED, CHAIN_MISSING, LOAD_FAILED]
        "ls -la {1}"
        r#"level=error msg="failed to load cni during init, please check CRI plugin status before setting up network for pods" error="cni config load failed: no network config found in /etc/cni/net.d: cni plugin not initialized: failed to load cni config""#;
    Step "failed to load cni during init, please check CRI plugin status before setting up network for pods"
        "containerd cni_conf_syncer.go"
        "containerd could not load a network when it started. Without a file yet, that is how every node starts."
        [CONF_DIR_EMPTY, LOAD_FAILED]
        "cni-bootstrap check"
        r#"level=error msg="failed to load cni during init, please check CRI plugin status before setting up network for pods" error="something new""#;
    Step "failed to reload cni configuration after receiving fs change event"
        "containerd cni_conf_syncer.go"
        "A file in the CNI directory changed, and the load failed. The words behind it are the reason."
        [LOAD_FAILED, CONF_FILE_INVALID]
        "cni-bootstrap check"
        r#"level=error msg="failed to reload cni configuration after receiving fs change event(WRITE \"/etc/cni/net.d/10-x.conflist\")" error="something new""#;
    Cause "error parsing configuration list: unexpected end of JSON input"
        "libcni conf.go"
        "The file that counts is empty, or cut in the middle."
        [CONF_FILE_EMPTY, CONF_FILE_INVALID, CONF_FILE_UNNOTICED]
        "ls -l /etc/cni/net.d"
        "cni config load failed: failed to load CNI config list file /etc/cni/net.d/05-antrea.conflist: error parsing configuration list: unexpected end of JSON input: invalid cni config: failed to load cni config";
    Cause "error parsing configuration: unexpected end of JSON input"
        "libcni conf.go"
        "The file that counts is empty, or cut in the middle."
        [CONF_FILE_EMPTY, CONF_FILE_INVALID, CONF_FILE_UNNOTICED]
        "ls -l /etc/cni/net.d"
        "cni config load failed: failed to load CNI config file /etc/cni/net.d/00-multus.conf: error parsing configuration: unexpected end of JSON input: invalid cni config: failed to load cni config";
    Cause "error parsing configuration list: invalid character"
        "libcni conf.go"
        "The file that counts is not JSON."
        [CONF_FILE_INVALID]
        "cni-bootstrap check   # it names the line and the column"
        "cni config load failed: failed to load CNI config list file /etc/cni/net.d/10-calico.conflist: error parsing configuration list: invalid character '}' looking for beginning of object key string: invalid cni config: failed to load cni config";
    Cause "error parsing configuration: invalid character"
        "libcni conf.go"
        "The file that counts is not JSON."
        [CONF_FILE_INVALID]
        "cni-bootstrap check   # it names the line and the column"
        "cni config load failed: failed to load CNI config file /etc/cni/net.d/10-bridge.conf: error parsing configuration: invalid character '#' looking for beginning of value: invalid cni config: failed to load cni config";
    Cause "error parsing configuration list: no name"
        "libcni conf.go"
        "The list has no name."
        [CONF_FILE_INVALID]
        "cni-bootstrap check"
        "failed to load CNI config list file /etc/cni/net.d/10-x.conflist: error parsing configuration list: no name: invalid cni config: failed to load cni config";
    Cause "error parsing configuration list: invalid name type"
        "libcni conf.go"
        "The list's name is not a string."
        [CONF_FILE_INVALID]
        "cni-bootstrap check"
        "failed to load CNI config list file /etc/cni/net.d/10-x.conflist: error parsing configuration list: invalid name type float64: invalid cni config: failed to load cni config";
    Cause "error parsing configuration list: no 'plugins' key"
        "libcni conf.go, to 1.2"
        "A file for one plugin has the extension .conflist, or the list lost its plugins."
        [CONF_FILE_INVALID]
        "cni-bootstrap check"
        "failed to load CNI config list file /etc/cni/net.d/10-x.conflist: error parsing configuration list: no 'plugins' key: invalid cni config: failed to load cni config";
    Cause "error parsing configuration list: no plugins in list"
        "libcni conf.go"
        "The list's plugins are empty."
        [CONF_FILE_INVALID]
        "cni-bootstrap check"
        "failed to load CNI config list file /etc/cni/net.d/10-x.conflist: error parsing configuration list: no plugins in list: invalid cni config: failed to load cni config";
    Cause "error parsing configuration list: invalid 'plugins' type"
        "libcni conf.go"
        "The list's plugins are not an array."
        [CONF_FILE_INVALID]
        "cni-bootstrap check"
        "failed to load CNI config list file /etc/cni/net.d/10-x.conflist: error parsing configuration list: invalid 'plugins' type map[string]interface {}: invalid cni config: failed to load cni config";
    Cause "no plugin configs found"
        "libcni conf.go, from 1.3"
        "The list has no plugins of its own, and the directory with its name has none either."
        [CONF_FILE_INVALID, CONF_SUBDIRECTORY]
        "cni-bootstrap check"
        "failed to load CNI config list file /etc/cni/net.d/10-x.conflist: no plugin configs found: invalid cni config: failed to load cni config";
    Cause "error parsing configuration: missing 'type'"
        "libcni conf.go"
        "A list of plugins is in a file with the extension .conf or .json, or the plugin has no type."
        [CONF_LIST_IN_CONF, CONF_FILE_INVALID]
        "cni-bootstrap check"
        "cni config load failed: failed to load CNI config file /etc/cni/net.d/10-calico.conf: error parsing configuration: missing 'type': invalid cni config: failed to load cni config";
    Cause "failed to parse plugin config …: error parsing configuration: missing 'type'"
        "libcni conf.go"
        "A plugin of the list has no type."
        [CONF_FILE_INVALID]
        "cni-bootstrap check"
        "failed to load CNI config list file /etc/cni/net.d/10-x.conflist: error parsing configuration list: failed to parse plugin config 1: error parsing configuration: missing 'type': invalid cni config: failed to load cni config";
    Cause "network type not found in …: invalid cni config"
        "go-cni opts.go"
        "A list of plugins is in a file with the extension .conf or .json, or the plugin has no type."
        [CONF_LIST_IN_CONF, CONF_FILE_INVALID]
        "cni-bootstrap check"
        "cni config load failed: network type not found in /etc/cni/net.d/10-calico.conf: invalid cni config: failed to load cni config";
    Cause "error parsing configuration list: invalid disableCheck type"
        "libcni conf.go, to 1.1"
        "disableCheck is a string. libcni of containerd 1.x takes only true or false without quotes."
        [CONF_FILE_INVALID]
        "cni-bootstrap check"
        "failed to load CNI config list file /etc/cni/net.d/10-x.conflist: error parsing configuration list: invalid disableCheck type string: invalid cni config: failed to load cni config";
    Cause "error parsing configuration list: invalid cniVersion"
        "libcni conf.go"
        "The list's cniVersion is not a version in quotes."
        [CONF_FILE_INVALID]
        "cni-bootstrap check"
        "failed to load CNI config list file /etc/cni/net.d/10-x.conflist: error parsing configuration list: invalid cniVersion type float64: invalid cni config: failed to load cni config";
    Cause "failed to load CNI config list file …: no such file or directory"
        "libcni conf.go"
        "The file that counts is a symbolic link to a file that does not exist, or went away while it was read."
        [CONF_LINK_DANGLES]
        "ls -l /etc/cni/net.d"
        "cni config load failed: failed to load CNI config list file /etc/cni/net.d/10-x.conflist: error reading /etc/cni/net.d/10-x.conflist: open /etc/cni/net.d/10-x.conflist: no such file or directory: invalid cni config: failed to load cni config";
    Cause "json: cannot unmarshal … into Go struct field"
        "Go encoding/json"
        "A value of the configuration has another type than the plugin or libcni reads: a number in quotes, a list for one value."
        [CONF_FILE_INVALID]
        "cni-bootstrap check"
        r#"plugin type="bridge" failed (add): failed to load netconf: json: cannot unmarshal string into Go struct field NetConf.mtu of type int"#;
    Cause "Missing CNI default network"
        "CRI-O ocicni"
        "CRI-O has found no network whose file loads and whose plugins exist."
        [CONF_DIR_EMPTY, CONF_FILE_INVALID]
        "journalctl -u crio -n 50 | grep -i cni"
        "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: Missing CNI default network";
    Cause "no CNI configuration file in …. Has your network provider started?"
        "CRI-O ocicni"
        "CRI-O finds no configuration in its directory: the network's agent has not written one yet, or has written it elsewhere."
        [CONF_DIR_EMPTY, CONF_DIR_MISSING]
        "ls -la {1}"
        "Network plugin returns error: no CNI configuration file in /etc/cni/net.d/. Has your network provider started?";
    Cause "cni config uninitialized"
        "kubelet dockershim"
        "A kubelet before 1.24 has found no configuration in its CNI directory."
        [CONF_DIR_EMPTY, CONF_DIR_MISSING]
        "ls -la /etc/cni/net.d"
        "runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:docker: network plugin is not ready: cni config uninitialized";
    Cause "cni config not initialized"
        "containerd sandbox_run.go"
        "The runtime handler of the pod has no CNI loader: its own directory of configurations could not be watched."
        [CONF_DIR_MISSING]
        "journalctl -u containerd -b | grep -i cni"
        r#"failed to setup network for sandbox "5e6c3d48e76c438eedfae156ff296b22fc25800bb192bca0c5e93eeb117247da": cni config not initialized"#;
    Cause "failed to watch cni conf dir"
        "containerd cni_conf_syncer.go"
        "containerd could not watch its CNI directory: the limit of inotify instances is reached, or the directory cannot be read."
        [CONF_DIR_MISSING]
        "sysctl fs.inotify.max_user_instances   # containerd, kubelets and agents need some each"
        "failed to create cni conf monitor for default: failed to watch cni conf dir /etc/cni/net.d: no space left on device";
    Cause "failed to parse cni config template …: no such file or directory"
        "containerd update_runtime_config.go"
        "conf_template names a file that does not exist. A name without a directory is looked for in /."
        [TEMPLATE_BARE, TEMPLATE_MISSING]
        "containerd config dump | grep conf_template"
        r#"Failed to update pod CIDR: rpc error: code = Unknown desc = failed to parse cni config template "10-calico.conflist": open 10-calico.conflist: no such file or directory"#;
    Cause "failed to parse cni config template …: template:"
        "containerd update_runtime_config.go"
        "The file of conf_template is not a template that Go can read."
        [TEMPLATE_INVALID]
        "cni-bootstrap check"
        r#"rpc error: code = Unknown desc = failed to parse cni config template "/etc/containerd/cni.template": template: cni.template:4: unexpected "}" in operand"#;
}
