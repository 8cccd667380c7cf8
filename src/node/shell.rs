//! Quoting for a shell.

/// Any text as one word of a POSIX shell.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn nothing_in_a_word_means_anything() {
        assert_eq!(quoted(r#"a '$b' `c` "d""#), r#"'a '\''$b'\'' `c` "d"'"#);
    }
}
