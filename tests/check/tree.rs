//! A node as a directory tree. If the runtime must answer, the test supplies its CRI answer.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use cni_bootstrap::cli::{self, Job};
use cni_bootstrap::diagnose::{View, judge, wants};
use cni_bootstrap::host::Root;
use cni_bootstrap::host::read::stamp_of;
use cni_bootstrap::judgement::{errors, missing};
use cni_bootstrap::node::{
    Answers, Asked, Binary, Condition, HostPath, Kubelet, Moment, Node, Observed, PodSandbox, RawStatus,
    Runtime, Service, Stamp, VersionQuestion, VersionReply,
};
use cni_bootstrap::observe::{Scope, look, read, sockets};
use cni_bootstrap::report::{Finding, Located};
use serde_json::{Value, json};

/// The time of every test, in seconds since the epoch.
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const NET_D: &str = "/etc/cni/net.d";
pub(crate) const CONFIG: &str = "/etc/containerd/config.toml";
pub(crate) const SOCKET: &str = "/run/containerd/containerd.sock";
/// A complete program for `x86_64`: a header, and one segment with the whole file. Its entry point is not mapped, so
/// it is killed when it is started.
pub(crate) const ELF: &[u8] = include_bytes!("../support/killed.elf");

/// A node.
pub(crate) struct Tree {
    dir: tempfile::TempDir,
    status: Option<RawStatus>,
    answers: Answers,
    kubelet: Option<Kubelet>,
    /// Changes the observed node, for attributes that not every file system has (labels).
    pub(crate) seen: Option<fn(&mut Node)>,
}

