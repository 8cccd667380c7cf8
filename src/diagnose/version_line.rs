//! The line `version = 2`: without it a file has version 1, whose tables have other names.

/// The command that puts the line at the front of a file without one, and the text after it; `None` if the file has a
/// version, or no table of version 2.
pub(super) fn with_version(text: &str) -> Option<(String, String)> {
    let has_version = text.lines().any(|line| {
        let line = line.trim_start().trim_start_matches(['"', '\'']);
        line.to_ascii_lowercase()
            .strip_prefix("version")
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ', '\t']).starts_with('='))
    });
    let is_of_2 = text.contains("io.containerd.grpc.v1.cri") && !text.starts_with('\u{feff}');
    (is_of_2 && !has_version)
        .then(|| ("sed -i '1i version = 2' FILE".to_owned(), format!("version = 2\n{text}")))
}
