//! Quotes words in the commands of remedies: a person pastes them into a root shell, and file names may contain
//! anything.

use std::fmt::Write as _;

use crate::node::is_unseen;
pub(crate) use crate::node::quoted;

/// A text as one word of a command, quoted only if necessary. Invisible characters are written as bytes (`$'\033'`:
/// bash, zsh, busybox, POSIX 2024), so that the command is one line and names exactly this file.
pub(crate) fn word(text: &str) -> String {
    if text.chars().any(is_unseen) {
        return by_bytes(text);
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

fn by_bytes(text: &str) -> String {
    let mut word = "$'".to_owned();
    let mut buffer = [0; 4];
    for c in text.chars() {
        match c {
            '\'' | '\\' => word.extend(['\\', c]),
            c if is_unseen(c) => {
                // Writing into a String cannot fail.
                let _ = c.encode_utf8(&mut buffer).bytes().try_for_each(|byte| write!(word, "\\{byte:03o}"));
            }
            c => word.push(c),
        }
    }
    word.push('\'');
    word
}

/// The first few names, and the number of the others.
pub(crate) fn join_truncated(names: &[&str]) -> String {
    const MOST: usize = 8;
    let more = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
    format!("{}{more}", names[..names.len().min(MOST)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn only_what_means_something_is_quoted() {
        for plain in ["/etc/cni/net.d/10-a.conflist", "kube-system", "a=b,c:d@1%"] {
            assert_eq!(word(plain), plain);
        }
        for (text, quoted) in
            [("", "''"), ("a b", "'a b'"), ("x;rm", "'x;rm'"), ("$(x)", "'$(x)'"), ("it's", r"'it'\''s'")]
        {
            assert_eq!(word(text), quoted);
        }
    }

    #[test]
    fn a_shell_finds_the_file_that_is_meant() {
        let name = "a'\n\x1b\\\u{202e}é";
        assert_eq!(word(name), "$'a\\'\\012\\033\\\\\\342\\200\\256é'");
    }
}
