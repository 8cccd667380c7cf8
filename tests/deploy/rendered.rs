//! The manifests, checked by the tools that read them, and rules for them.

use serde_json::{Value, json};

use crate::manifest::{
    OVERLAYS, STAYING, chart, combined, copy, daemon_set, kustomize, list, ours, overlay, pod,
};
use crate::tools::{good, run, tools, top, words};
use crate::translated::mebibytes;

/// The releases of Kubernetes whose schemas are checked.
const RELEASES: [&str; 6] = ["1.25.0", "1.28.0", "1.30.0", "1.32.0", "1.34.0", "1.37.0"];

/// Options of the chart that turn on features that are off by default.
const ALL_OPTIONS: [&str; 16] = [
    "--set",
    "owner=me",
    "--set",
    "primaryDir=/run/staged",
    "--set",
    "primary=type=calico",
    "--set",
    "seLinuxType=spc_t",
    "--set",
    "extraEnv.CNI_BOOTSTRAP_LOG_LEVEL=debug",
    "--set",
    "maxConfNum=keep",
    "--set-json",
    r#"plugins=[{"type":"antrea"}]"#,
    "--set-json",
    r#"binaries=[{"name":"antrea","image":"antrea/antrea-agent-ubuntu:v2.4.0","path":"/usr/local/bin/antrea-cni"}]"#,
];

/// Everything that is rendered, by name.
fn all(tools: &std::path::Path) -> Vec<(String, String)> {
    let mut texts: Vec<_> =
        OVERLAYS.iter().map(|(name, _)| ((*name).to_owned(), overlay(tools, name))).collect();
    let base = good(tools.join("bin/kubectl"), &["kustomize", "deploy/kustomize/bases/node-bootstrapper"]);
    texts.push(("node-bootstrapper".to_owned(), base));
    texts.push(("chart".to_owned(), chart(tools, &[])));
    texts.push(("chart with all options".to_owned(), chart(tools, &ALL_OPTIONS)));
    texts.extend(staying(tools));
    texts
}

/// The forms that stay, by name.
fn staying(tools: &std::path::Path) -> Vec<(String, String)> {
    let copy = copy();
    let mut texts: Vec<_> = STAYING
        .iter()
        .map(|(name, directory, form)| ((*name).to_owned(), combined(tools, copy.path(), directory, &[form])))
        .collect();
    for form in ["form=watch", "form=sidecar"] {
        texts.push((format!("chart with {form}"), chart(tools, &["--set", form])));
    }
    texts
}

/// Checks every document of every file for every release, and prints the faults. It is one process, because loading
/// the schemas takes most of the time.
const JUDGE: &str = r#"
import sys, yaml, kubernetes_validate as k
files, releases, bad, count = sys.argv[2:], sys.argv[1].split(), 0, 0
for file in files:
    for document in filter(None, yaml.safe_load_all(open(file))):
        for release in releases:
            count += 1
            try: k.validate(document, release, strict=True)
            except k.ValidationError as error: bad += 1; print(file, release, error.message)
print("judged", count, "bad", bad)
"#;

#[test]
fn every_document_holds_against_the_schemas_of_several_releases() {
    let Some(tools) = tools() else { return };
    let dir = tempfile::tempdir().unwrap();
    let judge = |releases: &str, change: &dyn Fn(&str) -> String| {
        let files: Vec<String> = all(tools)
            .into_iter()
            .map(|(name, text)| {
                let file = dir.path().join(name);
                std::fs::write(&file, change(&text)).unwrap();
                file.to_str().unwrap().to_owned()
            })
            .collect();
        let args: Vec<&str> =
            ["-c", JUDGE, releases].into_iter().chain(files.iter().map(String::as_str)).collect();
        good(tools.join("python/bin/python"), &args)
    };
    let said = judge(&RELEASES.join(" "), &str::to_owned);
    // A native sidecar is one of Kubernetes 1.28 or later; nothing else is refused by any release.
    let sidecars = all(tools).iter().filter(|(_, text)| text.contains("restartPolicy: Always")).count();
    let refused = |line: &&str| line.contains(" 1.25.0 ") && line.contains("'restartPolicy' was unexpected");
    assert_eq!(said.lines().filter(refused).count(), sidecars, "{said}");
    assert!(said.ends_with(&format!(" bad {sidecars}\n")), "{said}");
    assert!(said.contains(&format!("judged {} ", 24 * RELEASES.len())), "{said}");
    // The checker works: a misspelt key is found in every DaemonSet.
    let said = judge(RELEASES[4], &|text| text.replace("readOnlyRootFilesystem", "readOnlyRootFileSystem"));
    assert!(said.ends_with(" bad 18\n"), "{said}");
}

