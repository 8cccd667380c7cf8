//! Parsers for the files of `/proc/PID` (`proc(5)`).

/// The fields of `/proc/PID/stat` that matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) comm: String,
    pub(super) zombie: bool,
    pub(super) parent: u32,
    pub(super) start: u64,
}

/// Parses `/proc/PID/stat`. The name in it may contain spaces and parentheses; it ends at the last parenthesis.
pub(super) fn stat(text: &str) -> Option<Stat> {
    let (head, tail) = text.rsplit_once(')')?;
    let (_, comm) = head.split_once('(')?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).copied();
    Some(Stat {
        comm: comm.to_owned(),
        zombie: matches!(field(3)?, "Z" | "X"),
        parent: field(4)?.parse().ok()?,
        start: field(22)?.parse().ok()?,
    })
}

/// Parses `/proc/PID/cmdline`; empty for a kernel thread. Bytes that are not UTF-8 are replaced.
pub(super) fn cmdline(bytes: &[u8]) -> Vec<String> {
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    if bytes.is_empty() {
        return Vec::new();
    }
    bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// True for a containerd: its file, its name or its first argument says so. Each way to start containerd keeps one of
/// them (`k3s` execs its own copy; the file of a replaced binary is `(deleted)`). False for a shim.
pub(super) fn is_containerd(exe: Option<&str>, comm: &str, argv: &[String]) -> bool {
    let exe = exe.map(|exe| file_name(exe.strip_suffix(" (deleted)").unwrap_or(exe)));
    let called = argv.first().map(|word| file_name(word));
    let names = [exe, Some(comm), called];
    // The kernel cuts the name `containerd-shim-runc-v2` to `containerd-shim`.
    let shim = names.iter().flatten().any(|name| name.starts_with("containerd-shim"));
    !shim && names.contains(&Some("containerd"))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::{Stat, cmdline, is_containerd, stat};
    use proptest::prelude::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_is_read() {
        let text = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 31415 1 2 3\n";
        let read = Stat { comm: "a) b (c".to_owned(), zombie: false, parent: 7, start: 31415 };
        assert_eq!(stat(text), Some(read));
        assert!(stat("42 (x) Z 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 5").is_some_and(|stat| stat.zombie));
    }

    #[test]
    fn arguments_are_split_at_nul_and_may_be_empty() {
        assert_eq!(cmdline(b"containerd\0--config\0\0"), ["containerd", "--config", ""]);
        assert_eq!(cmdline(b"containerd"), ["containerd"]);
        assert!(cmdline(b"").is_empty());
    }

    #[test]
    fn containerd_is_told_from_its_shims_and_its_clients() {
        let is = |exe, comm, argv0: &str| is_containerd(exe, comm, &[argv0.to_owned()]);
        assert!(is(Some("/usr/bin/containerd"), "containerd", "/usr/bin/containerd"));
        assert!(is(Some("/usr/bin/containerd (deleted)"), "containerd", "/usr/bin/containerd"));
        assert!(is(Some("/var/lib/k3s/data/x/bin/k3s"), "containerd", "containerd"));
        assert!(is(None, "4", "/snap/microk8s/1/bin/containerd"));
        assert!(!is(
            Some("/usr/bin/containerd-shim-runc-v2"),
            "containerd-shim",
            "/usr/bin/containerd-shim-runc-v2"
        ));
        assert!(!is(Some("/usr/bin/containerd-stress"), "containerd-stre", "containerd-stress"));
        assert!(!is(Some("/usr/bin/ctr"), "ctr", "ctr"));
        assert!(!is(None, "kthreadd", ""));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9]* \\(.*\\)? [RSZ]?( [0-9]{0,3}){0,25}", bytes: Vec<u8>) {
            let _ = (stat(&text), cmdline(&bytes));
        }
    }
}
