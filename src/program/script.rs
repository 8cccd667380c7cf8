//! Parses the first line of a script as the kernel does (`fs/binfmt_script.c`).

/// The number of bytes that the kernel reads (`BINPRM_BUF_SIZE`).
const LOOKED_AT: usize = 256;

/// The path of the interpreter, as written; `None` if the file is not a script with an interpreter.
pub(super) fn interpreter(head: &[u8]) -> Option<String> {
    let line = head.get(..head.len().min(LOOKED_AT))?.strip_prefix(b"#!")?;
    let end = line.iter().position(|&byte| byte == b'\n').unwrap_or(line.len());
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let path = line[..end]
        .iter()
        .skip_while(|byte| is_blank(byte))
        .take_while(|byte| !is_blank(byte) && **byte != 0);
    let path: Vec<u8> = path.copied().collect();
    (!path.is_empty()).then(|| String::from_utf8_lossy(&path).into_owned())
}
