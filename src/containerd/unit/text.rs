//! Parses the text of a unit and its drop-ins.

use super::argv::expand;
use super::words::{self, Word};

/// The settings of a service's unit file and its drop-ins that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitFile {
    /// The command lines of `ExecStart=`, without prefixes, variables not expanded.
    pub exec_start: Vec<Vec<String>>,
    /// `Restart=`; `None` is systemd's default, `no`.
    pub restart: Option<String>,
    /// `Environment=`, each as `NAME=value`.
    pub environment: Vec<String>,
    /// `EnvironmentFile=`: host paths of files that may set further variables.
    pub environment_files: Vec<String>,
}

impl UnitFile {
    /// Parses the unit file and its drop-ins, in the order in which systemd applies them.
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut unit = Self::default();
        for text in texts {
            let mut in_service = false;
            for line in logical_lines(text) {
                if line.starts_with('[') {
                    in_service = line == "[Service]";
                } else if let Some((key, value)) = line.split_once('=').filter(|_| in_service) {
                    unit.set(key.trim(), value.trim());
                }
            }
        }
        unit
    }

    /// The command lines, with the variables of `Environment=` expanded ([`expand`]).
    pub fn argv(&self) -> Vec<Vec<String>> {
        self.exec_start.iter().map(|argv| expand(argv, &self.environment)).collect()
    }

    fn set(&mut self, key: &str, value: &str) {
        let texts = || words::split(value).into_iter().map(|word| percent(&word.text));
        match (key, value) {
            // An empty value clears all earlier values.
            ("ExecStart", "") => self.exec_start.clear(),
            ("ExecStart", _) => self.exec_start.extend(commands(value)),
            ("Environment", "") => self.environment.clear(),
            ("Environment", _) => self.environment.extend(texts()),
            ("EnvironmentFile", "") => self.environment_files.clear(),
            ("EnvironmentFile", _) => {
                self.environment_files.push(percent(value.strip_prefix('-').unwrap_or(value)));
            }
            ("Restart", _) => self.restart = Some(value.to_owned()).filter(|value| !value.is_empty()),
            _ => {}
        }
    }
}

/// The lines without comments and blank lines. A backslash at the end joins a line with the next line that is not a
/// comment.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for physical in text.lines() {
        if physical.trim_start().starts_with(['#', ';']) {
            continue;
        }
        if let Some(part) = physical.strip_suffix('\\') {
            line.push_str(part);
            line.push(' ');
        } else {
            line.push_str(physical);
            lines.push(std::mem::take(&mut line));
        }
    }
    lines.push(line);
    lines.into_iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The command lines of one `ExecStart=`.
fn commands(value: &str) -> Vec<Vec<String>> {
    let words = words::split(value);
    words.split(|word| word.separates).filter_map(command).collect()
}

fn command(words: &[Word]) -> Option<Vec<String>> {
    let (first, rest) = words.split_first()?;
    let program = first.text.trim_start_matches(['@', '-', ':', '+', '!', '|']);
    let prefixes = &first.text[..first.text.len() - program.len()];
    let mut argv: Vec<String> = rest.iter().map(|word| percent(&word.text)).collect();
    // With `@` the second word becomes the program's own name.
    if !prefixes.contains('@') || argv.is_empty() {
        argv.insert(0, percent(program));
    }
    Some(argv)
}

/// `%%` is a percent sign; other specifiers stay as written.
fn percent(text: &str) -> String {
    text.replace("%%", "%")
}
