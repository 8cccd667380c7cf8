//! Words of the commands in remedies: they are pasted into a root's shell, and names in them come from files.

pub(crate) use crate::node::quoted;

/// A text as one word of a command, quoted only where it has to be.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
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
}