#[test]
fn ours_comes_after_whatever_writes_the_primary_or_the_binary() {
    let Some(tools) = tools() else { return };
    for (name, before) in [
        ("antrea-aks", &["install-cni"][..]),
        ("antrea-eks", &["install-cni"]),
        ("antrea-gke", &["install-cni"]),
        ("calico", &["upgrade-ipam", "install-cni", "mount-bpffs"]),
        ("aks-node-pools", &[]),
        ("canary", &[]),
    ] {
        let set = daemon_set(tools, &overlay(tools, name));
        let order: Vec<_> =
            list(pod(&set), "initContainers").iter().map(|c| c["name"].as_str().unwrap()).collect();
        assert_eq!(order, [before, &["cni-bootstrap"]].concat(), "{name}");
    }
    let set = daemon_set(tools, &chart(tools, &ALL_OPTIONS));
    let order: Vec<_> =
        list(pod(&set), "initContainers").iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(order, ["antrea-binary", "cni-bootstrap"]);
}

#[test]
fn no_container_of_antrea_writes_the_conf_dir_or_the_plugin_directory() {
    let Some(tools) = tools() else { return };
    for name in ["antrea-aks", "antrea-eks", "antrea-gke"] {
        let text = overlay(tools, name);
        for word in ["install_cni", "--monitor"] {
            assert!(!text.contains(word), "{name} still has {word}");
        }
        let set = daemon_set(tools, &text);
        let spec = pod(&set);
        let writes = |volume: &Value| {
            let path = volume["hostPath"]["path"].as_str().unwrap_or_default();
            path.starts_with("/etc") || path.ends_with("/bin")
        };
        let forbidden: Vec<_> =
            list(spec, "volumes").iter().filter(|v| writes(v)).map(|v| &v["name"]).collect();
        assert!(forbidden.len() >= 2, "{name}: the search finds nothing");
        for container in list(spec, "initContainers").iter().chain(list(spec, "containers")) {
            if container["name"] == "cni-bootstrap" {
                continue;
            }
            let mounts = list(container, "volumeMounts");
            assert!(!mounts.iter().any(|m| forbidden.contains(&&m["name"])), "{name}: {container}");
        }
        let image = |at: &str| list(spec, at)[0]["image"].clone();
        assert_eq!(image("initContainers"), image("containers"), "{name}: the image is Antrea's own");
        assert_eq!(
            list(spec, "initContainers")[0]["securityContext"]["capabilities"]["add"],
            json!(["SYS_MODULE"])
        );
    }
}

/// An overlay that replaces an installer must bring its binaries: a pod or the runtime may need each of them.
#[test]
fn an_overlay_that_replaces_an_installer_brings_its_binaries() {
    let Some(tools) = tools() else { return };
    let installers: Value = serde_json::from_str(
        &std::fs::read_to_string(top().join("tests/deploy/fixtures/installers.json")).unwrap(),
    )
    .unwrap();
    let mut replaced = std::collections::BTreeSet::new();
    for installer in installers.as_array().unwrap() {
        for name in list(installer, "overlays").iter().map(|name| name.as_str().unwrap()) {
            replaced.insert(name);
            let set = daemon_set(tools, &overlay(tools, name));
            let args = list(ours(&set), "args").iter().filter_map(Value::as_str);
            let mut installed: Vec<(&str, &str)> =
                args.filter_map(|arg| arg.strip_prefix("--install-bin=")?.split_once('=')).collect();
            installed.sort_unstable();
            let names: Vec<&str> = installed.iter().map(|(name, _)| *name).collect();
            let desired: Vec<&str> =
                list(installer, "binaries").iter().map(|name| name.as_str().unwrap()).collect();
            assert_eq!(names, desired, "{name} in place of {}", installer["source"]);
            let before = list(pod(&set), "initContainers")[0]["command"].to_string();
            for (_, path) in installed {
                assert!(before.contains(&format!(" {path}\\n")), "{name}: nothing brings {path}: {before}");
            }
        }
    }
    let replacing: std::collections::BTreeSet<&str> = OVERLAYS
        .iter()
        .filter(|(name, _)| {
            let set = daemon_set(tools, &overlay(tools, name));
            let first = list(pod(&set), "initContainers")[0].clone();
            first["name"] == "install-cni" && first["command"][0] == "/bin/sh"
        })
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(replaced, replacing, "each overlay that replaces an installer has its list");
}

