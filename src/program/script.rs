//! Scripts, as the kernel reads their first line (`fs/binfmt_script.c`).

/// How much of a file the kernel looks at (`BINPRM_BUF_SIZE`).
const LOOKED_AT: usize = 256;

/// The interpreter's path as it is written; none if the file is no script that names one.
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
