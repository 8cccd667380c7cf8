//! The examples below the help of each verb.

pub(super) const INSTALL: &str = r#"Examples:
  cni-bootstrap install --plugin '{"type": "tuning"}'
  cni-bootstrap install --plugin @/etc/antrea.json --install-bin /opt/antrea-cni --host-root /host
  cni-bootstrap install --plugin '{"type": "bandwidth"}' --dry-run"#;

pub(super) const WATCH: &str = r#"Examples:
  cni-bootstrap watch --plugin '{"type": "tuning"}'
  cni-bootstrap watch --plugin @/etc/antrea.json --host-root /host"#;

pub(super) const UNINSTALL: &str = r"Examples:
  cni-bootstrap uninstall --owner tuning
  cni-bootstrap uninstall --owner tuning --dry-run";

pub(super) const CHECK: &str = r#"Examples:
  cni-bootstrap check
  cni-bootstrap check --host-root /host --output json
  cni-bootstrap check --why 'failed to find plugin "loopback" in path [/opt/cni/bin]'"#;

pub(super) const STATUS: &str = r"Examples:
  cni-bootstrap status
  cni-bootstrap status --host-root /host --output json";

pub(super) const LINT: &str = r"Examples:
  cni-bootstrap lint deploy/
  helm template RELEASE CHART | cni-bootstrap lint -
  kubectl get -A -o yaml namespaces,pods,deployments,daemonsets,statefulsets,cronjobs,services,poddisruptionbudgets,\
mutatingwebhookconfigurations,validatingwebhookconfigurations | cni-bootstrap lint -";

pub(super) const PROFILES: &str = r"Examples:
  cni-bootstrap profiles
  cni-bootstrap profiles calico
  cni-bootstrap install --profile calico --dry-run";

pub(super) const COMPLETIONS: &str = r"Examples:
  cni-bootstrap completions bash > /etc/bash_completion.d/cni-bootstrap
  cni-bootstrap completions zsh > ~/.zfunc/_cni-bootstrap";