impl Tree {
    /// An empty directory.
    pub(crate) fn bare() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir, status: None, answers: Answers::default(), kubelet: None, seen: None }
    }

    /// Only the directories that every node has.
    pub(crate) fn new() -> Self {
        let tree = Self::bare();
        for name in [NET_D, "/opt/cni/bin"] {
            tree.mkdir(name);
        }
        tree.plugins("/usr/bin", &["containerd", "containerd-shim-runc-v2", "runc"]);
        tree
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path.trim_start_matches('/'))
    }

    pub(crate) fn mkdir(&self, path: &str) -> &Self {
        fs::create_dir_all(self.path(path)).unwrap();
        self
    }

    /// Writes a file with mode 0600.
    pub(crate) fn file(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let at = self.path(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(&at, text).unwrap();
        self.mode(path, 0o600)
    }

    /// Writes a file in the conf dir.
    pub(crate) fn conf(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        self.file(&format!("{NET_D}/{name}"), text)
    }

    pub(crate) fn program(&self, path: &str) -> &Self {
        self.file(path, ELF).mode(path, 0o755)
    }

    pub(crate) fn plugins(&self, dir: &str, names: &[&str]) -> &Self {
        for name in names {
            self.program(&format!("{dir}/{name}"));
        }
        self
    }

    pub(crate) fn mode(&self, path: &str, mode: u32) -> &Self {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    pub(crate) fn link(&self, target: &str, path: &str) -> &Self {
        symlink(target, self.path(path)).unwrap();
        self
    }

    pub(crate) fn remove(&self, path: &str) -> &Self {
        let path = self.path(path);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
        self
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) -> &Self {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}:\n{text}");
        self.file(path, text.replace(from, to))
    }

    /// The runtime runs in this version, with this file loaded and with the binaries that it needs itself.
    pub(crate) fn runs(&mut self, version: &str, loaded: &str) -> &mut Self {
        self.file(SOCKET, "").program("/opt/cni/bin/loopback");
        let source = self.read(loaded);
        let list: Value = serde_json::from_str(&source).unwrap();
        let plugins = list["plugins"].as_array().cloned().unwrap_or_default();
        let plugins: Vec<Value> =
            plugins.iter().map(|plugin| json!({"Network": {"type": plugin["type"]}})).collect();
        let network = |ifname: &str, config: Value| json!({"IFName": ifname, "Config": config});
        let pod = json!({"Name": list["name"], "CNIVersion": "0.3.1", "Plugins": plugins, "Source": source});
        let lo =
            json!({"Name": "cni-loopback", "Plugins": [{"Network": {"type": "loopback"}}], "Source": ""});
        let cni = json!({
            "PluginDirs": ["/opt/cni/bin"], "PluginConfDir": NET_D, "PluginMaxConfNum": 1,
            "Networks": [network("lo", lo), network("eth0", pod)],
        });
        let runc = json!({"runtimeType": "io.containerd.runc.v2", "options": {"SystemdCgroup": true}});
        let config = json!({
            "containerd": {"defaultRuntimeName": "runc", "runtimes": {"runc": runc}},
            "cni": {"binDir": "/opt/cni/bin", "confDir": NET_D, "maxConfNum": 1, "confTemplate": ""},
        });
        let ready = Condition { kind: "NetworkReady".into(), status: true, ..Condition::default() };
        self.status = Some(RawStatus {
            runtime_name: "containerd".into(),
            runtime_version: version.into(),
            conditions: vec![ready],
            info: BTreeMap::from([
                ("config".into(), config.to_string()),
                ("cniconfig".into(), cni.to_string()),
                ("lastCNILoadStatus".into(), "OK".into()),
            ]),
        });
        self
    }

    /// The runtime answers this.
    pub(crate) fn answers(&mut self, raw: RawStatus) -> &mut Self {
        self.status = Some(raw);
        self
    }

    /// Changes the runtime's report.
    pub(crate) fn says(&mut self, change: impl FnOnce(&mut RawStatus)) -> &mut Self {
        change(self.status.as_mut().expect("the runtime runs"));
        self
    }

    /// The runtime's socket exists, and calls fail with this error.
    pub(crate) fn silent(&mut self, why: &str) -> &mut Self {
        self.file(SOCKET, "");
        self.answers.runtime = Some(asked(Observed::Unknown(why.to_owned())));
        self
    }

    pub(crate) fn service(&mut self, service: Service) -> &mut Self {
        self.answers.service = Some(asked(Observed::Present(service)));
        self
    }

    pub(crate) fn kubelet(&mut self, version: &str) -> &mut Self {
        self.kubelet = Some(Kubelet {
            argv: vec!["/usr/bin/kubelet".into()],
            version: Some(version.into()),
            program: None,
        });
        self
    }

    pub(crate) fn version(&mut self, plugin: &str, reply: VersionReply) -> &mut Self {
        let path = HostPath::new(&format!("/opt/cni/bin/{plugin}")).unwrap();
        let binary = Binary::Host(path);
        let question = VersionQuestion { plugin: plugin.into(), binary, stamp: Stamp::default() };
        self.answers.versions.insert(plugin.into(), (question, asked(Observed::Present(reply))));
        self
    }

    /// The runtime runs these pods.
    pub(crate) fn pods(&mut self, pods: Vec<PodSandbox>) -> &mut Self {
        self.answers.running_pods = Some(asked(Observed::Present(pods)));
        self
    }

    /// The socket, and so the runtime's start, is older than the directories. Not every file system keeps their birth.
    pub(crate) fn started_long_ago(&mut self) -> &mut Self {
        let socket = fs::File::options().write(true).open(self.path(SOCKET)).unwrap();
        socket.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        self.seen = Some(|node| {
            node.wall = 2;
            for dir in node.dirs.values_mut() {
                if let Observed::Present(dir) = dir {
                    dir.born = Some(1);
                }
            }
        });
        self
    }

    /// The findings of `check`.
    pub(crate) fn findings(&self) -> Vec<Located> {
        self.judged(self.answers.clone())
    }

    /// The findings of `check --host-root`, with the remedies for a copy.
    pub(crate) fn findings_of_copy(&self) -> Vec<Located> {
        self.root_seen_as(self.root(), self.answers.clone(), judge)
    }

    /// Runs a remedy for a copy as it is printed, if it stays in the tree.
    pub(crate) fn paste(&self, remedy: &str) -> std::process::Output {
        self.assert_stays(remedy);
        std::process::Command::new("sh").args(["-e", "-c", remedy]).output().unwrap()
    }

    /// True for a running node, false for a copy of its files.
    #[allow(
        clippy::redundant_closure_for_method_calls,
        reason = "the method has one lifetime, the closure any"
    )]
    pub(crate) fn is_live(&self) -> bool {
        self.view(|view| view.is_live())
    }

    /// Panics if a command of the remedy names a path outside the tree, or acts on the machine of the test.
    pub(crate) fn assert_stays(&self, remedy: &str) {
        assert!(!self.is_live(), "a remedy for a running node acts on this machine: {remedy}");
        for line in remedy.lines().filter(|line| !line.starts_with('#')) {
            let command = line.split("   # ").next().unwrap();
            assert!(!command.contains("systemctl") && !command.contains("$("), "{line}");
            // What stands in quotes is a path, but an expression of sed.
            let quotes: &[char] = if command.starts_with("sed ") { &[] } else { &['\'', '"'] };
            let mut words = command.split(' ').map(|word| word.trim_matches(quotes));
            assert!(words.all(|word| !word.starts_with('/') || word.starts_with(self.root())), "{line}");
        }
    }

    /// The findings of `check` on a running node, whose runtime does not answer.
    pub(crate) fn live_findings(&self) -> Vec<Located> {
        self.judged(Answers { runtime: Some(asked(Observed::Absent)), ..self.answers.clone() })
    }

    fn judged(&self, answers: Answers) -> Vec<Located> {
        self.seen_as(answers, judge)
    }

    /// What `check` makes of the node.
    pub(crate) fn view<T>(&self, look: impl FnOnce(&View<'_>) -> T) -> T {
        self.seen_as(self.answers.clone(), look)
    }

    /// True if the node has a runtime, a service or a kubelet that spoke.
    pub(crate) fn has_answers(&self) -> bool {
        self.status.is_some() || self.kubelet.is_some() || self.answers != Answers::default()
    }

    /// The errors that `install` of the plugin `tuning` tells if it has nothing to do here, by its own observation.
    pub(crate) fn told_by_install(&self) -> Vec<Finding> {
        let plugin = r#"{"type":"tuning"}"#;
        let args = ["cni-bootstrap", "install", "--plugin", plugin, "--host-root", self.root()];
        let Job::Reconcile(job) = cli::parse(args.map(Into::into)).unwrap().job else {
            panic!("another job")
        };
        let root = Root::open(&job.host_root).unwrap();
        let mut answers = self.answers.clone();
        if let Some(raw) = &self.status {
            answers.runtime = Some(asked(Observed::Present(Runtime::read(raw.clone()))));
        }
        of_these_files(&root, &mut answers);
        let scope = Scope::of(&job.settings, &answers);
        let before = Node { answers, ..Node::default() };
        let mut node = look(&root, &job.settings, &scope, before);
        (node.wall, node.in_container) = (i128::from(NOW) * 1_000_000_000, false);
        // The test itself may run in a container.
        node.observations.interpreters.clear();
        node.observations.kubelet = self.kubelet.clone().map(Observed::Present);
        for _ in 0..16 {
            let requests = missing(&node, &job.settings);
            if requests.is_empty() {
                break;
            }
            read(&root, requests, &mut node);
        }
        if let Some(seen) = self.seen {
            seen(&mut node);
        }
        errors(&node, &job.settings, "/", None)
    }

    fn seen_as<T>(&self, answers: Answers, look: impl FnOnce(&View<'_>) -> T) -> T {
        self.root_seen_as("/", answers, look)
    }

    fn root_seen_as<T>(&self, host_root: &str, mut answers: Answers, look: impl FnOnce(&View<'_>) -> T) -> T {
        let root = self.dir.path().to_str().unwrap();
        let args = ["cni-bootstrap", "check", "--host-root", root].map(Into::into);
        let Job::Check { settings, .. } = cli::parse(args).unwrap().job else { panic!("another job") };
        let root = Root::open(self.dir.path()).unwrap();
        if let Some(raw) = &self.status {
            answers.runtime = Some(asked(Observed::Present(Runtime::read(raw.clone()))));
        }
        of_these_files(&root, &mut answers);
        let mut node = Node { answers, sockets: sockets(&root, &settings), ..Node::default() };
        node.observations.kubelet = self.kubelet.clone().map(Observed::Present);
        for _ in 0..16 {
            let desired = wants(&View::new(&node, &settings, NOW));
            if desired.is_empty() {
                break;
            }
            read(&root, desired, &mut node);
        }
        if let Some(seen) = self.seen {
            seen(&mut node);
        }
        look(&View::new(&node, &settings, NOW).at(host_root))
    }

    pub(crate) fn root(&self) -> &str {
        self.dir.path().to_str().unwrap()
    }
}

fn asked<T>(said: Observed<T>) -> Asked<T> {
    Asked { at: Moment::default(), incarnation: None, said }
}

/// A token that expires `left` seconds after [`NOW`], and was issued a day earlier.
pub(crate) fn token(left: i64) -> String {
    use base64::Engine as _;
    let claims = json!({"exp": NOW + left, "iat": NOW + left - 86_400});
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln")
}

/// The plugins that answered are the files that are there: an answer about another file counts for nothing.
fn of_these_files(root: &Root, answers: &mut Answers) {
    for (question, _) in answers.versions.values_mut() {
        if let Binary::Host(path) = &question.binary {
            question.stamp = stamp_of(root, path).present().copied().unwrap_or_default();
        }
    }
}