/// runc starts a container within its limit: with 8 MiB one of eight starts was killed.
#[test]
fn runc_survives_the_limit_of_every_container() {
    let Some(tools) = tools() else { return };
    for (name, text) in all(tools) {
        let set = daemon_set(tools, &text);
        let containers = ["initContainers", "containers"].map(|key| list(pod(&set), key));
        let of_this_program =
            |container: &&Value| container["name"] == "cni-bootstrap" || container["name"] == "stay";
        let limits: Vec<u64> = containers
            .into_iter()
            .flatten()
            .filter(of_this_program)
            .map(|container| mebibytes(&container["resources"]["limits"]["memory"]))
            .collect();
        assert!(!limits.is_empty() && limits.iter().all(|mebibytes| *mebibytes >= 16), "{name}: {limits:?}");
    }
}

#[test]
fn no_more_privileges_than_needed() {
    let Some(tools) = tools() else { return };
    for (name, text) in all(tools) {
        let set = daemon_set(tools, &text);
        let (spec, container) = (pod(&set), ours(&set));
        let context = &container["securityContext"];
        assert_eq!(context["capabilities"], json!({"drop": ["ALL"]}), "{name}");
        assert_eq!(context["readOnlyRootFilesystem"], true, "{name}");
        assert_eq!(context["allowPrivilegeEscalation"], false, "{name}");
        assert_eq!(context["runAsUser"], 0, "{name}");
        assert!(context["privileged"].is_null(), "{name}");
        let seccomp =
            [context, &spec["securityContext"]].map(|c| c["seccompProfile"]["type"] == "RuntimeDefault");
        assert!(seccomp.contains(&true), "{name}");
        assert!(spec["hostPID"].is_null(), "{name}");
        assert_eq!(spec["hostNetwork"], true, "{name}");
        // The pod runs on a NotReady node, before all others.
        let tolerated = |effect: &str| {
            let all = |t: &&Value| t["operator"] == "Exists" && t["key"].is_null();
            let mut all = list(spec, "tolerations").iter().filter(all);
            all.any(|t| t["effect"].is_null() || t["effect"] == effect)
        };
        assert!(tolerated("NoSchedule") && tolerated("NoExecute"), "{name}: {}", spec["tolerations"]);
        assert_eq!(spec["priorityClassName"], "system-node-critical", "{name}");
        assert!(container["args"].as_array().unwrap().iter().any(|a| a == "--primary-timeout=0"), "{name}");
        for part in ["requests", "limits"] {
            assert!(container["resources"][part]["memory"].is_string(), "{name}");
        }
        // The pod gets no API token, or this container does not mount it.
        let taken = |m: &Value| m["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount";
        let mounts = list(container, "volumeMounts");
        assert!(spec["automountServiceAccountToken"] == false || mounts.iter().any(taken), "{name}");
        for mount in mounts {
            let volume =
                list(spec, "volumes").iter().find(|v| v["name"] == mount["name"]).expect("its volume");
            let kind = volume["hostPath"]["type"].as_str().unwrap_or_default();
            assert!(!["File", "FileOrCreate", "Socket"].contains(&kind), "{name}: {volume}");
            if volume["hostPath"]["path"] == "/run/systemd" {
                assert_eq!(mount["readOnly"], true, "{name}");
            }
        }
        assert!(!text.contains("kind: ClusterRole\n") && !text.contains("kind: Role\n"), "{name}");
    }
}

#[test]
fn only_an_agent_that_works_without_the_chain_goes_on_without_it() {
    let Some(tools) = tools() else { return };
    let goes_on = |text: &str| {
        let set = daemon_set(tools, text);
        let container = ours(&set);
        container["args"].as_array().unwrap().iter().any(|arg| arg == "--on-failure=continue")
    };
    for (name, text) in all(tools) {
        assert_eq!(goes_on(&text), name.contains("calico"), "{name}");
    }
    assert!(goes_on(&chart(tools, &["--set", "onFailure=continue"])));
}

#[test]
fn the_component_for_selinux_fits_every_overlay_and_the_chart_s_value_gives_the_type_too() {
    let Some(tools) = tools() else { return };
    let spc = json!({"type": "spc_t"});
    let copy = copy();
    let overlays = OVERLAYS.iter().map(|(name, _)| format!("overlays/{name}"));
    for directory in overlays.chain(["bases/node-bootstrapper".to_owned()]) {
        let with = combined(tools, copy.path(), &directory, &["selinux"]);
        assert!(!with.contains("cni-bootstrap-selinux"), "{directory}: {with}");
        let mut with = daemon_set(tools, &with);
        let containers = with["spec"]["template"]["spec"]["initContainers"].as_array_mut().unwrap();
        let ours = containers.iter_mut().find(|container| container["name"] == "cni-bootstrap").unwrap();
        let context = ours["securityContext"].as_object_mut().unwrap();
        assert_eq!(context.remove("seLinuxOptions"), Some(spc.clone()), "{directory}");
        // Nothing else differs, the order of the containers included.
        assert_eq!(with, daemon_set(tools, &kustomize(tools, copy.path(), &directory)), "{directory}");
    }
    let set = daemon_set(tools, &chart(tools, &["--set", "seLinuxType=spc_t"]));
    assert_eq!(ours(&set)["securityContext"]["seLinuxOptions"], spc);
    for (name, directory, form) in STAYING {
        let set = daemon_set(tools, &combined(tools, copy.path(), directory, &["selinux", form]));
        assert_eq!(ours(&set)["securityContext"]["seLinuxOptions"], spc, "{name}");
    }
}

/// A form that stays differs from the initContainer in what the contract says, and in nothing else.
#[test]
fn the_forms_that_stay_watch_the_parent_of_the_conf_dir_and_are_probed_on_loopback() {
    let Some(tools) = tools() else { return };
    for (name, text) in staying(tools) {
        let set = daemon_set(tools, &text);
        let (spec, container) = (pod(&set), ours(&set));
        assert_eq!(container["args"][0], "watch", "{name}");
        for (probe, path) in [("startupProbe", "/startupz"), ("livenessProbe", "/healthz")] {
            let get = &container[probe]["httpGet"];
            assert_eq!(*get, json!({"host": "127.0.0.1", "port": 10390, "path": path}), "{name}");
        }
        assert_eq!(container["startupProbe"]["failureThreshold"], i32::MAX, "{name}: it never gives up");
        assert!(container["readinessProbe"].is_null(), "{name}");
        let listens = container.to_string().matches("127.0.0.1:10390").count();
        assert_eq!(listens, 1, "{name}: {container}");
        // The conf dir made anew is seen only through its parent.
        let mounts = list(container, "volumeMounts");
        assert!(!mounts.iter().any(|m| m["mountPath"] == "/host/etc/cni/net.d"), "{name}");
        let parent = mounts.iter().find(|m| m["mountPath"] == "/host/etc/cni").expect("the parent");
        let volume = list(spec, "volumes").iter().find(|v| v["name"] == parent["name"]).unwrap();
        assert_eq!(volume["hostPath"], json!({"path": "/etc/cni", "type": "DirectoryOrCreate"}), "{name}");
        assert_eq!(spec["terminationGracePeriodSeconds"], 240, "{name}: a restart in hand comes to its end");
        let is_init = list(spec, "initContainers").iter().any(|c| c["name"] == "cni-bootstrap");
        let is_sidecar = container["restartPolicy"] == "Always";
        assert_eq!(is_init, is_sidecar, "{name}: an initContainer that stays is a sidecar");
        assert!(!text.contains("cni-bootstrap-sidecar"), "{name}: the parts are left out");
    }
}

#[test]
fn what_undoes_the_chain_never_stays() {
    let Some(tools) = tools() else { return };
    for form in ["form=init", "form=sidecar", "form=watch"] {
        let set = daemon_set(tools, &chart(tools, &["--set", form, "--set", "uninstall=true"]));
        assert_eq!(ours(&set)["args"][0], "uninstall", "{form}");
        assert!(list(pod(&set), "initContainers").iter().any(|c| c == ours(&set)), "{form}");
        assert!(ours(&set)["restartPolicy"].is_null() && ours(&set)["livenessProbe"].is_null(), "{form}");
    }
}

#[test]
fn what_the_documents_patch_for_an_uninstall_is_our_container() {
    let Some(tools) = tools() else { return };
    let text = std::fs::read_to_string(top().join("docs/upgrade-and-uninstall.md")).unwrap();
    let mut patched = Vec::new();
    for patch in text.split("patch daemonset ").skip(1) {
        let name = patch.split(' ').next().unwrap();
        let index = patch.split("initContainers/").nth(1).unwrap().split('/').next().unwrap();
        let index: usize = index.parse().unwrap();
        for (overlay_name, _) in OVERLAYS {
            let set = daemon_set(tools, &overlay(tools, overlay_name));
            if set["metadata"]["name"] == name {
                assert_eq!(
                    list(pod(&set), "initContainers")[index]["name"],
                    "cni-bootstrap",
                    "{overlay_name}"
                );
                patched.push(overlay_name);
            }
        }
    }
    assert_eq!(patched.len(), OVERLAYS.len(), "{patched:?}");
}

#[test]
fn helm_finds_nothing_in_the_chart_and_its_schema_is_strict() {
    let Some(tools) = tools() else { return };
    let helm = tools.join("bin/helm");
    good(&helm, &["lint", "--strict", "deploy/helm/cni-bootstrap"]);
    for bad in [
        "bogus=1",
        "plugins=null",
        "primaryDir=/run/staged",
        "host.confDir=relative",
        "position=middle",
        "form=daemon",
        "probes.port=0",
        "image.digest=sha256:12",
        "extraEnv.PATH=x",
    ] {
        let image = "image.repository=ghcr.io/someone/cni-bootstrap";
        let out = run(&helm, &["template", "x", "deploy/helm/cni-bootstrap", "--set", image, "--set", bad]);
        assert!(!out.status.success(), "the chart takes {bad}");
        assert!(!words(&out.stderr).contains("is a placeholder"), "{bad}: {}", words(&out.stderr));
    }
}

#[test]
fn the_chart_and_the_base_ask_for_the_same() {
    let Some(tools) = tools() else { return };
    let base = good(tools.join("bin/kubectl"), &["kustomize", "deploy/kustomize/bases/node-bootstrapper"]);
    let [base, chart] = [base, chart(tools, &[])].map(|text| daemon_set(tools, &text));
    for key in ["volumeMounts", "securityContext", "resources"] {
        let normal = |set: &Value| ours(set)[key].to_string().replace(",\"readOnly\":false", "");
        assert_eq!(normal(&base), normal(&chart), "{key}");
    }
    for key in [
        "volumes",
        "tolerations",
        "priorityClassName",
        "hostNetwork",
        "automountServiceAccountToken",
        "nodeSelector",
    ] {
        assert_eq!(pod(&base)[key], pod(&chart)[key], "{key}");
    }
}

#[test]
fn the_release_in_the_manifests_is_the_program_s() {
    let version = env!("CARGO_PKG_VERSION");
    let file = "deploy/kustomize/components/image/kustomization.yaml";
    let text = std::fs::read_to_string(top().join(file)).unwrap();
    assert!(text.contains(&format!("newTag: {version}")), "{file}");
    let chart = std::fs::read_to_string(top().join("deploy/helm/cni-bootstrap/Chart.yaml")).unwrap();
    assert!(chart.contains(&format!("appVersion: {version}")));
    assert!(
        std::fs::read_to_string(top().join("Dockerfile"))
            .unwrap()
            .contains(&format!("ARG VERSION={version}"))
    );
}
